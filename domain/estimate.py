"""An estimate: a quantity that some organisation states and that is not a count of claims.

Figures of the organisation's own older reports, of other bodies, and the tables of a report as
printed enter this way. Stated figures are compared with claims and with each other, never merged.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.fields import (
    Place,
    Reader,
    Shape,
    edtf,
    malformed,
    matching,
    nullable,
    one_of,
    place,
    term,
    text,
    whole_number,
)
from domain.life import (
    DOCUMENTER,
    FIRST,
    OPEN,
    REVIEWER,
    WITHDRAWN,
    Author,
    Change,
    EventType,
    Reason,
    Revision,
    World,
    explained,
    require_current,
)
from domain.rules import Rules, require_term
from domain.standing import require_standing


class Value(NamedTuple):
    """A stated number: `best`, and a range when the publisher gives one."""

    best: int
    low: int | None
    high: int | None

    def to_json(self) -> dict[str, Any]:
        return {"best": self.best, "high": self.high, "low": self.low}


class EstimateStated(NamedTuple):
    """`ref` numbers the figure in its publication; `category` and `party` narrow what it counts.

    `scope` is what its publisher limits it to, in words, where place and period do not say it.
    """

    publisher: str
    publication: str
    ref: str
    label: str
    measure: str
    unit: str
    value: Value
    qualifier: str
    grade: str
    population: str
    category: str
    party: str | None
    basis: str | None
    period: str | None
    place: Place | None
    section: str | None
    quote: str
    scope: str | None = None


class Estimate(NamedTuple):
    stated: EstimateStated
    standing: str
    recorder: Author

    @property
    def value(self) -> Value:
        return self.stated.value


_value: Shape[Value] = Shape(
    Value,
    {
        "best": whole_number(),
        "low": nullable(whole_number()),
        "high": nullable(whole_number()),
    },
)


def _read_value(value: Any, where: str, rules: Rules) -> Value:
    if type(value) is not dict:
        raise malformed(where, "must be an object with best, low and high")
    read = _value.read(value, where, rules)
    low = read.best if read.low is None else read.low
    high = read.best if read.high is None else read.high
    if not low <= read.best <= high:
        raise malformed(where, "low, best and high must ascend")
    return read


def _check_stated(estimate: None, fact: EstimateStated, author: Author, world: World) -> None:
    """What a publisher states may be wrong or contradict itself: it is recorded as found."""


def _evolve_stated(estimate: None, fact: EstimateStated, author: Author) -> Estimate:
    return Estimate(fact, OPEN, author)


def _check_revised(estimate: Estimate, fact: Change, author: Author, world: World) -> None:
    require_standing(estimate, OPEN, "estimate")
    require_current(fact.was, estimate.value, fact.now)


def _evolve_revised(estimate: Estimate, fact: Change, author: Author) -> Estimate:
    return estimate._replace(stated=estimate.stated._replace(value=fact.now))


def _check_withdrawn(estimate: Estimate, fact: Reason, author: Author, world: World) -> None:
    require_standing(estimate, OPEN, "estimate")


def _evolve_withdrawn(estimate: Estimate, fact: Reason, author: Author) -> Estimate:
    return estimate._replace(standing=WITHDRAWN)


_identifier = matching(r"[a-z0-9]+(?:-[a-z0-9]+)*", "a lower-case kebab-case identifier")


def _named(vocabulary: str) -> Reader:
    """An identifier, and a term where the rules in force have such a vocabulary."""

    def read(value: Any, where: str, rules: Rules) -> str:
        identifier: str = _identifier(value, where, rules)
        if rules.vocabulary(vocabulary):
            require_term(rules, vocabulary, identifier, where)
        return identifier

    return read


_stated: Shape[EstimateStated] = Shape(
    EstimateStated,
    {
        "publisher": text(200),
        "publication": text(300),
        "ref": text(40),
        "label": text(300),
        "measure": _named("measure"),
        "unit": term("unit"),
        "value": _read_value,
        "qualifier": term("qualifier"),
        "grade": term("estimate-basis"),
        "population": _named("population"),
        "category": _named("category"),
        "party": nullable(term("party")),
        "basis": nullable(one_of("documented", "happened")),
        "period": nullable(edtf),
        "place": nullable(place),
        "section": nullable(text(200)),
        "quote": text(1000),
        "scope": nullable(text(300)),
    },
    frozenset({"scope"}),
)

_WRITERS = frozenset({DOCUMENTER, REVIEWER})

ESTIMATE_EVENTS = {
    event.name: event
    for event in (
        EventType("EstimateStated", _WRITERS, _stated, _check_stated, _evolve_stated, FIRST),
        EventType(
            "EstimateRevised",
            _WRITERS,
            Revision({"value": _read_value}, required=True),
            _check_revised,
            _evolve_revised,
        ),
        EventType("EstimateWithdrawn", _WRITERS, explained(), _check_withdrawn, _evolve_withdrawn),
    )
}
