"""Freezing a report: its figures at one state of the ledger, recorded, signed and bundled.

The one act that publishes a number. What is frozen once stays: the same plan gives the same bundle,
byte for byte, however much the ledger has grown since; another plan under that name is refused.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from api.bundling import Covered, bundle_report
from api.counted import CountedFigure, Counting
from api.opening import Opening
from api.plan import ReportPlan
from api.prove import covering_checkpoint
from api.spool import Spool
from domain.choice import choose
from domain.deduction import deduced
from domain.errors import Conflict, Invalid, Rejected
from domain.estimate import EstimateStated
from domain.event import Seen
from domain.footing import foot
from domain.life import OPEN
from domain.report import Correction, FrozenFigure, ReportFrozen
from ledger.application import RecordedEvent
from ledger.author import Head, compose
from ledger.ledger import Ledger
from ledger.signer import Signer
from projections.lines import MemberLines
from projections.registry import Registry


class Frozen(NamedTuple):
    """A frozen report. `again` says that it had been frozen before: nothing was recorded now.

    `opening` shows what hidden rows hide (api/opening.py); empty when nothing is hidden.
    """

    bundle: bytes
    log_index: int
    ledger: Seen
    figures: tuple[FrozenFigure, ...]
    again: bool
    opening: bytes = b""


class Pinned(NamedTuple):
    """What a freeze is bound to beside its plan: a state of the ledger, waivers, a correction.

    `size` None is the newest state. `correcting` makes the correction once the figures are known.
    """

    size: int | None = None
    waivers: Mapping[str, str] | None = None
    correcting: Callable[[ReportFrozen], Correction] | None = None


NOTHING = Pinned()


def freeze(
    ledger: Ledger,
    registry: Registry,
    plan: ReportPlan,
    publisher: Signer,
    at: str,
    *,
    pinned: Pinned = NOTHING,
) -> Frozen:
    """Freeze a report and make its bundle; `at` is the publisher's clock, `2020-04-02T09:15:00Z`.

    Raises Invalid for a plan that cannot be counted, Conflict when another report has the name,
    Rejected when a cross-footing rule breaks that nobody waived, or the ledger refuses the event.
    """

    registry.catch_up()
    return freeze_counted(ledger, MemberLines(registry), plan, publisher, at, pinned=pinned)


def freeze_counted(
    ledger: Ledger,
    counting: Counting,
    plan: ReportPlan,
    publisher: Signer,
    at: str,
    *,
    pinned: Pinned = NOTHING,
) -> Frozen:
    """The same with any way of counting the lines of a definition at a size."""
    head = Head(f"report/{plan.name}")
    recorded = ledger.history(head.stream)
    origin = ledger.origin
    if recorded:
        state = recorded[0].event.body["ledger"]
        frozen_at = Seen(state["size"], state["root"])
        _require_publisher(plan.name, publisher, recorded[0].signer)
        if pinned.size not in (None, frozen_at.size):
            raise _conflict(
                plan.name,
                recorded[0].event.body,
                {"ledger": {"size": pinned.size}},
                recorded[0].signer,
            )
    else:
        frozen_at = _state(ledger, pinned.size)
    rules = ledger.rules_at(frozen_at.size)
    files, opening = Spool(), Opening(f"{origin}/reports/{plan.name}", publisher)
    figures = [
        CountedFigure(
            plan,
            figure,
            origin=origin,
            rules=rules,
            ledger=frozen_at,
            counting=counting,
            files=files,
            opening=opening,
        )
        for figure in plan.figures
    ]
    _require_hidden(figures)
    frozen = ReportFrozen(
        plan.title,
        plan.period,
        frozen_at,
        rules.version,
        tuple(figure.frozen for figure in figures),
        plan.narrative,
        plan.massacres,
        foot(
            [figure.counted for figure in figures],
            stated_figures(ledger, plan.crossfoot.stated, frozen_at.size),
            rules,
            named=plan.crossfoot.rules,
            waivers=_waivers(plan, pinned, recorded),
        ),
    )
    if plan.crossfoot.stated:
        frozen = frozen._replace(stated=plan.crossfoot.stated)
    _require_waivers(frozen, dict(plan.crossfoot.breaks))
    body = frozen_body(frozen)
    if pinned.correcting is not None:
        body["corrects"] = pinned.correcting(frozen).to_json()
    elif recorded and "corrects" in recorded[0].event.body:
        body["corrects"] = recorded[0].event.body["corrects"]
    if recorded:
        if recorded[0].event.body != body:
            raise _conflict(plan.name, recorded[0].event.body, body, recorded[0].signer)
        log_index = recorded[0].log_index
    else:
        note, _ = compose(
            head, "ReportFrozen", body, [publisher], ledger=origin, at=at, seen=frozen_at
        )
        log_index = ledger.accept(note)[0].log_index
    size, checkpoint = covering_checkpoint(ledger, log_index)
    for figure in figures:
        figure.add_to(files, publisher)
    # As it was frozen, whatever has become of the report since: the same bytes every time.
    raw = bundle_report(ledger, plan.name, Covered(size, checkpoint), files, publisher)
    return Frozen(raw, log_index, frozen_at, frozen.figures, bool(recorded), opening.to_bytes())


def _require_hidden(figures: Sequence[CountedFigure]) -> None:
    """Raises Invalid when what one figure hides another one shows."""
    shown = {one: figure.name for figure in figures for one in figure.cells[0]}
    for figure in figures:
        for definition, row in figure.cells[1].items():
            if definition in shown:
                raise Invalid(
                    f"the row {row} is hidden for its few members, and {shown[definition]} shows "
                    "the same: leave that out, or hide it too (fewer_than)"
                )
    found = deduced([figure.members for figure in figures])
    if found is not None:
        raise Invalid(
            f"the row {found.figure}/{','.join(found.row)} is hidden for its few members, and can "
            f"be worked out with what is shown of {', '.join(found.by)}: hide small rows of those "
            "too (fewer_than), group more coarsely, or leave one of the figures out"
        )


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()


def stated_figures(ledger: Ledger, publications: Sequence[str], size: int) -> list[EstimateStated]:
    """The figures that these publications state and that stand, in the order of their recording.

    Raises Invalid for a publication that states none.
    """
    if not publications:
        return []
    authority = ledger.authority_at(size)
    every = [
        found.stated
        for name in ledger.recorder.streams_of("estimate")
        if (found := ledger.trusted(name, size, authority)) is not None and found.standing == OPEN
    ]
    known = sorted({one.publication for one in every})
    for publication in publications:
        choose("crossfoot.stated: publication", publication, known)
    return [one for one in every if one.publication in publications]


def frozen_body(frozen: ReportFrozen) -> dict[str, Any]:
    """The body of a ReportFrozen; what a report does not have is left out."""
    optional = {
        "narrative": frozen.narrative,
        "massacres": frozen.massacres,
        "crossfoot": frozen.crossfoot,
        "corrects": frozen.corrects,
        "stated": frozen.stated,
    }
    return {
        "figures": [figure.to_json() for figure in frozen.figures],
        "ledger": frozen.ledger.to_json(),
        "period": frozen.period,
        "rules": frozen.rules,
        "title": frozen.title.to_json(),
    } | {name: _json(value) for name, value in optional.items() if value is not None}


def _json(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return value.to_json() if hasattr(value, "to_json") else [_json(one) for one in value]


def _state(ledger: Ledger, size: int | None) -> Seen:
    if size is None:
        checkpoint = ledger.checkpoint()
        return Seen(checkpoint.size, _base64(checkpoint.root))
    return Seen(size, _base64(ledger.recorder.root_at(size)))


def _waivers(plan: ReportPlan, pinned: Pinned, recorded: Sequence[RecordedEvent]) -> dict[str, str]:
    """Those of the plan and those given beside it; made again, those that were signed."""
    given = dict(plan.crossfoot.waivers) | dict(pinned.waivers or {})
    if not recorded or pinned.waivers:
        return given
    signed = recorded[0].event.body.get("crossfoot", [])
    return {one["rule"]: one["waiver"] for one in signed if one["waiver"] is not None} | given


def _require_waivers(frozen: ReportFrozen, foreseen: Mapping[str, int]) -> None:
    """Raises Rejected naming every break that nobody waived, with figures and numbers.

    A rule that was waived for so many breaks as are `foreseen` is not waived for another number.
    """
    broken = [
        one
        for one in frozen.crossfoot or ()
        if one.breaks
        and (one.waiver is None or foreseen.get(one.rule, len(one.breaks)) != len(one.breaks))
    ]
    if broken:
        told = "".join(
            f"\n  {one.rule}: {found.sentence}" for one in broken for found in one.breaks
        )
        rules = " ".join(f"--waive {one.rule} --reason TEXT" for one in broken)
        raise Rejected(
            "cross-footing",
            f"the figures break {len(broken)} of the rules:{told}\ncorrect them, or publish all "
            f"the same with a reason, which is signed and printed: {rules}",
        )


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
