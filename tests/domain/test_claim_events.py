"""The life of a claim: what each event changes, and every reason for which one is refused."""

# ruff: noqa: E501 - tables read better with one case a line

import pytest

from domain.claim_events import CLAIM_EVENTS, CLASSIFICATION
from domain.sealing import SEALING_EVENTS
from tests.domain.world import DOCUMENTER, REVIEWER, MemoryWorld
from tests.scene import WHY, claim_body, claim_name, incident_body, incident_name

ONE, OTHER, THIRD, NEW = (claim_name(number) for number in (1, 2, 3, 4))
ATTACK, ATTACK_2 = incident_name(1), incident_name(2)
SOLE = {"confidence": None, "mode": "sole", "parties": ["russian-forces"]}
ISIS = {"confidence": "likely", "mode": "sole", "parties": ["isis"]}
GRADING = {"sources": ["s1"], "reason": "read and compared"}
RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}
CHALLENGE = {"by": "the family", "text": "the day is another"}
MERGE = {"into": OTHER, "nature": "duplicate", "reason": "one source twice"}
LINK = {"source": {"id": "s2", "kind": "witness"}}
UNLINK = {"source": "s1", "reason_code": "correction", "reason": "of another person"}


def revised(was, now, **named):
    return {**named, "from": was, "to": now, **WHY}


@pytest.fixture
def world():
    made = MemoryWorld()
    made.say(ATTACK, "IncidentRecorded", incident_body())
    made.say(ATTACK_2, "IncidentRecorded", incident_body())
    for name in (ONE, OTHER, THIRD):
        # Of this kind a claim has every field that there is.
        made.say(name, "ClaimRecorded", claim_body(kind="torture-death"))
    return made


