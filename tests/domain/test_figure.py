"""Definitions: equal meaning is equal bytes, and a misspelled word is never passed over."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import canonical
from domain.errors import Invalid
from domain.facets import CLAIM_FACETS
from domain.figure import (
    check_notable,
    define,
    read_definition,
    row_definition,
    sentence,
)
from domain.measures import measures
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


def spelled(**asked):
    return define(RULES, **asked).to_bytes()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"period": "2020-03"}, {"period": "2020-03-01/2020-03-31"}),
        ({"period": "2020-03"}, {"period": "2020-03/2020-03"}),
        ({"period": "2020"}, {"period": "2020-01/2020-12"}),
        ({"period": "../2020-03"}, {"period": "/2020-03-31"}),
        ({"period": "2020-03/2020-05"}, {"period": "2020-21"}),
        ({"by": ["party"], "level": "top"}, {"by": ["party-group"]}),
        ({"by": ["party"], "level": 1}, {"by": ["party-group"]}),
        ({"by": ["party"], "level": 2}, {"by": ["party"]}),
        ({"by": ["party"], "level": "party"}, {"by": ["party"]}),
        ({"where": {"review": ["verified"]}}, {"review": "verified"}),
        ({"where": {"review": ["corroborated", "verified"]}}, {"review": "corroborated"}),
        ({"where": {"review": ["reported", "corroborated", "verified"]}}, {}),
        (
            {"where": {"review": ["reported", "verified"]}, "review": "corroborated"},
            {"review": "verified"},
        ),
        (
            {"where": {"party": ["russian-forces+isis"]}},
            {"where": {"party": ["isis+russian-forces"]}},
        ),
        ({"basis": "happened"}, {"basis": "documented"}),
        ({"measure": "incidents", "basis": "documented"}, {"measure": "incidents"}),
    ],
)
def test_one_meaning_has_one_spelling(one, other):
    assert spelled(**one) == spelled(**other)
    for asked in (one, other):
        definition = define(RULES, **asked)
        assert read_definition(canonical.parse(definition.to_bytes()), RULES) == definition


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"straddling": "earliest"}, "no edge to straddle"),
        ({"straddling": "possible", "by": ["month"]}, "no edge to straddle"),
        ({"straddling": "first", "period": "2020"}, "earliest"),
        ({"joint": "shared"}, "no party is asked for"),
        ({"joint": "share", "by": ["party"]}, "shared"),
        ({"level": "top"}, "no party is asked for"),
        ({"level": "7", "by": ["party"]}, "party, top, 1, 2"),
        ({"level": True, "by": ["party"]}, "a number"),
        ({"level": "top", "by": ["party", "party-group"]}, "asked for already"),
        ({"review": "verfied"}, "verified"),
        ({"review": "verified", "where": {"review": ["reported"]}}, "none is at least verified"),
        ({"review": "verified", "measure": "incidents"}, "incidents are not reviewed"),
        ({"measure": "still-detained"}, "give the day"),
        ({"measure": "still-detained", "on": "2020-03"}, "one day"),
        ({"measure": "still-detained", "on": "2020-02-30"}, "no day 30"),
        ({"measure": "still-detained", "on": "2020-03-31", "period": "2020"}, "end of a day"),
        ({"measure": "still-detained", "on": "2020-03-31", "by": ["month"]}, "facet of still"),
        ({"on": "2020-03-31"}, "over a period"),
        ({"measure": "incidents", "period": "2020", "basis": "documented"}, "by happened"),
        ({"measure": "incidents", "by": ["sex"]}, "facet of incidents"),
        ({"where": {"kind": ["injury"]}}, "killing"),
        ({"where": {"party-group": ["hayat-tahrir-al-sham"]}}, "extremist-islamist-groups"),
        ({"where": {"party-group": ["isis+russian-forces"]}}, "joint"),
        ({"where": {"party": ["joint"]}, "joint": "each-party"}, "nothing stands in a row"),
        ({"where": {"confidence": ["likly"]}}, "likely"),
        ({"where": {"incident": ["5b1d6f0e"]}}, "incident/<uuid>"),
        ({"where": {"category": ["woman"]}}, "women"),
    ],
)
def test_what_means_nothing_is_refused_with_the_reason(asked, said):
    with pytest.raises(Invalid, match=said):
        define(RULES, **asked)


@pytest.mark.parametrize("measure", sorted(measures(RULES)))
def test_every_measure_has_a_sentence_in_both_languages(measure):
    on = "2020-03-31" if measure == "still-detained" else None
    period = None if on else "2020-02/2020-03-15"
    where = {"unit": ["persons"]} if measure == "stated" else {}
    definition = define(RULES, measure=measure, where=where, on=on, period=period)
    arabic = sentence(definition, RULES, "ar")
    assert not set("abcdefghijklmnopqrstuvwxyz") & set(arabic.lower())
    assert ("31 آذار 2020" if on else "من 1 شباط 2020 إلى 15 آذار 2020") in arabic
    english = sentence(definition, RULES, "en")
    assert ("at the end of 31 March 2020" if on else "from 1 February 2020 to 15") in english


def test_a_sentence_says_every_rule_that_is_not_the_usual_one():
    definition = define(
        RULES,
        where={"category": ["women"], "party": ["isis"]},
        period="2020-03-05",
        basis="happened",
        straddling="earliest",
        joint="each-party",
        review="verified",
    )
    assert sentence(definition, RULES) == (
        "Persons killed (category women; responsible party ISIS; at least verified), "
        "who died on 5 March 2020, a joint attack counted for each of its parties, "
        "uncertain dates by their earliest day"
    )
    arabic = sentence(definition, RULES, "ar")
    assert arabic.startswith("القتلى (الفئة: نساء؛ الجهة المسؤولة: ")
    assert ") الذين قُتلوا في 5 آذار 2020، " in arabic


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"joint": "shared", "by": ["party"]}, "fractions"),
        ({"joint": "shared", "where": {"party": ["isis"]}}, "fractions"),
        ({"joint": "each-party", "by": ["sex", "party-group"]}, "several rows"),
    ],
)
def test_what_no_note_can_carry_is_named_with_the_reason(asked, said):
    with pytest.raises(Invalid, match=said):
        check_notable(define(RULES, **asked))


def test_a_month_has_edges_of_its_own():
    definition = define(RULES, by=["month"], straddling="earliest")
    assert (definition.period, definition.straddling) == (None, "earliest")


def test_a_note_carries_own_rows_and_a_filter_on_each_party():
    check_notable(define(RULES, by=["party"]))
    check_notable(define(RULES, where={"party": ["isis"]}, by=["sex"], joint="each-party"))


def test_a_row_of_a_level_of_review_is_in_its_one_spelling():
    total = define(RULES, by=["review"], review="corroborated")
    for level in ("corroborated", "verified"):
        row = row_definition(total, [level])
        assert read_definition(canonical.parse(row.to_bytes()), RULES) == row
        assert row.facets == total.facets == ("review",)


def test_measures_are_those_that_the_rules_give_kinds():
    document = deepcopy(shipped_document())
    del document["measures"]["looting"]
    document["measures"]["deaths"] = ["killing"]
    rules = read_rules(document)
    assert "looting" not in measures(rules)
    assert measures(rules)["deaths"].kinds == ("killing",)
    with pytest.raises(Invalid, match="kind 'torture-death'"):
        define(rules, where={"kind": ["torture-death"]})
