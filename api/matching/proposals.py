"""From a ledger and its vault to proposals: which claims are compared, and which pairs are left."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from api.matching.linkage import Pair, propose
from api.matching.person import Person, read_person
from domain.errors import Invalid
from domain.life import OPEN
from ledger.ledger import Ledger

Reveal = Callable[[str], Mapping[str, str]]  # a claim -> its sealed fields in clear
Progress = Callable[[int, int], None]


class Proposals(NamedTuple):
    """Pairs, the most probable first; `apart` of them were left out: they are two persons."""

    pairs: tuple[Pair, ...]
    compared: int
    apart: int


def read_persons(ledger: Ledger, reveal: Reveal, moved: Progress) -> list[Person]:
    """The person of every claim that stands: merged and retracted ones are not compared."""
    names = ledger.recorder.streams_of("claim")
    found = []
    for done, name in enumerate(names):
        stream = ledger.stream(name)
        if stream is not None and stream.state.standing == OPEN:
            found.append(read_person(name, stream.state, reveal(name)))
        if done % 100 == 0:
            moved(done, len(names))
    return found


def proposals(
    ledger: Ledger,
    reveal: Reveal,
    apart: frozenset[tuple[str, str]],
    moved: Progress,
    *,
    least: float,
    lists: Sequence[str] = (),
) -> Proposals:
    """Pairs at least so probable, without those found to be two persons.

    With `lists`, only claims that cite one of these publications are compared, within each list
    and across. Raises Invalid when no claim cites one.
    """
    if not 0 <= least <= 1:
        raise Invalid(f"min-probability {least}: must be from 0 to 1")
    persons = among(read_persons(ledger, reveal, moved), lists)
    pairs = propose(persons, least)
    left = tuple(pair for pair in pairs if pair.claims not in apart)
    return Proposals(left, len(persons), len(pairs) - len(left))


def among(persons: list[Person], lists: Sequence[str]) -> list[Person]:
    """The persons whose claims cite one of the publications, by any part of the citation."""
    if not lists:
        return persons
    chosen: dict[str, Person] = {}
    for name in lists:
        wanted = _folded(name)
        cited = [one for one in persons if any(wanted in _folded(text) for text in one.lists)]
        if not wanted or not cited:
            raise Invalid(f"list {name!r}: no claim that stands cites it in a published source")
        chosen |= {one.claim: one for one in cited}
    return [one for one in persons if one.claim in chosen]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
