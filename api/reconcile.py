"""Stated figures set side by side: with one another, with the claims, and within a publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import Any, NamedTuple

from api.questions import AsOf, Questions
from domain.bounds import Bounds, bounds
from domain.choice import choose
from domain.crossfoot import Finding, cross_foot
from domain.dates import parse_dates, parse_period
from domain.errors import Invalid
from domain.estimate import EstimateStated, Value
from domain.facets import CHILDREN
from domain.figure import Definition
from domain.measures import MASSACRES
from domain.reconciliation import (
    Count,
    Subject,
    beside_count,
    check_covered,
    compare,
    count_of,
    kin,
    subject,
)
from domain.rules import Rules
from projections.coverage import covered_years
from projections.incidents import open_incidents
from projections.massacres import massacres
from projections.toll import toll

MOST_PAIRS = 20_000

# (measure, basis) -> the first and the last year that the claims cover
Covered = dict[tuple[str, str], tuple[str, str] | None]

EXACT = "exact"

_NO_VALUE = Value(0, None, None)


class Chosen(NamedTuple):
    """Which stated figures: a publisher by any part of its name, a period that theirs touches."""

    publishers: Sequence[str] = ()
    period: str | None = None
    measure: str | None = None
    party: str | None = None
    category: str | None = None
    at: str | None = None


class _Named(NamedTuple):
    id: str
    stated: EstimateStated


def reconcile(ask: Questions, chosen: Chosen) -> dict[str, Any]:
    """Every subject with its figures, each beside the claims, and each two beside one another.

    Figures of one publication are not paired: they are cross-footed, as `findings`. What a
    publication states again with another qualifier is shown, and its first stands for it in pairs.
    """
    state = ask.as_of(chosen.at)
    _check(chosen, state.rules)
    every = [_Named(*one) for one in ask.stated(state)]
    found = [one for one in every if _asked_for(one.stated, chosen)]
    subjects: dict[Subject, list[_Named]] = {}
    for one in found:
        subjects.setdefault(subject(one.stated), []).append(one)
    pairs: dict[Subject, list[tuple[_Named, _Named]]] = {}
    room = MOST_PAIRS
    for about, figures in subjects.items():
        pairs[about] = list(islice(_pairs(figures), room + 1))
        room -= len(pairs[about])
        if room < 0:
            raise Invalid(
                f"more than {MOST_PAIRS} pairs of figures to set side by side; narrow the question "
                "by publisher, period, measure, party or category"
            )
    covered: Covered = {}
    return {
        "ledger": state.to_json(),
        "figures": [_written(ask, state, one, covered) for one in found],
        "subjects": [
            about._asdict()
            | {
                "figures": [one.id for one in figures],
                "pairs": [
                    {"left": left.id, "right": right.id}
                    | compare(left.stated, right.stated, state.rules).to_json()
                    for left, right in pairs[about]
                ],
            }
            for about, figures in subjects.items()
        ],
        "findings": [
            finding._asdict() | {"excess": finding.excess, "residual": finding.residual}
            for finding in _findings(every, found, state.rules)
        ],
    }


def _check(chosen: Chosen, rules: Rules) -> None:
    if chosen.period is not None:
        parse_period(chosen.period)
    for vocabulary in ("measure", "party", "category"):
        term = getattr(chosen, vocabulary)
        if term is not None:
            choose(vocabulary, term, rules.vocabulary(vocabulary))


def _asked_for(stated: EstimateStated, chosen: Chosen) -> bool:
    publisher = stated.publisher.casefold()
    if chosen.publishers and not any(one.casefold() in publisher for one in chosen.publishers):
        return False
    if chosen.period is not None and (
        stated.period is None or not parse_dates(stated.period).touches(parse_period(chosen.period))
    ):
        return False
    if chosen.measure is not None and kin(stated.measure) != kin(chosen.measure):
        return False
    return chosen.party in (None, stated.party) and chosen.category in (None, stated.category)


def _pairs(figures: Sequence[_Named]) -> Iterator[tuple[_Named, _Named]]:
    """Every two figures that different publishers or publications state."""
    firsts: dict[EstimateStated, _Named] = {}
    for one in figures:
        # What makes two statements of one publication statements of the same.
        same = one.stated._replace(
            ref="", label="", section=None, quote="", qualifier="", value=_NO_VALUE
        )
        firsts.setdefault(same, one)
    for left, right in combinations(firsts.values(), 2):
        if (left.stated.publisher, left.stated.publication) != (
            right.stated.publisher,
            right.stated.publication,
        ):
            yield left, right


def _findings(every: Sequence[_Named], chosen: Sequence[_Named], rules: Rules) -> Iterator[Finding]:
    """What the chosen figures have a part in: what is not found without them."""
    ids = {one.id for one in chosen}
    without = cross_foot([one.stated for one in every if one.id not in ids], rules)
    others = Counter(without)
    for finding in cross_foot([one.stated for one in every], rules):
        if others[finding]:
            others[finding] -= 1
        else:
            yield finding


def _written(ask: Questions, state: AsOf, one: _Named, covered: Covered) -> dict[str, Any]:
    figure, value = one.stated, bounds(one.stated, state.rules)
    return {
        "id": one.id,
        "ref": figure.ref,
        "label": figure.label,
        "publisher": figure.publisher,
        "publication": figure.publication,
        "measure": figure.measure,
        "unit": figure.unit,
        "party": figure.party,
        "category": figure.category,
        "population": figure.population,
        "period": figure.period,
        "basis": figure.basis,
        "place": None if figure.place is None else figure.place.to_json(),
        "scope": figure.scope,
        "grade": figure.grade,
        "qualifier": figure.qualifier,
        "low": figure.value.low,
        "best": figure.value.best,
        "high": figure.value.high,
        "least": value.least,
        "most": value.most,
        "section": figure.section,
        "quote": figure.quote,
        "claims": beside_claims(ask, state, figure, covered),
    }


def beside_claims(
    ask: Questions, state: AsOf, figure: EstimateStated, covered: Covered
) -> dict[str, Any]:
    """What the claims add up to for a figure, or why they are not counted.

    `inexact` is how many incidents of a sum say no number, or one that is not exact; with any the
    sum is not compared.
    `covered` keeps, for the figures of one state, what was found of each measure.
    """
    try:
        count = count_of(figure, state.rules)
        wanted = count.definition.measure, count.definition.basis
        if wanted not in covered:
            covered[wanted] = covered_years(ask.registry, count.definition, state.rules, state.size)
        check_covered(count, covered[wanted])
    except Invalid as reason:
        return {"counted": None, "why_not": str(reason)}
    counted, possible = _counted(ask, state, count)
    inexact = _inexact(ask, state, count.definition)
    if inexact:
        count = count._replace(differs=(*count.differs, "sum"))
    value = Bounds(counted, counted, counted + possible, str(counted))
    return {
        "counted": counted,
        "possible": possible,
        "inexact": inexact,
        "definition": count.definition.to_json(),
    } | beside_count(figure, value, count, state.rules).to_json()


def _counted(ask: Questions, state: AsOf, count: Count) -> tuple[int, int]:
    """The count, and how many more may lie in its period."""
    if count.definition.measure != MASSACRES:
        found = toll(ask.registry, _narrowed(count), state.rules, state.size)
        return int(found.total.deaths), int(found.possible + found.undated)
    listed = massacres(ask.registry, count.definition, state.rules, state.size)
    if not count.numbers:
        return len(listed), 0
    return int(sum(getattr(one.numbers, name) for one in listed for name in count.numbers)), 0


def _narrowed(count: Count) -> Definition:
    """The definition with what makes up the category as a filter, so that who may lie in the
    period is of the category too.
    """
    definition = count.definition
    if count.numbers == ("deaths",):
        return definition
    ages = {one for name in count.numbers for one in (CHILDREN if name == "children" else {name})}
    where = dict(definition.where) | {"category": tuple(sorted(ages))}
    return definition._replace(where=tuple(sorted(where.items())))


def _inexact(ask: Questions, state: AsOf, definition: Definition) -> int:
    """How many incidents of a sum, or that may be of it, say no exact number to add."""
    addend, period = definition.addend, definition.dates
    # An incident that names no facility hit none.
    if addend in (None, "facilities"):
        return 0
    every = definition._replace(measure="incidents")
    return sum(
        (one.addend(addend) or (0, None))[1] != EXACT
        and (period is None or one.happened is None or parse_dates(one.happened).touches(period))
        for one in open_incidents(ask.registry, every, state.rules, state.size)
    )
