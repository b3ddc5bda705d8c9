"""One release of a list taken in: read, compared, sealed, signed and accepted, batch by batch.

While a batch is signed and verified on the other cores, the one before it is accepted. What is on
disk when a run is cut short: of each batch first the sealed fields and the memory of new rows, then
the events in one transaction, then the memory of what they changed. Running again finds what is
done by the ledger itself, repeats nothing, and replaces what was sealed for no event.
"""

from __future__ import annotations

import gc
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any, NamedTuple

from api.importing.changes import ABSENT, Step
from api.importing.listmap import ListMap
from api.importing.memory import GONE, LEAVING, Memory, Remembered
from api.importing.planning import Plan, Planning, Telling, Told
from api.importing.resealing import held_by, pending, sealing_steps
from api.importing.rows import Problem, Row, RowReader
from api.importing.tables import Broken, Cells
from domain.errors import Rejected
from domain.event import Seen
from domain.life import MERGED, OPEN
from domain.sealing import FIELD_SEALED
from ledger.author import Head, draft
from ledger.ledger import Ledger
from ledger.signer import Signer
from ledger.signing import Chunk, Draft, DraftSigner
from ledger.vault import Vault

BATCH = 4000


class Options(NamedTuple):
    """`reviewer` signs retractions and reinstatements; without one they are only reported."""

    signer: Signer
    reviewer: Signer | None = None
    dry_run: bool = False
    whole: bool = False
    retract_most: bool = False


