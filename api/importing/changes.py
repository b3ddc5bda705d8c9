"""What a release changed of a claim: the events that say so, and what a person revised meanwhile.

Three values meet for each field: what the last release said, what this one says, and what the
ledger holds. Only a change between releases is a reason to revise, and only a value that the list
itself had put there is revised; a value that a person put there stays. An import that was
interrupted finds its own revisions done, and does not repeat them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from api.desk import CLAIM_REVISIONS
from api.importing.rows import stated_by
from domain.claim import Claim, check_dates
from domain.errors import Rejected

ABSENT = "absent-from-release"

# Attribute of a claim -> the event type that revises it, and the member that names the field.
_REVISED_BY = {
    attribute: (event_type, named)
    for event_type, named, attribute in CLAIM_REVISIONS.values()
    if attribute not in ("incident", "narrative")
}


class Step(NamedTuple):
    """One event to be signed; `review` says that it needs the reviewer's key."""

    event_type: str
    body: dict[str, Any]
    review: bool = False


class Changes(NamedTuple):
    """`steps` in the order in which they hold; `kept` are fields that a person revised."""

    steps: list[Step]
    kept: list[str]


def settled(before: Mapping[str, Any], pending: Mapping[str, Any], claim: Claim) -> dict[str, Any]:
    """What the list had put into the ledger when an import was cut short: field by field, what it
    was bringing where that arrived, and what was there before where it did not.
    """
    current = stated_by(claim)
    found = {
        name: pending[name] if current[name] == pending[name] else value
        for name, value in before.items()
    }
    sources = {one["id"]: one for one in (*before["sources"], *pending["sources"])}
    there = {one["id"] for one in current["sources"]}
    return found | {"sources": [one for name, one in sources.items() if name in there]}


def changes(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    claim: Claim,
    *,
    reason_code: str,
    reason: str,
    received: str,
    reviewed: bool = False,
) -> Changes:
    """The events for what differs between two releases; raises Rejected for impossible dates, and
    for what a second person has to sign when there is none (`reviewed`).
    """
    why = {"reason_code": reason_code, "reason": reason}
    current = stated_by(claim)
    steps: dict[str, Step] = {}
    kept = []
    for attribute, (event_type, named) in _REVISED_BY.items():
        was, to = current[attribute], now[attribute]
        if to in (before[attribute], was):
            continue
        if was != before[attribute]:
            kept.append(attribute)
            continue
        second = (attribute, was, to) == ("status", "civilian", "combatant")
        if second and not reviewed:
            raise Rejected(
                "second-person",
                "a civilian became a combatant, which a second person has to sign: use "
                "--reviewer-key",
                where="status",
            )
        steps[attribute] = Step(event_type, {**named, "from": was, "to": to, **why}, review=second)
    _order_dates(steps, current, received)
    return Changes([*steps.values(), *_sources(before, now, current, why)], kept)


def _order_dates(steps: dict[str, Step], current: Mapping[str, Any], received: str) -> None:
    """Both dates may move past one another: then the later one goes first."""
    happened, documented = (
        steps[name].body["to"] if name in steps else current[name]
        for name in ("happened_on", "documented_on")
    )
    check_dates(happened, documented, None, received)
    if "happened_on" in steps and "documented_on" in steps:
        try:
            check_dates(happened, current["documented_on"], None, received)
        except Rejected:
            steps["happened_on"] = steps.pop("happened_on")


def _sources(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    current: Mapping[str, Any],
    why: Mapping[str, str],
) -> list[Step]:
    """Links before unlinks: a claim is never without a source."""
    ids = {one["id"] for one in current["sources"]}
    were, are = ({one["id"] for one in stated["sources"]} for stated in (before, now))
    linked = [
        Step("SourceLinked", {"source": one | {"release": why["reason"]}})
        for one in now["sources"]
        if one["id"] not in were | ids
    ]
    unlinked = [
        Step("SourceUnlinked", {"source": one, **why}) for one in sorted((were - are) & ids)
    ]
    return linked + unlinked
