"""Reconciliation: which two figures are compared, and what keeps others from it."""

from copy import deepcopy

import pytest

from domain.bounds import Bounds
from domain.errors import Invalid
from domain.estimate import EstimateStated, Value
from domain.fields import Place
from domain.reconciliation import (
    beside_count,
    check_covered,
    compare,
    count_of,
    kin,
    subject,
)
from domain.rules import read_rules, shipped_document

RULES = read_rules(shipped_document())
PLAIN = EstimateStated(
    publisher="an organisation",
    publication="a monthly report",
    ref="1",
    label="killed",
    measure="deaths",
    unit="persons",
    value=Value(145, None, None),
    qualifier="exact",
    grade="documented",
    population="civilians",
    category="total",
    party=None,
    basis="documented",
    period="2020-03",
    place=None,
    section=None,
    quote="as printed",
)
OTHER = PLAIN._replace(publisher="another organisation")


def valued(figure, best, **members):
    return figure._replace(value=Value(best, None, None), **members)


def verdict(left, right):
    found = compare(left, right, RULES)
    return found.verdict, found.differs


def test_the_same_definition_with_the_same_value_agrees():
    assert compare(PLAIN, OTHER, RULES) == ("agree", (), 0)


def test_the_same_definition_with_another_value_differs_by_so_much():
    assert compare(PLAIN, valued(OTHER, 150), RULES) == ("differ", (), 5)
    assert compare(valued(OTHER, 150), PLAIN, RULES) == ("differ", (), -5)


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        (PLAIN, valued(OTHER, 140, qualifier="at-least"), "can-agree"),
        (PLAIN, valued(OTHER, 146, qualifier="at-least"), "differ"),
        (PLAIN, valued(OTHER, 145, qualifier="at-least"), "can-agree"),
        (PLAIN, valued(OTHER, 145, qualifier="more-than"), "differ"),
        (PLAIN, valued(OTHER, 150, qualifier="nearly"), "can-agree"),
        (PLAIN, valued(OTHER, 140, qualifier="nearly"), "differ"),
        (PLAIN, valued(OTHER, 900, qualifier="approximately"), "can-agree"),
        (PLAIN, OTHER._replace(value=Value(150, 140, 160)), "can-agree"),
        (PLAIN, OTHER._replace(value=Value(150, 146, 160)), "differ"),
    ],
)
def test_qualifiers_and_ranges_are_taken_at_their_widest(left, right, found):
    assert verdict(left, right) == (found, ())


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"scope": "the coast"}, "scope"),
        ({"place": Place("SY07")}, "scope"),
        ({"period": "2020-02"}, "period"),
        ({"period": None}, "period"),
        ({"population": "all-persons"}, "population"),
        ({"grade": "reported"}, "grade"),
        ({"basis": "happened"}, "method"),
        ({"basis": None}, "method"),
    ],
)
def test_another_definition_is_said_and_no_verdict_is_given(change, aspect):
    assert verdict(PLAIN, valued(OTHER, 9, **change)) == ("not-comparable", (aspect,))
    assert verdict(valued(OTHER, 9, **change), PLAIN) == ("not-comparable", (aspect,))


def test_every_aspect_that_differs_is_said():
    other = OTHER._replace(scope="x", period="2025", population="all-persons", grade="estimated")
    assert verdict(PLAIN, other._replace(basis=None)) == (
        "not-comparable",
        ("scope", "period", "population", "grade", "method"),
    )


def test_periods_that_nobody_states_are_not_the_same():
    assert verdict(PLAIN._replace(period=None), OTHER._replace(period=None))[1] == ("period",)


def test_a_part_that_exceeds_the_longer_period_differs():
    year = valued(OTHER, 100, period="2020")
    assert compare(PLAIN, year, RULES) == ("differ", ("period",), -45)
    assert compare(year, PLAIN, RULES) == ("differ", ("period",), 45)
    assert verdict(PLAIN, valued(year, 145)) == ("not-comparable", ("period",))
    assert verdict(PLAIN, year._replace(grade="reported"))[0] == "not-comparable"
    assert verdict(PLAIN, valued(year, 100, qualifier="at-least"))[0] == "not-comparable"


def test_a_period_that_is_not_certain_is_only_the_same_as_itself():
    perhaps = valued(OTHER, 9, period="2020-03?")
    assert verdict(PLAIN, perhaps) == ("not-comparable", ("period",))
    assert verdict(PLAIN._replace(period="2020-03?"), perhaps) == ("differ", ())
    assert verdict(PLAIN, valued(OTHER, 9, period="2020-XX"))[0] == "not-comparable"


def test_what_stands_at_a_time_is_compared_by_the_day_its_period_ends():
    stood = PLAIN._replace(measure="displaced", period="2011-03/2020-03")
    assert verdict(stood, stood._replace(publisher="x", period="../2020-03")) == ("agree", ())
    shorter = valued(stood, 900, period="2020-02")
    assert verdict(stood, shorter) == ("not-comparable", ("period",))


