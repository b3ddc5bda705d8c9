"""The events of a claim's life: who may sign each, what it says, when it is refused, what it does.

Merging, grading and attributing are judgments, each an event that can be undone. A merged or
retracted claim counts nowhere and takes no revision until that is undone. Nothing is ever deleted.
"""

from __future__ import annotations

from typing import NamedTuple

from domain.attribution import read_attribution
from domain.claim import (
    CLAIM_RECORDED,
    INCIDENT_STREAM,
    Claim,
    ClaimRecorded,
    check_custody,
    check_dates,
    read_custody,
)
from domain.dates import parse_dates
from domain.errors import Rejected
from domain.fields import (
    SLUG,
    Shape,
    Source,
    edtf,
    list_of,
    matching,
    place,
    source,
    term,
    text,
)
from domain.kinds import can_be_one, require_field
from domain.life import (
    DOCUMENTER,
    FIRST,
    OPEN,
    REASON_TEXT,
    REVIEWER,
    Author,
    Change,
    EventType,
    Revision,
    World,
    require_current,
    require_open,
)
from domain.outcome import OUTCOME_EVENTS, check_merged, check_order
from domain.sealing import SEALING_EVENTS, digests, require_distinct, require_kept
from domain.standing import Merge, standing_events

# What ClassificationRevised may change, with the vocabulary of each.
CLASSIFICATION = {
    "sex": "sex",
    "age_group": "age-group",
    "status": "status",
    "profession": "profession",
    "cause": "cause",
    "weapon": "weapon",
}

_WRITERS = frozenset({DOCUMENTER, REVIEWER})
_REVIEWERS = frozenset({REVIEWER})
_SOURCE_ID = matching(SLUG, "the id of a source of this claim")


class Linking(NamedTuple):
    source: Source


class Unlinking(NamedTuple):
    source: str
    reason_code: str
    reason: str


class Grading(NamedTuple):
    """What a grade rests on: source ids, and the reviewer's words."""

    sources: tuple[str, ...]
    reason: str


class Challenge(NamedTuple):
    """A dispute or its answer; who disputes is said only as a relation, never by name."""

    by: str
    text: str


def _check_recorded(claim: None, fact: ClaimRecorded, author: Author, world: World) -> None:
    require_field(fact.kind, "cause", fact.cause, "body.cause")
    require_field(fact.kind, "weapon", fact.weapon, "body.weapon")
    require_field(fact.kind, "custody", fact.custody, "body.custody")
    check_dates(fact.happened_on, fact.documented_on, fact.custody, world.received)
    check_custody(fact.kind, fact.happened_on, fact.custody)
    _check_incident(fact.incident, fact.happened_on, world, "body.incident")
    _check_source_ids(fact.sources)
    require_distinct(digests(fact))


def _evolve_recorded(claim: None, fact: ClaimRecorded, author: Author) -> Claim:
    return Claim(*fact, "reported", OPEN, None, author, 0, False)


def _check_incident(incident: str | None, happened: str | None, world: World, where: str) -> None:
    if incident is None:
        return
    state = world.state(incident)
    if state is None:
        raise Rejected("unknown-incident", f"{incident} is not in this ledger", where=where)
    require_open(state, "incident")
    _check_after_incident(happened, state.happened_on, where)


def _check_after_incident(happened: str | None, attacked: str | None, where: str) -> None:
    """Who is wounded may die later, and nobody before the attack."""
    if happened and attacked and parse_dates(happened).last < parse_dates(attacked).first:
        raise Rejected(
            "before-its-incident",
            f"happened {happened}, but its incident not before {attacked}",
            where=where,
        )


def _check_source_ids(sources: tuple[Source, ...]) -> None:
    if len({one.id for one in sources}) != len(sources):
        raise Rejected("duplicate-source", "source ids are unique in a claim", where="body.sources")


