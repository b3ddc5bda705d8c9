"""Cross-footing: which stated figures cannot stand beside each other, and which can."""

import pytest

from domain.crossfoot import cross_foot
from domain.estimate import EstimateStated, Value
from domain.fields import Place
from domain.rules import read_rules, shipped_document

RULES = read_rules(shipped_document())
PLAIN = EstimateStated(
    publisher="an organisation",
    publication="a monthly report",
    ref="1",
    label="killed",
    measure="deaths",
    unit="persons",
    value=Value(0, None, None),
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
IDLEB = Place("SY07", "a village")


def stated(best, category="total", **members):
    return PLAIN._replace(value=Value(best, None, None), category=category, **members)


def broken(*figures):
    return [finding.sentence for finding in cross_foot(figures, RULES) if not finding.holds]


def test_rows_that_sum_to_their_total_hold():
    (found,) = cross_foot(
        [stated(55), stated(36, party="syrian-regime-forces"), stated(19, party="russian-forces")],
        RULES,
    )
    assert found == ("rows-within-total", True, "deaths: 36 + 19 = 55", 55, 55)
    assert found.excess == 0


def test_rows_short_of_their_total_hold_and_the_residual_is_said():
    found = cross_foot([stated(10), stated(4, party="isis"), stated(3, party="joint")], RULES)
    assert [(one.holds, one.sentence) for one in found] == [
        (True, "deaths: 4 + 3 = 7, which leaves 3 of 10 in no row")
    ]
    assert found[0].excess == -3


def test_rows_beyond_their_total_do_not_hold():
    figures = [stated(10), stated(6, party="isis"), stated(5, party="russian-forces")]
    assert broken(*figures) == ["deaths: 6 + 5 = 11, but only 10 are stated altogether"]


def test_one_row_alone_beyond_its_total_does_not_hold():
    assert broken(stated(5), stated(9, party="isis")) == [
        "deaths: 9 in one row, but only 5 are stated altogether"
    ]


def test_a_row_is_summed_into_the_nearest_party_above_that_is_stated():
    figures = [
        stated(10),
        stated(5, party="other-parties"),
        stated(3, party="drowning"),
        stated(2, party="unknown-persons"),
        stated(2, party="hayat-tahrir-al-sham"),
        stated(3, party="isis"),
    ]
    assert {one.sentence for one in cross_foot(figures, RULES)} == {
        "deaths: 5 + 2 + 3 = 10",
        "deaths by Other parties: 3 + 2 = 5",
    }


def test_a_part_beyond_its_whole_does_not_hold():
    assert broken(stated(7), stated(9, "children")) == ["deaths of children: 9 exceed deaths: 7"]


def test_a_part_is_held_against_the_nearest_whole_that_is_stated():
    assert broken(stated(3), stated(9, "girls")) == ["deaths of girls: 9 exceed deaths: 3"]
    figures = (stated(9), stated(9, "children"), stated(9, "girls"))
    assert "deaths of girls: 9 are within deaths of children: 9" in {
        one.sentence for one in cross_foot(figures, RULES)
    }


@pytest.mark.parametrize(
    ("whole", "parts", "sentence"),
    [
        ("total", ("children", "women"), "deaths of children and women: 7 + 6 exceed deaths: 10"),
        (
            "children",
            ("boys", "girls"),
            "deaths of boys and girls: 7 + 6 exceed deaths of children: 10",
        ),
    ],
)
def test_parts_that_share_nobody_may_not_exceed_their_whole_together(whole, parts, sentence):
    assert broken(stated(10, whole), stated(7, parts[0]), stated(6, parts[1])) == [sentence]


@pytest.mark.parametrize(
    "measure", ["massacre-deaths", "medical-deaths", "media-deaths", "civil-defence-deaths"]
)
def test_deaths_of_some_kind_may_not_exceed_all_deaths_of_the_same_party(measure):
    party = "russian-forces"
    (sentence,) = broken(stated(19, party=party), stated(20, party=party, measure=measure))
    words = measure.replace("-", " ")
    assert sentence == f"{words} by Russian forces: 20 exceed deaths by Russian forces: 19"


def test_deaths_due_to_torture_are_no_part_of_the_civilian_toll():
    torture = stated(14, measure="torture-deaths", population="civilians-and-combatants")
    assert cross_foot([stated(9), torture], RULES) == []


@pytest.mark.parametrize(
    "other",
    [
        {"publisher": "another organisation"},
        {"publication": "another report"},
        {"population": "all-persons"},
        {"basis": "happened"},
        {"period": "2020-02"},
        {"grade": "reported"},
        {"unit": "cases"},
        {"place": IDLEB},
    ],
)
def test_figures_of_different_scope_are_not_held_against_each_other(other):
    assert cross_foot([stated(7), stated(9, "children", **other)], RULES) == []
    assert cross_foot([stated(7), stated(9, **other)], RULES) == []


def test_figures_of_one_place_are_held_against_each_other():
    figures = (stated(7, place=IDLEB), stated(9, "women", place=IDLEB))
    assert broken(*figures) == ["deaths of women: 9 exceed deaths: 7"]


def test_one_figure_stated_with_two_values_is_shown_and_not_overwritten():
    assert broken(stated(145), stated(146, ref="2")) == ["deaths: 145 stated, and 146 as well"]
    assert cross_foot([stated(145), stated(145, ref="2")], RULES) == []


@pytest.mark.parametrize("qualifier", ["at-least", "more-than"])
def test_a_whole_without_an_upper_bound_contradicts_no_part(qualifier):
    figures = (stated(5, qualifier=qualifier), stated(9, "children"))
    assert broken(*figures) == []
    (found,) = cross_foot(figures, RULES)
    label = RULES.label("qualifier", qualifier).lower()
    assert found.sentence == f"deaths of children: 9 can be within deaths: {label} 5"


@pytest.mark.parametrize("qualifier", ["nearly", "up-to"])
def test_a_part_without_a_lower_bound_contradicts_no_whole(qualifier):
    assert broken(stated(5), stated(9, "children", qualifier=qualifier)) == []


def test_a_part_of_at_least_so_many_can_exceed_an_exact_whole():
    assert broken(stated(5), stated(9, "children", qualifier="at-least")) == [
        "deaths of children: at least 9 exceed deaths: 5"
    ]
    assert broken(stated(9), stated(9, "children", qualifier="more-than")) == [
        "deaths of children: more than 9 exceed deaths: 9"
    ]


def test_at_least_so_many_and_an_exact_value_above_it_are_no_contradiction():
    assert broken(stated(490, qualifier="at-least"), stated(492, ref="2")) == []
    assert broken(stated(493, qualifier="at-least"), stated(492, ref="2")) == [
        "deaths: at least 493 stated, and 492 as well"
    ]


def test_a_stated_range_is_taken_at_its_widest():
    whole = PLAIN._replace(value=Value(5, 4, 10))
    assert broken(whole, stated(9, "children")) == []
    assert broken(whole, stated(11, "children")) == [
        "deaths of children: 11 exceed deaths: 5 (4 to 10)"
    ]
