"""Why a claim counts in a figure, or does not: every condition of the definition, one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.dates import parse_dates
from domain.facets import INCIDENT_FACETS, UNKNOWN
from domain.figure import Definition
from domain.kinds import DEATHS
from domain.life import OPEN
from domain.rules import Rules
from projections.counting import COLUMNS, facet_value, stands, versions
from projections.massacres import massacres
from projections.registry import Registry


class Met(NamedTuple):
    """One condition: what is asked, what the claim has, and whether that is enough."""

    condition: str
    found: str
    holds: bool

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def why(
    registry: Registry, definition: Definition, rules: Rules, size: int, claim: str
) -> list[Met]:
    """The conditions in the state of the first `size` entries; a claim counts when all hold."""
    of_claim = [
        (facet, values)
        for facet, values in definition.where
        if definition.measure == "deaths" or facet not in INCIDENT_FACETS
    ]
    facets = ["kind", *(facet for facet, _ in of_claim), "incident", "status"]
    columns = ", ".join(COLUMNS[facet] for facet in facets)
    standing = stands(size)
    with registry.reading() as cursor:
        row = cursor.execute(
            f"SELECT c.standing, s.text, {columns} FROM {versions(definition)} "
            f"WHERE n.name = ? AND {standing.sql}",
            (claim, *standing.values),
        ).fetchone()
    if row is None:
        return [Met(f"recorded within the first {size} entries", "not yet", False)]
    stood, date, kind, *values, incident, status = row
    met = [
        Met("stands open", stood, stood == OPEN),
        Met("is a death", kind, kind in DEATHS),
    ]
    for (facet, wanted), value in zip(of_claim, values, strict=True):
        found = facet_value(rules, facet, value)
        met.append(Met(f"{facet} is {' or '.join(wanted)}", found, found in wanted))
    if definition.period is not None:
        met.append(_within(definition, date))
    if definition.measure == "massacres":
        statuses = rules.massacre_statuses
        met.append(Met(f"status is {' or '.join(statuses)}", status, status in statuses))
        met.append(Met("assigned to an incident", incident, incident != UNKNOWN))
        met.append(_listed(registry, definition, rules, size, claim))
    return met


def _within(definition: Definition, date: str | None) -> Met:
    asked = f"{definition.basis} within {definition.period}, on every day that is possible"
    period = definition.dates
    inside = date is not None and period is not None and parse_dates(date).within(period)
    return Met(asked, date or "unknown", inside)


def _listed(registry: Registry, definition: Definition, rules: Rules, size: int, claim: str) -> Met:
    of = [one for one in massacres(registry, definition, rules, size) if claim in one.claims]
    asked = f"its incident is one that the figure asks for, with {rules.massacre_threshold} or more"
    found = f"{len(of[0].claims)} in {of[0].incident.name}" if of else "not listed"
    return Met(asked, found, bool(of))
