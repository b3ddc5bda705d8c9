"""What happens to sealed fields: sealed anew, disclosed, erased; and every refusal by its name."""

import pytest

from domain.sealing import digests
from tests.domain.world import DOCUMENTER, PUBLISHER, REVIEWER, MemoryWorld
from tests.scene import WHY, claim_body, claim_name

ONE, OTHER = claim_name(1), claim_name(2)


def sealed(letter):
    return {"sealed": letter * 42 + "A"}


NAME, DETAIL, NEW = sealed("n"), sealed("d"), sealed("x")
MERGE = {"into": OTHER, "nature": "duplicate", "reason": "one source twice"}
RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}
ERASURE = {"reason_code": "consent-withdrawn", "reason": "the family asked for it"}
DISCLOSURE = {
    "fields": {"name": NAME},
    "to": "Special procedures desk",
    "key": None,
    "reason_code": "consent",
    "reason": "the family's written consent",
}


def sealing(was, now, field="name", **changes):
    return {"field": field, "from": was, "to": now, **WHY} | changes


@pytest.fixture
def world():
    made = MemoryWorld()
    sources = [{"id": "s1", "kind": "witness", "detail": DETAIL}, {"id": "s2", "kind": "witness"}]
    made.say(ONE, "ClaimRecorded", claim_body(person={"name": NAME}, sources=sources))
    made.say(OTHER, "ClaimRecorded", claim_body())
    return made


@pytest.mark.parametrize(("field", "was", "now"), [
    ("name", NAME, NEW),
    ("name", NAME, None),
    ("family", None, NEW),
    ("source s1", DETAIL, NEW),
    ("source s1", DETAIL, None),
    ("source s2", None, NEW),
])  # fmt: skip
def test_sealing_sets_one_digest_and_nothing_else(world, field, was, now):
    before = world.states[ONE]
    after = world.say(ONE, "FieldSealed", sealing(was, now, field))
    expected = digests(before) | {field: now and now["sealed"]}
    assert digests(after) == {name: digest for name, digest in expected.items() if digest}
    assert after._replace(person=before.person, sources=before.sources) == before
    assert [one._replace(detail=None) for one in after.sources] == [
        one._replace(detail=None) for one in before.sources
    ]
    assert list(after.person) == sorted(after.person)


@pytest.mark.parametrize(("rule", "body"), [
    ("from-mismatch", sealing(None, NEW)),
    ("from-mismatch", sealing(NEW, NAME)),
    ("from-mismatch", sealing(NAME, NEW, "family")),
    ("from-mismatch", sealing(NAME, NEW, "source s1")),
    ("from-mismatch", sealing(NAME, NEW, "source s2")),
    ("no-change", sealing(NAME, NAME)),
    ("no-change", sealing(None, None, "family")),
    ("no-change", sealing(None, None, "source s2")),
    ("unknown-source", sealing(None, NEW, "source s3")),
    ("duplicate-digest", sealing(None, NAME, "family")),
    ("duplicate-digest", sealing(NAME, DETAIL)),
    ("sealed-field-in-clear", sealing(NAME, "a name")),
    ("sealed-field-in-clear", sealing("a name", NEW)),
    ("sealed-field-in-clear", sealing(NAME, NEW | {"value": "a name"})),
    ("malformed-field", sealing(NAME, {"sealed": "x"})),
    ("malformed-field", sealing(NAME, {"sealed": "x" * 43})),  # not canonical base64url
    ("malformed-field", sealing(NAME, {"sealed": None})),
    ("malformed-field", sealing(NAME, NEW, "sex")),
    ("malformed-field", sealing(NAME, NEW, "source")),
    ("malformed-field", sealing(NAME, NEW, "source S1")),
    ("malformed-field", sealing(NAME, NEW, "source s1\n")),
    ("malformed-field", sealing(NAME, NEW, None)),
    ("malformed-field", sealing(NAME, NEW, ["name"])),
    ("malformed-field", sealing(NAME, NEW, reason="")),
    ("unknown-term", sealing(NAME, NEW, reason_code="consent")),
    ("unknown-field", sealing(NAME, NEW, value="a name")),
    ("missing-field", {"field": "name", "to": NEW, **WHY}),
])  # fmt: skip
def test_a_sealing_that_says_wrong_is_refused(world, rule, body):
    world.refuses(rule, ONE, "FieldSealed", body)


