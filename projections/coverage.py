"""The years that the claims of a measure cover: from its first to its last, whoever they are of."""

from __future__ import annotations

from domain.dates import parse_dates
from domain.figure import Definition
from domain.measures import INCIDENTS, MASSACRES, measure_of
from domain.rules import Rules
from projections.counting import Condition, open_of_kinds, stands
from projections.incidents import open_incidents
from projections.registry import Registry


def covered_years(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> tuple[str, str] | None:
    """The first and the last year of what the measure counts, filters apart; None is of nothing.

    A date that leaves several years open is of none of them alone, and widens nothing. What stands
    at the end of a day is known of as long as claims of it are documented.
    """
    measure = measure_of(rules, definition.measure)
    if measure.of == INCIDENTS:
        every = definition._replace(where=(), by=())
        dates = [
            parse_dates(one.happened)
            for one in open_incidents(registry, every, rules, size)
            if one.happened is not None
        ]
        if not dates:
            return None
        return min(one.last for one in dates)[:4], max(one.first for one in dates)[:4]
    kinds = measure_of(rules, "deaths").kinds if measure.of == MASSACRES else measure.kinds
    chosen = open_of_kinds(kinds) & stands(size)
    first, last = _edges(registry, f"v.{definition.basis}", chosen)
    if measure.stock:
        last = max(filter(None, (last, _edges(registry, "v.documented", chosen)[1])), default=None)
    return None if first is None or last is None else (first[:4], last[:4])


def _edges(registry: Registry, column: str, chosen: Condition) -> tuple[str | None, str | None]:
    """The least last day and the greatest first day of the dates in a column."""
    with registry.reading() as cursor:
        cursor.execute(
            "SELECT min(s.last), max(s.first) FROM claim_versions v "
            f"JOIN cells c ON c.id = v.cell JOIN spans s ON s.id = {column} "
            f"WHERE s.id <> 0 AND {chosen.sql}",
            chosen.values,
        )
        first, last = cursor.fetchone()
        return first, last
