"""The plan of a report, read from a TOML file: what is frozen, under which names.

name = "monthly-toll-2020-03"
period = "2020-03"                     # may be left out: the whole time
basis = "documented"                   # or "happened"; left out, each measure's own

[title]
en = "Civilians killed in March 2020"
ar = "..."

[[figures]]
name = "civilians"
measure = "deaths"                     # any that the rules count: docs/figures.md
where = { status = "civilian" }        # a word, or a list of words
by = ["party"]
review = "corroborated"                # at least so; may be left out, as all that follow
straddling = "earliest"                # whole-interval, earliest, latest or possible
level = "top"                          # of the party tree: party, top, or a number
joint = "own-row"                      # or "each-party", where no party is grouped by
basis = "happened"                     # instead of the report's
on = "2020-03-31"                      # of a stock, instead of the report's period
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from api.record import parse_toml
from domain.canonical import check_text
from domain.errors import Invalid
from domain.fields import SLUG
from domain.figure import Definition, check_notable, define
from domain.measures import BASES, STOCKS
from domain.report import Title
from domain.rules import Rules

_MOST_FIGURES = 200
_REQUIRED, _OPTIONAL = True, False
_REPORT = {"name": _REQUIRED, "title": _REQUIRED, "figures": _REQUIRED} | {
    "period": _OPTIONAL,
    "basis": _OPTIONAL,
}
# What a figure may declare beside what it counts, as `domain.figure.define` names it.
_DECLARED = ("review", "straddling", "level", "joint", "basis", "on")
_FIGURE = {
    "name": _REQUIRED,
    "measure": _OPTIONAL,
    "where": _OPTIONAL,
    "by": _OPTIONAL,
} | dict.fromkeys(_DECLARED, _OPTIONAL)


class PlannedFigure(NamedTuple):
    """A figure as planned; all but its name as `domain.figure.define` takes it."""

    name: str
    measure: str
    where: Mapping[str, tuple[str, ...]]
    by: tuple[str, ...]
    declared: Mapping[str, Any] = MappingProxyType({})


class ReportPlan(NamedTuple):
    name: str
    title: Title
    period: str | None
    basis: str | None
    figures: tuple[PlannedFigure, ...]

    def definition(self, figure: PlannedFigure, rules: Rules) -> Definition:
        """What a figure counts under those rules; raises Invalid naming figure and word.

        The report's period is that of all its figures but stocks, which have a day of their own.
        """
        period = None if figure.measure in STOCKS else self.period
        basis = None if period is None else self.basis
        try:
            definition = define(
                rules,
                measure=figure.measure,
                where=figure.where,
                by=figure.by,
                period=period,
                **({"basis": basis} | dict(figure.declared)),
            )
            check_notable(definition)
            return definition
        except Invalid as error:
            raise Invalid(f"figure {figure.name}: {error}") from None


def read_plan(text: str) -> ReportPlan:
    """Read a report's TOML strictly; raises Invalid naming the place and what is wrong there."""
    document = parse_toml(text, "report plan")
    _check_keys(document, _REPORT, "report plan")
    title = document["title"]
    if type(title) is not dict:
        raise Invalid("title: must be a table with en and ar")
    _check_keys(title, {"en": _REQUIRED, "ar": _REQUIRED}, "title")
    period = document.get("period")
    if period is not None:
        period = _text(period, "period")
    figures = document["figures"]
    if type(figures) is not list or not 1 <= len(figures) <= _MOST_FIGURES:
        raise Invalid(f"figures: must be 1 to {_MOST_FIGURES} tables [[figures]]")
    planned = tuple(_figure(figure, number) for number, figure in enumerate(figures, 1))
    names = [figure.name for figure in planned]
    for name in names:
        if names.count(name) > 1:
            raise Invalid(f"figures: {name} is there twice; a report names each figure once")
    return ReportPlan(
        _slug(document["name"], "name"),
        Title(_title(title["en"], "title.en"), _title(title["ar"], "title.ar")),
        period,
        _one_of(document["basis"], BASES, "basis") if "basis" in document else None,
        planned,
    )


def _figure(value: Any, number: int) -> PlannedFigure:
    where = f"figures[{number}]"
    if type(value) is not dict:
        raise Invalid(f"{where}: must be a table")
    _check_keys(value, _FIGURE, where)
    filters, by = value.get("where", {}), value.get("by", [])
    if type(filters) is not dict:
        raise Invalid(f"{where}.where: must be a table of facets")
    return PlannedFigure(
        _slug(value["name"], f"{where}.name"),
        _text(value.get("measure", "deaths"), f"{where}.measure"),
        {facet: _words(words, f"{where}.where.{facet}") for facet, words in filters.items()},
        _words(by, f"{where}.by"),
        {
            name: _text(str(value[name]) if name == "level" else value[name], f"{where}.{name}")
            for name in _DECLARED
            if name in value
        },
    )


def _check_keys(table: Mapping[str, Any], known: Mapping[str, bool], where: str) -> None:
    unknown = sorted(table.keys() - known.keys())
    if unknown:
        raise Invalid(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")
    missing = sorted(key for key, required in known.items() if required and key not in table)
    if missing:
        raise Invalid(f"{where}: {missing[0]!r} is missing")


def _text(value: Any, where: str) -> str:
    if type(value) is not str or not value.strip():
        raise Invalid(f"{where}: must be text, not empty")
    check_text(value, where)
    return value


def _title(value: Any, where: str) -> str:
    if len(_text(value, where)) > 300:
        raise Invalid(f"{where}: at most 300 characters")
    return str(value)


def _slug(value: Any, where: str) -> str:
    if not re.fullmatch(SLUG, _text(value, where)):
        raise Invalid(f"{where}: must be 1 to 64 lower-case letters, digits and inner hyphens")
    return str(value)


def _one_of(value: Any, words: tuple[str, ...], where: str) -> str:
    if _text(value, where) not in words:
        raise Invalid(f"{where}: {value!r} is unknown; use {' or '.join(words)}")
    return str(value)


def _words(value: Any, where: str) -> tuple[str, ...]:
    words = [value] if type(value) is str else value
    if type(words) is not list or not all(type(word) is str for word in words):
        raise Invalid(f"{where}: must be a word or a list of words")
    return tuple(words)