@pytest.mark.parametrize(("rule", "changes"), [
    ("from-mismatch", {"fields": {"name": NEW}}),
    ("from-mismatch", {"fields": {"name": NAME, "family": NEW}}),
    ("from-mismatch", {"fields": {"source s2": NEW}}),
    ("from-mismatch", {"fields": {"source s9": DETAIL}}),
    ("malformed-field", {"fields": {}}),
    ("malformed-field", {"fields": []}),
    ("malformed-field", {"fields": ["name"]}),
    ("malformed-field", {"fields": {"sex": NAME}}),
    ("sealed-field-in-clear", {"fields": {"name": "a name"}}),
    ("malformed-field", {"to": ""}),
    ("malformed-field", {"to": "x" * 201}),
    ("malformed-field", {"to": None}),
    ("malformed-field", {"key": "short"}),
    ("unknown-term", {"reason_code": "new-evidence"}),
    ("malformed-field", {"reason": " "}),
    ("unknown-field", {"value": "a name"}),
])  # fmt: skip
def test_a_disclosure_that_says_wrong_is_refused(world, rule, changes):
    world.refuses(rule, ONE, "Disclosed", DISCLOSURE | changes, REVIEWER)


def test_a_disclosure_changes_nothing_of_the_claim(world):
    before = world.states[ONE]
    both = {"fields": {"name": NAME, "source s1": DETAIL}, "key": "A" * 43 + "="}
    assert world.say(ONE, "Disclosed", DISCLOSURE | both, PUBLISHER) == before
    assert world.say(ONE, "Disclosed", DISCLOSURE, REVIEWER) == before


@pytest.mark.parametrize(("rule", "changes"), [
    ("unknown-term", {"reason_code": "new-evidence"}),
    ("malformed-field", {"reason": ""}),
    ("unknown-field", {"fields": ["name"]}),
])  # fmt: skip
def test_an_erasure_that_says_wrong_is_refused(world, rule, changes):
    world.refuses(rule, ONE, "Erased", ERASURE | changes, REVIEWER)


def test_erasing_changes_nothing_that_counts_and_is_final(world):
    before = world.states[ONE]
    after = world.say(ONE, "Erased", ERASURE, REVIEWER)
    assert after == before._replace(erased=True)
    world.refuses("claim-erased", ONE, "Erased", ERASURE, REVIEWER)
    world.refuses("claim-erased", ONE, "FieldSealed", sealing(NAME, NEW))
    world.refuses("claim-erased", ONE, "FieldSealed", sealing(NAME, None))
    world.refuses("claim-erased", ONE, "Disclosed", DISCLOSURE, REVIEWER)
    linked = {"source": {"id": "s3", "kind": "witness", "detail": NEW}}
    world.refuses("claim-erased", ONE, "SourceLinked", linked)
    # What is public goes on being revised.
    world.say(ONE, "SourceLinked", {"source": {"id": "s3", "kind": "witness"}})
    status = {"field": "status", "from": "civilian", "to": "prisoner", **WHY}
    assert world.say(ONE, "ClassificationRevised", status).erased


def test_who_recorded_a_claim_does_not_erase_it_alone(world):
    world.holders = {DOCUMENTER: "one person", REVIEWER: "one person"}
    world.refuses("second-person", ONE, "Erased", ERASURE, REVIEWER)
    world.refuses("second-person", ONE, "Erased", ERASURE, DOCUMENTER)
    world.holders[REVIEWER] = "another"
    assert world.say(ONE, "Erased", ERASURE, REVIEWER).erased


@pytest.mark.parametrize(("enter", "body"), [("MergedInto", MERGE), ("Retracted", RETRACTION)])
def test_a_merged_or_retracted_claim_is_disclosed_and_erased_but_not_sealed(world, enter, body):
    standing = world.say(ONE, enter, body, REVIEWER).standing
    world.refuses(f"claim-{standing}", ONE, "FieldSealed", sealing(NAME, NEW))
    world.say(ONE, "Disclosed", DISCLOSURE, REVIEWER)
    after = world.say(ONE, "Erased", ERASURE, REVIEWER)
    assert (after.standing, after.erased) == (standing, True)


def test_a_source_is_linked_with_a_detail_of_its_own(world):
    linked = {"source": {"id": "s3", "kind": "witness", "detail": DETAIL}}
    world.refuses("duplicate-digest", ONE, "SourceLinked", linked)
    linked["source"]["detail"] = NEW
    world.say(ONE, "SourceLinked", linked)
    world.refuses(
        "duplicate-digest", claim_name(3), "ClaimRecorded",
        claim_body(person={"name": NAME, "family": NAME}),
    )  # fmt: skip
