"""Attribution: every mode leads to exactly one row, and what would lead to two is refused."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import Attribution, read_attribution, row_of
from domain.errors import Rejected
from domain.rules import JOINT, read_rules, shipped_document

RULES = read_rules(shipped_document())
PARTIES = sorted(set(RULES.vocabulary("party")) - {"joint", "unresolved-between"})
CONFIDENCES = [None, *sorted(RULES.vocabulary("confidence"))]
# mode -> least and most parties: counting rules of a toll by party
BOUNDS = {
    "sole": (1, 1),
    "joint-coordinated": (2, 5),
    "joint-undetermined": (2, 5),
    "unresolved-between": (2, 2),
    "unidentified": (0, 1),
    "other-named": (1, 1),
    "no-perpetrator": (0, 1),
}


def written(mode, parties, confidence=None):
    return {"confidence": confidence, "mode": mode, "parties": list(parties)}


def refused(value, rule, where="body.attribution"):
    with pytest.raises(Rejected) as caught:
        read_attribution(value, "body.attribution", RULES)
    assert (caught.value.rule, caught.value.where) == (rule, where)


def test_the_modes_of_the_shipped_rules_are_those_with_a_known_number_of_parties():
    assert set(RULES.vocabulary("attribution-mode")) == set(BOUNDS)


@pytest.mark.parametrize("mode", BOUNDS)
@pytest.mark.parametrize("number", range(7))
def test_a_mode_names_as_many_parties_as_its_row_can_hold(mode, number):
    least, most = BOUNDS[mode]
    value = written(mode, PARTIES[:number])
    if least <= number <= most:
        assert read_attribution(value, "body.attribution", RULES).to_json() == value
    else:
        refused(value, "attribution-shape")


@given(st.sampled_from(sorted(BOUNDS)), st.data())
def test_what_is_read_is_written_again_as_it_was_signed(mode, data):
    least, most = BOUNDS[mode]
    drawn = st.lists(st.sampled_from(PARTIES), min_size=least, max_size=most, unique=True)
    value = written(mode, sorted(data.draw(drawn)), data.draw(st.sampled_from(CONFIDENCES)))
    read = read_attribution(value, "body.attribution", RULES)
    assert read.to_json() == value
    assert read.row
    # Confidence says how sure one is, and moves no death to another row.
    assert read.row == read._replace(confidence=None).row


@pytest.mark.parametrize(
    ("mode", "parties", "row"),
    [
        ("sole", ("isis",), "isis"),
        ("other-named", ("turkish-forces",), "turkish-forces"),
        ("joint-coordinated", ("isis", "russian-forces"), "isis+russian-forces"),
        ("joint-undetermined", ("isis", "russian-forces"), "isis+russian-forces"),
        ("unresolved-between", ("isis", "russian-forces"), "unresolved-between"),
        ("unidentified", (), "unknown-party"),
        ("unidentified", ("isis",), "isis"),
        ("no-perpetrator", (), "unknown-party"),
    ],
)
def test_each_attribution_has_its_one_row(mode, parties, row):
    assert row_of(mode, parties) == Attribution(mode, parties).row == row


def test_rows_of_joint_attributions_are_a_group_of_their_own():
    for one, other in combinations(PARTIES[:6], 2):
        tops = {RULES.group(one), RULES.group(other)}
        shared = tops.pop() if len(tops) == 1 else JOINT
        assert RULES.group(row_of("joint-coordinated", (one, other))) == shared
        assert RULES.group(row_of("unresolved-between", (one, other))) == "other-parties"
    assert RULES.group(row_of("unidentified", ())) in RULES.vocabulary("party")


@pytest.mark.parametrize(
    ("value", "rule", "where"),
    [
        (None, "malformed-field", ""),
        ("sole", "malformed-field", ""),
        ([], "malformed-field", ""),
        ({}, "malformed-field", ""),
        (written("sole", ["isis"]) | {"weight": 1}, "malformed-field", ""),
        ({"mode": "sole", "parties": ["isis"]}, "malformed-field", ""),
        (written("alone", ["isis"]), "unknown-term", ".mode"),
        (written(None, ["isis"]), "unknown-term", ".mode"),
        (written(["sole"], ["isis"]), "unknown-term", ".mode"),
        (written("sole", []) | {"parties": {"isis": 1}}, "malformed-field", ".parties"),
        (written("sole", []) | {"parties": "isis"}, "malformed-field", ".parties"),
        (written("sole", ["ISIS"]), "unknown-term", ".parties[0]"),
        (written("joint-coordinated", ["isis", None]), "unknown-term", ".parties[1]"),
        (written("joint-coordinated", ["isis", ["isis"]]), "unknown-term", ".parties[1]"),
        (written("sole", ["isis"], "sure"), "unknown-term", ".confidence"),
        (written("sole", ["isis"], 1), "unknown-term", ".confidence"),
        (written("joint-coordinated", ["isis", "isis"]), "attribution-shape", ""),
        (written("joint-coordinated", ["russian-forces", "isis"]), "attribution-shape", ""),
    ],
)
def test_another_form_is_refused_and_its_place_named(value, rule, where):
    refused(value, rule, f"body.attribution{where}")
