"""The incidents of a ledger as they stand or stood, ascending by name, read page by page."""

from __future__ import annotations

from collections.abc import Iterator

from domain.dates import parse_dates
from domain.figure import Definition
from domain.rules import Rules
from projections.counting import stands
from projections.massacres import IncidentAsOf, asked_for
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


def _page(registry: Registry, size: int, after: str) -> list[tuple[IncidentAsOf, str | None]]:
    standing = stands(size)
    with registry.reading() as cursor:
        cursor.execute(
            "SELECT m.name, n.number, n.name, v.valid_from, v.party, v.mode, v.governorate, "
            "v.district, v.place, v.cause, v.weapon, v.happened, v.standing, v.merged_into "
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
