"""Counts as tables for people: tolls, tolls at every level of review, and members."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from api.tables import Answer, Table, Value, facet_words, short, state_words
from domain.facets import REVIEWS
from domain.rules import Rules
from projections.numbers import spelled

_OF_PERSONS = ("children", "women", "men", "boys", "girls", "unknown")


def shown(number: Any) -> Value:
    """A number of an answer for people: whole ones as they are, fractions as `2 1/2`."""
    if isinstance(number, Mapping):
        return spelled(Fraction(number["numerator"], number["denominator"]))
    whole: int = number
    return whole


def toll_table(answer: Answer, rules: Rules) -> Table:
    """Rows and total; with the least and the most it can be where dates straddle an edge."""
    by = tuple(answer["definition"]["by"])
    numbers = tuple(answer["totals"])
    edges = answer["low"] != answer["high"]
    columns = (*numbers[:1], *(("low", "high") if edges else ()), *numbers[1:])
    totals = answer["totals"] | {"low": answer["low"], "high": answer["high"]}
    rows: list[tuple[Value, ...]] = [
        (
            *(facet_words(rules, facet, row[facet]) for facet in by),
            *(shown(row[number]) for number in columns),
        )
        for row in answer["rows"]
    ]
    if by:
        total = ("total", *("" for _ in by[1:]))
        rows.append((*total, *(shown(totals[number]) for number in columns)))
    notes = [state_words(answer)]
    if not answer["partition"]:
        notes.append("a joint attack is in the row of each of its parties: rows are not summed")
    if answer["possible"]:
        notes.append(f"{shown(answer['possible'])} more may lie in the period, and are not counted")
    if answer["undated"]:
        notes.append(f"{shown(answer['undated'])} have no date on this basis, and are not counted")
    return Table(
        answer["sentence"]["en"],
        (*by, *columns),
        tuple(rows),
        frozenset(columns),
        "; ".join(notes),
    )


def levels_table(answer: Answer, rules: Rules) -> Table:
    """One column for each level, from the highest; each counts those above it too."""
    by = tuple(answer["definition"]["by"])
    levels = tuple(answer["levels"])
    rows: list[tuple[Value, ...]] = [
        (
            *(facet_words(rules, facet, row[facet]) for facet in by),
            *(shown(row[level]) for level in levels),
        )
        for row in (answer["rows"] if by else ())
    ]
    total = ("total", *("" for _ in by[1:])) if by else ()
    rows.append((*total, *(shown(answer["levels"][level]) for level in levels)))
    names = tuple(level if level == REVIEWS[0] else f"at least {level}" for level in levels)
    return Table(
        answer["sentence"]["en"],
        (*by, *names),
        tuple(rows),
        frozenset(names),
        f"{answer['stated']['en']}; {state_words(answer)}",
    )


def members_table(answer: Answer, rules: Rules) -> Table:
    facets = tuple(answer["members"][0]["facets"]) if answer["members"] else ()
    rows = tuple(
        (
            short(one["id"]),
            one["index"],
            one["certainty"],
            "yes" if one["counted"] else "no",
            *_when(one),
            *(facet_words(rules, facet, one["facets"][facet]) for facet in facets),
        )
        for one in answer["members"]
    )
    more = f"; more: --after {answer['next']}" if answer["next"] else ""
    return Table(
        answer["sentence"]["en"],
        ("member", "index", "certainty", "counted", "date", "ended", *facets),
        rows,
        frozenset({"index"}),
        f"{answer['total']} counted; {answer['definite']} definite, {answer['possible']} possible; "
        + state_words(answer)
        + more,
    )


def _when(one: Mapping[str, Any]) -> tuple[str, str]:
    return one["date"] or "", one["ended"] or ""
