"""Tolls: how many were killed, by any combination of facets, as of any log index.

One query over one covering index; claims are grouped by their cell before anything is joined.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.facets import CHILDREN
from domain.figure import Definition
from domain.rules import Rules
from projections.counting import (
    COLUMNS,
    DEATHS,
    OUTSIDE_CELLS,
    Condition,
    date_column,
    facet_value,
    facets_match,
    stands,
    straddling,
    touching,
    versions,
)
from projections.registry import Registry


class Numbers(NamedTuple):
    """Persons killed; deaths = children + women + men + unknown, and boys and girls are children.

    `unknown` are those whose age group, or as adults whose sex, is not known.
    """

    deaths: int = 0
    children: int = 0
    women: int = 0
    men: int = 0
    boys: int = 0
    girls: int = 0
    unknown: int = 0

    def plus(self, category: str, persons: int) -> Numbers:
        """With so many persons more, all of one category (domain.facets.CATEGORIES)."""
        counted = {"deaths": self.deaths + persons}
        if category in CHILDREN:
            counted["children"] = self.children + persons
        elif category not in ("women", "men"):
            counted["unknown"] = self.unknown + persons
        if category in ("women", "men", "boys", "girls"):
            counted[category] = getattr(self, category) + persons
        return self._replace(**counted)


class TollRow(NamedTuple):
    """`values` are the row's facet values, in the order of the definition's `by`."""

    values: tuple[str, ...]
    numbers: Numbers


class Toll(NamedTuple):
    """Rows are a partition of the total: every death counted is in exactly one.

    `possible` deaths may lie in the period but need not, `undated` ones have no date on its basis.
    """

    definition: Definition
    total: Numbers
    rows: tuple[TollRow, ...]
    possible: int
    undated: int

    def to_json(self) -> dict[str, Any]:
        by = self.definition.by
        return {
            "definition": self.definition.to_json(),
            "total": self.total.deaths,
            "rows": [
                dict(zip(by, row.values, strict=True)) | row.numbers._asdict() for row in self.rows
            ],
            "totals": self.total._asdict(),
            "possible": self.possible,
            "undated": self.undated,
        }


def toll(registry: Registry, definition: Definition, rules: Rules, size: int) -> Toll:
    """Count a definition in the state of the first `size` entries."""
    total, possible, undated = Numbers(), 0, 0
    rows: dict[tuple[str, ...], Numbers] = {}
    for *columns, category, touches, straddles, without in _counts(
        registry, definition, rules, size
    ):
        possible += straddles
        undated += without
        definite = touches - straddles - without
        if definite:
            values = tuple(
                facet_value(rules, facet, column)
                for facet, column in zip(definition.by, columns, strict=True)
            )
            rows[values] = rows.get(values, Numbers()).plus(category, definite)
            total = total.plus(category, definite)
    if not definition.by:
        rows.setdefault((), total)
    return Toll(definition, total, _in_order(definition, rules, rows), possible, undated)


def _counts(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> list[tuple[Any, ...]]:
    """Rows of facet columns, category, and of the claims whose date touches the period or is
    unknown: how many in all, how many that only touch it, how many without a date.
    """
    date, period = date_column(definition), definition.dates
    # Dates that straddle an edge are few, so asking for them is cheaper than for those within.
    straddles = straddling(period, date)
    without = "0" if period is None else f"{date} = 0"
    counts = (
        "count(*) AS touches, "
        f"count(*) FILTER (WHERE {straddles.sql}) AS straddles, "
        f"count(*) FILTER (WHERE {without}) AS without"
    )
    columns = "".join(f"{COLUMNS[facet]}, " for facet in definition.by) + "c.category"
    positions = ", ".join(str(1 + place) for place in range(len(definition.by) + 1))
    with registry.reading() as cursor:
        chosen = Condition(DEATHS) & facets_match(cursor, definition.where, rules)
        standing = stands(size) & touching(period, date, or_unknown=True)
        if OUTSIDE_CELLS.isdisjoint(definition.facets):
            statement = (
                f"SELECT {columns}, sum(touches), sum(straddles), sum(without) FROM "
                f"(SELECT v.cell, {counts} FROM claim_versions v INDEXED BY versions_by_cell "
                f"WHERE {standing.sql} GROUP BY v.cell) g JOIN cells c ON c.id = g.cell "
                f"WHERE {chosen.sql} GROUP BY {positions}"
            )
            values = (*straddles.values, *standing.values, *chosen.values)
        else:
            statement = (
                f"SELECT {columns}, {counts} FROM {versions(definition)} "
                f"WHERE {chosen.sql} AND {standing.sql} GROUP BY {positions}"
            )
            values = (*straddles.values, *chosen.values, *standing.values)
        cursor.execute(statement, values)
        return cursor.fetchall()


def _in_order(
    definition: Definition, rules: Rules, rows: dict[tuple[str, ...], Numbers]
) -> tuple[TollRow, ...]:
    """Months as the calendar has them, everything else from the greatest number down."""
    ordered = [TollRow(values, numbers) for values, numbers in sorted(rows.items())]
    if definition.by[:1] != ("month",):
        ordered.sort(key=lambda row: -row.numbers.deaths)
    return tuple(ordered)