def _require_sources(claim: Claim, ids: tuple[str, ...], where: str) -> None:
    for one in ids:
        if all(linked.id != one for linked in claim.sources):
            raise Rejected("unknown-source", f"{one!r} is not a source of this claim", where=where)


def _check_change(claim: Claim, fact: Change, author: Author, world: World) -> None:
    require_open(claim, "claim")
    require_current(fact.was, getattr(claim, fact.field), fact.now)
    require_field(claim.kind, fact.field, fact.now, "body.to")
    if fact.field == "incident":
        _check_incident(fact.now, claim.happened_on, world, "body.to")
    elif fact.field in ("happened_on", "documented_on", "custody"):
        revised = claim._replace(**{fact.field: fact.now})
        check_dates(revised.happened_on, revised.documented_on, revised.custody, world.received)
        check_custody(revised.kind, revised.happened_on, revised.custody)
        _check_beside(revised, world)
    elif fact.field == "status":
        _check_status(claim, fact, author, world)


def _check_beside(claim: Claim, world: World) -> None:
    """A date that is revised still fits the incident and the outcome of the claim."""
    if claim.incident is not None:
        attacked = world.state(claim.incident).happened_on
        _check_after_incident(claim.happened_on, attacked, "body.to")
    if claim.outcome is not None:
        check_order(claim, world.state(claim.outcome.claim))


def _check_status(claim: Claim, fact: Change, author: Author, world: World) -> None:
    """Whoever recorded a civilian does not alone take her out of the civilian toll."""
    alone = world.holder(author.key) == world.holder(claim.recorder.key)
    if (fact.was, fact.now) == ("civilian", "combatant") and alone:
        raise Rejected(
            "second-person",
            f"{claim.recorder.key} recorded a civilian; a second person has to sign that it was a "
            "combatant",
        )


def _evolve_change(claim: Claim, fact: Change, author: Author) -> Claim:
    return claim._replace(**{fact.field: fact.now})


def _check_linked(claim: Claim, fact: Linking, author: Author, world: World) -> None:
    require_open(claim, "claim")
    _check_source_ids((*claim.sources, fact.source))
    if fact.source.detail is not None:
        require_kept(claim)
        require_distinct(digests(_evolve_linked(claim, fact, author)))


def _evolve_linked(claim: Claim, fact: Linking, author: Author) -> Claim:
    return claim._replace(sources=(*claim.sources, fact.source))


def _check_unlinked(claim: Claim, fact: Unlinking, author: Author, world: World) -> None:
    require_open(claim, "claim")
    _require_sources(claim, (fact.source,), "body.source")
    if len(claim.sources) == 1:
        raise Rejected(
            "last-source", "a claim keeps at least one source; retract the claim instead"
        )


def _evolve_unlinked(claim: Claim, fact: Unlinking, author: Author) -> Claim:
    return claim._replace(sources=tuple(one for one in claim.sources if one.id != fact.source))


def _check_corroborated(claim: Claim, fact: Grading, author: Author, world: World) -> None:
    require_open(claim, "claim")
    if len(set(fact.sources)) < 2:
        raise Rejected(
            "two-sources",
            "corroborated means two independent sources; link and name both",
            where="body.sources",
        )
    _require_sources(claim, fact.sources, "body.sources")


def _evolve_corroborated(claim: Claim, fact: Grading, author: Author) -> Claim:
    return claim._replace(review="corroborated")


def _check_verified(claim: Claim, fact: Grading, author: Author, world: World) -> None:
    require_open(claim, "claim")
    if world.holder(author.key) == world.holder(claim.recorder.key):
        raise Rejected(
            "second-person",
            f"{claim.recorder.key} recorded this claim; a second person has to verify it",
        )
    _require_sources(claim, fact.sources, "body.sources")


def _evolve_verified(claim: Claim, fact: Grading, author: Author) -> Claim:
    return claim._replace(review="verified")


