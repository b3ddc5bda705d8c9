"""Reconciliation: stated figures beside one another and beside what the claims add up to.

Two figures of one subject are compared when their definitions are the same; where scope, period,
population, grade or method differ, that is said and no verdict is given. What stands at a time is
compared by the day on which its period ends; what happened in a period is also held against every
longer one. Nothing is merged: a stated figure never becomes part of a count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.bounds import Bounds, bounds
from domain.crossfoot import SHARE, STANDING
from domain.dates import parse_dates
from domain.errors import Invalid
from domain.estimate import EstimateStated
from domain.figure import Definition, define
from domain.rules import Rules

AGREE = "agree"  # the same value
CAN_AGREE = "can-agree"  # the qualifiers leave room for both to be true
DIFFER = "differ"
NOT_COMPARABLE = "not-comparable"

# Measures that are set beside another as kin: both say how many are held and unaccounted for.
_KIN = {"disappeared": "still-detained"}

# measure -> what is counted of the claims, and which of them
_COUNTED: dict[str, tuple[str, Mapping[str, str]]] = {
    "deaths": ("deaths", {}),
    "torture-deaths": ("deaths", {"kind": "torture-death"}),
    "medical-deaths": ("deaths", {"profession": "medical"}),
    "media-deaths": ("deaths", {"profession": "media"}),
    "civil-defence-deaths": ("deaths", {"profession": "civil-defence"}),
    "siege-deaths": ("deaths", {"cause": "siege-deprivation"}),
    "cluster-munition-deaths": ("deaths", {"cause": "cluster-munition"}),
    "chemical-deaths": ("deaths", {"cause": "chemical"}),
    "massacre-deaths": ("massacres", {}),
    "massacres": ("massacres", {}),
}
_UNITS = {"massacres": "incidents"}
_STATUS = {
    "civilians": "civilian",
    "combatants": "combatant",
    "prisoners": "prisoner",
    "civilians-and-combatants": None,
    "all-persons": None,
}
# category -> the numbers of a toll that make it up
_NUMBERS = {
    "total": ("deaths",),
    "children": ("children",),
    "women": ("women",),
    "men": ("men",),
    "boys": ("boys",),
    "girls": ("girls",),
    "women-and-children": ("women", "children"),
}


class Subject(NamedTuple):
    """What figures are set side by side for; `party` None is all parties."""

    measure: str
    unit: str
    party: str | None
    category: str


class Comparison(NamedTuple):
    """`differs` are aspects in which the definitions differ; `difference` is right less left."""

    verdict: str
    differs: tuple[str, ...]
    difference: int

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "differs": list(self.differs),
            "difference": self.difference,
        }


class Count(NamedTuple):
    """What of the claims answers to a stated figure: a definition, and which of its numbers.

    Without numbers the massacres themselves are counted. `differs` are aspects in which the count
    is not what was stated.
    """

    definition: Definition
    numbers: tuple[str, ...]
    differs: tuple[str, ...]


def kin(measure: str) -> str:
    """The measure under which a measure is set beside its kin."""
    return _KIN.get(measure, measure)


def subject(figure: EstimateStated) -> Subject:
    return Subject(kin(figure.measure), figure.unit, figure.party, figure.category)


def compare(left: EstimateStated, right: EstimateStated, rules: Rules) -> Comparison:
    """Hold two figures of one subject against each other."""
    differs = tuple(
        aspect
        for aspect, same in (
            ("measure", left.measure == right.measure),
            ("scope", (left.scope, left.place) == (right.scope, right.place)),
            ("period", _period(left) == _period(right) is not None),
            ("population", left.population == right.population),
            ("grade", left.grade == right.grade),
            ("method", left.basis == right.basis),
        )
        if not same
    )
    one, other = bounds(left, rules), bounds(right, rules)
    if differs == ("period",) and left.measure not in STANDING:
        # A part and its whole: only that the part is more can be said.
        if _inside(left, right) and not one.fits(other):
            return Comparison(DIFFER, differs, other.best - one.best)
        if _inside(right, left) and not other.fits(one):
            return Comparison(DIFFER, differs, other.best - one.best)
    return _compared(one, other, differs)


def beside_count(figure: EstimateStated, counted: Bounds, count: Count, rules: Rules) -> Comparison:
    """Hold a figure against what the claims add up to; they are right of it."""
    return _compared(bounds(figure, rules), counted, count.differs)


def count_of(figure: EstimateStated, rules: Rules) -> Count:
    """How claims are counted to answer to a figure; raises Invalid saying why they cannot be."""
    if figure.unit == SHARE:
        raise Invalid("a share is not counted")
    if figure.measure not in _COUNTED:
        raise Invalid("no claims are counted for this measure")
    measure, where = _COUNTED[figure.measure]
    if figure.unit != _UNITS.get(figure.measure, "persons"):
        raise Invalid(f"claims are not counted in {figure.unit}")
    if figure.period is None:
        raise Invalid("no period is stated")
    if figure.scope is not None or (figure.place is not None and figure.place.name is not None):
        raise Invalid("its scope is narrower than claims are counted by")
    conditions = dict(where) | _population(figure, measure) | _party(figure, rules)
    if figure.place is not None:
        conditions["governorate"] = figure.place.governorate
    numbers = _NUMBERS.get(figure.category)
    if figure.category == "females":
        conditions["sex"], numbers = "female", ("deaths",)
    if numbers is None or (figure.measure == "massacres" and figure.category != "total"):
        raise Invalid("claims are not counted by this category")
    definition = define(
        rules,
        measure=measure,
        where={facet: [value] for facet, value in conditions.items()},
        basis=figure.basis or "documented",
        period=figure.period,
    )
    if figure.measure == "massacres":
        numbers = ()
    differs = [] if figure.grade == "documented" else ["grade"]
    if figure.basis is None:
        differs.append("method")
    return Count(definition, numbers, tuple(differs))


def _population(figure: EstimateStated, measure: str) -> dict[str, str]:
    if figure.population not in _STATUS:
        raise Invalid("claims do not say who is of this population")
    status = _STATUS[figure.population]
    if measure == "massacres":
        # The rules say whose deaths make a massacre; no filter is needed for civilians.
        if figure.population != "civilians":
            raise Invalid("massacres are of civilians")
        return {}
    return {} if status is None else {"status": status}


def _party(figure: EstimateStated, rules: Rules) -> dict[str, str]:
    if figure.party is None:
        return {}
    term = rules.vocabulary("party").get(figure.party)
    return {"party-group" if term is None or term.parent is None else "party": figure.party}


def _period(figure: EstimateStated) -> tuple[str, ...] | None:
    if figure.period is None:
        return None
    dates = parse_dates(figure.period)
    if not dates.certain:
        return (dates.text,)
    return (dates.last,) if figure.measure in STANDING else (dates.first, dates.last)


def _inside(part: EstimateStated, whole: EstimateStated) -> bool:
    if part.period is None or whole.period is None:
        return False
    inner, outer = parse_dates(part.period), parse_dates(whole.period)
    return inner.certain and outer.certain and inner.within(outer)


def _compared(left: Bounds, right: Bounds, differs: tuple[str, ...]) -> Comparison:
    verdict = DIFFER
    if differs:
        verdict = NOT_COMPARABLE
    elif (left.best, left.least, left.most) == (right.best, right.least, right.most):
        verdict = AGREE
    elif left.meets(right):
        verdict = CAN_AGREE
    return Comparison(verdict, differs, right.best - left.best)
