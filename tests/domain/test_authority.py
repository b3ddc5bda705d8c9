"""Keys in the log: enrolled, revoked, enrolled anew, each from its own log index on."""

import pytest

from domain.authority import key_name, read_founding
from domain.errors import Rejected
from domain.event import Event
from tests.domain.world import MemoryWorld


def vkey(name, digit="0"):
    return f"{name}+{digit * 8}+{'A' * 44}"


ROOTS = [vkey(f"root-{number}") for number in (1, 2, 3)]
LOG = vkey("register.example/tests")
KEY = vkey("documenter-1")
FOUNDING = {
    "origin": "register.example/tests",
    "roots": ROOTS,
    "threshold": 2,
    "log": LOG,
    "witnesses": [],
    "quorum": 0,
}


def enrolment(**changes):
    return {
        "vkey": KEY,
        "holder": {"kind": "person", "label": "A."},
        "roles": ["documenter"],
        "scope": None,
    } | changes


def revocation(**changes):
    return {
        "vkey": KEY,
        "reason_code": "lost",
        "reason": "left in a taxi",
        "suspect_from": None,
    } | changes


@pytest.fixture
def world():
    made = MemoryWorld()
    made.say("authority", "LedgerFounded", FOUNDING)
    return made


@pytest.mark.parametrize(("rule", "where", "changes"), [
    ("malformed-field", "body.origin", {"origin": "with space"}),
    ("malformed-field", "body.origin", {"origin": "with+plus"}),
    ("malformed-field", "body.origin", {"origin": ""}),
    ("malformed-field", "body.roots", {"roots": []}),
    ("malformed-field", "body.roots[0]", {"roots": ["root-1"]}),
    ("malformed-field", "body.roots[0]", {"roots": [vkey("root 1")]}),
    ("malformed-field", "body.roots[0]", {"roots": ["root-1+ABCDEF00+AAAA"]}),
    ("duplicate-key", "body.roots", {"roots": [ROOTS[0], ROOTS[0]]}),
    ("duplicate-key", "body.roots", {"roots": [ROOTS[0], ROOTS[0].replace("A", "B")]}),
    ("malformed-field", "body.threshold", {"threshold": 0}),
    ("threshold", "body.threshold", {"threshold": 4}),
    ("threshold", "body.quorum", {"quorum": 1}),
    ("duplicate-key", "body.log", {"log": ROOTS[1]}),
    ("malformed-field", "body.log", {"log": None}),
    ("malformed-field", "body.witnesses[0]", {"witnesses": ["w"]}),
])  # fmt: skip
def test_a_founding_that_could_not_govern_is_refused(rule, where, changes):
    error = MemoryWorld().refuses(rule, "authority", "LedgerFounded", FOUNDING | changes)
    assert error.where == where


def test_a_ledger_is_founded_by_its_first_entry_only(world):
    world.refuses("already-recorded", "authority", "LedgerFounded", FOUNDING)
    later = MemoryWorld()
    later.size = 1
    later.refuses("already-founded", "authority", "LedgerFounded", FOUNDING)


def test_the_first_entry_vouches_for_its_own_root_keys():
    event = Event("LedgerFounded", "authority", 1, None, "", "", None, FOUNDING)
    assert read_founding(event).roots == tuple(ROOTS)
    with pytest.raises(Rejected, match="not-founded"):
        read_founding(event._replace(type="KeyEnrolled"))


def test_a_key_is_enrolled_from_its_index_on(world):
    authority = world.say("authority", "KeyEnrolled", enrolment(roles=["documenter", "reviewer"]))
    key = authority.keys[key_name(KEY)]
    assert (key.vkey, key.roles, key.enrolled_at) == (KEY, ("documenter", "reviewer"), 1)
    assert (key.revoked_at, key.revocation, key.suspect_from) == (None, None, None)
    assert (authority.roots, authority.threshold, authority.log) == (tuple(ROOTS), 2, LOG)


@pytest.mark.parametrize(("rule", "changes"), [
    ("duplicate-key", {"vkey": ROOTS[0]}),
    ("duplicate-key", {"vkey": LOG}),
    ("malformed-field", {"vkey": "documenter-1"}),
    ("malformed-field", {"vkey": None}),
    ("malformed-field", {"roles": []}),
    ("malformed-field", {"roles": ["root"]}),
    ("malformed-field", {"roles": ["documenter", "documenter"]}),
    ("malformed-field", {"roles": "documenter"}),
    ("malformed-field", {"holder": "A."}),
    ("malformed-field", {"holder": {"kind": "robot", "label": "A."}}),
    ("malformed-field", {"holder": {"kind": "person", "label": ""}}),
    ("unknown-field", {"holder": {"kind": "person", "label": "A.", "name": "B."}}),
    ("malformed-field", {"scope": "SY07"}),
    ("unknown-field", {"until": None}),
])  # fmt: skip
def test_an_enrolment_that_cannot_be_is_refused(world, rule, changes):
    world.refuses(rule, "authority", "KeyEnrolled", enrolment(**changes))


def test_two_keys_never_bear_one_name_and_id(world):
    world.say("authority", "KeyEnrolled", enrolment())
    other = KEY.replace("AAAA", "BBBB")
    assert key_name(other) == key_name(KEY)
    world.refuses("duplicate-key", "authority", "KeyEnrolled", enrolment(vkey=other))
    world.refuses("unknown-key", "authority", "KeyRevoked", revocation(vkey=other))
    world.say("authority", "KeyEnrolled", enrolment(vkey=vkey("documenter-1", "1")))


def test_enrolling_a_key_again_gives_it_its_roles_anew(world):
    world.say("authority", "KeyEnrolled", enrolment())
    authority = world.say("authority", "KeyEnrolled", enrolment(roles=["reviewer"]))
    key = authority.keys[key_name(KEY)]
    assert (key.roles, key.enrolled_at) == (("reviewer",), 2)


def test_a_revoked_key_is_revoked_from_its_index_on(world):
    world.say("authority", "KeyEnrolled", enrolment())
    body = revocation(reason_code="compromised", suspect_from=1)
    key = world.say("authority", "KeyRevoked", body).keys[key_name(KEY)]
    assert (key.revoked_at, key.revocation, key.suspect_from) == (2, "compromised", 1)


@pytest.mark.parametrize(("rule", "changes"), [
    ("unknown-key", {"vkey": vkey("documenter-2")}),
    ("unknown-key", {"vkey": ROOTS[0]}),
    ("malformed-field", {"reason_code": "stolen"}),
    ("malformed-field", {"reason": ""}),
    ("malformed-field", {"suspect_from": 3}),  # this event itself gets index 2
    ("malformed-field", {"suspect_from": -1}),
])  # fmt: skip
def test_a_revocation_that_cannot_be_is_refused(world, rule, changes):
    world.say("authority", "KeyEnrolled", enrolment())
    world.refuses(rule, "authority", "KeyRevoked", revocation(**changes))
    world.say("authority", "KeyRevoked", revocation(suspect_from=2))


@pytest.mark.parametrize("reason", ["retired", "lost", "compromised"])
def test_a_key_is_revoked_once_and_a_compromised_one_never_comes_back(world, reason):
    world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyRevoked", revocation(reason_code=reason))
    world.refuses("key-revoked", "authority", "KeyRevoked", revocation())
    if reason == "compromised":
        world.refuses("key-revoked", "authority", "KeyEnrolled", enrolment())
        return
    key = world.say("authority", "KeyEnrolled", enrolment()).keys[key_name(KEY)]
    assert (key.revoked_at, key.enrolled_at) == (None, 3)
