"""Facets: one value for every claim, and what is not known in a row of its own."""

# ruff: noqa: E501 - tables read better with one case a line

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import Attribution
from domain.facets import (
    CATEGORIES,
    CHILDREN,
    CLAIM_FACETS,
    FACETS,
    INCIDENT_FACETS,
    UNKNOWN,
    category,
    facet,
    month_of,
)
from domain.fields import Place
from domain.rules import read_rules, shipped_document
from tests.domain.world import MemoryWorld
from tests.scene import claim_body, claim_name

RULES = read_rules(shipped_document())


@pytest.fixture
def claim():
    """A claim of which nothing is known."""
    return MemoryWorld().say(claim_name(1), "ClaimRecorded", claim_body(documented_on=None))


def words(vocabulary):
    return st.sampled_from(sorted(RULES.vocabulary(vocabulary)))


drawn = st.fixed_dictionaries(
    {
        "kind": words("claim-kind"),
        "sex": words("sex"),
        "age_group": words("age-group"),
        "status": words("status"),
        "profession": words("profession"),
        "cause": words("cause"),
        "weapon": words("weapon"),
        "review": words("review"),
        "origin": st.none() | words("governorate"),
        "place": st.none() | st.builds(Place, words("governorate"), st.none(), st.none() | words("district")),
        "incident": st.none() | st.just("incident/00000000-0000-4000-8000-000000000001"),
        "happened_on": st.sampled_from([None, "2020", "2020-03", "2020-02-28/2020-03-01", "../2019"]),
        "documented_on": st.sampled_from([None, "2020-03-05", "2020-03-01/2020-03-31", "2020-03~"]),
        "attribution": st.builds(
            lambda party: Attribution("sole", (party,)), words("party")
        ),
    }
)  # fmt: skip


@given(fields=drawn, basis=st.sampled_from(["documented", "happened"]))
def test_every_claim_has_one_word_of_the_vocabulary_for_every_facet(fields, basis):
    claim = MemoryWorld().say(claim_name(1), "ClaimRecorded", claim_body())._replace(**fields)
    for name in sorted(CLAIM_FACETS):
        vocabulary = FACETS[name]
        value = facet(claim, name, basis, RULES)
        assert type(value) is str
        assert value
        if vocabulary is not None:
            assert value in RULES.vocabulary(vocabulary) or value == UNKNOWN, name


def test_what_is_not_known_has_a_row_of_its_own(claim):
    for name in (
        "governorate",
        "district",
        "origin",
        "month",
        "incident",
        "sex",
        "category",
        "cause",
    ):
        assert facet(claim, name, "documented", RULES) == UNKNOWN


def test_a_facet_says_what_the_claim_says(claim):
    claim = claim._replace(
        sex="female",
        age_group="child",
        place=Place("SY07", "Anadan", "SY0703"),
        origin="SY12",
        happened_on="2020-02",
        documented_on="2020-03-05",
        attribution=Attribution("sole", ("hayat-tahrir-al-sham",)),
    )
    expected = {
        "category": "girls",
        "governorate": "SY07",
        "district": "SY0703",
        "origin": "SY12",
        "party": "hayat-tahrir-al-sham",
        "party-group": "extremist-islamist-groups",
        "mode": "sole",
        "kind": "killing",
        "status": "civilian",
        "review": "reported",
    }
    assert {name: facet(claim, name, "documented", RULES) for name in expected} == expected
    assert facet(claim, "month", "documented", RULES) == "2020-03"
    assert facet(claim, "month", "happened", RULES) == "2020-02"


@pytest.mark.parametrize(
    ("date", "month"),
    [
        (None, UNKNOWN),
        ("2020-03", "2020-03"),
        ("2020-03-05?", "2020-03"),
        ("2020-03-XX", "2020-03"),
        ("2020-03-01/2020-03-31", "2020-03"),
        ("2020-03-31/2020-04-01", UNKNOWN),
        ("2020", UNKNOWN),
        ("2020-03/..", UNKNOWN),
        ("2019-03/2020-03", UNKNOWN),
    ],
)
def test_a_month_is_known_when_the_whole_date_lies_in_it(date, month):
    assert month_of(date) == month


def test_every_age_and_sex_has_one_category():
    pairs = list(product(RULES.vocabulary("age-group"), RULES.vocabulary("sex")))
    categories = [category(age, sex) for age, sex in pairs]
    assert len(set(categories)) == len(pairs)
    assert set(categories) == {*CATEGORIES.values(), UNKNOWN}
    assert {category("child", sex) for sex in RULES.vocabulary("sex")} == CHILDREN


def test_the_facets_of_an_incident_are_facets():
    assert set(FACETS) >= INCIDENT_FACETS
    for name, vocabulary in FACETS.items():
        if vocabulary is not None:
            assert RULES.vocabulary(vocabulary), name
