"""Which versions of a stream are suspect: by whom they are signed, where, and who vouches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.authority import Authority, EnrolledKey, Enrolment, Holder, LogKey, RootSet
from domain.suspicion import Signed, suspect_versions
from tests.domain.world import REVIEWER, MemoryWorld
from tests.scene import claim_body, claim_name

CLAIM = claim_name(1)


def authority(**suspects):
    """Keys by name, each with the (first, end) indexes between which it is suspect."""
    enrolment = Enrolment(Holder("person", "A."), ("documenter",), None, 0)
    keys = {name: EnrolledKey(name, (enrolment,), tuple(spans)) for name, spans in suspects.items()}
    return Authority("o", (RootSet(("r",), 1, 0),), (LogKey("l", 0),), keys)


def test_the_span_begins_at_its_first_index_and_ends_before_its_last():
    known = authority(a=[(3, 5)])
    events = [Signed(version, version, ("a",)) for version in range(1, 8)]
    assert suspect_versions(events, known) == {3, 4}


def test_keys_that_are_not_enrolled_are_root_keys_and_never_suspect():
    assert suspect_versions([Signed(1, 1, ("root",))], authority()) == frozenset()


@given(st.permutations([1, 2, 3, 4]))
def test_vouching_is_settled_from_the_newest_backwards_whatever_order_is_given(order):
    known = authority(a=[(0, 9)], b=[(0, 9)])
    events = {
        1: Signed(1, 1, ("a",)),
        2: Signed(2, 2, ("b",), (1,)),
        3: Signed(3, 3, ("c",), (2,)),
        4: Signed(4, 4, ("a",)),
    }
    assert suspect_versions([events[one] for one in order], known) == {4}


@pytest.mark.parametrize(("rule", "versions"), [
    ("malformed-field", []),
    ("malformed-field", [2, 1]),
    ("malformed-field", [1, 1]),
    ("malformed-field", [0]),
    ("malformed-field", [3]),
    ("malformed-field", "1"),
    ("second-key", [2]),
])  # fmt: skip
def test_a_reaffirmation_that_vouches_for_nothing_is_refused(rule, versions):
    world = MemoryWorld()
    world.say(CLAIM, "ClaimRecorded", claim_body())
    world.say(CLAIM, "Retracted", {"reason_code": "alive", "reason": "seen"}, REVIEWER)
    body = {"versions": versions, "reason": "read again"}
    world.refuses(rule, CLAIM, "Reaffirmed", body, REVIEWER)
    before = world.states[CLAIM]
    assert world.say(CLAIM, "Reaffirmed", body | {"versions": [1]}, REVIEWER) == before
