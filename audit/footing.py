"""Running a report's cross-footing rules again, over its recounted figures and what was stated."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from audit.recount import Past, Reread
from domain.authority import Authority
from domain.catalogue import CATALOGUE
from domain.errors import Invalid
from domain.estimate import EstimateStated
from domain.figure import Definition
from domain.footing import Counted, foot
from domain.life import OPEN, Author
from domain.report import ReportFrozen
from domain.rules import ACCEPTED, Rules
from domain.suspicion import REAFFIRMED, Signed, suspect_versions


def check_footing(
    report: ReportFrozen,
    figures: Sequence[Counted],
    stated: Sequence[EstimateStated],
    rules: Rules,
) -> None:
    """Raises Invalid unless the rules that the report names give what it states of each."""
    if report.crossfoot is None:
        return
    waivers = {one.rule: one.waiver for one in report.crossfoot if one.waiver is not None}
    named = [one.rule for one in report.crossfoot]
    made = foot(figures, stated, rules, named=named, waivers=waivers)
    for one, other in zip(report.crossfoot, made, strict=True):
        if one != other:
            raise Invalid(
                f"cross-footing rule {one.rule}: {one.compared} comparisons with "
                f"{len(one.breaks)} breaks are stated; there are {other.compared} with "
                f"{len(other.breaks)}"
            )


def counted(name: str, definition: Definition, lines: Sequence[bytes]) -> Counted:
    """A recounted figure as cross-footing sees it; `lines` are its member lines."""
    massacres, summed = definition.measure == "massacres", definition.addend is not None
    deaths: Counter[tuple[str, ...]] = Counter()
    values: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        member = json.loads(line)
        row = tuple(member["facets"][facet] for facet in definition.by)
        values[row] += member["addend"] if summed else 1
        deaths[row] += len(member.get("claims", ()))
    return Counted(
        name,
        definition,
        values.total(),
        deaths.total() if massacres else None,
        {row: (values[row], deaths[row] if massacres else None) for row in sorted(values)}
        if definition.by
        else {},
    )


def stated_at(
    size: int, streams: Iterable[str], publications: Sequence[str], reread: Reread
) -> list[EstimateStated]:
    """What these publications state and that stood in the first `size` entries, without suspects.

    `streams` are those of the ledger, in the order in which they began.
    """
    if not publications:
        return []
    authority = _folded(reread(0, size, "authority"))
    found = []
    for stream in streams:
        if stream.startswith("estimate/"):
            estimate = _trusted(list(reread(0, size, stream)), authority)
            if estimate is not None and estimate.standing == OPEN:
                found.append(estimate.stated)
    return [one for one in found if one.publication in publications]


def _trusted(events: Sequence[Past], authority: Authority) -> Any:
    """What the events make without the suspect ones; None when the first is one of them."""
    signed = [
        Signed(
            one.event.version,
            one.log_index,
            one.signers,
            tuple(one.event.body["versions"]) if one.event.type == REAFFIRMED else (),
        )
        for one in events
    ]
    suspects = suspect_versions(signed, authority)
    if 1 in suspects:
        return None
    return _folded(one for one in events if one.event.version not in suspects)


def _folded(events: Iterable[Past]) -> Any:
    state = None
    for one in events:
        row = CATALOGUE[one.event.stream_kind][one.event.type]
        fact = row.shape.read(one.event.body, "body", ACCEPTED)
        state = row.evolve(state, fact, Author(one.signers[0], one.log_index))
    return state
