"""Drawn histories: steps that the domain accepts one after another, over a few streams.

`histories()` draws them against the domain in memory, so every step of what it gives is acceptable
by construction; `play` signs them and has a ledger accept them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from hypothesis import strategies as st

from domain.catalogue import CATALOGUE
from domain.life import DOCUMENTER, MERGED, OPEN
from domain.sealing import digests
from ledger.signer import Ed25519Signer
from ledger.view import Accepted
from tests import scene as people
from tests.domain.world import MemoryWorld
from tests.scene import WHY, claim_body, claim_name, incident_body, incident_name

MOST_CLAIMS = 6
MOST_INCIDENTS = 3

SIGNERS = {
    one.key.name: one for one in (people.DOCUMENTER, people.OTHER_DOCUMENTER, people.REVIEWER)
}
WRITERS = ("documenter-1", "documenter-2")

PARTIES = ("hayat-tahrir-al-sham", "russian-forces", "syrian-regime-forces")
ATTRIBUTIONS = (
    *({"confidence": None, "mode": "sole", "parties": [party]} for party in PARTIES),
    {"confidence": None, "mode": "joint-coordinated", "parties": list(PARTIES[1:])},
    {"confidence": "likely", "mode": "unresolved-between", "parties": list(PARTIES[1:])},
    {"confidence": None, "mode": "unidentified", "parties": []},
)
DATES = (
    *(None, "2020-02", "2020-03-05", "2020-03", "2020-02-20/2020-03-10", "2020-03-31?"),
    *("2019/..", "../2020-03-11", "201X", "2020-04-XX"),
)
PLACES = (
    None,
    {"governorate": "SY07", "name": None},
    {"governorate": "SY02", "name": "معرة مصرين"},
    {"governorate": "SY07", "name": None, "district": "SY0703"},
    {"governorate": "SY07", "name": "معرة مصرين", "district": "SY0700"},
)
GOVERNORATES = (None, "SY07", "SY12")
CLASSIFICATION = {
    "sex": ("female", "male", "unknown"),
    "age_group": ("adult", "child", "unknown"),
    "status": ("civilian", "combatant", "unknown"),
    "profession": ("medical", "media", "unknown"),
    "cause": ("airstrike", "landmine", "unknown"),
    "weapon": ("drone", "unknown"),
    "control": ([], ["isis"], ["hayat-tahrir-al-sham", "isis"]),
}
CUSTODIES = (
    *(None, {"status": "died", "detained_on": "2018-07"}, {"status": "still-held"}),
    *({"status": "released", "released_on": "2020-03"}, {"detained_on": "2020-02"}),
)
NARRATIVES = (None, {"ar": "غارة.", "en": "A raid."}, {"ar": None, "en": "Two raids."})
SOURCES = ("s1", "s2", "s3")
KINDS = ("killing", "torture-death", "injury", "detention", "detention", "release")
RELATIONS = ("died", "released", "continued", "same-death")


class Step(NamedTuple):
    """Who says what of which stream; `author` is a name in SIGNERS."""

    author: str
    stream: str
    type: str
    body: dict[str, Any]


class Says(Protocol):
    def say(
        self, stream: str, kind: str, body: dict[str, Any], *signers: Ed25519Signer
    ) -> Accepted: ...


def play(scene: Says, steps: Sequence[Step]) -> list[Accepted]:
    """Sign the steps and have them accepted one by one."""
    return [scene.say(one.stream, one.type, one.body, SIGNERS[one.author]) for one in steps]


def imagine(steps: Sequence[Step]) -> MemoryWorld:
    """The same history in memory: what the domain alone makes of it."""
    world = MemoryWorld()
    for one in steps:
        world.say(one.stream, one.type, one.body, one.author)
    return world


@st.composite
def histories(draw: st.DrawFn, min_size: int = 1, max_size: int = 40) -> list[Step]:
    """A list of steps, each acceptable after those before it."""
    world = MemoryWorld()
    steps: list[Step] = []
    for _ in range(draw(st.integers(min_size, max_size))):
        step = _draw_step(draw, world)
        world.say(step.stream, step.type, step.body, step.author)
        steps.append(step)
    return steps


def _draw_step(draw: st.DrawFn, world: MemoryWorld) -> Step:
    claims = [name for name in world.states if name.startswith("claim/")]
    incidents = [name for name in world.states if name.startswith("incident/")]
    acts = []
    if len(claims) < MOST_CLAIMS:
        acts.append("claim")
    if len(incidents) < MOST_INCIDENTS:
        acts.append("incident")
    # Most of a history is what becomes of what was recorded.
    acts += [act for act in ("revise claim", "revise claim", "revise claim") if claims]
    acts += [act for act in ("revise incident",) if incidents]
    act = draw(st.sampled_from(acts))
    if act == "claim":
        return _draw_claim(draw, world, claim_name(len(claims) + 1), incidents)
    if act == "incident":
        body = incident_body(
            happened_on=draw(st.sampled_from(DATES)),
            place=draw(st.sampled_from(PLACES)),
            attribution=draw(st.sampled_from(ATTRIBUTIONS)),
        )
        author = draw(st.sampled_from(WRITERS))
        return Step(author, incident_name(len(incidents) + 1), "IncidentRecorded", body)
    stream = draw(st.sampled_from(claims if act == "revise claim" else incidents))
    # Both drawn from what is possible now: no drawn step is ever thrown away.
    possible: dict[str, list[dict[str, Any]]] = {}
    for kind, body in _offers(world, stream, claims, incidents):
        if world.accepts(stream, kind, body, "reviewer-1"):
            possible.setdefault(kind, []).append(body)
    kind = draw(st.sampled_from(sorted(possible)))
    body = draw(st.sampled_from(possible[kind]))
    roles = CATALOGUE[stream.split("/")[0]][kind].roles
    authors = (*WRITERS, "reviewer-1") if DOCUMENTER in roles else ("reviewer-1",)
    able = [one for one in authors if world.accepts(stream, kind, body, one)]
    return Step(draw(st.sampled_from(able)), stream, kind, body)


def _draw_claim(draw: st.DrawFn, world: MemoryWorld, name: str, incidents: list[str]) -> Step:
    standing = [one for one in incidents if world.states[one].standing == OPEN]
    happened = draw(st.sampled_from(DATES))
    fields = {
        "kind": draw(st.sampled_from(KINDS)),
        "sex": draw(st.sampled_from(CLASSIFICATION["sex"])),
        "age_group": draw(st.sampled_from(CLASSIFICATION["age_group"])),
        "status": draw(st.sampled_from(CLASSIFICATION["status"])),
        "place": draw(st.sampled_from(PLACES)),
        "origin": draw(st.sampled_from(GOVERNORATES)),
        "attribution": draw(st.sampled_from(ATTRIBUTIONS)),
        "happened_on": happened,
        "custody": draw(st.sampled_from(CUSTODIES)) if draw(st.booleans()) else None,
    }
    # What a kind cannot have, or an incident of a later day, is left out again.
    tried = draw(st.sampled_from([None, *standing]))
    bodies = [
        claim_body(**fields | custody, incident=incident, documented_on=documented)
        for incident in dict.fromkeys((tried, None))
        for custody in ({}, {"custody": None})
        for documented in DATES
    ]
    possible = [
        body for body in bodies if world.accepts(name, "ClaimRecorded", body, "documenter-1")
    ]
    author = draw(st.sampled_from(WRITERS))
    return Step(author, name, "ClaimRecorded", draw(st.sampled_from(possible)))


def _offers(
    world: MemoryWorld, stream: str, claims: list[str], incidents: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events that may come next on a stream; the domain says which of them do."""
    thing = world.states[stream]
    is_claim = stream in claims
    if thing.standing != OPEN:
        yield ("Unmerged" if thing.standing == MERGED else "Reinstated"), WHY
    for now in ATTRIBUTIONS:
        yield "AttributionChanged", _revised(thing.attribution, now)
    for now in DATES:
        yield "DateRevised", _revised(thing.happened_on, now, date="happened")
    for now in PLACES:
        yield "PlaceRevised", _revised(thing.place, now, place="death")
    for other in claims if is_claim else incidents:
        for nature in ("duplicate", "corroboration"):
            yield "MergedInto", {"into": other, "nature": nature, "reason": "one and the same"}
    yield "Reaffirmed", {"versions": [1], "reason": "read again"}
    yield "Retracted", {"reason_code": "precautionary", "reason": "to be looked at"}
    if not is_claim:
        yield from _offers_of_incident(thing)
        return
    yield from _offers_of_claim(thing, incidents)
    for other in claims:
        for relation in RELATIONS:
            yield "OutcomeLinked", {"relation": relation, "claim": other, "reason": "one person"}
        yield "OutcomeUnlinked", {"claim": other, **WHY}