class _OnTheWay(NamedTuple):
    """A batch that is being signed: its plans, the steps of each, and what is to be accepted."""

    plans: Sequence[Plan]
    composed: Sequence[list[Step]]
    signing: Sequence[Chunk]


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
        self._telling = Telling(tell)
        self._reader = RowReader(listmap, ledger.rules, clock())
        reviewed = options.reviewer is not None
        self._planning = Planning(
            ledger, memory, listmap, self._telling, reviewed=reviewed, clock=clock
        )
        self._signing = DraftSigner()
        self._origin = ledger.origin
        self.events: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """How many rows of each kind there were so far."""
        return self._telling.counts

    def run(
        self, rows: Iterator[Cells | Broken], progress: Callable[[int], None] = lambda done: None
    ) -> None:
        """Take the rows in, then see to what vanished."""
        if self._options.dry_run:
            self._memory.check_order(self._map.name, self._map.release, self._map.date)
        else:
            self._memory.begin(self._map.name, self._map.release, self._map.date)
        self._memory.forget_seen()
        with closing(self._signing), _collecting_seldom() as done_with_a_batch:
            on_the_way: list[_OnTheWay] = []
            while batch := list(islice(rows, BATCH)):
                self.counts["rows"] += len(batch)
                on_the_way += self._send(list(self._planning.plans(self._read(batch))))
                if len(on_the_way) > 1:
                    self._arrive(on_the_way.pop(0))
                # Each record comes once: what is remembered of it would only fill the memory.
                self._ledger.forget_streams()
                done_with_a_batch()
                progress(self.counts["rows"])
            for sent in on_the_way:
                self._arrive(sent)
            self._see_to_absent()

    def _read(self, batch: Sequence[Cells | Broken]) -> dict[str, Row]:
        """The rows of a batch that break no rule, by their claims."""
        named: list[tuple[str, Cells]] = []
        for one in batch:
            if isinstance(one, Broken):
                self.counts["unreadable"] += 1
                self._telling.reject(Problem(one.line, one.column, None, one.reason))
            elif record_id := self._reader.record_id(one):
                named.append((self._memory.claim(self._map.name, record_id), one))
            else:
                column = self._map.record_id
                self._telling.reject(Problem(one.line, column, None, "the record's id is missing"))
        again = self._memory.see([(claim, cells.line) for claim, cells in named])
        rows: dict[str, Row] = {}
        for claim, cells in named:
            if cells.line in again:
                reason = f"the record of line {again[cells.line]} once more"
                self._telling.reject(Problem(cells.line, self._map.record_id, None, reason))
                continue
            read = self._reader.read(cells)
            if isinstance(read, Problem):
                self._telling.reject(read)
            else:
                rows[claim] = read
        return rows

    # --- events

    def _send(self, plans: Sequence[Plan]) -> list[_OnTheWay]:
        """Seal and have signed what the plans say; a dry run only tells it."""
        if self._options.dry_run:
            for plan in plans:
                self._tell_plan(plan)
            return []
        fresh = {plan.claim: plan.row.secrets for plan in plans if plan.row is not None}
        digests = self._vault.seal_all(fresh)
        plans = self._resealed(plans)
        self._remember({one.claim: kept for one in plans if (kept := one.on_the_way)})
        checkpoint = self._ledger.checkpoint()
        seen = Seen(checkpoint.size, b64encode(checkpoint.root).decode())
        at = self._clock()
        drafts: list[Draft] = []
        composed: list[list[Step]] = []
        for plan in plans:
            head, steps = plan.head, plan.steps
            if plan.row is not None:
                steps = [
                    Step("ClaimRecorded", plan.row.body(digests[plan.claim], self._map.reason))
                ]
            for step in steps:
                signer = self._options.reviewer if step.review else self._options.signer
                assert signer is not None
                event, text, head = draft(
                    head, step.event_type, step.body, ledger=self._origin, at=at, seen=seen
                )
                drafts.append(Draft(event, text, signer))
            composed.append(steps)
        return [_OnTheWay(plans, composed, self._signing.start(drafts))]

    def _resealed(self, plans: Sequence[Plan]) -> list[Plan]:
        """Seal what a release says otherwise of sealed fields, with the events that say so."""
        self._vault.drop(digest for plan in plans for digest in plan.dropped)
        gone = self._vault.erased([plan.claim for plan in plans if plan.seals])
        sealed = self._vault.seal_more(
            {
                plan.claim: {field: one for field, one in plan.seals.items() if one is not None}
                for plan in plans
                if plan.seals and plan.claim not in gone
            }
        )
        return [
            plan if plan.claim not in sealed else self._with_sealed(plan, sealed[plan.claim])
            for plan in plans
        ]

    def _with_sealed(self, plan: Plan, sealed: Mapping[str, dict[str, str]]) -> Plan:
        to = {field: sealed.get(field) for field in plan.seals}
        why = {"reason_code": self._map.reason_code, "reason": self._map.reason}
        assert plan.after is not None
        return plan._replace(
            steps=plan.steps + sealing_steps(plan.stated, to, why),
            sealing=pending(plan.after.marks, to),
        )

    def _arrive(self, sent: _OnTheWay) -> None:
        """Have accepted what was signed, and remember what that changed."""
        notes = self._signing.finish(sent.signing)
        outcomes: Iterator[Any] = iter(())
        if notes:
            outcomes = iter(self._ledger.accept_all(notes, whole=self._options.whole).outcomes)
        remembered, refused = {}, []
        unheld: list[str] = []
        for plan, steps in zip(sent.plans, sent.composed, strict=True):
            rejected = []
            for step, outcome in zip(steps, islice(outcomes, len(steps)), strict=True):
                if isinstance(outcome, Rejected):
                    rejected.append(outcome)
                    unheld += held_by(step)
                else:
                    self.events[step.event_type] += 1
            if rejected:
                self._telling.reject(Problem(plan.line, "", None, str(rejected[0])))
                if plan.row is not None:
                    refused.append(plan.claim)
                continue
            self._count(plan)
            if plan.after is not None and plan.row is None:
                version = plan.head.version + len(steps)
                remembered[plan.claim] = plan.after._replace(version=version)
        if refused:
            self._vault.unseal_all(refused)
            self._memory.forget(refused)
        self._vault.drop(unheld)
        self._remember(remembered)

    def _remember(self, rows: dict[str, Remembered]) -> None:
        if rows:
            self._memory.remember(self._map.name, rows)

    def _count(self, plan: Plan) -> None:
        kinds = {step.event_type for step in plan.steps} | set(plan.seals)
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

    def _tell_plan(self, plan: Plan) -> None:
        self._count(plan)
        steps = plan.steps
        if plan.row is not None:
            sealed = sorted(plan.row.secrets)
            steps = [Step("ClaimRecorded", plan.row.stated | {"sealed": sealed})]
        told = [Step(FIELD_SEALED, {"field": field}) for field in plan.seals]
        for step in [*steps, *told]:
            self.events[step.event_type] += 1
            line = {"outcome": "would-record", "line": plan.line or None, "claim": plan.claim}
            self._telling.tell(line | {"event": step.event_type, "body": step.body})

    # --- what vanished

    def _see_to_absent(self) -> None:
        """Retract the claims whose rows this release no longer has, or only tell of them."""
        absent, there = self._memory.count_absent(self._map.name)
        self.counts["absent"] = absent
        # A row that cannot be read has an id that nobody knows: it is not absent.
        retract = self._options.reviewer is not None and not self.counts["unreadable"]
        if retract and absent * 2 > there and not self._options.retract_most:
            self.counts["most absent"] = 1
            retract = False
        after = ""
        while claims := self._memory.absent(after, BATCH):
            after = claims[-1]
            if retract:
                self._retract(claims)
                continue
            for claim in claims:
                self.counts["flagged"] += 1
                self._telling.tell({"outcome": "absent", "line": None, "claim": claim})

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
                reason = "absent, but the claim is merged: it stays so"
                self._telling.not_imported(0, claim, reason)
            head = Head(claim) if stream is None else Head.of(stream)
            plans.append(Plan(0, claim, head, steps, None))
        if not self._options.dry_run:
            self._memory.mark_presence(claims, LEAVING)
        before = self.counts["rejected"]
        for sent in self._send(plans):
            self._arrive(sent)
        if not self._options.dry_run and self.counts["rejected"] == before:
            self._memory.mark_presence(claims, GONE)
        self._ledger.forget_streams()


@contextmanager
def _collecting_seldom() -> Iterator[Callable[[], None]]:
    """Collect garbage every few batches only: a batch lives on, and would be scanned in vain."""
    was_collecting = gc.isenabled()
    gc.disable()
    batches = 0

    def done_with_a_batch() -> None:
        nonlocal batches
        batches += 1
        if batches % 50 == 0:
            gc.collect()

    try:
        yield done_with_a_batch
    finally:
        if was_collecting:
            gc.enable()
