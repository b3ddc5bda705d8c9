"""Tolls: how many were counted, by any combination of facets, as of any log index.

One query over one covering index; claims are grouped by their cell before anything is joined.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.dates import parse_dates
from domain.facets import PARTY_FACETS, UNKNOWN
from domain.figure import POSSIBLE, WHOLE, Definition
from domain.measures import CLAIMS, ESTIMATES, MASSACRES, measure_of
from domain.parties import EACH_PARTY, SHARED, Stand, counted, weight
from domain.rules import Rules
from projections.counting import (
    OUTSIDE_CELLS,
    Condition,
    column,
    date_column,
    facets_match,
    may_have_stood_undated,
    of_measure,
    stands,
    stood,
    straddling,
    straddling_counted,
    touching,
    versions,
)
from projections.estimates import EstimateAsOf, estimates_at, lies_in
from projections.incidents import open_incidents
from projections.massacres import IncidentAsOf, massacres
from projections.numbers import Number, Numbers, written
from projections.registry import Registry


class TollRow(NamedTuple):
    """`values` are the row's facet values, in the order of the definition's `by`.

    `low` are the members whose whole date lies in the period, `high` those whose date may;
    `numbers` are of those that the definition's rule for straddling dates counts.
    """

    values: tuple[str, ...]
    numbers: Numbers
    low: Number
    high: Number


class Toll(NamedTuple):
    """Rows are a partition of the total, unless a joint attack is counted for each of its parties.

    `possible` members may lie in the period and are not counted, `undated` ones have no date on
    its basis. Of stated figures, `low` and `high` are the sums of their ranges, `possible` of
    those whose period only overlaps. `of_persons` says that ages and sexes are counted too.
    """

    definition: Definition
    total: Numbers
    rows: tuple[TollRow, ...]
    possible: Number
    undated: Number
    low: Number
    high: Number
    of_persons: bool

    @property
    def partition(self) -> bool:
        """Whether the rows sum to the total."""
        return not (self.definition.joint == EACH_PARTY and {*self.definition.by} & {*PARTY_FACETS})

    def to_json(self) -> dict[str, Any]:
        by = self.definition.by
        return {
            "definition": self.definition.to_json(),
            "total": written(self.total.deaths),
            "low": written(self.low),
            "high": written(self.high),
            "rows": [
                dict(zip(by, row.values, strict=True))
                | self._numbers(row.numbers)
                | {"low": written(row.low), "high": written(row.high)}
                for row in self.rows
            ],
            "totals": self._numbers(self.total),
            "partition": self.partition,
            "possible": written(self.possible),
            "undated": written(self.undated),
        }

    def _numbers(self, numbers: Numbers) -> dict[str, Any]:
        """What was counted under the name of the measure, then by age and sex."""
        found = {name: written(number) for name, number in numbers._asdict().items()}
        counted = {self.definition.measure: found.pop("deaths")}
        return counted | found if self.of_persons else counted


class _Count(NamedTuple):
    """Claims alike in facets: how many touch the period or have no date, how many of them only
    touch it, how many of those the rule counts, how many have no date.
    """

    touches: int
    straddles: int
    by_rule: int
    without: int


def toll(registry: Registry, definition: Definition, rules: Rules, size: int) -> Toll:
    """Count a definition in the state of the first `size` entries."""
    measure = measure_of(rules, definition.measure)
    if measure.of == ESTIMATES:
        return _stated(registry, definition, size)
    total, rows = _Sum(), dict[tuple[str, ...], _Sum]()
    if measure.of == CLAIMS:
        found = _counts(registry, definition, rules, size)
    else:
        found = _incident_counts(registry, definition, rules, size)
    where = dict(definition.where)
    for values, party, category, count in found:
        if party is None:
            total.add(category, count, 1)
            shares: dict[tuple[str, ...], Number] = {values: 1}
        else:
            stood = counted(rules, party, definition.level, definition.joint, where)
            total.add(category, count, weight(definition.joint, party, len(stood)))
            shares = _shares(definition, values, party, stood)
        if definition.by:
            for row, share in shares.items():
                rows.setdefault(row, _Sum()).add(category, count, share)
    if not definition.by:
        rows[()] = total
    made = [one.row(values) for values, one in rows.items()]
    whole = total.row(())
    return Toll(
        definition,
        whole.numbers,
        _in_order(definition, [row for row in made if row.high or not definition.by]),
        total.possible,
        total.undated,
        whole.low,
        whole.high,
        measure.of == CLAIMS,
    )


def _stated(registry: Registry, definition: Definition, size: int) -> Toll:
    """The sum of stated figures; `low` and `high` sum their ranges, the best value for none."""
    found = estimates_at(registry, definition, size)
    of_row: dict[tuple[str, ...], list[EstimateAsOf]] = {} if definition.by else {(): []}
    possible = undated = 0
    for one in found:
        if lies_in(one, definition):
            row = tuple(one.said[facet] for facet in definition.by)
            of_row.setdefault(row, []).append(one)
        elif one.period is None:
            undated += one.best
        elif lies_in(one, definition, POSSIBLE):
            possible += one.best
    rows = [_stated_row(row, of_row[row]) for row in of_row]
    whole = _stated_row((), [one for row in of_row.values() for one in row])
    ordered = _in_order(definition, rows)
    return Toll(definition, whole.numbers, ordered, possible, undated, whole.low, whole.high, False)


def _stated_row(values: tuple[str, ...], of_row: Sequence[EstimateAsOf]) -> TollRow:
    best, low, high = (
        sum(getattr(one, name) for one in of_row) for name in ("best", "low", "high")
    )
    return TollRow(values, Numbers().plus(UNKNOWN, best), low, high)


class _Sum:
    """What is added up of one row."""

    def __init__(self) -> None:
        self._of: dict[str, Number] = {}  # by category
        self.low: Number = 0
        self.high: Number = 0  # beyond the least
        self.possible: Number = 0
        self.undated: Number = 0

    def add(self, category: str, count: _Count, share: Number) -> None:
        touches, straddles, by_rule, without = count
        within = touches - straddles - without
        self._of[category] = self._of.get(category, 0) + (within + by_rule) * share
        self.low += within * share
        if straddles:
            self.high += straddles * share
            self.possible += (straddles - by_rule) * share
        if without:
            self.undated += without * share

    def row(self, values: tuple[str, ...]) -> TollRow:
        """The row with all that was added; `high` is the least and all that may be more."""
        numbers = Numbers()
        for category, number in self._of.items():
            if number:
                numbers = numbers.plus(category, number)
        return TollRow(values, numbers, self.low, self.low + self.high)


# Values of the facets that are grouped by (of the party facets, nothing yet), the row as
# attributed where parties are asked for, and the category.
_Found = tuple[tuple[str, ...], str | None, str, _Count]


def _shares(
    definition: Definition, values: tuple[str, ...], party: str, stood: Sequence[Stand]
) -> dict[tuple[str, ...], Number]:
    """The rows that a claim stands in, and what it counts for in each."""
    shares: dict[tuple[str, ...], Number] = {}
    for named in stood:
        seen = dict(zip(PARTY_FACETS, named, strict=True))
        row = tuple(
            seen.get(facet, value) for facet, value in zip(definition.by, values, strict=True)
        )
        if definition.joint == SHARED:
            shares[row] = shares.get(row, 0) + weight(SHARED, party, 1)
        else:
            shares[row] = 1
    return shares


def _by_party(definition: Definition) -> bool:
    """Whether a count has to know the row as attributed."""
    asked = {*definition.by} | ({facet for facet, _ in definition.where} - {*definition.by})
    grouped = not {*definition.by}.isdisjoint(PARTY_FACETS)
    return grouped or (definition.joint == SHARED and not asked.isdisjoint(PARTY_FACETS))


def _counts(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[_Found]:
    if definition.on is not None:
        yield from _stock_counts(registry, definition, rules, size)
        return
    date, period = date_column(definition), definition.dates
    # Dates that straddle an edge are few, so asking for them is cheaper than for those within.
    straddles, by_rule = straddling(period, date), straddling_counted(definition)
    undated = Condition("0" if period is None else f"{date} = 0")
    counts = (
        f"count(*) AS touches, {_how_many(straddles)} AS straddles, "
        f"{_how_many(by_rule)} AS by_rule, {_how_many(undated)} AS without"
    )
    edges = (*straddles.values, *by_rule.values)
    columns, positions = _columns(definition)
    with registry.reading() as cursor:
        chosen = of_measure(definition, rules) & facets_match(cursor, definition, rules)
        standing = stands(size) & touching(period, date, or_unknown=True)
        if OUTSIDE_CELLS.isdisjoint(definition.facets):
            statement = (
                f"SELECT {columns}, sum(touches), sum(straddles), sum(by_rule), sum(without) FROM "
                f"(SELECT v.cell, {counts} FROM claim_versions v INDEXED BY versions_by_cell "
                f"WHERE {standing.sql} GROUP BY v.cell) g JOIN cells c ON c.id = g.cell "
                f"WHERE {chosen.sql} GROUP BY {positions}"
            )
            asked = (*edges, *standing.values, *chosen.values)
        else:
            statement = (
                f"SELECT {columns}, {counts} FROM {versions(definition)} "
                f"WHERE {chosen.sql} AND {standing.sql} GROUP BY {positions}"
            )
            asked = (*edges, *chosen.values, *standing.values)
        cursor.execute(statement, asked)
        yield from _found(cursor)


def _how_many(condition: Condition) -> str:
    # What never holds is not asked of every row.
    return "0" if condition.sql == "0" else f"count(*) FILTER (WHERE {condition.sql})"


def _stock_counts(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[_Found]:
    """The same of what stood at the end of a day, where beginning and end can straddle it."""
    assert definition.on is not None
    on, rule = definition.on, definition.straddling
    undated = may_have_stood_undated(on)
    possible, surely, by_rule = (stood(on, one) for one in (POSSIBLE, WHOLE, rule))
    columns, positions = _columns(definition)
    counts = (
        "count(*), "
        f"count(*) FILTER (WHERE {possible.sql} AND NOT ({surely.sql})), "
        f"count(*) FILTER (WHERE {by_rule.sql} AND NOT ({surely.sql})), "
        f"count(*) FILTER (WHERE {undated.sql})"
    )
    with registry.reading() as cursor:
        chosen = (
            of_measure(definition, rules)
            & facets_match(cursor, definition, rules)
            & stands(size)
            & Condition(
                f"(({possible.sql}) OR ({undated.sql}))", (*possible.values, *undated.values)
            )
        )
        cursor.execute(
            f"SELECT {columns}, {counts} FROM {versions(definition)} "
            f"WHERE {chosen.sql} GROUP BY {positions}",
            (
                *(*possible.values, *surely.values),
                *(*by_rule.values, *surely.values),
                *undated.values,
                *chosen.values,
            ),
        )
        yield from _found(cursor)


def _columns(definition: Definition) -> tuple[str, str]:
    """What a count selects beside its numbers, and the positions that it groups by."""
    party = "c.party" if _by_party(definition) else "NULL"
    grouped = "".join(
        "'', " if facet in PARTY_FACETS else f"{column(definition, facet)}, "
        for facet in definition.by
    )
    positions = ", ".join(str(1 + place) for place in range(len(definition.by) + 2))
    return f"{grouped}{party}, c.category", positions


def _found(cursor: sqlite3.Cursor) -> Iterator[_Found]:
    for *values, row, category, touches, straddles, by_rule, undated in cursor.fetchall():
        yield tuple(values), row, category, _Count(touches, straddles, by_rule, undated)


def _incident_counts(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[_Found]:
    if definition.measure == MASSACRES:
        found = _massacre_counts(registry, definition, rules, size)
    else:
        found = [
            (one, _weighed(one, count, definition))
            for one in open_incidents(registry, definition, rules, size)
            if (count := _dated(one.happened, definition)) is not None
        ]
    for incident, count in found:
        facets = incident.facets(definition, rules)
        row = incident.party if _by_party(definition) else None
        yield tuple(facets[facet] for facet in definition.by), row, UNKNOWN, count


def _massacre_counts(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> list[tuple[IncidentAsOf, _Count]]:
    """Massacres by deaths that surely lie in the period, that are counted, and that only may."""
    if definition.period is None:
        every = massacres(registry, definition, rules, size)
        return [(one.incident, _Count(1, 0, 0, 0)) for one in every]
    surely, counted = (
        {one.incident.number for one in massacres(registry, definition, rules, size, rule=rule)}
        for rule in (WHOLE, definition.straddling)
    )
    found = []
    for one in massacres(registry, definition, rules, size, rule=POSSIBLE):
        number = one.incident.number
        straddles = number not in surely
        by_rule = straddles and number in counted
        found.append((one.incident, _Count(1, int(straddles), int(by_rule), 0)))
    return found


def _weighed(incident: IncidentAsOf, count: _Count, definition: Definition) -> _Count:
    """The count of one incident; of a sum, as many as it adds."""
    addend = None if definition.addend is None else incident.addend(definition.addend)
    return count if addend is None else _Count(*(addend[0] * one for one in count))


def _dated(date: str | None, definition: Definition) -> _Count | None:
    """How one date counts, or None where it does not even touch the period."""
    period = definition.dates
    if period is None:
        return _Count(1, 0, 0, 0)
    if date is None:
        return _Count(1, 0, 0, 1)
    dates = parse_dates(date)
    if not dates.touches(period):
        return None
    straddles = not dates.within(period)
    by_rule = straddles and dates.lies_in(period, definition.straddling)
    return _Count(1, int(straddles), int(by_rule), 0)


def _in_order(definition: Definition, rows: list[TollRow]) -> tuple[TollRow, ...]:
    """Months as the calendar has them, everything else from the greatest number down."""
    ordered = sorted(rows, key=lambda row: row.values)
    if definition.by[:1] != ("month",):
        ordered.sort(key=lambda row: -row.numbers.deaths)
    return tuple(ordered)