def _offers_of_claim(claim: Any, incidents: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for now in DATES:
        yield "DateRevised", _revised(claim.documented_on, now, date="documented")
    for now in GOVERNORATES:
        yield "PlaceRevised", _revised(claim.origin, now, place="origin")
    for field, words in CLASSIFICATION.items():
        was = getattr(claim, field)
        for word in words:
            shown = list(was) if field == "control" else was
            yield "ClassificationRevised", _revised(shown, word, field=field)
    for incident in (None, *incidents):
        yield "IncidentAssigned", _revised(claim.incident, incident)
    for custody in CUSTODIES:
        yield "CustodyStatusChanged", _revised(claim.custody, custody)
    linked = [one.id for one in claim.sources]
    for identity in SOURCES:
        for kind in ("witness", "family"):
            yield "SourceLinked", {"source": {"id": identity, "kind": kind}}
        yield "SourceUnlinked", {"source": identity, **WHY}
    for kind in ("Corroborated", "Verified"):
        yield kind, {"sources": linked, "reason": "read and compared"}
    stated = digests(claim)
    for field in ("name", "source s1"):
        sealed = {"sealed": stated[field]} if field in stated else None
        for to in (None, *({"sealed": letter * 42 + "A"} for letter in "xy")):
            yield "FieldSealed", {"field": field, "from": sealed, "to": to, **WHY}
    disclosed = {field: {"sealed": digest} for field, digest in stated.items()}
    basis = {"key": None, "reason_code": "consent", "reason": "in writing"}
    yield "Disclosed", {"fields": disclosed, "to": "a court", **basis}
    yield "Erased", {"reason_code": "safety", "reason": "the family asked"}
    challenge = {"by": "the family", "text": "the day is another"}
    yield "ChallengeRaised", challenge
    yield "ChallengeAnswered", challenge


def _offers_of_incident(incident: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for now in NARRATIVES:
        yield "NarrativeRevised", _revised(incident.narrative, now)
    if len(incident.facilities) < 4:
        yield "FacilityHit", {"facility": "school", "reason": "in the report"}
    for cause in ("airstrike", "unknown"):
        yield "ClassificationRevised", _revised(incident.cause, cause, field="cause")
    for facilities in ([], ["market"]):
        was = list(incident.facilities)
        yield "ClassificationRevised", _revised(was, facilities, field="facilities")
    for injured in (None, {"value": 19, "qualifier": "at-least"}):
        yield "QuantityRevised", _revised(incident.injured, injured, quantity="injured")


def _revised(was: Any, now: Any, **named: str) -> dict[str, Any]:
    written = was.to_json() if hasattr(was, "to_json") else was
    return {**named, "from": written, "to": now, **WHY}
