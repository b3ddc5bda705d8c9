"""What an extract holds: a question as columns and as rows, read while they are written.

An extract of one kind, question and language has the same columns in the same order and the same
rows in the same order whenever it is taken of one state of the ledger.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.extract.columns import (
    CLAIM,
    INCIDENT,
    INDEX,
    KILLED,
    LEDGER,
    MEMBER,
    MERGED_INTO,
    NUMBERS,
    OUTCOME,
    PLACE,
    STANDING,
    Column,
    code,
    dates,
    label,
)
from api.questions import MOST, AsOf, Filters, Questions, definition_of
from domain import canonical
from domain.dates import FIRST_DAY, LAST_DAY, parse_dates
from domain.errors import Invalid
from domain.facets import FACETS, INCIDENT_FACETS, UNKNOWN
from domain.figure import Definition, sentence
from domain.measures import MASSACRES
from domain.parties import SHARED
from domain.rules import Rules
from projections.claims import claims
from projections.incidents import incidents
from projections.massacres import massacres
from projections.members import members
from projections.registry import Registry
from projections.toll import toll

KINDS = ("claims", "incidents", "massacres", "toll", "members")
LANGUAGES = ("en", "ar")

Value = str | int | None
Row = tuple[Value, ...]

# Facets whose words are codes that other files are joined by: no code is better than a false one.
_PLACES = frozenset({"governorate", "district", "origin"})
_UNKNOWN = {"en": "Unknown", "ar": "غير معروف"}
# Facets whose words need no label: they say what they are.
_PLAIN = frozenset({"month", "incident", "category", "publisher", "publication"})
_OF_CLAIMS = (
    *("kind", "party", "mode", "governorate", "district", "origin", "sex", "age-group", "status"),
    *("profession", "cause", "weapon", "review", "source"),
)
_OF_INCIDENTS = ("party", "mode", "governorate", "district", "cause", "weapon")
# What is not counted but listed is named by its own word, and chosen by any possible day.
_LISTED = {
    "claims": ("Claims of every kind and standing", "الانتهاكات المسجّلة من كل نوع وحالة"),
    "incidents": ("Incidents of every standing", "الحوادث من كل حالة"),
}


class Asked(NamedTuple):
    """Which extract is meant: the same one of the same state has the same rows.

    `measure` is what members are of, `language` that of the names.
    """

    kind: str
    filters: Filters
    measure: str = "deaths"
    language: str = "en"


class Extract(NamedTuple):
    """`rows()` reads the registry anew; `definition` is JSON whose canonical form has `digest`."""

    asked: Asked
    state: AsOf
    time: str
    definition: dict[str, Any]
    sentence: dict[str, str]
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the definition: of members, the one that a frozen figure names."""
        return hashlib.sha256(canonical.dumps(self.definition)).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """What the extract is: which ledger at which state, and what was asked of it."""
        return {
            "ledger": self.state.to_json(),
            "definition": self.definition,
            "definition_sha256": self.digest,
            "sentence": self.sentence,
        }

    @property
    def words(self) -> str:
        """What the extract holds, in its own language."""
        return self.sentence[self.asked.language]


def extract(ask: Questions, asked: Asked) -> Extract:
    """Prepare an extract; raises Invalid for a question that this kind cannot be asked."""
    kind, filters, measure, language = asked
    if kind not in KINDS:
        raise Invalid(f"extract {kind!r}: one of {', '.join(KINDS)}")
    if language not in LANGUAGES:
        raise Invalid(f"language {language!r}: one of {', '.join(LANGUAGES)}")
    if measure != "deaths" and kind != "members":
        raise Invalid("--measure is for members: the other extracts say what they count")
    _refuse_filters(kind, filters)
    state = ask.as_of(filters.at)
    counted = _MEASURES.get(kind, measure)
    definition = definition_of(filters, state.rules, counted)
    columns, rows = _KINDS[kind](ask.registry, definition, state, language)
    ledger: Row = (state.size, b64decode(state.root).hex())

    def complete() -> Iterator[Row]:
        return ((*row, *ledger) for row in rows())

    return Extract(
        asked,
        state,
        ask.ledger.recorder.received_at(state.size - 1),
        _definition(kind, definition),
        {one: _sentence(kind, definition, state.rules, one) for one in LANGUAGES},
        (*columns, *LEDGER),
        complete,
    )


# What a list or a toll is of; the kind `members` says what itself.
_MEASURES = {"claims": "violations", "incidents": "massacres", "massacres": "massacres"}


def _refuse_filters(kind: str, filters: Filters) -> None:
    if filters.by and kind in _LISTED:
        raise Invalid(f"--by: {kind} are listed one by one; a toll is by facets")
    if kind == "toll" and filters.joint == SHARED:
        raise Invalid("--joint shared: shares are fractions, and these columns whole numbers")
    if kind == "massacres" and filters.by:
        raise Invalid("--by: massacres are listed one by one; members --measure massacres has by")
    if kind != "incidents":
        return
    if filters.documented is not None:
        raise Invalid("--documented: an incident happened; it is its claims that are documented")
    for condition in filters.where:
        facet = condition.partition("=")[0]
        if facet in FACETS and facet not in INCIDENT_FACETS:
            raise Invalid(
                f"--where {condition}: of incidents ask {', '.join(sorted(INCIDENT_FACETS))}"
            )


