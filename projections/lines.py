"""The member lines of many figures in one state, from one reading of the claims.

Reading, joining and sorting a quarter of a million claims again for each of thirty figures is what
a freeze would spend most of its time on. They are read once, in the order of their ids; a figure
then asks only which combinations of facets, and which dates, it counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from domain import canonical
from domain.figure import Definition
from domain.rules import Rules
from projections.counting import (
    IS_OPEN,
    OUTSIDE_CELLS,
    column,
    facet_value,
    facets_match,
    in_period,
    of_measure,
    stands,
)
from projections.members import members
from projections.registry import Registry

# A member line without its newline, the row it is in, of a massacre how many deaths it has, and of
# a sum the addend with its qualifier.
Line = tuple[bytes, tuple[str, ...], int, tuple[int, str] | None]
# A claim: its name, the index of the last event that shaped it, its cell, its two dates.
_Claim = tuple[str, int, int, int, int]


class _Part(NamedTuple):
    """What the lines of one combination of facets have in common."""

    facets: str
    row: tuple[str, ...]


class MemberLines:
    """Gives the lines of one figure after another; claims are read when first asked for."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._size = -1
        self._claims: list[_Claim] = []

    def __call__(self, definition: Definition, rules: Rules, size: int) -> Iterator[Line]:
        """The lines in the state of the first `size` entries, ascending by id."""
        outside = definition.of_incidents or definition.of_estimates or definition.stock
        if outside or not OUTSIDE_CELLS.isdisjoint(definition.facets):
            for member in members(self._registry, definition, rules, size):
                row = tuple(member.facets[facet] for facet in definition.by)
                yield member.to_line()[:-1], row, len(member.claims), member.addend
            return
        with self._registry.reading() as cursor:
            if self._size != size:
                self._claims, self._size = _open_claims(cursor, size), size
            parts = _parts(cursor, definition, rules)
            dates = _dates(cursor, definition)
        if dates is None:
            for name, index, cell, _, _ in self._claims:
                part = parts.get(cell)
                if part is not None:
                    line = f'{{"facets":{part[0]},"id":"{name}","index":{index}}}'
                    yield line.encode(), part[1], 0, None
            return
        documented = definition.basis == "documented"
        for name, index, cell, one, other in self._claims:
            part, date = parts.get(cell), dates.get(one if documented else other)
            if part is not None and date is not None:
                facets = part[0]
                line = f'{{"date":"{date}","facets":{facets},"id":"{name}","index":{index}}}'
                yield line.encode(), part[1], 0, None


def _open_claims(cursor: sqlite3.Cursor, size: int) -> list[_Claim]:
    standing = stands(size)
    cursor.execute(
        "SELECT n.name, v.valid_from, v.cell, v.documented, v.happened FROM claim_versions v "
        "JOIN claims n ON n.number = v.claim JOIN cells c ON c.id = v.cell "
        f"WHERE {IS_OPEN} AND {standing.sql} ORDER BY n.name",
        standing.values,
    )
    return cursor.fetchall()


def _parts(cursor: sqlite3.Cursor, definition: Definition, rules: Rules) -> dict[int, _Part]:
    """Of each cell that the definition counts what its lines have in common."""
    columns = "".join(f", {column(definition, facet)}" for facet in definition.facets)
    chosen = of_measure(definition, rules) & facets_match(cursor, definition, rules)
    known: dict[tuple[str, ...], _Part] = {}
    found = {}
    cursor.execute(f"SELECT c.id{columns} FROM cells c WHERE {chosen.sql}", chosen.values)
    for one in cursor.fetchall():
        values = one[1:]
        part = known.get(values)
        if part is None:
            facets = {
                facet: facet_value(definition, rules, facet, value)
                for facet, value in zip(definition.facets, values, strict=True)
            }
            row = tuple(facets[facet] for facet in definition.by)
            part = known[values] = _Part(canonical.dumps(facets).decode(), row)
        found[one[0]] = part
    return found


def _dates(cursor: sqlite3.Cursor, definition: Definition) -> dict[int, str] | None:
    """The texts of the dates that lie in the period; None when no period is asked for."""
    if definition.period is None:
        return None
    chosen = in_period(definition)
    # The condition is on a version's date: here every date stands for one.
    dates = f"(SELECT id, id AS {definition.basis}, text FROM spans) v"
    cursor.execute(f"SELECT v.id, v.text FROM {dates} WHERE {chosen.sql}", chosen.values)
    return dict(cursor.fetchall())
