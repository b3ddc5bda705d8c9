"""What a definition counts, as SQL over the registry: one place for every question that counts.

A claim is counted when it stands open, is of a kind that the measure counts, has all its facets
among those asked for, and lies in the period by the definition's rule for dates that straddle an
edge. One that only may lie in it is `possible`, one without a date `undated`; both are told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from domain.dates import FIRST_DAY, LAST_DAY, Dates
from domain.facets import PARTY_FACETS, REVIEWS, UNKNOWN
from domain.figure import EARLIEST, LATEST, POSSIBLE, WHOLE, Definition
from domain.life import OPEN
from domain.measures import measure_of
from domain.outcome import NO_OUTCOME, SAME_DEATH, counts_each_death_once
from domain.parties import counted, shown
from domain.rules import Rules
from domain.stock import SOME_TIME

# facet -> its column; parties are looked at from a level of their tree under the rules in force.
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
    "confidence": "c.confidence",
    "source": "c.source",
    "month": "s.month",
    "incident": f"coalesce(i.name, '{UNKNOWN}')",
}
# Facets that are not of the cell: asking for them reads the versions themselves.
OUTSIDE_CELLS = frozenset({"month", "incident"})

STANDS = "v.valid_from < ? AND v.valid_to >= ?"
IS_OPEN = f"c.standing = '{OPEN}'"
# A death that another claim tells is counted by that one.
NOT_TOLD_TWICE = f"c.outcome <> '{SAME_DEATH}'"
_FIRST_MONTH = f"coalesce(substr(s.first, 1, 7), '{UNKNOWN}')"
_LAST_MONTH = f"coalesce(substr(s.last, 1, 7), '{UNKNOWN}')"


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


def column(definition: Definition, facet: str) -> str:
    """The column of a facet; the month follows the rule for dates that straddle its edge."""
    if facet == "month" and definition.straddling in (EARLIEST, LATEST):
        return _FIRST_MONTH if definition.straddling == EARLIEST else _LAST_MONTH
    return COLUMNS[facet]


def of_measure(definition: Definition, rules: Rules) -> Condition:
    """Open claims of the kinds that the measure counts."""
    return open_of_kinds(measure_of(rules, definition.measure).kinds)


def open_of_kinds(kinds: Sequence[str] | None) -> Condition:
    """Open claims of these kinds, or of every kind; of one death one claim."""
    is_open = Condition(IS_OPEN)
    if kinds is None:
        return is_open
    if counts_each_death_once(kinds):
        is_open = Condition(NOT_TOLD_TWICE) & is_open
    return is_open & among("c.kind", kinds)


def facets_match(
    cursor: sqlite3.Cursor,
    definition: Definition,
    rules: Rules,
    facets: Sequence[str] | None = None,
) -> Condition:
    """That every facet asked for (or each of these) has one of its values."""
    where = dict(definition.where)
    condition = Condition("1")
    for facet, values in definition.where:
        if facet not in PARTY_FACETS and (facets is None or facet in facets):
            condition &= among(column(definition, facet), values)
    if {*where} & {*PARTY_FACETS} and (facets is None or "party" in facets):
        rows = cursor.execute("SELECT DISTINCT party FROM cells").fetchall()
        level, joint = definition.level, definition.joint
        wanted = sorted(row for (row,) in rows if counted(rules, row, level, joint, where))
        condition &= among("c.party", wanted)
    least = REVIEWS.index(definition.review)
    if least and (facets is None or "review" in facets):
        condition &= among("c.review", REVIEWS[least:])
    return condition


def date_column(definition: Definition) -> str:
    """The column of claim_versions that the definition's basis counts by."""
    return f"v.{definition.basis}"


_TOUCHES = "last >= ? AND first <= ?"
_INSIDE = "first >= ? AND last <= ?"
_STRADDLES = f"{_TOUCHES} AND NOT ({_INSIDE})"
# What of the dates that straddle an edge is counted, by rule; an interval over both is by neither.
_BY_RULE = {
    EARLIEST: f"{_STRADDLES} AND first >= ?",
    LATEST: f"{_STRADDLES} AND last <= ?",
    POSSIBLE: _STRADDLES,
}


