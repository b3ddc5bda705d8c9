"""Keys in the log: enrolled, revoked, enrolled anew, each from its own log index on."""

from types import SimpleNamespace

import pytest

from domain.authority import Scope, key_name
from domain.authority_events import read_founding
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
    assert (key.vkey, key.roles, key.current.since) == (KEY, ("documenter", "reviewer"), 1)
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
    assert (key.roles, key.current.since) == (("reviewer",), 2)


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
    assert (key.revoked_at, key.current.since) == (None, 3)


def test_every_enrolment_of_a_key_is_kept_with_the_indexes_between_which_it_held(world):
    world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyEnrolled", enrolment(roles=["reviewer"]))
    world.say("authority", "KeyRevoked", revocation(suspect_from=2))
    key = world.say("authority", "KeyEnrolled", enrolment()).keys[key_name(KEY)]
    held = [(one.roles, one.since, one.until, one.revocation) for one in key.enrolments]
    assert held == [
        (("documenter",), 1, 2, None),
        (("reviewer",), 2, 3, "lost"),
        (("documenter",), 4, None, None),
    ]
    assert [index for index in range(6) if key.is_suspect(index)] == [2]
    assert [key.at(index).since for index in (2, 3, 5)] == [1, 2, 4]


def test_a_further_revocation_only_names_an_earlier_suspect_index(world):
    for _ in range(3):
        world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyRevoked", revocation(suspect_from=3))
    for later in (None, 3, 4):
        body = revocation(reason_code="compromised", suspect_from=later)
        world.refuses("key-revoked", "authority", "KeyRevoked", body)
    body = revocation(reason_code="compromised", suspect_from=1)
    key = world.say("authority", "KeyRevoked", body).keys[key_name(KEY)]
    assert (key.revoked_at, key.revocation) == (4, "compromised")
    # What came after the first revocation was not this key's to sign.
    assert [index for index in range(7) if key.is_suspect(index)] == [1, 2, 3]


NEW_ROOT = vkey("root-4")


def rotation(**changes):
    return {
        "roots": [*ROOTS[1:], NEW_ROOT],
        "threshold": 2,
        "reason_code": "retired",
        "reason": "a laptop is gone",
    } | changes


def test_root_keys_are_replaced_from_an_index_on_and_the_old_set_is_kept(world):
    authority = world.say("authority", "RootRotated", rotation(threshold=3))
    assert (authority.roots, authority.threshold) == ((*ROOTS[1:], NEW_ROOT), 3)
    assert [(one.threshold, one.since) for one in authority.root_sets] == [(2, 0), (3, 1)]
    # Who governed once takes no role, even after.
    world.refuses("duplicate-key", "authority", "KeyEnrolled", enrolment(vkey=ROOTS[0]))


@pytest.mark.parametrize(("rule", "changes"), [
    ("no-change", {"roots": list(reversed(ROOTS))}),
    ("threshold", {"threshold": 4}),
    ("malformed-field", {"threshold": 0}),
    ("malformed-field", {"roots": []}),
    ("duplicate-key", {"roots": [ROOTS[0], ROOTS[0]]}),
    ("duplicate-key", {"roots": [ROOTS[0], LOG]}),
    ("duplicate-key", {"roots": [ROOTS[0], KEY]}),
    ("malformed-field", {"reason_code": "stolen"}),
    ("missing-field", {}),
])  # fmt: skip
def test_a_rotation_that_could_not_govern_is_refused(world, rule, changes):
    world.say("authority", "KeyEnrolled", enrolment())
    body = rotation(**changes)
    if not changes:
        del body["threshold"]
    world.refuses(rule, "authority", "RootRotated", body)


def test_the_log_key_of_a_checkpoint_is_the_one_that_its_own_entries_name(world):
    second, third = vkey("register.example/tests", "1"), vkey("register.example/tests", "2")
    for log, reason in ((second, "retired"), (third, "compromised")):
        body = {"log": log, "reason_code": reason, "reason": "yearly"}
        authority = world.say("authority", "LogKeyRotated", body)
        world.refuses("duplicate-key", "authority", "LogKeyRotated", body)
    assert [authority.log_at(size) for size in range(5)] == [LOG, LOG, second, third, third]
    assert authority.log == third
    # One that was stolen signs beside no other.
    assert authority.retired_log_keys() == [LOG]


