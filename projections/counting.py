"""What a definition counts, as SQL over the registry: one place for every question that counts.

A death is counted when its claim stands open, all its facets are among those asked for, and every
possible day of its date lies in the period. A claim whose date only may lie in it is `possible`,
one without a date `undated`; neither is counted, both are told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from domain.dates import Dates
from domain.facets import UNKNOWN
from domain.figure import Definition
from domain.life import OPEN
from domain.rules import Rules

# facet -> its column; party-group is the party's group under the rules in force.
COLUMNS = {
    "kind": "c.kind",
    "party": "c.party",
    "party-group": "c.party",
    "governorate": "c.governorate",
    "district": "c.district",
    "origin": "c.origin",
    "sex": "c.sex",
    "age-group": "c.age_group",
    "category": "c.category",
    "status": "c.status",
    "profession": "c.profession",
    "cause": "c.cause",
    "weapon": "c.weapon",
    "review": "c.review",
    "mode": "c.mode",
    "month": "s.month",
    "incident": f"coalesce(i.name, '{UNKNOWN}')",
}
# Facets that are not of the cell: asking for them reads the versions themselves.
OUTSIDE_CELLS = frozenset({"month", "incident"})

STANDS = "v.valid_from < ? AND v.valid_to >= ?"
DEATHS = f"c.death AND c.standing = '{OPEN}'"


class Condition(NamedTuple):
    """An SQL condition with the values of its question marks."""

    sql: str
    values: tuple[object, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"{self.sql} AND {other.sql}", (*self.values, *other.values))


def stands(size: int) -> Condition:
    """Versions that stand in the state of the first `size` entries."""
    return Condition(STANDS, (size, size))


def among(column: str, values: Sequence[str]) -> Condition:
    return Condition(f"{column} IN ({','.join('?' * len(values))})", tuple(values))


def facets_match(
    cursor: sqlite3.Cursor, where: Sequence[tuple[str, Sequence[str]]], rules: Rules
) -> Condition:
    """That every facet asked for has one of its values."""
    condition = Condition("1")
    for facet, values in where:
        wanted = values
        if facet == "party-group":
            parties = cursor.execute("SELECT DISTINCT party FROM cells").fetchall()
            wanted = sorted(party for (party,) in parties if rules.group(party) in values)
        condition &= among(COLUMNS[facet], wanted)
    return condition


def date_column(definition: Definition) -> str:
    """The column of claim_versions that the definition's basis counts by."""
    return f"v.{definition.basis}"


_TOUCHES = "last >= ? AND first <= ?"
_INSIDE = "first >= ? AND last <= ?"


def within(period: Dates | None, column: str) -> Condition:
    """That every possible day lies in the period."""
    return _spans(_INSIDE, period, column)


def touching(period: Dates | None, column: str, *, or_unknown: bool = False) -> Condition:
    """That at least one possible day lies in the period; or, if asked, that there is no date."""
    return _spans(f"{_TOUCHES} UNION ALL SELECT 0" if or_unknown else _TOUCHES, period, column)


def straddling(period: Dates | None, column: str) -> Condition:
    """That some possible days lie in the period and others do not."""
    if period is None:
        return Condition("0")
    edges = (period.first, period.last)
    return Condition(
        f"{column} IN (SELECT id FROM spans WHERE {_TOUCHES} AND NOT ({_INSIDE}))", edges + edges
    )


def _spans(relation: str, period: Dates | None, column: str) -> Condition:
    if period is None:
        return Condition("1")
    return Condition(
        f"{column} IN (SELECT id FROM spans WHERE {relation})", (period.first, period.last)
    )


def versions(definition: Definition) -> str:
    """The FROM clause that every facet can be read from, one row for each version of a claim."""
    return (
        "claim_versions v JOIN cells c ON c.id = v.cell "
        f"JOIN spans s ON s.id = {date_column(definition)} "
        "LEFT JOIN incidents i ON i.number = v.incident "
        "JOIN claims n ON n.number = v.claim"
    )


def facet_value(rules: Rules, facet: str, value: str) -> str:
    """The value of a facet as a toll shows it, from its column's."""
    return rules.group(value) if facet == "party-group" else value
