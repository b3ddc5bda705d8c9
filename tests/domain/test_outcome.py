"""Outcomes: what became of a person is told by one later claim, never in a circle."""

import pytest

from domain.kinds import HELD, KINDS
from domain.outcome import (
    NO_OUTCOME,
    RELATIONS,
    Ending,
    Outcome,
    counts_each_death_once,
    ending,
    is_still_held,
)
from domain.rules import read_rules, shipped_document
from tests.domain.world import REVIEWER, MemoryWorld
from tests.scene import WHY, claim_body, claim_name, incident_name

ARREST, DEATH, RELEASE, OTHER, NEW = (claim_name(number) for number in range(1, 6))
RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}


def link(claim, relation="died"):
    return {"relation": relation, "claim": claim, "reason": "the family said so"}


def merge(into):
    return {"into": into, "nature": "duplicate", "reason": "one and the same"}


@pytest.fixture
def world():
    made = MemoryWorld()
    for name, kind, happened in (
        (ARREST, "detention", "2018-07"),
        (DEATH, "torture-death", "2018-07/2020-03-19"),
        (RELEASE, "release", "2020-01"),
        (OTHER, "detention", "2018-08"),
    ):
        body = claim_body(kind=kind, happened_on=happened, sex="male", documented_on="2020-03-19")
        made.say(name, "ClaimRecorded", body)
    return made


def test_relations_are_the_vocabulary_and_lead_between_kinds_there_are():
    assert set(RELATIONS) == set(read_rules(shipped_document()).vocabulary("outcome"))
    for earlier, later in RELATIONS.values():
        assert {*earlier, *later} <= set(KINDS)


def test_a_link_sets_the_outcome_and_nothing_else_and_unlinking_undoes_it(world):
    before = dict(world.states)
    after = world.say(ARREST, "OutcomeLinked", link(DEATH))
    assert world.states == before | {ARREST: after}
    assert after == before[ARREST]._replace(outcome=Outcome("died", DEATH))
    world.refuses("from-mismatch", ARREST, "OutcomeUnlinked", {"claim": RELEASE, **WHY})
    assert world.say(ARREST, "OutcomeUnlinked", {"claim": DEATH, **WHY}) == before[ARREST]
    world.refuses("from-mismatch", ARREST, "OutcomeUnlinked", {"claim": DEATH, **WHY})


@pytest.mark.parametrize(("rule", "body"), [
    ("unknown-claim", link(NEW)),
    ("outcome-cycle", link(ARREST)),
    ("outcome-kinds", link(OTHER)),
    ("outcome-kinds", link(RELEASE)),
    ("outcome-kinds", link(DEATH, "released")),
    ("outcome-kinds", link(DEATH, "same-death")),
    ("unknown-term", link(DEATH, "freed")),
    ("malformed-field", link(incident_name(1))),
    ("malformed-field", link(DEATH) | {"reason": ""}),
    ("missing-field", {"relation": "died", "claim": DEATH}),
    ("unknown-field", link(DEATH) | {"name": "x"}),
])  # fmt: skip
def test_what_is_no_outcome_is_refused_by_the_rule_s_name(world, rule, body):
    world.refuses(rule, ARREST, "OutcomeLinked", body)


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_is_between_its_kinds_and_no_others(relation):
    earlier, later = RELATIONS[relation]
    for kind in KINDS:
        world = MemoryWorld()
        world.say(ARREST, "ClaimRecorded", claim_body(kind=kind))
        world.say(DEATH, "ClaimRecorded", claim_body(kind=later[0]))
        assert world.accepts(ARREST, "OutcomeLinked", link(DEATH, relation)) == (kind in earlier)
        world.say(RELEASE, "ClaimRecorded", claim_body(kind=earlier[0]))
        assert world.accepts(RELEASE, "OutcomeLinked", link(ARREST, relation)) == (kind in later)


def test_there_is_at_most_one_outcome(world):
    world.say(ARREST, "OutcomeLinked", link(DEATH))
    world.refuses("outcome-exists", ARREST, "OutcomeLinked", link(RELEASE, "released"))
    world.refuses("outcome-exists", ARREST, "OutcomeLinked", link(DEATH))


def test_both_claims_stand_open(world):
    world.say(DEATH, "Retracted", RETRACTION, REVIEWER)
    world.refuses("claim-retracted", ARREST, "OutcomeLinked", link(DEATH))
    world.say(DEATH, "Reinstated", WHY, REVIEWER)
    world.say(ARREST, "OutcomeLinked", link(DEATH))
    world.say(ARREST, "Retracted", RETRACTION, REVIEWER)
    world.refuses("claim-retracted", ARREST, "OutcomeUnlinked", {"claim": DEATH, **WHY})
    world.refuses("claim-retracted", ARREST, "OutcomeLinked", link(RELEASE, "released"))


def test_an_outcome_is_of_the_same_person(world):
    world.say(NEW, "ClaimRecorded", claim_body(kind="torture-death", sex="female"))
    world.refuses("another-person", ARREST, "OutcomeLinked", link(NEW))