def in_period(definition: Definition, rule: str | None = None) -> Condition:
    """That the date lies in the period, or that it stood on the day, by the definition's rule or
    by another.
    """
    rule = rule or definition.straddling
    if definition.on is not None:
        return stood(definition.on, rule)
    period, column = definition.dates, date_column(definition)
    if rule == EARLIEST:
        return _spans("first >= ? AND first <= ?", period, column)
    if rule == LATEST:
        return _spans("last >= ? AND last <= ?", period, column)
    return _spans(_TOUCHES if rule == POSSIBLE else _INSIDE, period, column)


# Of a person held, the date at which it happened is that of the arrest; e is the span of the end,
# whose days are all possible when it has no date.
_NOT_ENDED = f"c.outcome = '{NO_OUTCOME}'"
_ENDS_FIRST = f"coalesce(e.first, '{FIRST_DAY}')"
_ENDS_LAST = f"coalesce(e.last, '{LAST_DAY}')"
# The end as a member's line says it, null for what has not ended.
ENDED = f"CASE WHEN NOT {_NOT_ENDED} THEN coalesce(e.text, '{SOME_TIME}') END"


def stood(on: str, rule: str) -> Condition:
    """That it had begun by the end of a day and had not ended, by the rule for uncertain dates."""
    begun = "s.last" if rule in (WHOLE, LATEST) else "s.first"
    ends = _ENDS_FIRST if rule in (WHOLE, EARLIEST) else _ENDS_LAST
    return Condition(f"{begun} <= ? AND ({_NOT_ENDED} OR {ends} > ?)", (on, on))


def may_have_stood_undated(on: str) -> Condition:
    """That nobody knows when it began, and that it may not have ended by the end of a day."""
    return Condition(f"s.id = 0 AND ({_NOT_ENDED} OR {_ENDS_LAST} > ?)", (on,))


def touching(period: Dates | None, column: str, *, or_unknown: bool = False) -> Condition:
    """That at least one possible day lies in the period; or, if asked, that there is no date."""
    return _spans(f"{_TOUCHES} UNION ALL SELECT 0" if or_unknown else _TOUCHES, period, column)


def straddling(period: Dates | None, column: str) -> Condition:
    """That some possible days lie in the period and others do not."""
    if period is None:
        return Condition("0")
    edges = (period.first, period.last)
    return Condition(f"{column} IN (SELECT id FROM spans WHERE {_STRADDLES})", edges + edges)


def straddling_counted(definition: Definition) -> Condition:
    """Those of them that the definition's rule counts."""
    period, rule = definition.dates, definition.straddling
    if period is None or rule not in _BY_RULE:
        return Condition("0")
    edges = (period.first, period.last) * 2
    edge = {EARLIEST: (period.first,), LATEST: (period.last,)}.get(rule, ())
    return Condition(
        f"{date_column(definition)} IN (SELECT id FROM spans WHERE {_BY_RULE[rule]})", edges + edge
    )


def _spans(relation: str, period: Dates | None, column: str) -> Condition:
    if period is None:
        return Condition("1")
    return Condition(
        f"{column} IN (SELECT id FROM spans WHERE {relation})", (period.first, period.last)
    )


def versions(definition: Definition) -> str:
    """The FROM clause that every facet can be read from, one row for each version of a claim."""
    ends = "JOIN spans e ON e.id = v.ended " if definition.stock else ""
    return (
        "claim_versions v JOIN cells c ON c.id = v.cell "
        f"JOIN spans s ON s.id = {date_column(definition)} {ends}"
        "LEFT JOIN incidents i ON i.number = v.incident "
        "JOIN claims n ON n.number = v.claim"
    )


def facet_value(definition: Definition, rules: Rules, facet: str, value: str) -> str:
    """The value of a facet as a member's line shows it, from its column's."""
    if facet in PARTY_FACETS:
        return shown(rules, value, facet, definition.level, definition.joint)
    return value
