"""Cross-footing a report: its figures held against each other, and against what is stated.

A frozen figure and each of its rows are put in the terms of stated figures, so that one set of
rules (`domain/crossfoot.py`) judges both. Filters that those terms do not know become part of the
scope: such figures are compared only with figures of the same filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.bounds import bounds
from domain.choice import choose
from domain.crossfoot import RULES as STATED_RULES
from domain.crossfoot import Finding, cross_foot
from domain.dates import parse_dates
from domain.errors import Invalid
from domain.estimate import EstimateStated, Value
from domain.fields import Place
from domain.figure import Definition, row_definition
from domain.report import Break, Footed
from domain.rules import Rules

AS_COUNTED = "stated-as-counted"
RULES = tuple(sorted({*STATED_RULES, AS_COUNTED}))
MOST_BREAKS = 200

# (facet, value) that narrows deaths to a measure of its own
_MEASURES = {
    ("kind", "torture-death"): "torture-deaths",
    ("profession", "medical"): "medical-deaths",
    ("profession", "media"): "media-deaths",
    ("profession", "civil-defence"): "civil-defence-deaths",
    ("cause", "siege-deprivation"): "siege-deaths",
    ("cause", "cluster-munition"): "cluster-munition-deaths",
    ("cause", "chemical"): "chemical-deaths",
}
_POPULATIONS = {"civilian": "civilians", "combatant": "combatants", "prisoner": "prisoners"}
_CATEGORIES = ("women", "men", "boys", "girls")
_EVERYBODY = "all-persons"


class Counted(NamedTuple):
    """A figure as it was counted; `deaths` are those in massacres, None where deaths are counted.

    `rows` has the same of each row, by the values of its grouping.
    """

    name: str
    definition: Definition
    value: int
    deaths: int | None
    rows: Mapping[tuple[str, ...], tuple[int, int | None]]


def foot(
    figures: Sequence[Counted],
    stated: Sequence[EstimateStated],
    rules: Rules,
    *,
    named: Sequence[str] | None = None,
    waivers: Mapping[str, str] | None = None,
) -> tuple[Footed, ...]:
    """Run the named rules, or all that have something to compare.

    A break has the waiver that is given for its rule, or none. Raises Invalid for a rule that is
    not known, and for a waiver of one that holds.
    """
    waivers = waivers or {}
    chosen = RULES if named is None else tuple(sorted(set(named)))
    for rule in (*chosen, *waivers):
        choose("cross-footing rule", rule, RULES)
    own = [one for figure in figures for one in _as_stated(figure, rules)]
    found = [*cross_foot([one for _, one in own], rules), *cross_foot(stated, rules)]
    found += _as_counted(own, stated, rules)
    footed = tuple(_footed(rule, found, waivers.get(rule)) for rule in chosen)
    if named is None:
        footed = tuple(one for one in footed if one.compared)
    for rule in waivers:
        if not any(one.rule == rule and one.breaks for one in footed):
            raise Invalid(f"{rule} holds, or is not run: there is nothing to waive")
    return footed


def _footed(rule: str, found: Iterable[Finding], waiver: str | None) -> Footed:
    mine = [one for one in found if one.rule == rule]
    broken = [Break(one.sentence[:1000], one.left, one.right) for one in mine if not one.holds]
    if len(broken) > MOST_BREAKS:
        raise Invalid(
            f"{rule}: {len(broken)} breaks, of which a report names at most {MOST_BREAKS}; "
            f"the first: {broken[0].sentence}"
        )
    return Footed(rule, len(mine), tuple(broken), waiver if broken else None)


def _as_stated(figure: Counted, rules: Rules) -> Iterator[tuple[str, EstimateStated]]:
    """The figure and its rows in the terms of stated figures, each with the figure's name."""
    if figure.definition.of_estimates:
        return  # what is stated is held against the rest as it was stated, and not summed first
    whole = figure.definition._replace(by=())
    yield from _one(figure.name, whole, figure.value, figure.deaths, rules)
    for row, (value, deaths) in figure.rows.items():
        narrowed = row_definition(figure.definition, row)
        yield from _one(figure.name, narrowed, value, deaths, rules)


