"""Suspect events: those that only keys revoked as suspect signed, until another key reaffirms them.

They stay in the log and in their streams, and count for nothing: what is left of a stream is its
other events, in their order. Whether an event is suspect is asked of the authority as of a state of
the ledger, so a figure of an earlier state stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from domain.authority import Authority
from domain.errors import Rejected
from domain.fields import Shape, list_of, whole_number
from domain.life import REASON_TEXT, REVIEWER, Author, EventType, World

SUSPECT = "suspect"  # the standing of a thing whose recording is suspect
REAFFIRMED = "Reaffirmed"

# Streams whose events can be suspect; of the others, root keys are the judges.
STREAMS = ("claim", "incident", "estimate", "report")


class Reaffirming(NamedTuple):
    """Versions of the same stream that a second key vouches for."""

    versions: tuple[int, ...]
    reason: str


class Signed(NamedTuple):
    """What suspicion asks of an event; `reaffirms` are the versions that it names."""

    version: int
    log_index: int
    signers: tuple[str, ...]
    reaffirms: tuple[int, ...] = ()


def suspect_versions(events: Iterable[Signed], authority: Authority) -> frozenset[int]:
    """The versions of a stream that are suspect; `events` are all of it, by version.

    A reaffirmation counts when it is not itself suspect, and for what other keys signed.
    """
    vouched: dict[int, set[str]] = {}
    suspects = set()
    for event in sorted(events, reverse=True):
        mistrusted = all(_is_suspect(key, event.log_index, authority) for key in event.signers)
        if mistrusted and not vouched.get(event.version, set()).difference(event.signers):
            suspects.add(event.version)
            continue
        for version in event.reaffirms:
            vouched.setdefault(version, set()).update(event.signers)
    return frozenset(suspects)


def _is_suspect(key: str, log_index: int, authority: Authority) -> bool:
    known = authority.keys.get(key)
    return known is not None and known.is_suspect(log_index)


def reaffirmed_event() -> EventType:
    """The event type, for every kind of stream that can be reaffirmed."""
    return EventType(REAFFIRMED, frozenset({REVIEWER}), _reaffirmed, _check, _evolve)


def _check(thing: Any, fact: Reaffirming, author: Author, world: World) -> None:
    signers = world.signers
    if list(fact.versions) != sorted(set(fact.versions)) or fact.versions[-1] > len(signers):
        raise Rejected(
            "malformed-field",
            f"must name versions of this stream, ascending and once each, up to {len(signers)}",
            where="body.versions",
        )
    own = [version for version in fact.versions if signers[version - 1] == author.key]
    if own:
        raise Rejected(
            "second-key",
            f"{author.key} signed version {own[0]} itself; another key has to reaffirm it",
            where="body.versions",
        )


def _evolve(thing: Any, fact: Reaffirming, author: Author) -> Any:
    return thing


_reaffirmed: Shape[Reaffirming] = Shape(
    Reaffirming,
    {"versions": list_of(whole_number(1), least=1, most=1000), "reason": REASON_TEXT},
)
