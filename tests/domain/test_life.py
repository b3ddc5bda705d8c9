"""The life of claims, incidents and estimates: each event as it should be, each refusal."""

import base64

import pytest

from domain.catalogue import CATALOGUE
from domain.errors import Rejected
from tests.scene import (
    DOCUMENTER,
    OTHER_DOCUMENTER,
    PUBLISHER,
    REVIEWER,
    ROOTS,
    WHY,
    Scene,
    claim_body,
    claim_name,
    estimate_body,
    incident_name,
)

ESTIMATE = "estimate/00000000-0000-4000-8000-000000000001"
SOLE = {"confidence": None, "mode": "sole", "parties": ["russian-forces"]}
UNRESOLVED = {
    "confidence": "contested",
    "mode": "unresolved-between",
    "parties": ["russian-forces", "syrian-regime-forces"],
}
PLACE = {"governorate": "SY07", "name": "Anadan"}
GRADING = {"sources": ["s1"], "reason": "read and signed"}
RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}
CHALLENGE = {"by": "the family", "text": "the day is another"}
MERGE = {"into": claim_name(2), "nature": "duplicate", "reason": "one source twice"}


def revised(was, now, **named):
    return {**named, "from": was, "to": now, **WHY}


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    made.incident(1)
    made.claim(1)
    made.claim(2)
    yield made
    made.close()


def refused(scene, stream, kind, body, signer, rule):
    size = scene.size
    with pytest.raises(Rejected) as caught:
        scene.say(stream, kind, body, signer)
    assert caught.value.rule == rule, caught.value
    assert scene.size == size
    return caught.value


# event, body, what it changes of the claim
CHANGES = [
    ("AttributionChanged", revised(SOLE, UNRESOLVED), lambda c: c.attribution.row, "unresolved-between"),
    ("DateRevised", revised(None, "2018-07/2020-03-19", date="happened"), lambda c: c.happened_on, "2018-07/2020-03-19"),
    ("DateRevised", revised("2020-03", "2020-03-19", date="documented"), lambda c: c.documented_on, "2020-03-19"),
    ("PlaceRevised", revised(None, PLACE, place="death"), lambda c: c.place.name, "Anadan"),
    ("PlaceRevised", revised(None, "SY12", place="origin"), lambda c: c.origin, "SY12"),
    ("ClassificationRevised", revised("unknown", "female", field="sex"), lambda c: c.sex, "female"),
    ("ClassificationRevised", revised("unknown", "child", field="age_group"), lambda c: c.age_group, "child"),
    ("ClassificationRevised", revised("civilian", "combatant", field="status"), lambda c: c.status, "combatant"),
    ("ClassificationRevised", revised("unknown", "medical", field="profession"), lambda c: c.profession, "medical"),
    ("ClassificationRevised", revised("unknown", "airstrike", field="cause"), lambda c: c.cause, "airstrike"),
    ("ClassificationRevised", revised("unknown", "drone", field="weapon"), lambda c: c.weapon, "drone"),
    ("ClassificationRevised", revised([], ["isis"], field="control"), lambda c: c.control, ("isis",)),
    ("IncidentAssigned", revised(None, incident_name(1)), lambda c: c.incident, incident_name(1)),
    ("CustodyStatusChanged", revised(None, {"status": "died", "detained_on": "2018-07"}), lambda c: c.custody.status, "died"),
    ("SourceLinked", {"source": {"id": "s2", "kind": "witness"}}, lambda c: len(c.sources), 2),
    ("ChallengeRaised", CHALLENGE, lambda c: c.challenges, 1),
]  # fmt: skip


@pytest.mark.parametrize(("event", "body", "read", "now"), CHANGES)
def test_each_event_of_a_claim_changes_what_it_says(scene, event, body, read, now):
    scene.say(claim_name(1), event, body, OTHER_DOCUMENTER)
    assert read(scene.state(claim_name(1))) == now


REVIEWS = [
    ("Verified", GRADING, lambda c: c.review, "verified"),
    ("MergedInto", MERGE, lambda c: (c.standing, c.merged_into), ("merged", claim_name(2))),
    ("Retracted", RETRACTION, lambda c: c.standing, "retracted"),
]


@pytest.mark.parametrize(("event", "body", "read", "now"), REVIEWS)
def test_reviews_are_the_reviewer_s(scene, event, body, read, now):
    refused(scene, claim_name(1), event, body, DOCUMENTER, "role-missing")
    refused(scene, claim_name(1), event, body, PUBLISHER, "role-missing")
    scene.say(claim_name(1), event, body, REVIEWER)
    assert read(scene.state(claim_name(1))) == now


