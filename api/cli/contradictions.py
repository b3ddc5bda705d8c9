"""What the March 2020 report states of itself, held against each other and against its claims."""

from __future__ import annotations

from collections.abc import Iterator

from api.questions import Filters, Questions
from domain.crossfoot import cross_foot

_MONTH = "2020-03"
_PARTY = "russian-forces"


def contradictions(ask: Questions) -> Iterator[str]:
    """In words, line by line: every number is read from the ledger."""
    stated = [one for _, one in ask.stated(ask.as_of(None))]
    findings = cross_foot(stated, ask.ledger.rules)
    broken = [finding for finding in findings if not finding.holds]
    yield f"{len(findings) - len(broken)} of {len(findings)} checks hold. These do not:"
    for finding in broken:
        yield f"  ✗ {finding.sentence}"
    figures = {(f.measure, f.party, f.category): f.value.best for f in stated if f.period == _MONTH}
    derived = ask.massacres(Filters(_MONTH))
    table = ask.toll(Filters(_MONTH, where=["status=civilian", f"party={_PARTY}"]))["totals"]
    one = ask.massacres(Filters(_MONTH, where=[f"party={_PARTY}"]))["massacres"][0]
    deaths = figures["massacre-deaths", _PARTY, "total"] - one["deaths"]
    women = figures["massacre-deaths", _PARTY, "women"] - one["women"]
    girls = figures["massacre-deaths", _PARTY, "girls"] - one["girls"]
    yield (
        f"The report states {figures['massacres', None, 'total']} massacres with "
        f"{figures['massacre-deaths', None, 'total']} deaths; its claims make {derived['total']} "
        f"with {derived['deaths']}."
    )
    yield (
        f"The fifth, by subtraction {deaths} deaths by Russian forces ({girls} girl, {women} "
        f"women), cannot be among its claims: its table of parties has {table['deaths']} deaths "
        f"by Russian forces, {table['women']} of them women and {table['children']} children, and "
        f"the one massacre that is described ({one['deaths']} deaths, {one['women']} women, "
        f"{one['children']} children) accounts for every one of these."
    )
    least = figures["deaths", None, "total"] + figures["massacre-deaths", _PARTY, "total"]
    yield (
        f"So the month's true total is at least {least - table['deaths']}. The ledger records "
        "both, as stated, and hides nothing."
    )