def test_the_disappeared_stand_beside_those_held_and_are_another_measure():
    gone, held = "disappeared", "still-detained"
    assert kin(gone) == held == kin(held)
    assert subject(PLAIN._replace(measure=gone)) == subject(PLAIN._replace(measure=held))
    assert verdict(PLAIN._replace(measure=gone), OTHER._replace(measure=held))[1] == ("measure",)
    assert subject(PLAIN) != subject(PLAIN._replace(party="isis"))
    assert subject(PLAIN) != subject(PLAIN._replace(category="women"))
    assert subject(PLAIN) != subject(PLAIN._replace(unit="cases"))


@pytest.mark.parametrize(
    ("change", "where", "numbers"),
    [
        ({}, {"status": ["civilian"]}, ("deaths",)),
        ({"population": "combatants"}, {"status": ["combatant"]}, ("deaths",)),
        ({"population": "all-persons"}, {}, ("deaths",)),
        ({"category": "women"}, {"status": ["civilian"]}, ("women",)),
        (
            {"category": "women-and-children"},
            {"status": ["civilian"]},
            ("women", "children"),
        ),
        ({"category": "females"}, {"status": ["civilian"], "sex": ["female"]}, ("deaths",)),
        ({"measure": "medical-deaths"}, {"status": ["civilian"], "profession": ["medical"]}, None),
        (
            {"measure": "torture-deaths", "population": "civilians-and-combatants"},
            {"kind": ["torture-death"]},
            None,
        ),
        ({"party": "isis"}, {"status": ["civilian"], "party-group": ["isis"]}, None),
        ({"party": "drowning"}, {"status": ["civilian"], "party": ["drowning"]}, None),
        ({"place": Place("SY07")}, {"status": ["civilian"], "governorate": ["SY07"]}, None),
        ({"measure": "massacre-deaths", "category": "boys"}, {}, ("boys",)),
        ({"measure": "massacres", "unit": "incidents"}, {}, ()),
    ],
)
def test_claims_are_counted_by_the_definition_of_the_figure(change, where, numbers):
    count = count_of(PLAIN._replace(**change), RULES)
    written = count.definition.to_json()
    assert written["where"] == where
    assert (written["period"], written["basis"]) == ("2020-03", "documented")
    assert count.numbers == (("deaths",) if numbers is None else numbers)
    assert count.differs == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"unit": "per-ten-thousand"}, "share"),
        ({"measure": "barrel-bomb-pauses"}, "measure"),
        ({"unit": "cases"}, "cases"),
        ({"measure": "massacres"}, "persons"),
        ({"period": None}, "no period"),
        ({"period": "2020-03?"}, "certain"),
        ({"scope": "the coast"}, "scope"),
        ({"place": Place("SY07", "a village")}, "scope"),
        ({"population": "security-personnel"}, "population"),
        ({"measure": "massacre-deaths", "population": "all-persons"}, "massacres"),
        ({"category": "abroad"}, "category"),
        ({"measure": "massacres", "unit": "incidents", "category": "women"}, "category"),
    ],
)
def test_why_claims_cannot_be_counted_for_a_figure_is_said(change, why):
    with pytest.raises(Invalid, match=why):
        count_of(PLAIN._replace(**change), RULES)


def test_a_count_by_another_method_or_grade_is_set_beside_and_not_judged():
    figure = PLAIN._replace(basis=None, grade="reported")
    count = count_of(figure, RULES)
    assert count.differs == ("grade", "method")
    found = beside_count(figure, Bounds(140, 140, 140, "140"), count, RULES)
    assert found == ("not-comparable", ("grade", "method"), -5)


def test_claims_whose_date_only_may_lie_in_the_period_leave_room():
    count = count_of(PLAIN, RULES)
    assert beside_count(PLAIN, Bounds(144, 144, 145, "144"), count, RULES).verdict == "can-agree"
    assert beside_count(PLAIN, Bounds(144, 144, 144, "144"), count, RULES).verdict == "differ"
    assert beside_count(PLAIN, Bounds(145, 145, 145, "145"), count, RULES).verdict == "agree"


def test_a_measure_that_the_rules_do_not_count_is_not_counted():
    document = deepcopy(shipped_document())
    del document["measures"]["attempted-killings"]
    survived = PLAIN._replace(measure="attempted-killings")
    assert count_of(survived, RULES).definition.measure == "attempted-killings"
    with pytest.raises(Invalid, match="rules count no claims for attempted-killings"):
        count_of(survived, read_rules(document))


def test_a_measure_that_an_organisation_added_is_set_beside_a_stated_one_of_its_name():
    document = deepcopy(shipped_document())
    document["measures"]["displaced"] = ["property-seizure"]
    displaced = PLAIN._replace(measure="displaced", unit="cases")
    count = count_of(displaced, read_rules(document))
    assert (count.definition.measure, count.differs) == ("displaced", ())


def test_the_years_of_a_period_have_to_be_covered():
    count = count_of(PLAIN._replace(period="2011-03/2020-03"), RULES)
    check_covered(count, ("2011", "2020"))
    check_covered(count, ("2009", "2025"))
    for years in (None, ("2012", "2020"), ("2011", "2019")):
        with pytest.raises(Invalid, match="the ledger"):
            check_covered(count, years)
    check_covered(count_of(PLAIN._replace(period="../2020-03"), RULES), ("2019", "2020"))
    check_covered(count_of(PLAIN._replace(period="2020-03/.."), RULES), ("2019", "2020"))