def test_corroboration_needs_two_sources_of_the_claim(scene):
    claim = claim_name(1)
    refused(scene, claim, "Corroborated", GRADING, REVIEWER, "two-sources")
    twice = GRADING | {"sources": ["s1", "s1"]}
    refused(scene, claim, "Corroborated", twice, REVIEWER, "two-sources")
    both = GRADING | {"sources": ["s1", "s2"]}
    refused(scene, claim, "Corroborated", both, REVIEWER, "unknown-source")
    scene.say(claim, "SourceLinked", {"source": {"id": "s2", "kind": "witness"}}, DOCUMENTER)
    scene.say(claim, "Corroborated", both, REVIEWER)
    assert scene.state(claim).review == "corroborated"


def test_merging_can_be_undone_and_never_goes_in_circles(scene):
    one, other = claim_name(1), claim_name(2)
    refused(scene, one, "MergedInto", MERGE | {"into": one}, REVIEWER, "merge-cycle")
    missing = MERGE | {"into": claim_name(99)}
    refused(scene, one, "MergedInto", missing, REVIEWER, "unknown-claim")
    refused(scene, one, "Unmerged", WHY, REVIEWER, "claim-not-merged")
    scene.say(one, "MergedInto", MERGE, REVIEWER)
    refused(scene, other, "MergedInto", MERGE | {"into": one}, REVIEWER, "merge-cycle")
    refused(scene, one, "MergedInto", MERGE, REVIEWER, "claim-merged")
    scene.say(one, "Unmerged", WHY, REVIEWER)
    assert scene.state(one).standing == "open"
    scene.say(other, "MergedInto", MERGE | {"into": one}, REVIEWER)


def test_a_claim_is_not_merged_into_a_retracted_one(scene):
    scene.say(claim_name(2), "Retracted", RETRACTION, REVIEWER)
    refused(scene, claim_name(1), "MergedInto", MERGE, REVIEWER, "claim-retracted")


def test_a_retraction_is_undone_by_a_reinstatement_only(scene):
    claim = claim_name(1)
    refused(scene, claim, "Reinstated", WHY, REVIEWER, "claim-not-retracted")
    scene.say(claim, "Retracted", RETRACTION, REVIEWER)
    for event, body in (
        ("Retracted", RETRACTION),
        ("Verified", GRADING),
        ("AttributionChanged", revised(SOLE, UNRESOLVED)),
        ("SourceLinked", {"source": {"id": "s2", "kind": "witness"}}),
    ):
        refused(scene, claim, event, body, REVIEWER, "claim-retracted")
    scene.say(claim, "ChallengeRaised", CHALLENGE, REVIEWER)
    scene.say(claim, "Reinstated", WHY, REVIEWER)
    assert scene.state(claim).standing == "open"


def test_a_revision_says_what_it_replaces(scene):
    claim = claim_name(1)
    stale = revised("combatant", "prisoner", field="status")
    error = refused(scene, claim, "ClassificationRevised", stale, DOCUMENTER, "from-mismatch")
    assert "now civilian" in str(error)
    same = revised("civilian", "civilian", field="status")
    refused(scene, claim, "ClassificationRevised", same, DOCUMENTER, "no-change")
    no_reason = {k: v for k, v in same.items() if k != "reason"}
    refused(scene, claim, "ClassificationRevised", no_reason, DOCUMENTER, "missing-field")
    blank = same | {"reason": "  "}
    refused(scene, claim, "ClassificationRevised", blank, DOCUMENTER, "malformed-field")
    odd = revised("civilian", "prisoner", field="standing")
    refused(scene, claim, "ClassificationRevised", odd, DOCUMENTER, "malformed-field")


def test_a_claim_keeps_a_source_and_knows_each_once(scene):
    claim = claim_name(1)
    why = {"reason_code": "correction", "reason": "not about this person"}
    refused(scene, claim, "SourceUnlinked", {"source": "s9", **why}, DOCUMENTER, "unknown-source")
    refused(scene, claim, "SourceUnlinked", {"source": "s1", **why}, DOCUMENTER, "last-source")
    again = {"source": {"id": "s1", "kind": "witness"}}
    refused(scene, claim, "SourceLinked", again, DOCUMENTER, "duplicate-source")
    scene.say(claim, "SourceLinked", {"source": {"id": "s2", "kind": "witness"}}, DOCUMENTER)
    scene.say(claim, "SourceUnlinked", {"source": "s1", **why}, DOCUMENTER)
    assert [source.id for source in scene.state(claim).sources] == ["s2"]


