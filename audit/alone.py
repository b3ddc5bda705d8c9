"""Reading a definition whose rules are not at hand, and putting it into its own words.

A receipt holds no rules: their vocabularies are larger than it may be. What can be judged without
them is the form: every member of its type, in the one spelling. Each word is its own label.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain import canonical
from domain.dates import canonical_period, parse_day
from domain.errors import Invalid
from domain.facets import FACETS, REVIEWS
from domain.figure import EQUAL, STRADDLINGS, Definition, sentence
from domain.measures import BASES, OF_ESTIMATES, OF_INCIDENTS
from domain.parties import JOINTS
from domain.rules import Rules, Term


def read_alone(raw: bytes) -> Definition:
    """Read a definition by its form; raises Invalid."""
    document = canonical.parse(raw)
    try:
        where = document["where"]
        made = Definition(
            **document | {"by": tuple(document["by"]), "where": tuple(sorted(where.items()))}
        )
    except (TypeError, AttributeError, KeyError):
        raise Invalid("definition: not a definition of this version") from None
    _check_words(made)
    _check_times(made)
    made = made._replace(where=tuple((facet, tuple(values)) for facet, values in made.where))
    if canonical.dumps(made.to_json()) != raw:
        raise Invalid("definition: has other members or another spelling")
    return made


def _check_words(made: Definition) -> None:
    known: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
        ("basis", made.basis, BASES),
        ("straddling", made.straddling, (*STRADDLINGS, EQUAL)),
        ("joint", made.joint, JOINTS),
        ("review", made.review, REVIEWS),
    )
    for name, word, words in known:
        if word not in words:
            raise Invalid(f"definition: {name} is none of {', '.join(words)}")
    if type(made.measure) is not str or not made.measure:
        raise Invalid("definition: measure is a word")
    if type(made.rules) is not int or made.rules < 1:
        raise Invalid("definition: rules is a version, from 1")
    if made.level is not None and (type(made.level) is not int or made.level < 1):
        raise Invalid("definition: level is a number from 1, or null")
    if not all(type(one) is str and one in FACETS for one in made.by):
        raise Invalid("definition: by is a list of facets")
    if len(set(made.by)) != len(made.by):
        raise Invalid("definition: a facet groups once")
    values: Any
    for facet, values in made.where:
        if facet not in FACETS:
            raise Invalid(f"definition: {facet} is no facet")
        if type(values) is not list or not all(type(one) is str for one in values):
            raise Invalid(f"definition: where {facet} is a list of words")
        if not values or values != sorted(set(values)):
            raise Invalid(f"definition: where {facet} ascends, each word once")


def _check_times(made: Definition) -> None:
    for name, text in (("period", made.period), ("on", made.on)):
        if text is not None and type(text) is not str:
            raise Invalid(f"definition: {name} is a date, or null")
    if made.period is not None and canonical_period(made.period) != made.period:
        raise Invalid("definition: the period has another spelling")
    if made.on is not None:
        parse_day(made.on)


def sentence_alone(definition: Definition, language: str) -> str:
    """Its sentence, in which every word of a vocabulary stands for itself."""
    words = {part: Term(part, part) for word in _texts(definition) for part in word.split("+")}
    vocabularies = {one: words for one in (*FACETS.values(), "measure") if one is not None}
    of_claims = definition.measure not in OF_INCIDENTS | OF_ESTIMATES
    measures = {definition.measure: ()} if of_claims else {}
    return sentence(definition, Rules(definition.rules, 1, (), vocabularies, measures), language)


def _texts(definition: Definition) -> Iterator[str]:
    yield definition.measure
    for _, values in definition.where:
        yield from values
