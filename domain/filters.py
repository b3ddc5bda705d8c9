"""The filters and groupings of a definition: which facets a measure has, and which values they do.

An unknown facet or value is refused with the nearest that are valid; so is a value that nothing can
have, such as a party below the level that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from domain.choice import choose
from domain.errors import Invalid
from domain.facets import (
    CATEGORIES,
    CLAIM_FACETS,
    ESTIMATE_FACETS,
    EVENT_FACETS,
    FACETS,
    FREE_TEXTS,
    INCIDENT_FACETS,
    PARTY_FACETS,
    REVIEWS,
    UNKNOWN,
)
from domain.fields import UUID4
from domain.measures import CLAIMS, ESTIMATES, INCIDENTS, Measure
from domain.parties import OWN_ROW, TOP
from domain.phrases import MONTH
from domain.rules import JOINT, Rules

_INCIDENT = re.compile(rf"incident/{UUID4}")
# What is shown at a terminal: nothing that moves the cursor or turns the writing round.
_PLAIN = re.compile(
    r"[^\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]{1,300}"
)
_TEXT = (_PLAIN, "1 to 300 characters, none of them a control character")
_FORMS = {
    "month": (MONTH, "like 2020-03"),
    "incident": (_INCIDENT, "incident/<uuid>, or unknown"),
    "publisher": _TEXT,
    "publication": _TEXT,
}


def facets_of(counted: Measure) -> tuple[frozenset[str], frozenset[str]]:
    """The facets that a measure is filtered by, and grouped by."""
    if counted.of == INCIDENTS:
        own = INCIDENT_FACETS | {"month"}
        return own, own
    if counted.of == CLAIMS:
        every = frozenset(CLAIM_FACETS - {"month"} if counted.stock else CLAIM_FACETS)
        return every, every
    if counted.of == ESTIMATES:
        return ESTIMATE_FACETS, ESTIMATE_FACETS - FREE_TEXTS
    return frozenset(EVENT_FACETS), INCIDENT_FACETS


def check_facets(
    rules: Rules,
    counted: Measure,
    where: Mapping[str, Sequence[str]],
    by: Sequence[str],
    *,
    level: int | None,
    joint: str,
) -> None:
    """Raise Invalid for what a measure is not filtered or grouped by, and for unknown values."""
    filters, groupings = facets_of(counted)
    for facet, values in where.items():
        choose("facet" if facet not in FACETS else f"facet of {counted.name}", facet, filters)
        if not values:
            raise Invalid(f"where {facet}: no value given; name one or leave the facet out")
        for value in values:
            _check_value(rules, counted, facet, value, level=level, joint=joint)
    for facet in by:
        choose(f"facet of {counted.name}", facet, sorted(groupings))
    if len(set(by)) != len(by):
        raise Invalid("by: a facet groups once")
    if counted.of == ESTIMATES and len({*where.get("unit", ())}) != 1:
        raise Invalid("unit: numbers of one unit add up; give one, such as --where unit=persons")


def _check_value(
    rules: Rules, counted: Measure, facet: str, value: Any, *, level: int | None, joint: str
) -> None:
    # What is read from a file can be any JSON, and `split` is asked of it below.
    if type(value) is not str:
        raise Invalid(f"{facet} {str(value)[:100]!r}: must be a word")
    if facet == "category":
        choose("category", value, (*CATEGORIES.values(), UNKNOWN))
    elif facet == "review":
        choose("review", value, REVIEWS)
    elif facet == "kind":
        choose("kind", value, counted.kinds or rules.vocabulary("claim-kind"))
    elif facet in _FORMS:
        form, said = _FORMS[facet]
        if (value != UNKNOWN or facet in FREE_TEXTS) and not form.fullmatch(value):
            raise Invalid(f"{facet} {value[:100]!r}: must be {said}")
    elif facet in PARTY_FACETS:
        _check_party(rules, facet, value, TOP if facet == "party-group" else level, joint)
    elif facet == "source":
        _check_sources(rules, value)
    elif vocabulary := FACETS[facet]:
        choose(facet, value, (*rules.vocabulary(vocabulary), UNKNOWN))


def _check_sources(rules: Rules, value: str) -> None:
    kinds = value.split("+")
    for kind in kinds:
        # Nothing is joined with unknown: a claim of no source is of no other either.
        unknown = () if len(kinds) > 1 else (UNKNOWN,)
        choose("source", kind, (*rules.vocabulary("source-kind"), *unknown))
    if len(set(kinds)) != len(kinds):
        raise Invalid(f"source {value}: names a kind of source twice")


def _check_party(rules: Rules, facet: str, value: str, level: int | None, joint: str) -> None:
    parties = [
        party
        for party in rules.vocabulary("party")
        if level is None or len(rules.lineage(party)) <= level
    ]
    parts = value.split("+")
    for part in parts:
        lineage = rules.lineage(part)
        if level is not None and len(lineage) > level and part in rules.vocabulary("party"):
            raise Invalid(f"{facet} {part}: stands below that level; ask for {lineage[level - 1]}")
        choose(facet, part, parties)
    if len(set(parts)) != len(parts):
        raise Invalid(f"{facet} {value}: names a party twice")
    if joint != OWN_ROW and (len(parts) > 1 or value == JOINT):
        raise Invalid(f"{facet} {value}: under joint {joint} nothing stands in a row of its own")
    if facet == "party-group" and len(parts) > 1:
        raise Invalid(f"{facet} {value}: joint attacks of several groups are the group {JOINT}")


def one_spelling(facet: str, values: Sequence[str]) -> tuple[str, ...]:
    """The values ascending, each once, and what is joined in a row likewise."""
    if facet in (*PARTY_FACETS, "source"):
        values = ["+".join(sorted(value.split("+"))) for value in values]
    return tuple(sorted(set(values)))
