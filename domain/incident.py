"""An incident: one attack or event that claims belong to, and the events of its life.

A massacre is never entered: it is derived from the claims assigned to an incident, so it appears,
grows and disappears as they are assigned, reclassified, merged and retracted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.attribution import Attribution, read_attribution
from domain.claim import check_dates
from domain.fields import (
    Place,
    Quantity,
    Shape,
    edtf,
    list_of,
    malformed,
    nullable,
    place,
    quantity,
    term,
    text,
)
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
from domain.rules import Rules
from domain.standing import standing_events


class Narrative(NamedTuple):
    """What happened, in public words: no names of persons."""

    en: str | None
    ar: str | None

    def to_json(self) -> dict[str, Any]:
        return {"ar": self.ar, "en": self.en}


class Incident(NamedTuple):
    """The incident as it stands. `time` is the local time in words, as the source gives it."""

    kind: str
    happened_on: str | None
    time: str | None
    place: Place | None
    attribution: Attribution
    cause: str
    weapon: str
    control: tuple[str, ...]
    facilities: tuple[str, ...]
    injured: Quantity | None
    munitions: Quantity | None
    narrative: Narrative | None
    standing: str
    merged_into: str | None
    recorder: Author


class IncidentRecorded(NamedTuple):
    kind: str
    happened_on: str | None
    time: str | None
    place: Place | None
    attribution: Attribution
    cause: str
    weapon: str
    control: tuple[str, ...]
    facilities: tuple[str, ...]
    injured: Quantity | None
    munitions: Quantity | None
    narrative: Narrative | None


class Hit(NamedTuple):
    """One attack on one facility; a facility hit again is another, and counted again."""

    facility: str
    reason: str


_narrative: Shape[Narrative] = Shape(
    Narrative, {"en": nullable(text(8000)), "ar": nullable(text(8000))}
)


def _read_narrative(value: Any, where: str, rules: Rules) -> Narrative:
    if type(value) is not dict:
        raise malformed(where, "must be an object with en and ar")
    return _narrative.read(value, where, rules)


def _check_recorded(incident: None, fact: IncidentRecorded, author: Author, world: World) -> None:
    check_dates(fact.happened_on, None, None, world.received)


def _evolve_recorded(incident: None, fact: IncidentRecorded, author: Author) -> Incident:
    return Incident(*fact, OPEN, None, author)


def _check_change(incident: Incident, fact: Change, author: Author, world: World) -> None:
    require_open(incident, "incident")
    require_current(fact.was, getattr(incident, fact.field), fact.now)
    if fact.field == "happened_on":
        check_dates(fact.now, None, None, world.received)


def _evolve_change(incident: Incident, fact: Change, author: Author) -> Incident:
    return incident._replace(**{fact.field: fact.now})


def _check_hit(incident: Incident, fact: Hit, author: Author, world: World) -> None:
    require_open(incident, "incident")


def _evolve_hit(incident: Incident, fact: Hit, author: Author) -> Incident:
    return incident._replace(facilities=(*incident.facilities, fact.facility))


_recorded: Shape[IncidentRecorded] = Shape(
    IncidentRecorded,
    {
        "kind": term("incident-kind"),
        "happened_on": nullable(edtf),
        "time": nullable(text(100)),
        "place": nullable(place),
        "attribution": read_attribution,
        "cause": term("cause"),
        "weapon": term("weapon"),
        "control": list_of(term("party")),
        "facilities": list_of(term("facility")),
        "injured": nullable(quantity),
        "munitions": nullable(quantity),
        "narrative": nullable(_read_narrative),
    },
)

_WRITERS = frozenset({DOCUMENTER, REVIEWER})
_REVIEWERS = frozenset({REVIEWER})
_attribution = Revision({"attribution": read_attribution}, required=True)
_date = Revision({"happened": edtf}, "date").onto(happened="happened_on")
_place = Revision({"death": place}, "place").onto(death="place")
_narrated = Revision({"narrative": _read_narrative})
_classification = Revision(
    {
        "cause": term("cause"),
        "weapon": term("weapon"),
        "control": list_of(term("party")),
        "facilities": list_of(term("facility")),
    },
    "field",
    required=True,
)
_quantity = Revision({"injured": quantity, "munitions": quantity}, "quantity")

INCIDENT_EVENTS = {
    event.name: event
    for event in (
        EventType(
            "IncidentRecorded",
            frozenset({DOCUMENTER}),
            _recorded,
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
        EventType("QuantityRevised", _WRITERS, _quantity, _check_change, _evolve_change),
        EventType("NarrativeRevised", _WRITERS, _narrated, _check_change, _evolve_change),
        EventType(
            "FacilityHit",
            _WRITERS,
            Shape(Hit, {"facility": term("facility"), "reason": REASON_TEXT}),
            _check_hit,
            _evolve_hit,
        ),
        *standing_events("incident"),
    )
}
