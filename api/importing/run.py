"""One release of a list taken in: read, compared, sealed, signed and accepted, batch by batch.

What is on disk when a run is cut short: of each batch first the sealed fields and the memory of new
rows, then the events in one transaction, then the memory of what they changed. Running again finds
what is done by the ledger itself, repeats nothing, and replaces what was sealed for no event.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from api.importing.changes import ABSENT, Step, changes, settled
from api.importing.listmap import OF_RELEASE, ListMap
from api.importing.memory import GONE, LEAVING, THERE, Memory, Remembered
from api.importing.rows import Problem, Row, RowReader, stated_by
from api.importing.tables import Broken, Cells
from domain.errors import Rejected
from domain.event import Seen
from domain.life import MERGED, OPEN, RETRACTED
from ledger.application import Stream
from ledger.author import Head, compose
from ledger.ledger import Ledger
from ledger.signer import Signer
from ledger.vault import Vault

BATCH = 2000

Told = dict[str, Any]


class Options(NamedTuple):
    """`reviewer` signs retractions and reinstatements; without one they are only reported."""

    signer: Signer
    reviewer: Signer | None = None
    dry_run: bool = False
    whole: bool = False
    retract_most: bool = False


class _Plan(NamedTuple):
    """The steps for one claim, and what is to be remembered of it once they are accepted."""

    line: int
    claim: str
    head: Head
    steps: list[Step]
    after: Remembered | None
    row: Row | None = None
    before: Remembered | None = None


class Import:
    """One run. `tell` is given a line of the report for whatever was not simply taken in."""

    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        memory: Memory,
        listmap: ListMap,
        options: Options,
        *,
        clock: Callable[[], str],
        tell: Callable[[Told], None],
    ) -> None:
        self._ledger = ledger
        self._vault = vault
        self._memory = memory
        self._map = listmap
        self._options = options
        self._clock = clock
        self._tell = tell
        self._reader = RowReader(listmap, ledger.rules, clock())
        self._origin = ledger.origin
        self.counts: Counter[str] = Counter()
        self.events: Counter[str] = Counter()

    def run(
        self, rows: Iterator[Cells | Broken], progress: Callable[[int], None] = lambda done: None
    ) -> None:
        """Take the rows in, then see to what vanished."""
        if self._options.dry_run:
            self._memory.check_order(self._map.name, self._map.release, self._map.date)
        else:
            self._memory.begin(self._map.name, self._map.release, self._map.date)
        self._memory.forget_seen()
        while batch := list(islice(rows, BATCH)):
            self.counts["rows"] += len(batch)
            self._take(batch)
            # Each record comes once: what is remembered of it would only fill the memory.
            self._ledger.forget_streams()
            progress(self.counts["rows"])
        self._see_to_absent()

    # --- rows

    def _take(self, batch: Sequence[Cells | Broken]) -> None:
        named: list[tuple[str, Cells]] = []
        for one in batch:
            if isinstance(one, Broken):
                self._reject(Problem(one.line, "", None, one.reason))
            elif record_id := self._reader.record_id(one):
                named.append((self._memory.claim(self._map.name, record_id), one))
            else:
                column = self._map.record_id
                self._reject(Problem(one.line, column, None, "the record's id is missing"))
        again = self._memory.see([(claim, cells.line) for claim, cells in named])
        rows: dict[str, Row] = {}
        for claim, cells in named:
            if cells.line in again:
                reason = f"the record of line {again[cells.line]} once more"
                self._reject(Problem(cells.line, self._map.record_id, None, reason))
                continue
            read = self._reader.read(cells)
            if isinstance(read, Problem):
                self._reject(read)
            else:
                rows[claim] = read
        self._carry_out(list(self._plans(rows)))

    def _plans(self, rows: dict[str, Row]) -> Iterator[_Plan]:
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
            if last is not None and self._of_release:
                row.stated["documented_on"] = last.stated["documented_on"]
            if last is not None and claim in versions:
                self._tell_unrevisable(row, last, marks[claim])
                whole = 0 < last.version <= versions[claim] and last.pending is None
                if whole and last.presence == THERE and row.stated == last.stated:
                    self.counts["unchanged"] += 1
                    continue
            todo.append(claim)
        streams = self._ledger.streams([claim for claim in todo if claim in versions])
        for claim in todo:
            row, stream = rows[claim], streams.get(claim)
            if stream is None:
                after = Remembered(0, THERE, row.stated, marks[claim])
                yield _Plan(row.line, claim, Head(claim), [], after, row)
                continue
            plan = self._revision(row, stream, known.get(claim), marks[claim])
            if plan is not None:
                yield plan

    @property
    def _of_release(self) -> bool:
        return self._map.constants.get("documented_on") == OF_RELEASE

    def _revision(
        self, row: Row, stream: Stream, last: Remembered | None, marks: dict[str, str]
    ) -> _Plan | None:
        """What a row changes of a claim that is in the ledger."""
        claim, steps = stream.state, []
        why = {"reason_code": self._map.reason_code, "reason": self._map.reason}
        if last is None or last.version > stream.version:
            # The ledger was restored from before the last release: it alone says what is there.
            last = Remembered(stream.version, THERE, stated_by(claim), marks)
            if self._of_release:
                row.stated["documented_on"] = last.stated["documented_on"]
        elif last.pending is not None:
            last = last._replace(stated=settled(last.stated, last.pending, claim), pending=None)
        if claim.standing == RETRACTED and self._retracted_as_absent(stream.id):
            if self._options.reviewer is None:
                reason = "came back after its claim was retracted as absent: use --reviewer-key"
                self._reject(Problem(row.line, "", None, reason))
                return None
            steps.append(Step("Reinstated", why, review=True))
            claim = claim._replace(standing=OPEN)
        same = row.stated == last.stated
        if claim.standing != OPEN:
            if not same:
                state = (
                    f"merged into {claim.merged_into}"
                    if claim.standing == MERGED
                    else (f"{claim.standing} by hand")
                )
                self._not_imported(row.line, stream.id, f"changed, but the claim is {state}")
            after = last._replace(version=stream.version, presence=THERE)
            return _Plan(row.line, stream.id, Head.of(stream), [], after)
        try:
            found = changes(
                last.stated,
                row.stated,
                claim,
                received=self._clock(),
                reviewed=self._options.reviewer is not None,
                **why,
            )
        except Rejected as rejected:
            self._reject(Problem(row.line, rejected.where, None, str(rejected)))
            return None
        for field in found.kept:
            reason = f"{field} changed in the list, but a person has revised it since: it stays"
            self._not_imported(row.line, stream.id, reason)
        stated = row.stated | {"kind": last.stated["kind"]}
        after = Remembered(stream.version, THERE, stated, last.marks)
        return _Plan(row.line, stream.id, Head.of(stream), steps + found.steps, after, before=last)

    def _retracted_as_absent(self, claim: str) -> bool:
        """Whether an import retracted it; what a person retracted, no list brings back."""
        last = [one for one in self._ledger.history(claim) if one.event.type == "Retracted"][-1]
        return bool(last.event.body["reason_code"] == ABSENT)

    def _tell_unrevisable(self, row: Row, last: Remembered, marks: dict[str, str]) -> None:
        for field in sorted(marks.keys() | last.marks.keys()):
            if marks.get(field) != last.marks.get(field):
                column = self._map.sealed.get(field, "")
                self.counts["not imported"] += 1
                reason = f"the sealed {field} differs from what was sealed; no event revises it"
                self._tell(_line("not-imported", Problem(row.line, column, None, reason)))
        if row.stated["kind"] != last.stated["kind"]:
            self._not_imported(row.line, "", "the kind of a claim cannot be revised")
            row.stated["kind"] = last.stated["kind"]

    # --- events

    def _carry_out(self, plans: Sequence[_Plan]) -> None:
        """Seal, sign and have accepted what the plans say; a dry run only tells it."""
        fresh = [plan for plan in plans if plan.row is not None]
        if self._options.dry_run:
            for plan in plans:
                self._tell_plan(plan)
            return
        digests = self._vault.seal_all(
            {plan.claim: plan.row.secrets for plan in fresh if plan.row is not None}
        )
        self._remember(
            {plan.claim: on_the_way for plan in plans if (on_the_way := _on_the_way(plan))}
        )
        checkpoint = self._ledger.checkpoint()
        seen = Seen(checkpoint.size, b64encode(checkpoint.root).decode())
        notes: list[bytes] = []
        composed: list[list[Step]] = []
        for plan in plans:
            head, steps = plan.head, plan.steps
            if plan.row is not None:
                steps = [Step("ClaimRecorded", plan.row.body(digests[plan.claim]))]
            for step in steps:
                signer = self._options.reviewer if step.review else self._options.signer
                assert signer is not None
                note, head = compose(
                    head,
                    step.event_type,
                    step.body,
                    [signer],
                    ledger=self._origin,
                    at=self._clock(),
                    seen=seen,
                )
                notes.append(note)
            composed.append(steps)
        outcomes: Iterator[Any] = iter(())
        if notes:
            outcomes = iter(self._ledger.accept_all(notes, whole=self._options.whole).outcomes)
        self._settle(plans, composed, outcomes)

    def _settle(
        self, plans: Sequence[_Plan], composed: Sequence[list[Step]], outcomes: Iterator[Any]
    ) -> None:
        remembered, refused = {}, []
        for plan, steps in zip(plans, composed, strict=True):
            rejected = []
            for step, outcome in zip(steps, islice(outcomes, len(steps)), strict=True):
                if isinstance(outcome, Rejected):
                    rejected.append(outcome)
                else:
                    self.events[step.event_type] += 1
            if rejected:
                self._reject(Problem(plan.line, "", None, str(rejected[0])))
                if plan.row is not None:
                    refused.append(plan.claim)
                continue
            self._count(plan)
            if plan.after is not None:
                version = plan.head.version + len(steps)
                remembered[plan.claim] = plan.after._replace(version=version)
        if refused:
            self._vault.unseal_all(refused)
            self._memory.forget(refused)
        self._remember(remembered)

    def _remember(self, rows: dict[str, Remembered]) -> None:
        if rows:
            self._memory.remember(self._map.name, rows)

    def _count(self, plan: _Plan) -> None:
        kinds = {step.event_type for step in plan.steps}
        if plan.row is not None:
            self.counts["new"] += 1
        elif "Retracted" in kinds:
            self.counts["retracted"] += 1
        elif "Reinstated" in kinds:
            self.counts["returned"] += 1
        elif kinds:
            self.counts["changed"] += 1
        elif plan.line:
            self.counts["unchanged"] += 1

    def _tell_plan(self, plan: _Plan) -> None:
        self._count(plan)
        steps = plan.steps
        if plan.row is not None:
            sealed = sorted(plan.row.secrets)
            steps = [Step("ClaimRecorded", plan.row.stated | {"sealed": sealed})]
        for step in steps:
            self.events[step.event_type] += 1
            line = {"outcome": "would-record", "line": plan.line or None, "claim": plan.claim}
            self._tell(line | {"event": step.event_type, "body": step.body})

    # --- what vanished

    def _see_to_absent(self) -> None:
        """Retract the claims whose rows this release no longer has, or only tell of them."""
        absent, there = self._memory.count_absent(self._map.name)
        self.counts["absent"] = absent
        retract = self._options.reviewer is not None
        if retract and absent * 2 > there and not self._options.retract_most:
            self.counts["most absent"] = 1
            retract = False
        after = ""
        while claims := self._memory.absent(self._map.name, after, BATCH):
            after = claims[-1]
            if retract:
                self._retract(claims)
                continue
            for claim in claims:
                self.counts["flagged"] += 1
                self._tell({"outcome": "absent", "line": None, "claim": claim})

    def _retract(self, claims: Sequence[str]) -> None:
        streams = self._ledger.streams(claims)
        body = {"reason_code": ABSENT, "reason": self._map.reason}
        plans = []
        for claim in claims:
            stream = streams.get(claim)
            steps = []
            if stream is not None and stream.state.standing == OPEN:
                steps = [Step("Retracted", body, review=True)]
            elif stream is not None and stream.state.standing == MERGED:
                self._not_imported(0, claim, "absent, but the claim is merged: it stays so")
            head = Head(claim) if stream is None else Head.of(stream)
            plans.append(_Plan(0, claim, head, steps, None))
        if not self._options.dry_run:
            self._memory.mark_presence(claims, LEAVING)
        before = self.counts["rejected"]
        self._carry_out(plans)
        if not self._options.dry_run and self.counts["rejected"] == before:
            self._memory.mark_presence(claims, GONE)

    # --- telling

    def _reject(self, problem: Problem) -> None:
        self.counts["rejected"] += 1
        self._tell(_line("rejected", problem))

    def _not_imported(self, line: int, claim: str, reason: str) -> None:
        self.counts["not imported"] += 1
        told: Told = {"outcome": "not-imported", "line": line or None, "column": "", "value": None}
        self._tell(told | {"reason": reason} | ({"claim": claim} if claim else {}))


def _on_the_way(plan: _Plan) -> Remembered | None:
    """What is to be remembered of a claim before its events are sent."""
    if plan.after is None or plan.row is not None:
        return plan.after
    if plan.before is None or not plan.steps:
        return None
    return plan.before._replace(pending=plan.after.stated)


def _line(outcome: str, problem: Problem) -> Told:
    return {"outcome": outcome} | problem._asdict()