# Every event that an open claim takes, each with the fields of the claim that it sets.
ON_AN_OPEN_CLAIM = [
    ("AttributionChanged", revised(SOLE, ISIS), {"attribution": ("sole", ("isis",), "likely")}),
    ("DateRevised", revised(None, "2018-07/..", date="happened"), {"happened_on": "2018-07/.."}),
    (
        "DateRevised",
        revised("2020-03", "2020-03-19?", date="documented"),
        {"documented_on": "2020-03-19?"},
    ),
    ("DateRevised", revised("2020-03", None, date="documented"), {"documented_on": None}),
    (
        "PlaceRevised",
        revised(None, {"governorate": "SY07", "name": "معرة مصرين"}, place="death"),
        {"place": ("SY07", "معرة مصرين", None)},
    ),
    (
        "PlaceRevised",
        revised(None, {"governorate": "SY07", "name": None, "district": "SY0703"}, place="death"),
        {"place": ("SY07", None, "SY0703")},
    ),
    ("PlaceRevised", revised(None, "SY12", place="origin"), {"origin": "SY12"}),
    ("ClassificationRevised", revised([], ["isis"], field="control"), {"control": ("isis",)}),
    ("IncidentAssigned", revised(None, ATTACK), {"incident": ATTACK}),
    (
        "CustodyStatusChanged",
        revised(None, {"status": "died", "last_seen": "2019"}),
        {"custody": ("died", None, None, None, "2019", None)},
    ),
    ("SourceLinked", LINK, {"sources": (("s1", "published-report", None, None, None), ("s2", "witness", None, None, None))}),
    ("Verified", GRADING, {"review": "verified"}),
    ("MergedInto", MERGE, {"standing": "merged", "merged_into": OTHER}),
    ("Retracted", RETRACTION, {"standing": "retracted"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "sets"), ON_AN_OPEN_CLAIM)
def test_an_event_sets_what_it_says_and_nothing_else(world, kind, body, sets):
    before = dict(world.states)
    world.say(ONE, kind, body, REVIEWER)
    assert world.states == before | {ONE: before[ONE]._replace(**sets)}


@pytest.mark.parametrize("field", CLASSIFICATION)
def test_each_classification_takes_every_word_of_its_vocabulary_and_no_other(world, field):
    for word in world.rules.vocabulary(CLASSIFICATION[field]):
        was = getattr(world.states[ONE], field)
        if word != was:
            body = revised(was, word, field=field)
            world.say(ONE, "ClassificationRevised", body, REVIEWER)
            assert getattr(world.states[ONE], field) == word
    was = getattr(world.states[ONE], field)
    # Unknown is a word here: null would fall out of every row.
    odd_values: list[object] = ["no-such-word", "", None, 1, [], {}, was.upper()]
    for odd in odd_values:
        body = revised(was, odd, field=field)
        world.refuses("unknown-term", ONE, "ClassificationRevised", body)


@pytest.mark.parametrize(("standing", "enter"), [
    ("merged", ("MergedInto", MERGE)),
    ("retracted", ("Retracted", RETRACTION)),
])  # fmt: skip
def test_a_merged_or_retracted_claim_takes_nothing_but_its_undoing_and_challenges(
    world, standing, enter
):
    world.say(ONE, *enter, REVIEWER)
    for kind, body, _ in ON_AN_OPEN_CLAIM:
        world.refuses(f"claim-{standing}", ONE, kind, body, REVIEWER)
    both = GRADING | {"sources": ["s1", "s2"]}
    world.refuses(f"claim-{standing}", ONE, "Corroborated", both, REVIEWER)
    world.refuses(f"claim-{standing}", ONE, "SourceUnlinked", UNLINK, REVIEWER)
    world.say(ONE, "ChallengeRaised", CHALLENGE)
    world.say(ONE, "ChallengeAnswered", CHALLENGE, REVIEWER)
    wrong, right = (
        ("Reinstated", "Unmerged") if standing == "merged" else ("Unmerged", "Reinstated")
    )
    undone = "retracted" if standing == "merged" else "merged"
    world.refuses(f"claim-not-{undone}", ONE, wrong, WHY, REVIEWER)
    after = world.say(ONE, right, WHY, REVIEWER)
    assert (after.standing, after.merged_into) == ("open", None)
    world.say(ONE, "AttributionChanged", revised(SOLE, ISIS))


@pytest.mark.parametrize(("kind", "body"), [
    ("AttributionChanged", revised(ISIS, SOLE)),
    ("DateRevised", revised("2020-03-01", "2020-03-02", date="happened")),
    ("DateRevised", revised(None, "2020-03-02", date="documented")),
    ("PlaceRevised", revised({"governorate": "SY07", "name": None}, None, place="death")),
    ("PlaceRevised", revised("SY07", "SY08", place="origin")),
    ("ClassificationRevised", revised("combatant", "prisoner", field="status")),
    ("ClassificationRevised", revised(["isis"], [], field="control")),
    ("IncidentAssigned", revised(ATTACK, ATTACK_2)),
    ("CustodyStatusChanged", revised({"status": "died"}, None)),
])  # fmt: skip
def test_a_revision_of_what_is_no_longer_so_is_refused(world, kind, body):
    error = world.refuses("from-mismatch", ONE, kind, body)
    assert error.where == "body.from"


@pytest.mark.parametrize(("kind", "body"), [
    ("AttributionChanged", revised(SOLE, SOLE)),
    ("DateRevised", revised(None, None, date="happened")),
    ("DateRevised", revised("2020-03", "2020-03", date="documented")),
    ("PlaceRevised", revised(None, None, place="death")),
    ("ClassificationRevised", revised("civilian", "civilian", field="status")),
    ("IncidentAssigned", revised(None, None)),
    ("CustodyStatusChanged", revised(None, None)),
])  # fmt: skip
def test_a_revision_that_changes_nothing_is_refused(world, kind, body):
    assert world.refuses("no-change", ONE, kind, body).where == "body.to"


@pytest.mark.parametrize(("rule", "kind", "body"), [
    ("impossible-date", "DateRevised", revised(None, "2020-02-30", date="happened")),
    ("impossible-date", "DateRevised", revised(None, "2020-05-05", date="happened")),
    ("impossible-date", "DateRevised", revised(None, "2021/..", date="happened")),
    ("impossible-date", "DateRevised", revised("2020-03", "2031", date="documented")),
    ("documented-before-happened", "DateRevised", revised(None, "2020-04-01", date="happened")),
    ("malformed-field", "DateRevised", revised(None, 2020, date="happened")),
    ("malformed-field", "DateRevised", revised(None, "2020", date="born")),
    ("missing-field", "DateRevised", revised(None, "2020")),
    ("released-before-detained", "CustodyStatusChanged",
     revised(None, {"detained_on": "2020-03", "released_on": "2020-02"})),
    ("impossible-date", "CustodyStatusChanged", revised(None, {"detained_on": "2020-05-05"})),
    ("impossible-date", "CustodyStatusChanged", revised(None, {"last_seen": "2999"})),
    ("impossible-date", "CustodyStatusChanged", revised(None, {"released_on": "2999/.."})),
    ("impossible-date", "CustodyStatusChanged", revised(None, {"detained_on": "May 2020"})),
    ("unknown-field", "CustodyStatusChanged", revised(None, {"prison": "x"})),
    ("unknown-term", "CustodyStatusChanged", revised(None, {"status": "free"})),
    ("malformed-field", "CustodyStatusChanged", revised(None, "died")),
    ("unknown-term", "PlaceRevised", revised(None, "Aleppo", place="origin")),
    ("malformed-field", "PlaceRevised", revised(None, "SY07", place="death")),
    ("missing-field", "PlaceRevised", revised(None, {"governorate": "SY07"}, place="death")),
    ("malformed-field", "PlaceRevised", revised(None, {"governorate": "SY07", "name": " "}, place="death")),
    ("unknown-term", "PlaceRevised", revised(None, {"governorate": "SY07", "name": None, "district": "SY0701"}, place="death")),
    ("unknown-term", "PlaceRevised", revised(None, {"governorate": "SY07", "name": None, "district": 703}, place="death")),
    ("unknown-term", "PlaceRevised", revised(None, {"governorate": "SY07", "name": None, "district": "SY07"}, place="death")),
    ("district-elsewhere", "PlaceRevised", revised(None, {"governorate": "SY07", "name": None, "district": "SY0203"}, place="death")),
    ("unknown-term", "PlaceRevised", revised(None, "SY0703", place="origin")),
    ("malformed-field", "PlaceRevised", revised(None, {"governorate": "SY07", "name": "x" * 201}, place="death")),
    ("malformed-field", "AttributionChanged", revised(SOLE, None)),
    ("attribution-shape", "AttributionChanged", revised(SOLE, SOLE | {"parties": []})),
    ("unknown-incident", "IncidentAssigned", revised(None, incident_name(9))),
    ("malformed-field", "IncidentAssigned", revised(None, claim_name(2))),
    ("malformed-field", "ClassificationRevised", revised([], "isis", field="control")),
    ("unknown-term", "ClassificationRevised", revised([], ["nobody"], field="control")),
    ("malformed-field", "ClassificationRevised", revised([], None, field="control")),
    ("malformed-field", "ClassificationRevised", revised([], ["isis"] * 65, field="control")),
    ("malformed-field", "ClassificationRevised", revised("civilian", "prisoner", field="review")),
    ("malformed-field", "ClassificationRevised", revised("civilian", "prisoner", field="standing")),
    ("unknown-term", "ClassificationRevised", revised("civilian", "prisoner", field="status") | {"reason_code": "why"}),
    ("malformed-field", "ClassificationRevised", revised("civilian", "prisoner", field="status") | {"reason": ""}),
    ("malformed-field", "ClassificationRevised", revised("civilian", "prisoner", field="status") | {"reason": "x" * 2001}),
    ("unknown-field", "ClassificationRevised", revised("civilian", "prisoner", field="status") | {"by": "x"}),
    ("duplicate-source", "SourceLinked", {"source": {"id": "s1", "kind": "witness"}}),
    ("unknown-term", "SourceLinked", {"source": {"id": "s2", "kind": "rumour"}}),
    ("malformed-field", "SourceLinked", {"source": {"id": "S 2", "kind": "witness"}}),
    ("malformed-field", "SourceLinked", {"source": "s2"}),
    ("sealed-field-in-clear", "SourceLinked", {"source": {"id": "s2", "kind": "witness", "detail": "a name"}}),
    ("last-source", "SourceUnlinked", UNLINK),
    ("unknown-source", "SourceUnlinked", UNLINK | {"source": "s7"}),
    ("two-sources", "Corroborated", GRADING),
    ("two-sources", "Corroborated", GRADING | {"sources": []}),
    ("two-sources", "Corroborated", GRADING | {"sources": ["s1", "s1"]}),
    ("unknown-source", "Corroborated", GRADING | {"sources": ["s1", "s2"]}),
    ("unknown-source", "Verified", GRADING | {"sources": ["s2"]}),
    ("missing-field", "Verified", {"sources": ["s1"]}),
    ("claim-not-merged", "Unmerged", WHY),
    ("claim-not-retracted", "Reinstated", WHY),
    ("unknown-term", "Retracted", WHY),  # a retraction has reasons of its own
    ("unknown-claim", "MergedInto", MERGE | {"into": claim_name(9)}),
    ("merge-cycle", "MergedInto", MERGE | {"into": ONE}),
    ("malformed-field", "MergedInto", MERGE | {"into": ATTACK}),
    ("unknown-term", "MergedInto", MERGE | {"nature": "same"}),
    ("no-challenge", "ChallengeAnswered", CHALLENGE),
    ("malformed-field", "ChallengeRaised", CHALLENGE | {"by": ""}),
    ("missing-field", "ChallengeRaised", {"by": "the family"}),
])  # fmt: skip
def test_what_a_claim_does_not_take_is_refused_by_the_rule_s_name(world, rule, kind, body):
    world.refuses(rule, ONE, kind, body, REVIEWER)


@pytest.mark.parametrize(("rule", "where", "changes"), [
    ("unknown-incident", "body.incident", {"incident": incident_name(9)}),
    ("duplicate-source", "body.sources", {"sources": [{"id": "s1", "kind": "witness"}] * 2}),
    ("malformed-field", "body.sources", {"sources": []}),
    ("malformed-field", "body.sources", {"sources": [{"id": f"s{n}", "kind": "witness"} for n in range(65)]}),
    ("unknown-field", "body.person", {"person": {"nickname": {"sealed": "A" * 43}}}),
    ("sealed-field-in-clear", "body.person.name", {"person": {"name": "x"}}),
    ("sealed-field-in-clear", "body.person.name", {"person": {"name": {"sealed": "A" * 43, "was": "x"}}}),
    ("malformed-field", "body.person.name", {"person": {"name": {"sealed": "A" * 42}}}),
    ("malformed-field", "body.person.name", {"person": {"name": {"sealed": "A" * 42 + "B"}}}),  # stray bits
    ("malformed-field", "body.person", {"person": None}),
    ("impossible-date", "happened_on", {"happened_on": "2020-05-05", "documented_on": None}),
    ("impossible-date", "documented_on", {"documented_on": "2020-05-05"}),
    ("impossible-date", "custody.detained_on", {"custody": {"detained_on": "2999"}}),
    ("released-before-detained", "custody.released_on", {"custody": {"detained_on": "2020-03", "released_on": "2019"}}),
    ("documented-before-happened", "documented_on", {"happened_on": "2020-03-10/..", "documented_on": "2020-03-09"}),
])  # fmt: skip
def test_a_recording_is_refused_by_the_rule_s_name_and_place(world, rule, where, changes):
    body = claim_body(**{"kind": "torture-death"} | changes)
    error = world.refuses(rule, NEW, "ClaimRecorded", body)
    assert error.where == where


@pytest.mark.parametrize("changes", [
    {"happened_on": "2020-03-01/2020-04-30", "documented_on": "2020-03-15"},
    {"happened_on": "2020-05-04"},  # tomorrow in UTC is today in Damascus
    {"happened_on": "2018/..", "documented_on": "2020-05"},
    {"custody": {"detained_on": "2019-05/2020", "released_on": "2019-08"}},
    {"custody": {"detained_on": "2019-05", "released_on": "2019-05"}},
    {"custody": {}},
    {"person": {"name": {"sealed": "A" * 43}, "family": {"sealed": "B" * 42 + "A"}}},
])  # fmt: skip
def test_what_may_be_so_is_taken(world, changes):
    if "happened_on" in changes:
        changes = {"documented_on": None} | changes
    world.say(NEW, "ClaimRecorded", claim_body(**{"kind": "torture-death"} | changes))
    assert world.states[NEW].review == "reported"


def test_a_claim_is_not_assigned_to_an_incident_that_does_not_stand(world):
    merge = {"into": ATTACK_2, "nature": "duplicate", "reason": "x"}
    world.say(ATTACK, "MergedInto", merge, REVIEWER)
    world.refuses("incident-merged", ONE, "IncidentAssigned", revised(None, ATTACK))
    recording = claim_body(incident=ATTACK)
    world.refuses("incident-merged", NEW, "ClaimRecorded", recording)
    world.say(ONE, "IncidentAssigned", revised(None, ATTACK_2))
    world.say(ATTACK_2, "Retracted", RETRACTION, REVIEWER)
    # Leaving it is possible, and so is any other revision of the claim.
    world.say(ONE, "ClassificationRevised", revised("unknown", "female", field="sex"))
    world.say(ONE, "IncidentAssigned", revised(ATTACK_2, None))
    assert world.states[ONE].incident is None


def test_verifying_takes_a_second_person_and_not_just_a_second_key(world):
    world.holders = {DOCUMENTER: "A.", REVIEWER: "A."}
    world.refuses("second-person", ONE, "Verified", GRADING, REVIEWER)
    world.holders = {DOCUMENTER: "A.", REVIEWER: "B."}
    world.refuses("second-person", ONE, "Verified", GRADING, DOCUMENTER)
    assert world.say(ONE, "Verified", GRADING, REVIEWER).review == "verified"


def test_merges_make_no_circle_over_three_claims(world):
    world.say(ONE, "MergedInto", MERGE, REVIEWER)
    world.say(OTHER, "MergedInto", MERGE | {"into": THIRD}, REVIEWER)
    error = world.refuses("merge-cycle", THIRD, "MergedInto", MERGE | {"into": ONE}, REVIEWER)
    assert OTHER in str(error)
    world.refuses("merge-cycle", THIRD, "MergedInto", MERGE, REVIEWER)
    world.say(OTHER, "Unmerged", WHY, REVIEWER)
    world.say(THIRD, "MergedInto", MERGE, REVIEWER)
    assert [world.states[name].merged_into for name in (ONE, OTHER, THIRD)] == [OTHER, None, OTHER]


def test_challenges_are_counted_until_each_is_answered(world):
    for _ in range(2):
        world.say(ONE, "ChallengeRaised", CHALLENGE)
    assert world.say(ONE, "ChallengeAnswered", CHALLENGE, REVIEWER).challenges == 1
    assert world.say(ONE, "ChallengeAnswered", CHALLENGE, REVIEWER).challenges == 0
    world.refuses("no-challenge", ONE, "ChallengeAnswered", CHALLENGE, REVIEWER)


def test_corroboration_and_its_sources(world):
    world.say(ONE, "SourceLinked", LINK)
    after = world.say(ONE, "Corroborated", GRADING | {"sources": ["s1", "s2"]}, REVIEWER)
    assert after.review == "corroborated"
    assert [one.id for one in world.say(ONE, "SourceUnlinked", UNLINK).sources] == ["s2"]
    world.refuses("last-source", ONE, "SourceUnlinked", UNLINK | {"source": "s2"})


def test_every_event_type_of_a_claim_is_tried_here():
    tried = {kind for kind, _, _ in ON_AN_OPEN_CLAIM} | {
        *("ClaimRecorded", "SourceUnlinked", "Corroborated", "Unmerged", "Reinstated"),
        *("ChallengeRaised", "ChallengeAnswered"),
        *("OutcomeLinked", "OutcomeUnlinked"),  # in test_outcome.py
    }
    # Those of sealed fields have a file of their own.
    assert tried == set(CLAIM_EVENTS) - {event.name for event in SEALING_EVENTS}


def test_a_district_that_is_not_said_is_unknown_however_it_is_left_out(world):
    unsaid = {"governorate": "SY07", "name": None}
    world.say(
        ONE, "PlaceRevised", revised(None, unsaid | {"district": None}, place="death"), REVIEWER
    )
    assert world.states[ONE].place == ("SY07", None, None)
    assert world.states[ONE].place.to_json() == unsaid
    said = unsaid | {"district": "SY0703"}
    world.say(ONE, "PlaceRevised", revised(unsaid, said, place="death"), REVIEWER)
    assert world.states[ONE].place.to_json() == said
    assert not world.accepts(ONE, "PlaceRevised", revised(unsaid, None, place="death"), REVIEWER)


def test_one_person_alone_does_not_make_a_combatant_of_a_civilian(world):
    body = revised("civilian", "combatant", field="status")
    error = world.refuses("second-person", ONE, "ClassificationRevised", body, DOCUMENTER)
    assert "a second person" in str(error)
    world.say(ONE, "ClassificationRevised", body, REVIEWER)
    back = revised("combatant", "civilian", field="status")
    assert world.say(ONE, "ClassificationRevised", back, DOCUMENTER).status == "civilian"


@pytest.mark.parametrize(("rule", "changes"), [
    ("field-not-of-kind", {"kind": "killing", "custody": {"status": "died"}}),
    ("field-not-of-kind", {"kind": "looting", "cause": "fire"}),
    ("field-not-of-kind", {"kind": "detention", "weapon": "small-arms"}),
    ("before-custody", {"happened_on": "2018-06", "custody": {"detained_on": "2018-07"}}),
    ("two-arrests", {"kind": "detention", "happened_on": "2018-06", "custody": {"detained_on": "2018-07"}}),
    ("released-before-detained", {"kind": "detention", "happened_on": "2018-06", "custody": {"released_on": "2018-05"}}),
])  # fmt: skip
def test_what_contradicts_a_custody_is_refused(world, rule, changes):
    body = claim_body(**{"kind": "torture-death"} | changes)
    world.refuses(rule, NEW, "ClaimRecorded", body)


def test_nobody_dies_before_the_attack_and_some_die_long_after(world):
    world.say(ATTACK, "DateRevised", revised(None, "2020-03-10", date="happened"))
    body = claim_body(incident=ATTACK, happened_on="2020-03-09", documented_on="2020-03-20")
    world.refuses("before-its-incident", NEW, "ClaimRecorded", body)
    world.say(NEW, "ClaimRecorded", body | {"happened_on": "2020-03-14"})
    earlier = revised("2020-03-14", "2020-03-09", date="happened")
    world.refuses("before-its-incident", NEW, "DateRevised", earlier)
    world.say(ONE, "DateRevised", revised(None, "2020-02", date="happened"))
    world.refuses("before-its-incident", ONE, "IncidentAssigned", revised(None, ATTACK))