def test_a_challenge_is_answered_after_it_was_raised(scene):
    claim = claim_name(1)
    refused(scene, claim, "ChallengeAnswered", CHALLENGE, REVIEWER, "no-challenge")
    scene.say(claim, "ChallengeRaised", CHALLENGE, DOCUMENTER)
    scene.say(claim, "ChallengeAnswered", CHALLENGE, REVIEWER)
    assert scene.state(claim).challenges == 0


def test_a_claim_belongs_only_to_an_incident_that_stands(scene):
    missing = claim_body(incident=incident_name(9))
    refused(scene, claim_name(3), "ClaimRecorded", missing, DOCUMENTER, "unknown-incident")
    scene.say(incident_name(1), "Retracted", RETRACTION, REVIEWER)
    there = claim_body(incident=incident_name(1))
    refused(scene, claim_name(3), "ClaimRecorded", there, DOCUMENTER, "incident-retracted")
    assign = revised(None, incident_name(1))
    refused(scene, claim_name(1), "IncidentAssigned", assign, DOCUMENTER, "incident-retracted")


@pytest.mark.parametrize(
    ("attribution", "rule"),
    [
        ({"mode": "sole", "parties": [], "confidence": None}, "attribution-shape"),
        ({"mode": "sole", "parties": ["isis", "russian-forces"], "confidence": None}, "attribution-shape"),
        ({"mode": "joint-coordinated", "parties": ["isis"], "confidence": None}, "attribution-shape"),
        ({"mode": "unresolved-between", "parties": ["russian-forces", "isis"], "confidence": None}, "attribution-shape"),
        ({"mode": "joint-coordinated", "parties": ["isis", "isis"], "confidence": None}, "attribution-shape"),
        ({"mode": "sole", "parties": ["isis"]}, "malformed-field"),
        ({"mode": "sole", "parties": "isis", "confidence": None}, "malformed-field"),
        ({"mode": "alone", "parties": ["isis"], "confidence": None}, "unknown-term"),
        ({"mode": "sole", "parties": ["isis"], "confidence": "sure"}, "unknown-term"),
    ],
)  # fmt: skip
def test_an_attribution_puts_a_death_in_exactly_one_row_or_is_refused(scene, attribution, rule):
    body = claim_body(attribution=attribution)
    refused(scene, claim_name(3), "ClaimRecorded", body, DOCUMENTER, rule)


INCIDENT_CHANGES = [
    ("AttributionChanged", revised(SOLE, UNRESOLVED), lambda i: i.attribution.mode, "unresolved-between"),
    ("DateRevised", revised(None, "2020-03-05", date="happened"), lambda i: i.happened_on, "2020-03-05"),
    ("PlaceRevised", revised(None, PLACE, place="death"), lambda i: i.place.governorate, "SY07"),
    ("NarrativeRevised", revised(None, {"en": "A raid.", "ar": None}), lambda i: i.narrative.en, "A raid."),
    ("FacilityHit", {"facility": "market", "reason": "in the report"}, lambda i: i.facilities, ("market",)),
]  # fmt: skip


@pytest.mark.parametrize(("event", "body", "read", "now"), INCIDENT_CHANGES)
def test_each_event_of_an_incident_changes_what_it_says(scene, event, body, read, now):
    scene.say(incident_name(1), event, body, DOCUMENTER)
    assert read(scene.state(incident_name(1))) == now


def test_incidents_are_merged_retracted_and_reinstated(scene):
    one, other = scene.incident(5), scene.incident(6)
    merge = {"into": other, "nature": "duplicate", "reason": "one attack, recorded twice"}
    scene.say(one, "MergedInto", merge, REVIEWER)
    refused(
        scene,
        one,
        "FacilityHit",
        {"facility": "market", "reason": "x"},
        DOCUMENTER,
        "incident-merged",
    )
    scene.say(one, "Unmerged", WHY, REVIEWER)
    scene.say(other, "Retracted", RETRACTION, REVIEWER)
    refused(scene, one, "MergedInto", merge, REVIEWER, "incident-retracted")
    scene.say(other, "Reinstated", WHY, REVIEWER)
    assert scene.state(other).standing == "open"


