"""Kinds of claims: each shipped one is in the table, and carries its fields and no others."""

import pytest

from domain.errors import Rejected
from domain.kinds import DEATHS, HELD, KINDS, PARTICULAR, can_be_one, of_kind, require_field
from domain.rules import read_rules, shipped_document
from tests.domain.world import REVIEWER, MemoryWorld
from tests.scene import claim_body, claim_name

RULES = read_rules(shipped_document())
VALUES = {"custody": {"status": "unknown"}, "cause": "other", "weapon": "other"}


def test_the_table_is_of_the_shipped_vocabulary():
    assert set(KINDS) == set(RULES.vocabulary("claim-kind"))
    assert DEATHS == ("killing", "torture-death")
    assert HELD == ("detention", "enforced-disappearance", "abduction")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recorded_and_carries_its_fields_and_no_others(kind):
    world = MemoryWorld()
    for number, field in enumerate(PARTICULAR, 1):
        body = claim_body(kind=kind, **{field: VALUES[field]})
        if field in KINDS[kind].fields:
            world.say(claim_name(number), "ClaimRecorded", body)
            continue
        error = world.refuses("field-not-of-kind", claim_name(number), "ClaimRecorded", body)
        assert error.where == f"body.{field}"
        world.say(claim_name(number), "ClaimRecorded", claim_body(kind=kind))
        was = None if field == "custody" else "unknown"
        why = {"reason_code": "new-evidence", "reason": "a second document"}
        revision: dict[str, object] = {"from": was, "to": VALUES[field], **why}
        event = "CustodyStatusChanged" if field == "custody" else "ClassificationRevised"
        if field != "custody":
            revision["field"] = field
        world.refuses("field-not-of-kind", claim_name(number), event, revision, REVIEWER)


def test_a_kind_that_an_organisation_adds_may_carry_everything_and_counts_as_no_death():
    for field in PARTICULAR:
        require_field("forced-conscription", field, "other", "body")
    assert not of_kind("forced-conscription").death
    assert not of_kind("forced-conscription").held


def test_a_refusal_names_the_kinds_that_have_the_field():
    with pytest.raises(Rejected, match=r"torture-death, detention.*link them"):
        require_field("killing", "custody", {"status": "died"}, "body.custody")


@pytest.mark.parametrize(
    ("kind", "other", "can"),
    [
        ("killing", "killing", True),
        ("killing", "torture-death", True),
        ("detention", "enforced-disappearance", True),
        ("detention", "torture-death", False),
        ("injury", "killing", False),
        ("looting", "looting", True),
    ],
)
def test_what_is_merged_is_one_violation(kind, other, can):
    assert can_be_one(kind, other) is can_be_one(other, kind) is can
    world = MemoryWorld()
    one, into = claim_name(1), claim_name(2)
    world.say(one, "ClaimRecorded", claim_body(kind=kind))
    world.say(into, "ClaimRecorded", claim_body(kind=other))
    merge = {"into": into, "nature": "duplicate", "reason": "one source twice"}
    if can:
        assert world.say(one, "MergedInto", merge, REVIEWER).standing == "merged"
    else:
        error = world.refuses("merge-kinds", one, "MergedInto", merge, REVIEWER)
        assert "outcome" in str(error)
