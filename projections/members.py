"""The members of a count: which claims, or which massacres, make up a number.

Exactly those that the toll or the list of massacres counts; their lines are what a figure is a
Merkle tree of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domain.figure import Definition, member_line
from domain.rules import Rules
from projections.counting import (
    COLUMNS,
    DEATHS,
    Condition,
    date_column,
    facet_value,
    facets_match,
    stands,
    versions,
    within,
)
from projections.massacres import massacres
from projections.registry import Registry


class Member(NamedTuple):
    """One member of a count. `log_index` is of the last event that shaped it as counted; `claims`
    are the deaths of a massacre, ascending, and empty for a death.
    """

    id: str
    log_index: int
    facets: Mapping[str, str]
    date: str | None
    claims: tuple[str, ...] = ()

    def to_line(self) -> bytes:
        """The member line, with its newline."""
        more = {"claims": list(self.claims)} if self.claims else {}
        return member_line(self.id, self.log_index, self.facets, self.date, **more)


def members(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[Member]:
    """The members in the state of the first `size` entries, ascending by id."""
    if definition.measure == "massacres":
        for one in massacres(registry, definition, rules, size):
            facets = {facet: one.incident.facet(facet, rules) for facet in definition.facets}
            yield Member(one.incident.name, one.log_index, facets, None, one.claims)
        return
    columns = "".join(f", {COLUMNS[facet]}" for facet in definition.facets)
    with registry.reading() as cursor:
        chosen = (
            Condition(DEATHS)
            & facets_match(cursor, definition.where, rules)
            & stands(size)
            & within(definition.dates, date_column(definition))
        )
        cursor.execute(
            f"SELECT n.name, v.valid_from, s.text{columns} FROM {versions(definition)} "
            f"WHERE {chosen.sql} ORDER BY n.name",
            chosen.values,
        )
        for name, index, date, *values in cursor:
            facets = {
                facet: facet_value(rules, facet, value)
                for facet, value in zip(definition.facets, values, strict=True)
            }
            yield Member(name, index, facets, None if definition.period is None else date)
