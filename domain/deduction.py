"""Whether what a report hides can be worked out from what it shows, all its figures together.

Two ways are looked for: a line shown in one figure that says of a member what the row hidden in
another would say; and sums and differences of the numbers shown that leave nothing but a hidden
row. Bounds, other reports and the ledger itself are not looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from domain.figure import Definition

Row = tuple[str, ...]
_Vector = dict[int, int]

# A large prime: sums are compared modulo it, without fractions.
_PRIME = (1 << 61) - 1
# What the value of one facet says of another.
_IMPLIED = {
    "party": ("party-group",),
    "district": ("governorate",),
    "category": ("sex", "age-group"),
}


class Cells(NamedTuple):
    """The rows of a figure, one without a grouping: the ids of their members, and what is hidden.

    `hidden` is as `hidden_rows` gives it: True for a row that is small.
    """

    name: str
    definition: Definition
    rows: Mapping[Row, Sequence[str]]
    hidden: Mapping[Row, bool]


class Deduced(NamedTuple):
    """A small row that the report gives away, and by which figures."""

    figure: str
    row: Row
    by: tuple[str, ...]


def deduced(figures: Sequence[Cells]) -> Deduced | None:
    """The first small hidden row that can be worked out; None when none is found."""
    if not any(one.hidden for one in figures):
        return None
    return _said(figures) or _summed(figures)


def _said(figures: Sequence[Cells]) -> Deduced | None:
    """A hidden row of which a line shown elsewhere says that its member is of that row."""
    for other in figures:
        shown = {
            member
            for row, members in other.rows.items()
            if row not in other.hidden
            for member in members
        }
        for figure in figures:
            if figure is other or not _tells(other.definition, figure.definition):
                continue
            for row, small in figure.hidden.items():
                if small and not shown.isdisjoint(figure.rows[row]):
                    return Deduced(figure.name, row, (other.name,))
    return None


def _tells(shown: Definition, hidden: Definition) -> bool:
    """Whether a line of `shown` has the value of every facet that `hidden` is grouped by."""
    says = {*shown.facets}
    says.update(one for facet in shown.facets for one in _IMPLIED.get(facet, ()))
    if says.issuperset({"sex", "age-group"}):
        says.add("category")
    if shown.period is not None and shown.basis == hidden.basis:
        says.add("month")  # its line has the date
    if shown.level is not None and (hidden.level is None or shown.level < hidden.level):
        says.discard("party")
    return says.issuperset(hidden.by)


def _summed(figures: Sequence[Cells]) -> Deduced | None:
    """A hidden row that sums and differences of shown rows and totals leave alone."""
    where: dict[str, list[tuple[int, Row]]] = {}
    for number, figure in enumerate(figures):
        for row, members in figure.rows.items():
            for member in members:
                where.setdefault(member, []).append((number, row))
    # Members that stand in the same cells everywhere are one unknown.
    unknowns: dict[tuple[tuple[int, Row], ...], int] = {}
    cells: dict[tuple[int, Row], Counter[int]] = {}
    for places in where.values():
        unknown = unknowns.setdefault(tuple(places), len(unknowns))
        for place in {*places}:
            cells.setdefault(place, Counter())[unknown] = places.count(place)
    known: dict[int, _Vector] = {}
    for number, figure in enumerate(figures):
        for row in figure.rows.keys() - figure.hidden.keys():
            _learn(known, cells.get((number, row), {}))
        rest: Counter[int] = Counter()
        for row in figure.hidden:
            rest += cells.get((number, row), Counter())
        _learn(known, rest)  # how many lines are hidden is published
    for number, figure in enumerate(figures):
        for row, small in figure.hidden.items():
            if small and not _reduced(known, cells[number, row]):
                others = (one.name for one in figures if one is not figure)
                return Deduced(figure.name, row, tuple(others))
    return None


def _learn(known: dict[int, _Vector], cell: Mapping[int, int]) -> None:
    """Add an equation to those known, each of which is kept under its first unknown."""
    left = _reduced(known, cell)
    if left:
        first = min(left)
        inverse = pow(left[first], -1, _PRIME)
        known[first] = {one: times * inverse % _PRIME for one, times in left.items()}


def _reduced(known: Mapping[int, _Vector], cell: Mapping[int, int]) -> _Vector:
    """What of a sum of unknowns is not known."""
    left: _Vector = dict(cell)
    ahead = sorted(left)
    while ahead:
        first = heappop(ahead)
        if first not in left or first not in known:
            continue
        times = left[first]
        for one, more in known[first].items():
            if one not in left:
                heappush(ahead, one)
            value = (left.get(one, 0) - times * more) % _PRIME
            if value:
                left[one] = value
            else:
                left.pop(one, None)
    return left