def _one(
    name: str, definition: Definition, value: int, deaths: int | None, rules: Rules
) -> Iterator[tuple[str, EstimateStated]]:
    stated = _stated(name, definition, value, rules)
    yield name, stated
    if deaths is not None:
        of_deaths = stated._replace(measure="massacre-deaths", unit="persons")
        yield name, of_deaths._replace(value=Value(deaths, None, None))


def _stated(name: str, definition: Definition, value: int, rules: Rules) -> EstimateStated:
    where = {facet: values for facet, values in definition.where if len(values) == 1}
    # What is left here narrows the figure in ways that stated figures have no word for.
    left = {facet: values for facet, values in definition.where if len(values) != 1}
    left |= _unusual(definition)
    massacres = definition.measure == "massacres"
    measure, population, category = definition.measure, _EVERYBODY, "total"
    party: str | None = None
    place: Place | None = None
    period = definition.period
    for facet, (word,) in where.items():
        if facet == "status" and word in _POPULATIONS:
            population = _POPULATIONS[word]
        elif measure == "deaths" and (facet, word) in _MEASURES:
            measure = _MEASURES[facet, word]
        elif party is None and (
            facet == "party-group" or (facet == "party" and not _is_group(word, rules))
        ):
            party = word
        elif facet == "category" and word in _CATEGORIES and category == "total":
            category = word
        elif (facet, word) == ("age-group", "child") and category == "total":
            category = "children"
        elif (facet, word) == ("sex", "female") and category == "total":
            category = "females"
        elif facet == "governorate":
            place = Place(word)
        elif facet == "month" and _narrows(word, period):
            period = word
        else:
            left[facet] = (word,)
    if massacres:
        # The rules say whose deaths make a massacre.
        population = "civilians"
    scope = "; ".join(f"{facet} {'+'.join(left[facet])}" for facet in sorted(left)) or None
    return EstimateStated(
        publisher="",
        publication="",
        ref=name,
        label=name,
        measure=measure,
        unit="incidents" if definition.of_incidents else "persons",
        value=Value(value, None, None),
        qualifier="exact",
        grade="documented",
        population=population,
        category=category,
        party=party,
        basis=definition.basis,
        period=period,
        place=place,
        section=None,
        quote=name,
        scope=scope,
    )


def _unusual(definition: Definition) -> dict[str, tuple[str, ...]]:
    """How it counts, where that is not as definitions do by default: only its likes compare."""
    usual = Definition(definition.measure, (), (), definition.basis, definition.period, 0)
    plain = {**usual.to_json(), "by": [], "where": {}, "rules": 0}
    stated = {**definition.to_json(), "by": [], "where": {}, "rules": 0}
    return {name: (str(value),) for name, value in stated.items() if value != plain[name]}


def _is_group(party: str, rules: Rules) -> bool:
    """Whether others are parts of it: counted as a party it is those that name it alone."""
    return any(term.parent == party for term in rules.vocabulary("party").values())


def _narrows(month: str, period: str | None) -> bool:
    """Whether a month can stand for the period: not `unknown`, and within it."""
    if month == "unknown":
        return False
    return period is None or parse_dates(month).within(parse_dates(period))


def _as_counted(
    own: Sequence[tuple[str, EstimateStated]], stated: Sequence[EstimateStated], rules: Rules
) -> Iterator[Finding]:
    """Each stated figure that the report counts too is what it counts."""
    counted: dict[tuple[object, ...], tuple[str, EstimateStated]] = {}
    for name, one in own:
        counted.setdefault(_subject(one), (name, one))
    for one in stated:
        found = counted.get(_subject(one))
        if found is None:
            continue
        name, mine = found
        left, right = bounds(one, rules), bounds(mine, rules)
        holds = left.meets(right)
        relation = "and" if holds else "but"
        sentence = f"{one.label}: {left.words} stated, {relation} {name} counts {right.words}"
        yield Finding(AS_COUNTED, holds, sentence, left.best, right.best)


def _subject(one: EstimateStated) -> tuple[object, ...]:
    """What is counted, where two figures of the same are to be one number."""
    everybody = one.population in ("civilians-and-combatants", _EVERYBODY)
    return (
        one.measure,
        one.unit,
        _EVERYBODY if everybody else one.population,
        one.category,
        one.party,
        one.basis or "documented",
        one.period,
        one.place,
        one.scope,
        one.grade,
    )
