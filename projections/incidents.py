"""The incidents of a ledger as they stand or stood, ascending by name, read page by page."""

from __future__ import annotations

from collections.abc import Iterator

from domain.dates import parse_dates
from domain.figure import Definition
from domain.life import OPEN
from domain.rules import Rules
from projections.counting import stands
from projections.massacres import INCIDENT_COLUMNS, IncidentAsOf, asked_for, incidents_at
from projections.registry import Registry

_PAGE = 1000


def incidents(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[tuple[IncidentAsOf, str | None]]:
    """Incidents of any standing whose own facets are asked for, and that may lie in the period.

    Each comes with the name of the incident that it is merged into.
    """
    after = ""
    while page := _page(registry, size, after):
        for incident, into in page:
            if asked_for(incident, definition, rules) and _may_lie_in(incident, definition):
                yield incident, into
        after = page[-1][0].name


def counted_incidents(
    registry: Registry, definition: Definition, rules: Rules, size: int, *, rule: str | None = None
) -> list[IncidentAsOf]:
    """The open incidents that a definition of them counts, ascending by name; with `rule`, by
    another rule for straddling dates.
    """
    found = open_incidents(registry, definition, rules, size)
    return [one for one in found if counts(one, definition, rules, rule)]


def open_incidents(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> list[IncidentAsOf]:
    """The open incidents whose facets are asked for, whenever they happened, by name."""
    with registry.reading() as cursor:
        found = incidents_at(cursor, size).values()
    chosen = [one for one in found if _is_open_and_asked_for(one, definition, rules)]
    return sorted(chosen, key=lambda one: one.name)


def counts(
    incident: IncidentAsOf, definition: Definition, rules: Rules, rule: str | None = None
) -> bool:
    """Whether a version of an incident is one that the definition counts."""
    if not _is_open_and_asked_for(incident, definition, rules):
        return False
    period = definition.dates
    if period is None:
        return True
    return incident.happened is not None and parse_dates(incident.happened).lies_in(
        period, rule or definition.straddling
    )


def _is_open_and_asked_for(incident: IncidentAsOf, definition: Definition, rules: Rules) -> bool:
    if definition.addend is not None and incident.addend(definition.addend) is None:
        return False
    return incident.standing == OPEN and asked_for(incident, definition, rules)


def _page(registry: Registry, size: int, after: str) -> list[tuple[IncidentAsOf, str | None]]:
    standing = stands(size)
    with registry.reading() as cursor:
        cursor.execute(
            f"SELECT m.name, {INCIDENT_COLUMNS} "
            "FROM incidents n JOIN incident_versions v ON v.incident = n.number "
            "LEFT JOIN incidents m ON m.number = v.merged_into "
            f"WHERE n.name > ? AND {standing.sql} ORDER BY n.name LIMIT ?",
            (after, *standing.values, _PAGE),
        )
        return [(IncidentAsOf(*row), into) for into, *row in cursor.fetchall()]


def _may_lie_in(incident: IncidentAsOf, definition: Definition) -> bool:
    period = definition.dates
    if period is None:
        return True
    return incident.happened is not None and parse_dates(incident.happened).touches(period)
