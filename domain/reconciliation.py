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
from domain.dates import FIRST_DAY, LAST_DAY, parse_dates, parse_period
from domain.errors import Invalid
from domain.estimate import EstimateStated
from domain.figure import Definition, define
from domain.measures import INCIDENTS, MASSACRES, Measure, measures
from domain.rules import Rules

AGREE = "agree"  # the same value
CAN_AGREE = "can-agree"  # the qualifiers leave room for both to be true
DIFFER = "differ"
NOT_COMPARABLE = "not-comparable"

# Measures that are set beside another as kin: both say how many are held and unaccounted for.
_KIN = {"disappeared": "still-detained"}


class _Counted(NamedTuple):
    """What answers to a stated measure: a measure of the claims, which of them, in what unit."""

    measure: str
    where: Mapping[str, str]
    unit: str


def _deaths(**where: str) -> _Counted:
    return _Counted("deaths", where, "persons")


# stated measure -> what answers to it, where that is not the measure of the same name
_COUNTED = {
    "torture-deaths": _deaths(kind="torture-death"),
    "medical-deaths": _deaths(profession="medical"),
    "media-deaths": _deaths(profession="media"),
    "civil-defence-deaths": _deaths(profession="civil-defence"),
    "siege-deaths": _deaths(cause="siege-deprivation"),
    "cluster-munition-deaths": _deaths(cause="cluster-munition"),
    "cluster-remnant-deaths": _deaths(cause="cluster-remnant"),
    "chemical-deaths": _deaths(cause="chemical"),
    "massacre-deaths": _Counted(MASSACRES, {}, "persons"),
    # One claim is one survivor, or one person abducted.
    "attempted-killings": _Counted("attempted-killings", {}, "persons"),
    "abductions": _Counted("detentions", {"kind": "abduction"}, "persons"),
    "disappeared": _Counted("still-detained", {"kind": "enforced-disappearance"}, "persons"),
    "cluster-munition-attacks": _Counted("incidents", {"cause": "cluster-munition"}, "attacks"),
    "chemical-attacks": _Counted("incidents", {"cause": "chemical"}, "attacks"),
    "incendiary-attacks": _Counted("incidents", {"cause": "incendiary"}, "attacks"),
    "munitions-fired": _Counted("munitions", {}, "munitions"),
    "barrel-bombs": _Counted("munitions", {"cause": "barrel-bomb"}, "munitions"),
    "chemical-injured": _Counted("injured", {"cause": "chemical"}, "persons"),
}
_WHY_NOT = {
    "arrested": "cases of detention are counted, and not persons who were ever arrested",
    "attacks-in-a-day": "it is of one day of its period, and does not say of which",
    "attacks-on-vital-facilities": "hits on facilities are summed, and one attack can hit several",
    "incident-deaths": "it is of one incident, and does not say of which in the ledger",
    "incident-injured": "it is of one incident, and does not say of which in the ledger",
}
# One person can be in several cases, so a number of one is set beside the other and not judged.
_NEAR_UNITS = frozenset({"persons", "cases"})
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
    is not what was stated; `since` and `until` are the years that the claims have to cover, None
    where the figure leaves that open.
    """

    definition: Definition
    numbers: tuple[str, ...]
    differs: tuple[str, ...]
    since: str | None = None
    until: str | None = None


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
    counted, measure = _counted(figure, rules)
    near = measure.name != "deaths" and {figure.unit, counted.unit} == _NEAR_UNITS
    if figure.unit != counted.unit and (measure.of == MASSACRES or not near):
        raise Invalid(f"claims are not counted in {figure.unit}, but in {counted.unit}")
    if figure.period is None:
        raise Invalid("no period is stated")
    period = parse_period(figure.period)
    if measure.stock and period.last == LAST_DAY:
        raise Invalid("its period has no last day, at whose end it would be counted")
    if figure.scope is not None or (figure.place is not None and figure.place.name is not None):
        raise Invalid("its scope is narrower than claims are counted by")
    conditions = dict(counted.where) | _population(figure, measure) | _party(figure, rules)
    if figure.place is not None:
        conditions["governorate"] = figure.place.governorate
        if figure.place.district is not None:
            conditions["district"] = figure.place.district
    numbers = _numbers(figure, measure)
    if figure.category == "females":
        conditions["sex"] = "female"
    basis = figure.basis if figure.basis in measure.bases else measure.bases[0]
    definition = define(
        rules,
        measure=measure.name,
        where={facet: [value] for facet, value in conditions.items()},
        basis=basis,
        period=None if measure.stock else figure.period,
        on=period.last if measure.stock else None,
    )
    # What stands at the end of a day is on no other basis, so that none is stated says nothing.
    same_basis = figure.basis == basis or (measure.stock and figure.basis is None)
    aspects = {
        "unit": figure.unit == counted.unit,
        "grade": figure.grade == "documented",
        "method": same_basis,
    }
    return Count(
        definition,
        numbers,
        tuple(aspect for aspect, same in aspects.items() if not same),
        None if period.first == FIRST_DAY else period.first[:4],
        None if period.last == LAST_DAY else period.last[:4],
    )


def _counted(figure: EstimateStated, rules: Rules) -> tuple[_Counted, Measure]:
    """What answers to the measure of a figure, under the rules."""
    if figure.measure in _WHY_NOT:
        raise Invalid(_WHY_NOT[figure.measure])
    known = measures(rules)
    counted = _COUNTED.get(figure.measure)
    if counted is None and figure.measure in known:
        counted = _Counted(figure.measure, {}, known[figure.measure].unit)
    if counted is None:
        raise Invalid("no claims are counted for this measure")
    if counted.measure not in known:
        raise Invalid(f"the adopted rules count no claims for {counted.measure}")
    return counted, known[counted.measure]


def _numbers(figure: EstimateStated, measure: Measure) -> tuple[str, ...]:
    """Which numbers of a count make up the category of a figure."""
    if figure.category == "females" and measure.of != INCIDENTS:
        numbers: tuple[str, ...] | None = ("deaths",)
    else:
        numbers = _NUMBERS.get(figure.category)
    of_incidents = measure.of == INCIDENTS or figure.measure == MASSACRES
    if numbers is None or (of_incidents and figure.category != "total"):
        raise Invalid("claims are not counted by this category")
    return () if figure.measure == MASSACRES else numbers


def _population(figure: EstimateStated, measure: Measure) -> dict[str, str]:
    if measure.of == INCIDENTS:
        # An incident says how many were injured, and not who.
        whole = "all-persons" if measure.unit == "persons" else "not-persons"
        if figure.population != whole:
            raise Invalid("incidents do not say who is of this population")
        return {}
    if figure.population == "not-persons" and measure.unit == "cases":
        return {}
    if figure.population not in _STATUS:
        raise Invalid("claims do not say who is of this population")
    status = _STATUS[figure.population]
    if measure.of == MASSACRES:
        # The rules say whose deaths make a massacre; no filter is needed for civilians.
        if figure.population != "civilians":
            raise Invalid("massacres are of civilians")
        return {}
    return {} if status is None else {"status": status}


def check_covered(count: Count, years: tuple[str, str] | None) -> None:
    """Raise Invalid where the claims of a measure, from the first to the last of these years, do
    not cover the period of a figure; None is that there are none.
    """
    measure = count.definition.measure
    if years is None:
        raise Invalid(f"the ledger has nothing that is counted for {measure}")
    first, last = years
    if count.since is not None and count.since < first:
        raise Invalid(
            f"the ledger covers {measure} since {first}, its period begins in {count.since}"
        )
    if count.until is not None and count.until > last:
        raise Invalid(f"the ledger covers {measure} until {last}, its period ends in {count.until}")


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
