"""Definitions: equal meaning is equal bytes, and a misspelled word is never passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import canonical
from domain.errors import Invalid
from domain.facets import CLAIM_FACETS
from domain.figure import define, read_definition, row_definition, sentence
from domain.rules import read_rules, shipped_document

RULES = read_rules(shipped_document())


def test_equal_meaning_gives_equal_bytes():
    one = define(RULES, where={"sex": ["male", "female"], "status": ["civilian"]}, by=["party"])
    other = define(
        RULES, where={"status": ["civilian", "civilian"], "sex": ["female", "male"]}, by=["party"]
    )
    assert one.to_bytes() == other.to_bytes()


@given(
    st.dictionaries(
        st.sampled_from(["sex", "status", "cause", "governorate"]), st.just(None), max_size=3
    ),
    st.lists(st.sampled_from(sorted(CLAIM_FACETS)), unique=True, max_size=4),
    st.sampled_from([None, "2020", "2020-03", "2020-03-05/2020-04"]),
)
def test_a_definition_is_read_back_from_its_own_bytes(where, by, period):
    words = {facet: sorted(RULES.vocabulary(facet))[:2] for facet in where}
    definition = define(RULES, where=words, by=by, period=period)
    assert read_definition(canonical.parse(definition.to_bytes()), RULES) == definition
    assert sentence(definition, RULES, "en")
    assert sentence(definition, RULES, "ar")


def test_the_sentence_says_what_is_counted_in_both_languages():
    definition = define(RULES, where={"status": ["civilian"]}, by=["party"], period="2020-03")
    english = "Persons killed (status civilian), documented in March 2020, by responsible party"
    assert sentence(definition, RULES) == english
    assert "آذار 2020" in sentence(definition, RULES, "ar")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ({"where": {"statu": ["civilian"]}}, "status"),
        ({"where": {"status": ["civlian"]}}, "civilian"),
        ({"where": {"party": ["russian-force"]}}, "russian-forces"),
        ({"where": {"district": ["SY703"]}}, "SY0703"),
        ({"where": {"district": ["SY07"]}}, "SY0705"),
        ({"by": ["distrct"]}, "district"),
        ({"by": ["partys"]}, "party"),
        ({"measure": "death"}, "deaths"),
        ({"basis": "document"}, "documented"),
        ({"measure": "massacres", "by": ["sex"]}, "facet of massacres"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_ones(asked, near):
    with pytest.raises(Invalid, match=near):
        define(RULES, **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"where": {"status": []}},
        {"by": ["sex", "sex"]},
        {"period": "2020?"},
        {"period": "March"},
        {"where": {"month": ["March"]}},
    ],
)
def test_what_cannot_be_counted_is_refused(asked):
    with pytest.raises(Invalid):
        define(RULES, **asked)


def test_a_row_is_the_total_narrowed_to_the_row():
    total = define(RULES, where={"status": ["civilian"]}, by=["party", "sex"])
    row = row_definition(total, ["russian-forces", "female"])
    assert dict(row.where) == {
        "party": ("russian-forces",),
        "sex": ("female",),
        "status": ("civilian",),
    }
    assert row.by == ()


def test_another_version_of_the_rules_is_not_read_as_this_one():
    document = define(RULES).to_json() | {"rules": 2}
    with pytest.raises(Invalid, match="rules version"):
        read_definition(document, RULES)


@pytest.mark.parametrize(
    "where", [{"party": [5]}, {"incident": [5]}, {"month": [None]}, {"status": [["civilian"]]}]
)
def test_a_value_that_is_no_text_is_refused_in_words(where):
    document = define(RULES).to_json() | {"where": where}
    with pytest.raises(Invalid):
        read_definition(document, RULES)


def test_what_only_python_takes_for_the_rules_version_is_refused():
    document = define(RULES).to_json() | {"rules": True}
    assert RULES.version == 1
    with pytest.raises(Invalid, match="rules version"):
        read_definition(document, RULES)
