"""Freezing a report: its figures at one state of the ledger, recorded, signed and bundled.

The one act that publishes a number. What is frozen once stays: the same plan gives the same bundle,
byte for byte, however much the ledger has grown since; another plan under that name is refused.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from api.plan import PlannedFigure, ReportPlan
from api.prove import covering_checkpoint, logged, logged_stream
from audit.bundle import Bundle, BundledFigure, Logged, write_bundle
from audit.figure_note import FigureNote, figure_identity, figure_of
from domain.errors import Conflict
from domain.event import Seen
from domain.figure import Definition, row_definition
from domain.report import FrozenFigure
from domain.rules import Rules
from ledger import merkle
from ledger.author import Head, compose
from ledger.ledger import Ledger
from ledger.proof import ConsistencyProof, format_consistency
from ledger.signer import Signer, sign_note
from projections.members import Member, members
from projections.registry import Registry

Counting = Callable[[Definition, Rules, int], Iterable[Member]]


class Frozen(NamedTuple):
    """A frozen report. `again` says that it had been frozen before: nothing was recorded now."""

    bundle: bytes
    log_index: int
    ledger: Seen
    figures: tuple[FrozenFigure, ...]
    again: bool


def freeze(
    ledger: Ledger, registry: Registry, plan: ReportPlan, publisher: Signer, at: str
) -> Frozen:
    """Freeze a report and make its bundle; `at` is the publisher's clock, `2020-04-02T09:15:00Z`.

    Raises Invalid for a plan that cannot be counted, Conflict when another report has the name,
    Rejected when the ledger refuses the publisher's event.
    """

    registry.catch_up()
    return freeze_counted(ledger, partial(members, registry), plan, publisher, at)


def freeze_counted(
    ledger: Ledger, counting: Counting, plan: ReportPlan, publisher: Signer, at: str
) -> Frozen:
    """The same with any way of counting the members of a definition at a size."""
    head = Head(f"report/{plan.name}")
    recorded = ledger.history(head.stream)
    origin = ledger.origin
    if recorded:
        state = recorded[0].event.body["ledger"]
        frozen_at = Seen(state["size"], state["root"])
        _require_publisher(plan.name, publisher, recorded[0].signer)
    else:
        checkpoint = ledger.checkpoint()
        frozen_at = Seen(checkpoint.size, b64encode(checkpoint.root).decode())
    rules = ledger.rules_at(frozen_at.size)
    figures = [
        _Counted(plan, figure, origin=origin, rules=rules, ledger=frozen_at, counting=counting)
        for figure in plan.figures
    ]
    body = {
        "figures": [figure.frozen.to_json() for figure in figures],
        "ledger": frozen_at.to_json(),
        "period": plan.period,
        "rules": rules.version,
        "title": plan.title.to_json(),
    }
    if recorded:
        if recorded[0].event.body != body:
            raise _conflict(plan.name, recorded[0].event.body, body, recorded[0].signer)
        log_index = recorded[0].log_index
    else:
        note, _ = compose(
            head, "ReportFrozen", body, [publisher], ledger=origin, at=at, seen=frozen_at
        )
        log_index = ledger.accept(note)[0].log_index
    bundle = _bundle(ledger, f"{origin}/reports/{plan.name}", log_index, frozen_at.size)
    raw = write_bundle(
        bundle._replace(figures=tuple(figure.bundled(publisher) for figure in figures)), publisher
    )
    return Frozen(
        raw, log_index, frozen_at, tuple(figure.frozen for figure in figures), bool(recorded)
    )


class _Counted:
    """One planned figure, counted: its member lines, its note and its rows."""

    def __init__(
        self,
        plan: ReportPlan,
        planned: PlannedFigure,
        *,
        origin: str,
        rules: Rules,
        ledger: Seen,
        counting: Counting,
    ) -> None:
        self._name = planned.name
        self._definition = plan.definition(planned, rules)
        rows: dict[tuple[str, ...], list[bytes]] = {}
        self._lines: list[bytes] = []
        for one in counting(self._definition, rules, ledger.size):
            line = one.to_line().removesuffix(b"\n")
            self._lines.append(line)
            rows.setdefault(tuple(one.facets[facet] for facet in self._definition.by), []).append(
                line
            )
        self._note = figure_of(
            figure_identity(origin, plan.name, planned.name),
            self._lines,
            self._definition.to_bytes(),
            ledger,
        )
        self._rows: dict[tuple[str, ...], FigureNote] = {}
        if self._definition.by:
            self._rows = {
                row: figure_of(
                    figure_identity(origin, plan.name, planned.name, row),
                    lines,
                    row_definition(self._definition, row).to_bytes(),
                    ledger,
                )
                for row, lines in sorted(rows.items())
            }

    @property
    def frozen(self) -> FrozenFigure:
        note = self._note
        rows = None
        if self._definition.by:
            hashes = [merkle.leaf_hash(row.to_text()) for row in self._rows.values()]
            rows = _base64(merkle.tree_root(hashes))
        return FrozenFigure(
            self._name, note.value, _base64(note.root), _base64(note.definition), rows
        )

    def bundled(self, publisher: Signer) -> BundledFigure:
        return BundledFigure(
            self._name,
            self._definition.to_bytes(),
            b"".join(line + b"\n" for line in self._lines),
            sign_note(self._note.to_text(), publisher),
            tuple((row, sign_note(note.to_text(), publisher)) for row, note in self._rows.items()),
        )


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()


def _require_publisher(name: str, publisher: Signer, recorded: str) -> None:
    key = f"{publisher.key.name}+{publisher.key.key_id.hex()}"
    if key != recorded:
        raise Conflict(
            f"the report {name} was frozen by {recorded}; its bundle can be made again with that "
            f"key, not with {key}; freeze under another name",
            version=1,
            signed_by=recorded,
            where="name",
        )


def _conflict(name: str, recorded: dict[str, Any], now: dict[str, Any], signed_by: str) -> Conflict:
    different = [member for member in now if recorded.get(member) != now[member]]
    return Conflict(
        f"the report {name} is frozen already with other content ({', '.join(different)}); what "
        "was published stays: give this plan another name, or restore the plan that was frozen",
        version=1,
        signed_by=signed_by,
        where="name",
    )


def _bundle(ledger: Ledger, identity: str, log_index: int, frozen_size: int) -> Bundle:
    """Everything but the figures, at the first checkpoint that covers the report's entry."""
    size, checkpoint = covering_checkpoint(ledger, log_index)

    def stream(name: str) -> tuple[Logged, ...]:
        return logged_stream(ledger, name, size, checkpoint)

    growth = ConsistencyProof(
        frozen_size, tuple(ledger.consistency_proof(frozen_size, size)), checkpoint
    )
    report = logged(ledger, log_index, size, checkpoint)
    return Bundle(
        identity,
        checkpoint,
        format_consistency(growth),
        stream("authority"),
        stream("rules"),
        report,
        (),
    )
