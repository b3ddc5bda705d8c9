"""The story of a person: every claim that is linked to one, in order, and who signed what of them.

Which claims belong together is asked of the registry (links, as they stood); what each says is read
from its own stream, without what only suspect keys said. Of sealed fields nothing is read.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domain.claim import Claim
from domain.dates import FIRST_DAY, LAST_DAY, parse_dates
from domain.errors import NotFound
from domain.kinds import DEATHS, HELD
from domain.life import OPEN
from domain.outcome import Ending, ending
from ledger.ledger import Ledger
from projections.history import Happening, history
from projections.registry import Registry

MOST = 200  # claims in one story


class Chapter(NamedTuple):
    """One claim as it stands. `ended` is what became of the person after it, as things stand."""

    id: str
    claim: Claim
    ended: Ending


class Moment(NamedTuple):
    """One dated happening of the story: an EDTF text with its earliest and latest day.

    `what` is arrested, died, happened, detained, last-seen, released or documented.
    """

    on: str
    first: str
    last: str
    what: str
    claim: str


class Contradiction(NamedTuple):
    """Two linked claims that cannot both be right as they stand."""

    claim: str
    later: str
    rule: str
    words: str


class Story(NamedTuple):
    """`chapters` in the order in which they happened, `events` in that of the log.

    `more` says that claims were left out: the story holds the MOST that are nearest.
    """

    chapters: tuple[Chapter, ...]
    moments: tuple[Moment, ...]
    contradictions: tuple[Contradiction, ...]
    events: tuple[tuple[str, Happening], ...]
    more: bool


def story(registry: Registry, ledger: Ledger, claim: str, size: int) -> Story:
    """The story that a claim belongs to, in the state of the first `size` entries."""
    names, more = _linked(registry, claim, size)
    states: dict[str, Claim] = {}
    authority = ledger.authority_at(size)
    for name in names:
        state = ledger.trusted(name, size, authority)
        if state is not None:
            states[name] = state
    if claim not in states:
        raise NotFound(f"{claim} is not in this ledger as of {size} entries")
    chapters = tuple(Chapter(name, states[name], _ended(name, states)) for name in _order(states))
    moments = sorted(
        (one for chapter in chapters for one in _moments(chapter)),
        # Of two that may be of one day, the one that has to be earlier begins earlier or ends so.
        key=lambda one: (one.first, one.last, one.what == "documented"),
    )
    events = [(name, one) for name in states for one in history(ledger, name, size)]
    events.sort(key=lambda one: one[1].log_index)
    return Story(chapters, tuple(moments), tuple(_contradictions(states)), tuple(events), more)


def _linked(registry: Registry, claim: str, size: int) -> tuple[list[str], bool]:
    """The claims that links and merges lead to from a claim, either way, the nearest first."""
    found, waiting = [claim], [claim]
    with registry.reading() as cursor:
        while waiting and len(found) <= MOST:
            name = waiting.pop(0)
            cursor.execute(
                "SELECT t.name FROM links l JOIN claims n ON n.number = l.claim "
                "JOIN claims t ON t.number = l.target "
                "WHERE n.name = ? AND l.valid_from < ? AND l.valid_to >= ? "
                "UNION SELECT n.name FROM links l JOIN claims n ON n.number = l.claim "
                "JOIN claims t ON t.number = l.target "
                "WHERE t.name = ? AND l.valid_from < ? AND l.valid_to >= ?",
                (name, size, size, name, size, size),
            )
            fresh = sorted({other for (other,) in cursor.fetchall()} - set(found))
            found += fresh
            waiting += fresh
    return found[:MOST], len(found) > MOST


def _order(states: Mapping[str, Claim]) -> list[str]:
    """Every claim before those it leads to, and otherwise by date, and by when it was recorded."""
    after = {
        name: [one for one in _leads(claim) if one in states] for name, claim in states.items()
    }
    waits = dict.fromkeys(states, 0)
    for later in after.values():
        for one in later:
            waits[one] += 1

    def key(name: str) -> tuple[str, int, str]:
        claim = states[name]
        began = claim.began_on
        return parse_dates(began).first if began else LAST_DAY, claim.recorder.log_index, name

    ready = [key(name) for name in states if waits[name] == 0]
    heapq.heapify(ready)
    ordered: dict[str, None] = {}
    while len(ordered) < len(states):
        if not ready:
            # A circle, as it can be left by an event that is suspect.
            ready.append(min(key(name) for name in states if name not in ordered))
        name = heapq.heappop(ready)[2]
        if name in ordered:
            continue
        ordered[name] = None
        for one in after[name]:
            waits[one] -= 1
            if waits[one] == 0:
                heapq.heappush(ready, key(one))
    return list(ordered)


def _leads(claim: Claim) -> Iterator[str]:
    if claim.outcome is not None:
        yield claim.outcome.claim
    if claim.merged_into is not None:
        yield claim.merged_into


def _ended(name: str, states: Mapping[str, Claim]) -> Ending:
    claim = states[name]

    def standing(other: str) -> tuple[str, str | None, str | None]:
        one = states.get(other)
        return ("", None, None) if one is None else (one.standing, one.merged_into, one.began_on)

    custody = claim.custody
    return ending(
        claim.kind,
        claim.outcome,
        None if custody is None else custody.status,
        None if custody is None else custody.released_on,
        standing,
    )


def _moments(chapter: Chapter) -> Iterator[Moment]:
    """What is dated of a claim that stands open."""
    name, claim = chapter.id, chapter.claim
    if claim.standing != OPEN:
        return
    custody = claim.custody
    what = "arrested" if claim.kind in HELD else "died" if claim.kind in DEATHS else "happened"
    dated = [(claim.began_on, what), (claim.documented_on, "documented")]
    if custody is not None:
        if claim.kind not in HELD:
            dated.append((custody.detained_on, "detained"))
        dated += [(custody.last_seen, "last-seen"), (custody.released_on, "released")]
    for on, what in dated:
        if on is not None:
            dates = parse_dates(on)
            yield Moment(on, dates.first, dates.last, what, name)


def _contradictions(states: Mapping[str, Claim]) -> Iterator[Contradiction]:
    for name, claim in states.items():
        later = None if claim.outcome is None else states.get(claim.outcome.claim)
        if claim.outcome is None or later is None or claim.standing != OPEN:
            continue
        if later.standing not in (OPEN, "merged"):
            words = f"its outcome is {later.standing}, and counts for nothing"
            yield Contradiction(name, claim.outcome.claim, "outcome-gone", words)
        began, came = claim.began_on, later.began_on
        if began and came and parse_dates(came).last < parse_dates(began).first:
            words = f"began {began}, and its outcome was {came}: one of the dates is wrong"
            yield Contradiction(name, claim.outcome.claim, "outcome-before", words)
        if later.sex != claim.sex and "unknown" not in (later.sex, claim.sex):
            words = f"{claim.sex}, and its outcome {later.sex}: one is wrong, or two persons"
            yield Contradiction(name, claim.outcome.claim, "another-person", words)


def possible_days(moment: Moment) -> tuple[str | None, str | None]:
    """The earliest and the latest day of a moment; None is an open end."""
    return (
        None if moment.first == FIRST_DAY else moment.first,
        None if moment.last == LAST_DAY else moment.last,
    )
