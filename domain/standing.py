"""Merging, retracting, and undoing both: how a claim or an incident comes to count nowhere.

Both share these four events. A merged or retracted thing takes no revision until that is undone,
and nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from domain.errors import Rejected
from domain.fields import UUID4, Shape, matching, term
from domain.life import (
    MERGED,
    OPEN,
    REASON_TEXT,
    RETRACTED,
    REVIEWER,
    Author,
    EventType,
    Reason,
    World,
    explained,
    require_open,
)


class Merge(NamedTuple):
    """`nature` says whether one source spoke twice (duplicate) or two did (corroboration)."""

    into: str
    nature: str
    reason: str


def _no_more(thing: Any, fact: Merge, author: Author, world: World) -> None:
    """What is merged needs no more checks."""


def standing_events(
    what: str, may_merge: Callable[[Any, Merge, Author, World], None] = _no_more
) -> tuple[EventType, ...]:
    """The four event types for a kind of stream, `claim` or `incident`.

    `may_merge` refuses what such a thing cannot be merged into, though it stands open.
    """

    def check_merged(thing: Any, fact: Merge, author: Author, world: World) -> None:
        check_merge(thing, fact, world, what)
        may_merge(thing, fact, author, world)

    def check_unmerged(thing: Any, fact: Reason, author: Author, world: World) -> None:
        require_standing(thing, MERGED, what)

    def check_retracted(thing: Any, fact: Reason, author: Author, world: World) -> None:
        require_open(thing, what)

    def check_reinstated(thing: Any, fact: Reason, author: Author, world: World) -> None:
        require_standing(thing, RETRACTED, what)

    reviewers = frozenset({REVIEWER})
    why_retracted = explained("retraction-reason")
    return (
        EventType("MergedInto", reviewers, merge_shape(what), check_merged, _evolve_merged),
        EventType("Unmerged", reviewers, explained(), check_unmerged, _evolve_reopened),
        EventType("Retracted", reviewers, why_retracted, check_retracted, _evolve_retracted),
        EventType("Reinstated", reviewers, explained(), check_reinstated, _evolve_reopened),
    )


def _evolve_merged(thing: Any, fact: Merge, author: Author) -> Any:
    return thing._replace(standing=MERGED, merged_into=fact.into)


def _evolve_retracted(thing: Any, fact: Reason, author: Author) -> Any:
    return thing._replace(standing=RETRACTED)


def _evolve_reopened(thing: Any, fact: Reason, author: Author) -> Any:
    return thing._replace(standing=OPEN, merged_into=None)


def require_standing(thing: Any, standing: str, what: str) -> None:
    if thing.standing != standing:
        raise Rejected(f"{what}-not-{standing}", f"this {what} is {thing.standing}, not {standing}")


def merge_shape(what: str) -> Shape[Merge]:
    return Shape(
        Merge,
        {
            "into": matching(rf"{what}/{UUID4}", f"{what}/<uuid>"),
            "nature": term("merge-nature"),
            "reason": REASON_TEXT,
        },
    )


def check_merge(thing: Any, fact: Merge, world: World, what: str) -> None:
    """Merging only into an open thing keeps merges free of cycles at every index."""
    require_open(thing, what)
    target = world.state(fact.into)
    if target is None:
        raise Rejected(f"unknown-{what}", f"{fact.into} is not in this ledger", where="body.into")
    if fact.into == world.stream:
        raise Rejected("merge-cycle", f"a {what} cannot be merged into itself", where="body.into")
    if target.standing == MERGED:
        raise Rejected(
            "merge-cycle",
            f"{fact.into} is itself merged into {target.merged_into}; merge into that one",
            where="body.into",
        )
    require_open(target, what)
