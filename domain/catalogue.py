"""Every event type there is, by the kind of stream it belongs to."""

from __future__ import annotations

from typing import Any

from domain.authority_events import AUTHORITY_EVENTS
from domain.claim_events import CLAIM_EVENTS
from domain.errors import Invalid, Rejected
from domain.estimate import ESTIMATE_EVENTS
from domain.event import Event
from domain.incident import INCIDENT_EVENTS
from domain.life import ANYWHERE, FIRST, LATER, ROOT, Author, EventType, World
from domain.report_events import REPORT_EVENTS
from domain.rules import Rules, read_rules
from domain.suspicion import REAFFIRMED, reaffirmed_event


class _RulesDocument:
    """Reads the body of RulesAdopted, which is the rules themselves."""

    def read(self, body: Any, where: str, rules: Rules) -> Rules:
        try:
            return read_rules(body)
        except Invalid as error:
            raise Rejected("malformed-field", str(error), where=where) from None


def _check_adopted(state: Rules | None, fact: Rules, author: Author, world: World) -> None:
    expected = 1 if state is None else state.version + 1
    if fact.version != expected:
        raise Rejected(
            "rules-version", f"the next rules version is {expected}", where="body.version"
        )


def _evolve_adopted(state: Rules | None, fact: Rules, author: Author) -> Rules:
    return fact


_ADOPTED = EventType(
    "RulesAdopted", frozenset({ROOT}), _RulesDocument(), _check_adopted, _evolve_adopted, ANYWHERE
)

_REAFFIRMING = {REAFFIRMED: reaffirmed_event()}

CATALOGUE: dict[str, dict[str, EventType]] = {
    "authority": AUTHORITY_EVENTS,
    "rules": {"RulesAdopted": _ADOPTED},
    "claim": CLAIM_EVENTS | _REAFFIRMING,
    "incident": INCIDENT_EVENTS | _REAFFIRMING,
    "estimate": ESTIMATE_EVENTS | _REAFFIRMING,
    "report": REPORT_EVENTS,
}


def event_type(event: Event) -> EventType:
    """The catalogue's row for an event; rejects a type unknown or of another kind of stream."""
    kind = event.stream_kind
    found = CATALOGUE[kind].get(event.type)
    if found is None:
        elsewhere = [name for name, types in CATALOGUE.items() if event.type in types]
        if elsewhere:
            raise Rejected(
                "wrong-stream",
                f"{event.type} belongs to {' or '.join(elsewhere)}, not to {kind}",
                where="stream",
            )
        raise Rejected(
            "unknown-event-type",
            f"{event.type!r} is no event of this version; known for {kind}: "
            f"{', '.join(sorted(CATALOGUE[kind]))}",
            where="type",
        )
    return found


def check_place(event: Event, row: EventType, exists: bool) -> None:
    """The first event of a stream is one that opens it, and no later one is."""
    if exists and row.place == FIRST:
        raise Rejected("already-recorded", f"{event.stream} exists already", where="type")
    if not exists and row.place == LATER:
        raise Rejected("unknown-stream", f"{event.stream} is not in this ledger", where="stream")
