"""What each row of a release means for its claim: it is recorded, revised, brought back or left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from api.importing.changes import ABSENT, Step, changes, settled
from api.importing.listmap import OF_RELEASE, ListMap
from api.importing.memory import THERE, Memory, Remembered
from api.importing.resealing import differing, reseal, settled_marks
from api.importing.rows import Problem, Row, stated_by
from domain.errors import Rejected
from domain.life import MERGED, OPEN, RETRACTED
from domain.sealing import digests
from ledger.application import Stream
from ledger.author import Head
from ledger.ledger import Ledger

Told = dict[str, Any]


class Plan(NamedTuple):
    """The steps for one claim, and what is to be remembered of it once they are accepted.

    `seals` are further fields to be sealed, `stated` the digests that stand before; `dropped` are
    digests that no event came to hold; `sealing` is what is remembered of those on the way.
    """

    line: int
    claim: str
    head: Head
    steps: list[Step]
    after: Remembered | None
    row: Row | None = None
    before: Remembered | None = None
    seals: Mapping[str, str | None] = MappingProxyType({})
    dropped: Sequence[str] = ()
    sealing: Mapping[str, Any] = MappingProxyType({})
    stated: Mapping[str, str] = MappingProxyType({})

    def __repr__(self) -> str:
        return f"Plan({self.claim}, line {self.line}, {len(self.seals)} sealed)"

    @property
    def on_the_way(self) -> Remembered | None:
        """What is to be remembered of the claim before its events are sent."""
        if self.after is None or self.row is not None:
            return self.after
        if self.before is None or not self.steps:
            return None
        return self.before._replace(pending=self.after.stated | dict(self.sealing))


class Telling:
    """The lines of the report, and how many of each kind there are."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self.tell = tell
        self.counts: Counter[str] = Counter()

    def reject(self, problem: Problem) -> None:
        self.counts["rejected"] += 1
        self.tell({"outcome": "rejected"} | problem._asdict())

    def not_imported(self, line: int, claim: str, reason: str, column: str = "") -> None:
        self.counts["not imported"] += 1
        told = {"outcome": "not-imported", "line": line or None, "column": column, "value": None}
        self.tell(told | {"reason": reason} | ({"claim": claim} if claim else {}))


class Planning:
    """Compares rows with what the last release said of them, and with the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        memory: Memory,
        listmap: ListMap,
        telling: Telling,
        *,
        reviewed: bool,
        clock: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._memory = memory
        self._map = listmap
        self._telling = telling
        self._reviewed = reviewed
        self._clock = clock
        of_release = listmap.constants.get("documented_on") == OF_RELEASE
        self._kept = (*listmap.silent, *(("documented_on",) if of_release else ()))

    def plans(self, rows: dict[str, Row]) -> Iterator[Plan]:
        """What is to be done for the claims of these rows; unchanged ones are only counted."""
        names = list(rows)
        known = self._memory.find(names)
        versions = self._ledger.recorder.versions(names)
        marks = {
            claim: {f: self._memory.mark(claim, f, v) for f, v in row.secrets.items()}
            for claim, row in rows.items()
        }
        todo = []
        for claim, row in rows.items():
            last = known.get(claim)
            if last is not None:
                self._keep(row, last)
            if last is not None and claim in versions:
                self._tell_unrevisable(row, last)
                whole = last.version <= versions[claim] and last.pending is None
                same = row.stated == last.stated and not differing(
                    last.marks, marks[claim], self._map
                )
                if whole and last.presence == THERE and same:
                    self._telling.counts["unchanged"] += 1
                    continue
            todo.append(claim)
        streams = self._ledger.streams([claim for claim in todo if claim in versions])
        for claim in todo:
            row, stream = rows[claim], streams.get(claim)
            if stream is None:
                after = Remembered(1, THERE, row.stated, marks[claim])
                yield Plan(row.line, claim, Head(claim), [], after, row)
                continue
            plan = self._revision(row, stream, known.get(claim), marks[claim])
            if plan is not None:
                yield plan

    def _keep(self, row: Row, last: Remembered) -> None:
        """What a later release does not say, and the date on which the row came first."""
        for name in self._kept:
            row.stated[name] = last.stated[name]

    def _revision(
        self, row: Row, stream: Stream, last: Remembered | None, marks: dict[str, str]
    ) -> Plan | None:
        """What a row changes of a claim that is in the ledger."""
        claim, steps = stream.state, []
        dropped: list[str] = []
        why = {"reason_code": self._map.reason_code, "reason": self._map.reason}
        if last is None or last.version > stream.version:
            # The ledger was restored from before the last release: it alone says what is there.
            last = Remembered(stream.version, THERE, stated_by(claim), marks)
            self._keep(row, last)
        elif last.pending is not None:
            arrived, dropped = settled_marks(last, claim)
            stated = settled(last.stated, last.pending, claim)
            last = last._replace(stated=stated, marks=arrived, pending=None)
        if claim.standing == RETRACTED and self._retracted_as_absent(stream.id):
            if not self._reviewed:
                reason = "came back after its claim was retracted as absent: use --reviewer-key"
                self._telling.reject(Problem(row.line, "", None, reason))
                return None
            steps.append(Step("Reinstated", why, review=True))
            claim = claim._replace(standing=OPEN)
        sealed = reseal(
            claim,
            last=last.marks,
            now=marks,
            secrets=row.secrets,
            listmap=self._map,
            history=lambda: self._ledger.history(stream.id),
        )
        same = row.stated == last.stated and not sealed.values
        if claim.standing != OPEN:
            if not same:
                state = (
                    f"merged into {claim.merged_into}"
                    if claim.standing == MERGED
                    else (f"{claim.standing} by hand")
                )
                self._telling.not_imported(
                    row.line, stream.id, f"changed, but the claim is {state}"
                )
            after = last._replace(version=stream.version, presence=THERE)
            return Plan(row.line, stream.id, Head.of(stream), [], after, dropped=dropped)
        try:
            found = changes(
                last.stated,
                row.stated,
                claim,
                received=self._clock(),
                reviewed=self._reviewed,
                **why,
            )
        except Rejected as rejected:
            self._telling.reject(Problem(row.line, rejected.where, None, str(rejected)))
            return None
        for field in (*found.kept, *(f"the sealed {field}" for field in sealed.kept)):
            reason = f"{field} changed in the list, but a person has revised it since: it stays"
            self._telling.not_imported(row.line, stream.id, reason)
        stated = row.stated | {"kind": last.stated["kind"]}
        after = Remembered(stream.version, THERE, stated, dict(sealed.marks))
        head, steps = Head.of(stream), steps + found.steps
        plan = Plan(row.line, stream.id, head, steps, after, before=last, dropped=dropped)
        return plan._replace(seals=sealed.values, stated=digests(stream.state))

    def _retracted_as_absent(self, claim: str) -> bool:
        """Whether an import retracted it; what a person retracted, no list brings back."""
        last = [one for one in self._ledger.history(claim) if one.event.type == "Retracted"][-1]
        return bool(last.event.body["reason_code"] == ABSENT)

    def _tell_unrevisable(self, row: Row, last: Remembered) -> None:
        if row.stated["kind"] != last.stated["kind"]:
            self._telling.not_imported(row.line, "", "the kind of a claim cannot be revised")
            row.stated["kind"] = last.stated["kind"]
