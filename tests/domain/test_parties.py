"""A toll by party at any level: one row for each claim, or declared otherwise and exact."""

from copy import deepcopy
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties import (
    EACH_PARTY,
    OWN_ROW,
    SHARED,
    at_level,
    counted,
    depth,
    shown,
    stands,
    weight,
)
from domain.rules import JOINT, read_rules, shipped_document


def rules_with_a_deeper_tree():
    document = deepcopy(shipped_document())
    parties = document["vocabularies"]["party"]
    for name, parent in (("brigade", "hayat-tahrir-al-sham"), ("squad", "brigade")):
        parties[name] = {"en": name, "ar": "وحدة", "parent": parent}
    return read_rules(document)


RULES = rules_with_a_deeper_tree()
PARTIES = sorted(RULES.vocabulary("party"))
LEVELS = [None, 1, 2, 3, 4]
rows = st.lists(st.sampled_from(PARTIES), min_size=1, max_size=4, unique=True).map(
    lambda parties: "+".join(sorted(parties))
)


def test_the_tree_is_as_deep_as_its_longest_line():
    assert depth(RULES) == 4
    assert depth(read_rules(shipped_document())) == 2


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        (1, "extremist-islamist-groups"),
        (2, "hayat-tahrir-al-sham"),
        (3, "brigade"),
        (4, "squad"),
        (None, "squad"),
    ],
)
def test_a_party_is_seen_from_every_level(level, seen):
    assert at_level(RULES, "squad", level) == seen


def test_a_joint_row_whose_parties_share_an_ancestor_stands_with_it():
    row = "hayat-tahrir-al-sham+squad"
    assert at_level(RULES, row, 3) == "brigade+hayat-tahrir-al-sham"
    assert at_level(RULES, row, 2) == "hayat-tahrir-al-sham"
    assert RULES.group(row) == "extremist-islamist-groups"
    assert RULES.group("russian-forces+squad") == JOINT


@given(row=rows)
def test_own_row_is_one_row_and_coarser_levels_nest(row):
    for level in LEVELS:
        assert len(stands(RULES, row, level, OWN_ROW)) == 1
    for finer, coarser in combinations([None, 4, 3, 2, 1], 2):
        assert at_level(RULES, at_level(RULES, row, finer), coarser) == at_level(
            RULES, row, coarser
        )
        assert RULES.group(at_level(RULES, row, finer)) == RULES.group(row)


@given(row=rows, level=st.sampled_from(LEVELS))
def test_shares_are_exact_and_sum_to_one_and_each_party_is_asked_for_by_itself(row, level):
    parties = row.split("+")
    stood = stands(RULES, row, level, SHARED)
    assert sum(weight(SHARED, row, 1) for _ in stood) == 1 == weight(SHARED, row, len(stood))
    assert [party for party, _ in stands(RULES, row, None, EACH_PARTY)] == parties
    for party in parties:
        where = {"party": (at_level(RULES, party, level),)}
        found = counted(RULES, row, level, EACH_PARTY, where)
        assert weight(EACH_PARTY, row, len(found)) == 1
        share = weight(SHARED, row, len(found))
        assert Fraction(1, len(parties)) <= share <= 1
    assert weight(EACH_PARTY, row, 0) == 0 == weight(SHARED, row, 0)


def test_a_filter_on_party_and_on_its_group_asks_one_party_for_both():
    where = {"party": ("russian-forces",), "party-group": ("extremist-islamist-groups",)}
    assert counted(RULES, "russian-forces+squad", None, EACH_PARTY, where) == []


def test_a_line_says_a_joint_row_by_all_its_parties_where_each_is_counted():
    row = "russian-forces+squad"
    assert shown(RULES, row, "party-group", None, OWN_ROW) == JOINT
    assert shown(RULES, row, "party-group", None, EACH_PARTY) == (
        "extremist-islamist-groups+russian-forces"
    )