def _definition(kind: str, definition: Definition) -> dict[str, Any]:
    written = definition.to_json()
    if kind in _LISTED:
        written |= {"measure": kind, "straddling": "any-day"}
    if kind == "incidents":
        written["basis"] = "happened"
    return written


def _sentence(kind: str, definition: Definition, rules: Rules, language: str) -> str:
    words = sentence(definition, rules, language)
    if kind not in _LISTED:
        return words
    whole = sentence(definition._replace(where=(), period=None, by=()), rules, language)
    return _LISTED[kind][LANGUAGES.index(language)] + words.removeprefix(whole)


Made = tuple[tuple[Column, ...], Callable[[], Iterator[Row]]]


def _claims(registry: Registry, definition: Definition, state: AsOf, language: str) -> Made:
    columns = (
        *(CLAIM, INDEX, *dates("happened"), *dates("documented")),
        *_columns(_OF_CLAIMS, language),
        *(INCIDENT, STANDING, OUTCOME, *dates("ended")),
    )

    def rows() -> Iterator[Row]:
        after: str | None = ""
        while after is not None:
            page = claims(
                *(registry, definition, state.rules, state.size),
                after=after,
                limit=MOST,
                all_standings=True,
            )
            for one in page.claims:
                words = {facet: getattr(one, facet.replace("-", "_")) for facet in _OF_CLAIMS}
                yield (
                    *(one.id, one.log_index, *_days(one.happened), *_days(one.documented)),
                    *_values(state.rules, language, words),
                    *(one.incident, one.standing, one.outcome, *_days(one.ended)),
                )
            after = page.after

    return columns, rows


def _incidents(registry: Registry, definition: Definition, state: AsOf, language: str) -> Made:
    columns = (
        *(INCIDENT, INDEX, *dates("happened")),
        *_columns(_OF_INCIDENTS, language),
        *(PLACE, STANDING, MERGED_INTO),
    )

    def rows() -> Iterator[Row]:
        for one, into in incidents(registry, definition, state.rules, state.size):
            words = {facet: getattr(one, facet) for facet in _OF_INCIDENTS}
            yield (
                *(one.name, one.log_index, *_days(one.happened)),
                *_values(state.rules, language, words),
                *(one.place, one.standing, into),
            )

    return columns, rows


def _massacres(registry: Registry, definition: Definition, state: AsOf, language: str) -> Made:
    columns = (
        *(INCIDENT, INDEX, *dates("happened")),
        *_columns(_OF_INCIDENTS, language),
        *(PLACE, KILLED, *NUMBERS),
    )

    def rows() -> Iterator[Row]:
        for found in massacres(registry, definition, state.rules, state.size):
            one = found.incident
            words = {facet: getattr(one, facet) for facet in _OF_INCIDENTS}
            yield (
                *(one.name, found.log_index, *_days(one.happened)),
                *_values(state.rules, language, words),
                *(one.place, found.killed, *map(int, found.numbers)),
            )

    return columns, rows


def _toll(registry: Registry, definition: Definition, state: AsOf, language: str) -> Made:
    columns = (*_columns(definition.by, language), *NUMBERS)

    def rows() -> Iterator[Row]:
        for row in toll(registry, definition, state.rules, state.size).rows:
            words = dict(zip(definition.by, row.values, strict=True))
            yield (*_values(state.rules, language, words), *map(int, row.numbers))

    return columns, rows


def _members(registry: Registry, definition: Definition, state: AsOf, language: str) -> Made:
    """The claims that are counted; of massacres a row for each claim of each massacre."""
    counts_deaths = definition.measure != MASSACRES
    has_date = definition.period is not None or definition.stock
    dated = dates(definition.basis) if counts_deaths and has_date else ()
    columns = (
        *((MEMBER, INDEX) if counts_deaths else (MEMBER, CLAIM, INDEX)),
        *dated,
        *_columns(definition.facets, language),
    )

    def rows() -> Iterator[Row]:
        for one in members(registry, definition, state.rules, state.size):
            rest = (
                one.log_index,
                *(_days(one.date) if dated else ()),
                *_values(state.rules, language, one.facets),
            )
            if counts_deaths:
                yield (one.id, *rest)
            for claim in one.claims:
                yield (one.id, claim, *rest)

    return columns, rows


_KINDS: dict[str, Callable[[Registry, Definition, AsOf, str], Made]] = {
    "claims": _claims,
    "incidents": _incidents,
    "massacres": _massacres,
    "toll": _toll,
    "members": _members,
}


def _columns(facets: Sequence[str], language: str) -> Iterator[Column]:
    for facet in facets:
        yield code(facet)
        if facet not in _PLAIN:
            yield label(facet, language)


def _values(rules: Rules, language: str, words: Mapping[str, str]) -> Iterator[Value]:
    for facet, word in words.items():
        yield None if facet in _PLACES and word == UNKNOWN else word
        if facet not in _PLAIN:
            yield _name(rules, facet, word, language)


def _name(rules: Rules, facet: str, word: str, language: str) -> str:
    vocabulary = FACETS[facet] or facet
    if word == UNKNOWN and word not in rules.vocabulary(vocabulary):
        return _UNKNOWN[language]
    return rules.label(vocabulary, word, language)


def _days(text: str | None) -> tuple[str | None, str | None, str | None]:
    """The EDTF text with its first and last day; an open end has no day."""
    if text is None:
        return None, None, None
    read = parse_dates(text)
    return (
        text,
        None if read.first == FIRST_DAY else read.first,
        None if read.last == LAST_DAY else read.last,
    )