@pytest.mark.parametrize(("rule", "log"), [
    ("duplicate-key", LOG),
    ("duplicate-key", ROOTS[0]),
    ("malformed-field", vkey("another.example/log")),
    ("malformed-field", "no key"),
])  # fmt: skip
def test_a_log_key_that_cannot_be_is_refused(world, rule, log):
    body = {"log": log, "reason_code": "retired", "reason": "yearly"}
    world.refuses(rule, "authority", "LogKeyRotated", body)


@pytest.mark.parametrize("scope", [
    {"governorates": ["SY07"], "streams": None},
    {"governorates": None, "streams": ["claim", "incident"]},
    {"governorates": ["SY07", "SY02"], "streams": ["claim"]},
])  # fmt: skip
def test_an_enrolment_can_be_limited(world, scope):
    key = world.say("authority", "KeyEnrolled", enrolment(scope=scope)).keys[key_name(KEY)]
    assert key.current.scope.to_json() == scope


@pytest.mark.parametrize(("rule", "scope"), [
    ("malformed-field", {"governorates": None, "streams": None}),
    ("malformed-field", {"governorates": [], "streams": None}),
    ("unknown-term", {"governorates": ["SY99"], "streams": None}),
    ("malformed-field", {"governorates": None, "streams": ["authority"]}),
    ("missing-field", {"governorates": ["SY07"]}),
    ("unknown-field", {"governorates": ["SY07"], "streams": None, "until": "2020"}),
])  # fmt: skip
def test_a_limit_that_says_nothing_is_refused(world, rule, scope):
    world.refuses(rule, "authority", "KeyEnrolled", enrolment(scope=scope))


@pytest.mark.parametrize(("kind", "before", "after", "allowed"), [
    ("claim", None, "SY07", True),
    ("claim", None, "SY02", False),
    ("claim", None, None, False),
    ("claim", "SY02", "SY07", False),
    ("incident", "SY07", "SY07", True),
    ("estimate", None, "SY07", False),
])  # fmt: skip
def test_a_limit_asks_where_a_thing_lies_before_and_after(kind, before, after, allowed):
    def thing(governorate):
        return SimpleNamespace(place=governorate and SimpleNamespace(governorate=governorate))

    scope = Scope(("SY07",), ("claim", "incident"))
    found = (None if before is None else thing(before), thing(after))
    if allowed:
        scope.check(kind, *found)
    else:
        with pytest.raises(Rejected, match="out-of-scope"):
            scope.check(kind, *found)


def test_a_further_revocation_does_not_make_a_compromised_key_fit_again(world):
    world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyRevoked", revocation(reason_code="compromised", suspect_from=2))
    key = world.say("authority", "KeyRevoked", revocation(suspect_from=1)).keys[key_name(KEY)]
    assert key.revocation == "compromised"
    world.refuses("key-revoked", "authority", "KeyEnrolled", enrolment())


def test_each_time_a_key_was_enrolled_can_be_found_suspect_from_earlier_on(world):
    world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyRevoked", revocation(suspect_from=1))  # at 2
    for _ in range(3):
        world.say("authority", "KeyEnrolled", enrolment())
    world.say("authority", "KeyRevoked", revocation(suspect_from=5))  # at 6
    world.refuses("key-revoked", "authority", "KeyRevoked", revocation(suspect_from=5))
    body = revocation(suspect_from=4)
    key = world.say("authority", "KeyRevoked", body).keys[key_name(KEY)]
    assert [index for index in range(8) if key.is_suspect(index)] == [1, 4, 5]


def test_no_log_key_that_signed_what_was_lost_signs_on(world):
    second, third = vkey("register.example/tests", "1"), vkey("register.example/tests", "2")
    body = {"log": second, "reason_code": "retired", "reason": "yearly"}
    authority = world.say("authority", "LogKeyRotated", body)
    assert authority.retired_log_keys() == [LOG]
    body = {"size": 9, "root": None, "log": third, "reason": "the disk died"}
    authority = world.say("authority", "EntriesLost", body)
    assert [one.ended for one in authority.log_keys] == ["lost", "lost", None]
    assert authority.retired_log_keys() == []
