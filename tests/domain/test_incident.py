"""The life of an incident: what each event changes, and every reason for which one is refused."""

# ruff: noqa: E501 - tables read better with one case a line

import pytest

from domain.incident import INCIDENT_EVENTS
from tests.domain.world import REVIEWER, MemoryWorld
from tests.scene import WHY, claim_name, incident_body, incident_name

ONE, OTHER, NEW = (incident_name(number) for number in (1, 2, 3))
SOLE = {"confidence": None, "mode": "sole", "parties": ["russian-forces"]}
JOINT = {"confidence": None, "mode": "joint-coordinated", "parties": ["isis", "russian-forces"]}
PLACE = {"governorate": "SY07", "name": "معرة مصرين"}
HIT = {"facility": "school", "reason": "in the report"}
MERGE = {"into": OTHER, "nature": "duplicate", "reason": "one attack, twice"}
RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}


def revised(was, now, **named):
    return {**named, "from": was, "to": now, **WHY}


@pytest.fixture
def world():
    made = MemoryWorld()
    made.say(ONE, "IncidentRecorded", incident_body())
    made.say(OTHER, "IncidentRecorded", incident_body())
    return made


ON_AN_OPEN_INCIDENT = [
    ("AttributionChanged", revised(SOLE, JOINT), {"attribution": ("joint-coordinated", ("isis", "russian-forces"), None)}),
    ("DateRevised", revised(None, "2020-03-05", date="happened"), {"happened_on": "2020-03-05"}),
    ("PlaceRevised", revised(None, PLACE, place="death"), {"place": ("SY07", "معرة مصرين", None)}),
    ("NarrativeRevised", revised(None, {"en": "A raid.", "ar": "غارة."}), {"narrative": ("A raid.", "غارة.")}),
    ("FacilityHit", HIT, {"facilities": ("school",)}),
    ("ClassificationRevised", revised("unknown", "artillery", field="cause"), {"cause": "artillery"}),
    ("ClassificationRevised", revised("unknown", "drone", field="weapon"), {"weapon": "drone"}),
    ("ClassificationRevised", revised([], ["isis"], field="control"), {"control": ("isis",)}),
    ("ClassificationRevised", revised([], ["school", "school"], field="facilities"), {"facilities": ("school", "school")}),
    ("QuantityRevised", revised(None, {"value": 19, "qualifier": "at-least"}, quantity="injured"), {"injured": (19, "at-least")}),
    ("QuantityRevised", revised(None, {"value": 4, "qualifier": "exact"}, quantity="munitions"), {"munitions": (4, "exact")}),
    ("MergedInto", MERGE, {"standing": "merged", "merged_into": OTHER}),
    ("Retracted", RETRACTION, {"standing": "retracted"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "sets"), ON_AN_OPEN_INCIDENT)
def test_an_event_sets_what_it_says_and_nothing_else(world, kind, body, sets):
    before = dict(world.states)
    world.say(ONE, kind, body, REVIEWER)
    assert world.states == before | {ONE: before[ONE]._replace(**sets)}


@pytest.mark.parametrize(
    ("standing", "enter", "leave"),
    [
        ("merged", ("MergedInto", MERGE), "Unmerged"),
        ("retracted", ("Retracted", RETRACTION), "Reinstated"),
    ],
)
def test_a_merged_or_retracted_incident_takes_nothing_but_its_undoing(
    world, standing, enter, leave
):
    before = world.states[ONE]
    world.say(ONE, *enter, REVIEWER)
    for kind, body, _ in ON_AN_OPEN_INCIDENT:
        world.refuses(f"incident-{standing}", ONE, kind, body, REVIEWER)
    assert world.say(ONE, leave, WHY, REVIEWER) == before


@pytest.mark.parametrize(("rule", "kind", "body"), [
    ("from-mismatch", "AttributionChanged", revised(JOINT, SOLE)),
    ("no-change", "AttributionChanged", revised(SOLE, SOLE)),
    ("malformed-field", "AttributionChanged", revised(SOLE, None)),
    ("from-mismatch", "DateRevised", revised("2020", "2020-03", date="happened")),
    ("impossible-date", "DateRevised", revised(None, "2020-05-05", date="happened")),
    ("impossible-date", "DateRevised", revised(None, "2020-03-32", date="happened")),
    ("malformed-field", "DateRevised", revised(None, "2020-03", date="documented")),
    ("malformed-field", "PlaceRevised", revised(None, "SY07", place="origin")),
    ("unknown-term", "PlaceRevised", revised(None, {"governorate": "SY99", "name": None}, place="death")),
    ("district-elsewhere", "PlaceRevised", revised(None, PLACE | {"district": "SY0203"}, place="death")),
    ("malformed-field", "NarrativeRevised", revised(None, "A raid.")),
    ("malformed-field", "NarrativeRevised", revised(None, {"en": "x" * 8001, "ar": None})),
    ("missing-field", "NarrativeRevised", revised(None, {"en": "A raid."})),
    ("no-change", "NarrativeRevised", revised(None, None)),
    ("unknown-term", "FacilityHit", HIT | {"facility": "bakery shop"}),
    ("unknown-term", "ClassificationRevised", revised("unknown", "rain", field="cause")),
    ("unknown-term", "ClassificationRevised", revised("unknown", None, field="cause")),
    ("malformed-field", "ClassificationRevised", revised("attack", "raid", field="kind")),
    ("from-mismatch", "ClassificationRevised", revised("drone", "helicopter", field="weapon")),
    ("unknown-term", "ClassificationRevised", revised([], ["bakery shop"], field="facilities")),
    ("no-change", "QuantityRevised", revised(None, None, quantity="injured")),
    ("malformed-field", "QuantityRevised", revised(None, 19, quantity="injured")),
    ("malformed-field", "QuantityRevised", revised(None, {"value": 19, "qualifier": "exact"}, quantity="killed")),
    ("missing-field", "FacilityHit", {"facility": "school"}),
    ("unknown-incident", "MergedInto", MERGE | {"into": incident_name(9)}),
    ("merge-cycle", "MergedInto", MERGE | {"into": ONE}),
    ("malformed-field", "MergedInto", MERGE | {"into": claim_name(1)}),
    ("incident-not-merged", "Unmerged", WHY),
    ("incident-not-retracted", "Reinstated", WHY),
])  # fmt: skip
def test_what_an_incident_does_not_take_is_refused_by_the_rule_s_name(world, rule, kind, body):
    world.refuses(rule, ONE, kind, body, REVIEWER)


@pytest.mark.parametrize(("rule", "changes"), [
    ("unknown-term", {"kind": "massacre"}),  # derived, never entered
    ("unknown-term", {"cause": None}),
    ("impossible-date", {"happened_on": "2999"}),
    ("malformed-field", {"time": ""}),
    ("unknown-term", {"facilities": ["bakery shop"]}),
    ("malformed-field", {"facilities": None}),
    ("malformed-field", {"injured": 15}),
    ("malformed-field", {"injured": {"value": -1, "qualifier": "exact"}}),
    ("malformed-field", {"injured": {"value": True, "qualifier": "exact"}}),
    ("unknown-term", {"injured": {"value": 15, "qualifier": "about"}}),
    ("missing-field", {"munitions": {"value": 15}}),
    ("attribution-shape", {"attribution": SOLE | {"parties": []}}),
    ("unknown-field", {"victims": 5}),
])  # fmt: skip
def test_a_recording_is_refused_by_the_rule_s_name(world, rule, changes):
    world.refuses(rule, NEW, "IncidentRecorded", incident_body(**changes))


def test_an_incident_is_recorded_with_everything_the_report_gives(world):
    body = incident_body(
        happened_on="2020-03-05",
        time="at dawn",
        place=PLACE,
        control=["hayat-tahrir-al-sham"],
        facilities=["school", "camp", "school"],
        injured={"value": 19, "qualifier": "at-least"},
        munitions={"value": 4, "qualifier": "exact"},
        narrative={"en": None, "ar": "غارة."},
    )
    incident = world.say(NEW, "IncidentRecorded", body)
    assert incident.facilities == ("school", "camp", "school")
    assert (incident.injured, incident.munitions) == ((19, "at-least"), (4, "exact"))
    assert (incident.time, incident.standing) == ("at dawn", "open")


def test_a_facility_hit_again_is_said_again(world):
    world.say(ONE, "FacilityHit", HIT)
    assert world.say(ONE, "FacilityHit", HIT).facilities == ("school", "school")


def test_incidents_are_not_merged_in_circles(world):
    world.say(ONE, "MergedInto", MERGE, REVIEWER)
    back = MERGE | {"into": ONE}
    world.refuses("merge-cycle", OTHER, "MergedInto", back, REVIEWER)
    world.say(ONE, "Unmerged", WHY, REVIEWER)
    world.say(OTHER, "Retracted", RETRACTION, REVIEWER)
    world.refuses("incident-retracted", ONE, "MergedInto", MERGE, REVIEWER)


def test_every_event_type_of_an_incident_is_tried_here():
    tried = {kind for kind, _, _ in ON_AN_OPEN_INCIDENT}
    assert tried | {"IncidentRecorded", "Unmerged", "Reinstated"} == set(INCIDENT_EVENTS)
