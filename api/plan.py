"""The plan of a report, read from a TOML file: what is frozen, under which names.

name = "monthly-toll-2020-03"
period = "2020-03"                     # may be left out: the whole time
basis = "documented"                   # or "happened"; left out, each measure's own
massacres = "massacres"                # the figure that is the report's list of massacres
fewer_than = 5                         # hide rows of fewer members; 0, if left out, hides none

[title]
en = "Civilians killed in March 2020"
ar = "..."

[narrative]                            # in words; an empty line begins a new paragraph
en = "..."
ar = "..."

[[figures]]
name = "civilians"
measure = "deaths"                     # any that the rules count: docs/figures.md
where = { status = "civilian" }        # a word, or a list of words
by = ["party"]
review = "corroborated"                # at least so; may be left out, as all that follow
straddling = "earliest"                # whole-interval, earliest, latest, possible (stated: equal)
level = "top"                          # of the party tree: party, top, or a number
joint = "own-row"                      # or "each-party", where no party is grouped by
basis = "happened"                     # instead of the report's
on = "2020-03-31"                      # of a stock, instead of the report's period

[crossfoot]
rules = ["one-value", "part-within-whole"]           # all that there are, if left out
stated = ["Monthly report, March 2020"]              # publications whose stated figures obey too

[[crossfoot.waive]]                                  # publish all the same, and say why
rule = "part-within-whole"
reason = "..."
breaks = 1                             # may be left out: how many breaks the reason is about
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from api.record import parse_toml
from domain.canonical import check_text
from domain.cells import LEAST, MOST
from domain.choice import choose
from domain.errors import Invalid
from domain.fields import SLUG
from domain.figure import Definition, check_notable, define
from domain.footing import MOST_BREAKS, RULES
from domain.measures import BASES, STOCKS
from domain.report import Narrative, Title
from domain.rules import Rules

_MOST_FIGURES = 200
_REQUIRED, _OPTIONAL = True, False
_REPORT = {"name": _REQUIRED, "title": _REQUIRED, "figures": _REQUIRED} | {
    "period": _OPTIONAL,
    "basis": _OPTIONAL,
    "massacres": _OPTIONAL,
    "narrative": _OPTIONAL,
    "crossfoot": _OPTIONAL,
    "fewer_than": _OPTIONAL,
}
# What a figure may declare beside what it counts, as `domain.figure.define` names it.
_DECLARED = ("review", "straddling", "level", "joint", "basis", "on")
_FIGURE = {
    "name": _REQUIRED,
    "measure": _OPTIONAL,
    "where": _OPTIONAL,
    "by": _OPTIONAL,
    "fewer_than": _OPTIONAL,
} | dict.fromkeys(_DECLARED, _OPTIONAL)


class PlannedFigure(NamedTuple):
    """A figure as planned; all but its name as `domain.figure.define` takes it."""

    name: str
    measure: str
    where: Mapping[str, tuple[str, ...]]
    by: tuple[str, ...]
    declared: Mapping[str, Any] = MappingProxyType({})
    fewer_than: int = 0


class PlannedFooting(NamedTuple):
    """Which rules to run (None: all), over which publications' stated figures too, and waivers.

    `breaks` says of waived rules how many breaks their reasons are about, where the plan says so.
    """

    rules: tuple[str, ...] | None = None
    stated: tuple[str, ...] = ()
    waivers: tuple[tuple[str, str], ...] = ()
    breaks: tuple[tuple[str, int], ...] = ()


class ReportPlan(NamedTuple):
    name: str
    title: Title
    period: str | None
    basis: str | None
    figures: tuple[PlannedFigure, ...]
    massacres: str | None = None
    narrative: Narrative | None = None
    crossfoot: PlannedFooting = PlannedFooting()

    def definition(self, figure: PlannedFigure, rules: Rules) -> Definition:
        """What a figure counts under those rules; raises Invalid naming figure and word.

        The report's period is that of all its figures but stocks, which have a day of their own.
        """
        stock = figure.measure in STOCKS
        period, basis = (None, None) if stock else (self.period, self.basis)
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
    hidden = _fewer_than(document.get("fewer_than", 0), "fewer_than")
    planned = tuple(_figure(figure, number, hidden) for number, figure in enumerate(figures, 1))
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
        _massacres(document.get("massacres"), planned),
        _narrative(document.get("narrative")),
        _footing(document.get("crossfoot", {})),
    )


def _massacres(value: Any, figures: Sequence[PlannedFigure]) -> str | None:
    if value is None:
        return None
    listable = [figure.name for figure in figures if figure.measure == "massacres"]
    if _text(value, "massacres") not in listable:
        named = ", ".join(listable) or "add one"
        raise Invalid(
            f"massacres: {value!r} must be the name of a figure whose measure is massacres: {named}"
        )
    return str(value)


def _narrative(value: Any) -> Narrative | None:
    if value is None:
        return None
    if type(value) is not dict:
        raise Invalid("narrative: must be a table with en and ar")
    _check_keys(value, {"en": _REQUIRED, "ar": _REQUIRED}, "narrative")
    return Narrative(*(_paragraphs(value[one], f"narrative.{one}") for one in ("en", "ar")))


def _paragraphs(value: Any, where: str) -> tuple[str, ...]:
    """Paragraphs are apart by an empty line; within one, lines are joined by a space."""
    if type(value) is not str:
        raise Invalid(f"{where}: must be text")
    found = tuple(
        " ".join(line.strip() for line in one.splitlines() if line.strip())
        for one in re.split(r"\n[ \t]*\n", value)
        if one.strip()
    )
    if not 1 <= len(found) <= 40:
        raise Invalid(f"{where}: must be 1 to 40 paragraphs, apart by an empty line")
    for number, one in enumerate(found, 1):
        check_text(one, f"{where}, paragraph {number}")
        if len(one) > 4000:
            raise Invalid(f"{where}, paragraph {number}: at most 4000 characters")
    return found


def _footing(value: Any) -> PlannedFooting:
    if type(value) is not dict:
        raise Invalid("crossfoot: must be a table with rules, stated and waive")
    known = {"rules": _OPTIONAL, "stated": _OPTIONAL, "waive": _OPTIONAL}
    _check_keys(value, known, "crossfoot")
    rules = value.get("rules")
    if rules is not None:
        rules = _words(rules, "crossfoot.rules")
        for rule in rules:
            choose("crossfoot.rules: rule", rule, RULES)
    waivers = value.get("waive", [])
    if type(waivers) is not list:
        raise Invalid("crossfoot.waive: must be tables [[crossfoot.waive]]")
    return PlannedFooting(
        rules,
        tuple(
            _text(one, "crossfoot.stated")
            for one in _words(value.get("stated", []), "crossfoot.stated")
        ),
        *_waivers(waivers),
    )


def _waivers(
    tables: Sequence[Any],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, int], ...]]:
    """Waivers as (rule, reason), ascending, and how many breaks they are of, where they say it."""
    found: dict[str, str] = {}
    breaks: dict[str, int] = {}
    for number, table in enumerate(tables, 1):
        where = f"crossfoot.waive[{number}]"
        if type(table) is not dict:
            raise Invalid(f"{where}: must be a table with rule and reason")
        known = {"rule": _REQUIRED, "reason": _REQUIRED, "breaks": _OPTIONAL}
        _check_keys(table, known, where)
        rule = _text(table["rule"], f"{where}.rule")
        choose(f"{where}: rule", rule, RULES)
        if rule in found:
            raise Invalid(f"{where}: {rule} is waived twice")
        found[rule] = _text(table["reason"], f"{where}.reason")
        if len(found[rule]) > 2000:
            raise Invalid(f"{where}.reason: at most 2000 characters")
        if "breaks" in table:
            breaks[rule] = _whole(table["breaks"], f"{where}.breaks")
    return tuple(sorted(found.items())), tuple(sorted(breaks.items()))


def _whole(value: Any, where: str) -> int:
    if type(value) is not int or not 1 <= value <= MOST_BREAKS:
        raise Invalid(f"{where}: must be a number from 1 to {MOST_BREAKS}")
    return value


def _figure(value: Any, number: int, fewer_than: int) -> PlannedFigure:
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
        _fewer_than(value.get("fewer_than", fewer_than), f"{where}.fewer_than"),
    )


def _fewer_than(value: Any, where: str) -> int:
    if type(value) is not int or not (value == 0 or LEAST <= value <= MOST):
        raise Invalid(f"{where}: must be 0 or a number from {LEAST} to {MOST}")
    return value


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