def test_a_claim_s_event_is_not_an_incident_s(scene):
    body = {"sources": ["s1"], "reason": "x"}
    refused(scene, incident_name(1), "Verified", body, REVIEWER, "wrong-stream")
    into_a_claim = {"into": claim_name(1), "nature": "duplicate", "reason": "x"}
    refused(scene, incident_name(1), "MergedInto", into_a_claim, REVIEWER, "malformed-field")


def test_what_exists_is_not_recorded_again_and_what_does_not_is_not_revised(scene):
    refused(scene, claim_name(1), "ClaimRecorded", claim_body(), DOCUMENTER, "already-recorded")
    refused(scene, claim_name(9), "Retracted", RETRACTION, REVIEWER, "unknown-stream")


def test_a_stated_figure_is_revised_and_withdrawn(scene):
    scene.say(ESTIMATE, "EstimateStated", estimate_body(), DOCUMENTER)
    new = {"best": 146, "low": 146, "high": 150}
    old = {"best": 145, "low": None, "high": None}
    scene.say(ESTIMATE, "EstimateRevised", revised(old, new), REVIEWER)
    assert scene.state(ESTIMATE).value.high == 150
    scene.say(ESTIMATE, "EstimateWithdrawn", WHY, REVIEWER)
    again = revised(new, old)
    refused(scene, ESTIMATE, "EstimateRevised", again, REVIEWER, "estimate-not-open")
    odd = estimate_body(value={"best": 5, "low": 6, "high": None})
    other = ESTIMATE[:-1] + "2"
    refused(scene, other, "EstimateStated", odd, DOCUMENTER, "malformed-field")


def test_rules_are_adopted_in_order_and_change_what_words_are_taken(scene):
    document = scene.document | {"version": 3}
    size = scene.size
    with pytest.raises(Rejected, match="next rules version is 2"):
        scene.say("rules", "RulesAdopted", document, *ROOTS[:2])
    assert scene.size == size
    vocabularies = scene.document["vocabularies"]
    causes = vocabularies["cause"] | {"hunger": {"en": "Hunger", "ar": "جوع"}}
    more = scene.document | {"version": 2, "vocabularies": vocabularies | {"cause": causes}}
    body = claim_body(cause="hunger")
    refused(scene, claim_name(3), "ClaimRecorded", body, DOCUMENTER, "unknown-term")
    scene.say("rules", "RulesAdopted", more, *ROOTS[:2])
    scene.say(claim_name(3), "ClaimRecorded", body, DOCUMENTER)


def test_a_report_names_a_state_that_this_ledger_had(scene):
    figure = {
        "name": "civilians",
        "value": 2,
        "root": "A" * 43 + "=",
        "definition": "A" * 43 + "=",
        "rows": None,
    }
    checkpoint = scene.ledger.checkpoint()
    state = {"size": checkpoint.size, "root": base64.b64encode(checkpoint.root).decode()}
    body = {
        "title": {"en": "March", "ar": "آذار"},
        "period": "2020-03",
        "ledger": state,
        "rules": 1,
        "figures": [figure],
    }
    for change, rule in (
        ({"ledger": state | {"size": 999}}, "unknown-state"),
        ({"ledger": state | {"root": "A" * 43 + "="}}, "unknown-state"),
        ({"figures": [figure, figure]}, "duplicate-figure"),
        ({"figures": []}, "malformed-field"),
        ({"figures": [figure | {"root": "short"}]}, "malformed-field"),
    ):
        refused(scene, "report/march", "ReportFrozen", body | change, PUBLISHER, rule)
    refused(scene, "report/march", "ReportFrozen", body, REVIEWER, "role-missing")
    scene.say("report/march", "ReportFrozen", body, PUBLISHER)
    refused(scene, "report/march", "ReportFrozen", body, PUBLISHER, "already-recorded")


def test_every_event_type_of_the_catalogue_is_tried_somewhere_here():
    tried = {
        *(change[0] for change in (*CHANGES, *REVIEWS, *INCIDENT_CHANGES)),
        *("ClaimRecorded", "IncidentRecorded", "Corroborated", "Unmerged", "Reinstated"),
        *("SourceUnlinked", "ChallengeAnswered", "EstimateStated", "EstimateRevised"),
        *("EstimateWithdrawn", "RulesAdopted", "ReportFrozen"),
        *("LedgerFounded", "KeyEnrolled", "KeyRevoked"),  # tests/ledger/test_accept.py
    }
    assert tried == {name for types in CATALOGUE.values() for name in types}