def test_an_outcome_is_not_earlier_than_what_it_came_of_and_dates_keep_to_it(world):
    body = claim_body(kind="release", happened_on="2018-06", documented_on="2018-06")
    world.say(NEW, "ClaimRecorded", body)
    world.refuses("outcome-before", ARREST, "OutcomeLinked", link(NEW, "released"))
    world.say(ARREST, "OutcomeLinked", link(RELEASE, "released"))
    later = {"date": "happened", "from": "2018-07", "to": "2020-02", **WHY}
    world.refuses("outcome-before", ARREST, "DateRevised", later)
    world.say(ARREST, "DateRevised", later | {"to": "2018-07/2020-02"})


def test_claims_do_not_lead_in_a_circle_over_outcomes_and_merges(world):
    world.say(ARREST, "OutcomeLinked", link(OTHER, "continued"))
    world.refuses("outcome-cycle", OTHER, "OutcomeLinked", link(ARREST, "continued"))
    # The later one merged into the earlier would make it its own outcome.
    world.refuses("outcome-cycle", OTHER, "MergedInto", merge(ARREST), REVIEWER)
    world.say(ARREST, "OutcomeUnlinked", {"claim": OTHER, **WHY})
    world.say(NEW, "ClaimRecorded", claim_body(kind="detention"))
    world.say(OTHER, "MergedInto", merge(NEW), REVIEWER)
    world.say(NEW, "OutcomeLinked", link(ARREST, "continued"))
    world.refuses("outcome-cycle", ARREST, "OutcomeLinked", link(OTHER, "continued"))
    world.say(OTHER, "Unmerged", WHY, REVIEWER)
    world.say(ARREST, "OutcomeLinked", link(OTHER, "continued"))
    world.refuses("outcome-cycle", OTHER, "MergedInto", merge(NEW), REVIEWER)


def test_a_merge_loses_no_outcome(world):
    world.say(ARREST, "OutcomeLinked", link(DEATH))
    error = world.refuses("outcome-lost", ARREST, "MergedInto", merge(OTHER), REVIEWER)
    assert "link that one" in str(error)
    # The same death recorded twice, each with a detention: one outcome, once they are merged.
    world.say(NEW, "ClaimRecorded", claim_body(kind="torture-death"))
    world.say(OTHER, "OutcomeLinked", link(NEW))
    world.refuses("outcome-lost", ARREST, "MergedInto", merge(OTHER), REVIEWER)
    world.say(NEW, "MergedInto", merge(DEATH), REVIEWER)
    world.say(ARREST, "MergedInto", merge(OTHER), REVIEWER)


def ends(world, name):
    claim = world.states[name]

    def standing(other):
        one = world.states[other]
        return one.standing, one.merged_into, one.began_on

    custody = claim.custody
    return ending(
        claim.kind,
        claim.outcome,
        None if custody is None else custody.status,
        None if custody is None else custody.released_on,
        standing,
    )


def test_a_link_counts_while_the_later_claim_stands_and_follows_its_merge(world):
    assert ends(world, ARREST) == Ending()
    world.say(ARREST, "OutcomeLinked", link(DEATH))
    assert ends(world, ARREST) == ("died", "2018-07/2020-03-19")
    world.say(DEATH, "Retracted", {**RETRACTION, "reason_code": "alive"}, REVIEWER)
    assert ends(world, ARREST) == (NO_OUTCOME, None)
    world.say(DEATH, "Reinstated", WHY, REVIEWER)
    world.say(NEW, "ClaimRecorded", claim_body(kind="killing", happened_on="2019"))
    world.say(DEATH, "MergedInto", merge(NEW), REVIEWER)
    assert ends(world, ARREST) == ("died", "2019")


@pytest.mark.parametrize(("status", "kind", "expected"), [
    ({"status": "released", "released_on": "2019"}, "detention", ("released", "2019")),
    ({"status": "released"}, "abduction", ("released", None)),
    ({"status": "died", "released_on": None}, "enforced-disappearance", ("died", None)),
    ({"status": "still-held"}, "detention", (NO_OUTCOME, None)),
    ({"status": "released"}, "torture", (NO_OUTCOME, None)),
])  # fmt: skip
def test_without_a_claim_the_custody_s_own_status_says_what_ended_it(status, kind, expected):
    world = MemoryWorld()
    held = {name: value for name, value in status.items() if value is not None}
    world.say(NEW, "ClaimRecorded", claim_body(kind=kind, custody=held))
    assert ends(world, NEW) == expected


def test_a_death_is_counted_once_and_a_person_is_held_until_an_outcome():
    assert counts_each_death_once(("killing", "torture-death"))
    assert counts_each_death_once(("injury", "killing", "torture-death"))
    assert not counts_each_death_once(("torture-death",))
    assert not counts_each_death_once(None)
    for kind in HELD:
        assert is_still_held(kind, Ending())
        assert not is_still_held(kind, Ending("continued"))
    assert not is_still_held("killing", Ending())


def test_a_circle_that_suspicion_leaves_behind_ends_nothing():
    def standing(name):
        return "merged", {DEATH: OTHER, OTHER: DEATH}[name], None

    assert ending("detention", Outcome("died", DEATH), None, None, standing) == Ending()


def test_the_arrest_of_a_person_held_is_when_it_happened_or_when_detained():
    world = MemoryWorld()
    custody = {"detained_on": "2018-07"}
    held = world.say(NEW, "ClaimRecorded", claim_body(kind="detention", custody=custody))
    assert held.began_on == "2018-07"
    died = world.say(OTHER, "ClaimRecorded", claim_body(kind="torture-death", custody=custody))
    assert died.began_on is None