def _check_challenged(claim: Claim, fact: Challenge, author: Author, world: World) -> None:
    """A dispute may be noted whatever the claim's standing: it changes nothing by itself."""


def _evolve_challenged(claim: Claim, fact: Challenge, author: Author) -> Claim:
    return claim._replace(challenges=claim.challenges + 1)


def _check_answered(claim: Claim, fact: Challenge, author: Author, world: World) -> None:
    if claim.challenges == 0:
        raise Rejected("no-challenge", "no challenge of this claim is open")


def _evolve_answered(claim: Claim, fact: Challenge, author: Author) -> Claim:
    # What it answers may itself be left out, as suspect.
    return claim._replace(challenges=max(0, claim.challenges - 1))


def _check_merge(claim: Claim, fact: Merge, author: Author, world: World) -> None:
    kind = world.state(fact.into).kind
    if not can_be_one(claim.kind, kind):
        raise Rejected(
            "merge-kinds",
            f"{claim.kind} and {kind} are two violations, each counted in its own toll; if one "
            "followed from the other, link it as the outcome",
            where="body.into",
        )
    check_merged(claim, fact.into, world)


_unlinking: Shape[Unlinking] = Shape(
    Unlinking,
    {"source": _SOURCE_ID, "reason_code": term("revision-reason"), "reason": REASON_TEXT},
)
_grading: Shape[Grading] = Shape(Grading, {"sources": list_of(_SOURCE_ID), "reason": REASON_TEXT})
_challenge: Shape[Challenge] = Shape(Challenge, {"by": text(100), "text": REASON_TEXT})

_attribution = Revision({"attribution": read_attribution}, required=True)
_date = Revision({"happened": edtf, "documented": edtf}, "date").onto(
    happened="happened_on", documented="documented_on"
)
_place = Revision({"death": place, "origin": term("governorate")}, "place").onto(death="place")
_classification = Revision(
    {field: term(vocabulary) for field, vocabulary in CLASSIFICATION.items()}
    | {"control": list_of(term("party"))},
    "field",
    # What is not known is the word unknown: null would stand in no row of a toll.
    required=True,
)
_incident = Revision({"incident": INCIDENT_STREAM})
_custody = Revision({"custody": read_custody})

CLAIM_EVENTS = {
    event.name: event
    for event in (
        EventType(
            "ClaimRecorded",
            frozenset({DOCUMENTER}),
            CLAIM_RECORDED,
            _check_recorded,
            _evolve_recorded,
            FIRST,
        ),
        EventType("AttributionChanged", _WRITERS, _attribution, _check_change, _evolve_change),
        EventType("DateRevised", _WRITERS, _date, _check_change, _evolve_change),
        EventType("PlaceRevised", _WRITERS, _place, _check_change, _evolve_change),
        EventType(
            "ClassificationRevised", _WRITERS, _classification, _check_change, _evolve_change
        ),
        EventType("IncidentAssigned", _WRITERS, _incident, _check_change, _evolve_change),
        EventType("CustodyStatusChanged", _WRITERS, _custody, _check_change, _evolve_change),
        EventType(
            "SourceLinked",
            _WRITERS,
            Shape(Linking, {"source": source}),
            _check_linked,
            _evolve_linked,
        ),
        EventType("SourceUnlinked", _WRITERS, _unlinking, _check_unlinked, _evolve_unlinked),
        EventType("Corroborated", _REVIEWERS, _grading, _check_corroborated, _evolve_corroborated),
        EventType("Verified", _REVIEWERS, _grading, _check_verified, _evolve_verified),
        *SEALING_EVENTS,
        *standing_events("claim", _check_merge),
        *OUTCOME_EVENTS,
        EventType("ChallengeRaised", _WRITERS, _challenge, _check_challenged, _evolve_challenged),
        EventType("ChallengeAnswered", _REVIEWERS, _challenge, _check_answered, _evolve_answered),
    )
}
