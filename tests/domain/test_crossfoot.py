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


def sentences(*figures):
    return [finding.sentence for finding in cross_foot(figures, RULES)]


def test_every_two_values_of_one_figure_are_held_against_each_other():
    figures = [
        stated(152, qualifier="approximately"),
        stated(152, ref="2"),
        stated(150, ref="3", qualifier="nearly"),
        stated(152, ref="4"),
    ]
    assert sentences(*figures) == [
        "deaths: about 152 stated, and 152 as well",
        "deaths: about 152 stated, and nearly 150 as well",
        "deaths: 152 stated, and nearly 150 as well",
    ]
    assert broken(*figures) == ["deaths: 152 stated, and nearly 150 as well"]


def test_facilities_by_kind_are_rows_whose_residual_is_said():
    measure = {"measure": "attacks-on-vital-facilities", "unit": "attacks"}
    figures = [
        stated(82, qualifier="at-least", **measure),
        stated(17, "places-of-worship", **measure),
        stated(19, "schools", **measure),
    ]
    (found,) = cross_foot(figures, RULES)
    assert (found.rule, found.holds, found.residual) == ("rows-within-total", True, 46)
    assert found.sentence == (
        "attacks on vital facilities: 17 + 19 = 36, which leaves 46 of at least 82 in no row"
    )


def test_only_rows_leave_a_residual():
    (part,) = cross_foot([stated(9), stated(7, "women")], RULES)
    assert (part.excess, part.residual) == (-2, 0)
    (more,) = cross_foot([stated(9, qualifier="at-least"), stated(12, party="isis")], RULES)
    assert (more.holds, more.excess, more.residual) == (True, 3, 0)


def test_females_of_any_age_are_women_and_girls_who_are_children():
    assert broken(stated(10, "females"), stated(3, "women"), stated(6, "children")) == [
        "deaths of females: 10 exceed deaths of women and children: 3 + 6"
    ]
    assert broken(stated(9, "females"), stated(3, "women"), stated(6, "children")) == []
    assert broken(stated(10, "females"), stated(3, "women")) == []
    assert broken(stated(5, "females"), stated(3, "women"), stated(3, "girls")) == [
        "deaths of females: 3 + 3 = 6, but only 5 are stated altogether"
    ]


def test_men_and_women_are_apart():
    assert broken(stated(100), stated(90, "men"), stated(18, "women")) == [
        "deaths of women and men: 18 + 90 exceed deaths: 100"
    ]


def test_populations_are_apart_and_within_all_persons():
    everyone = stated(10, population="all-persons")
    parts = [stated(7), stated(4, population="combatants")]
    assert broken(everyone, *parts) == [
        "deaths, civilians and combatants: 7 + 4 exceed deaths, all persons: 10"
    ]
    assert broken(stated(11, population="all-persons"), *parts) == []
    assert broken(everyone, stated(11)) == ["deaths, civilians: 11 exceed deaths, all persons: 10"]
    assert sentences(everyone, stated(9)) == []
    assert sentences(everyone, stated(11, population="civilians-and-combatants")) == []


def test_a_period_is_within_every_longer_one_and_periods_apart_are_added():
    quarter = stated(10, period="2020-01/2020-03")
    months = [stated(6, period="2020-01"), stated(5, period="2020-03")]
    assert broken(quarter, *months) == [
        "deaths in 2020-01 and 2020-03: 6 + 5 exceed deaths in 2020-01/2020-03: 10"
    ]
    assert sentences(quarter, months[0]) == [
        "deaths in 2020-01: 6 are within deaths in 2020-01/2020-03: 10"
    ]
    assert sentences(months[0], stated(9, period="2020-02/2020-04")) == []
    assert sentences(quarter, stated(9, period=None)) == []


def test_nested_periods_narrow_and_are_never_added():
    figures = [
        stated(184, period="2013-09-27/2020-03"),
        stated(115, period="2015-03-06/2020-03"),
        stated(59, period="2015-08-07/2020-03"),
    ]
    assert sentences(*figures) == [
        "deaths in 2015-03-06/2020-03: 115 are within deaths in 2013-09-27/2020-03: 184",
        "deaths in 2015-08-07/2020-03: 59 are within deaths in 2015-03-06/2020-03: 115",
    ]
    figures[2] = stated(116, period="2015-08-07/2020-03")
    assert broken(*figures) == [
        "deaths in 2015-08-07/2020-03: 116 exceed deaths in 2015-03-06/2020-03: 115"
    ]


@pytest.mark.parametrize("period", ["2020-03?", "2020-XX", "2020~"])
def test_a_period_that_is_not_certain_is_no_part_and_no_whole(period):
    uncertain = stated(9, period=period)
    assert sentences(uncertain, stated(7, period="2019/2021")) == []
    assert sentences(stated(7, period=period), stated(9, period="2020-03-05")) == []


def test_periods_that_overlap_are_held_one_by_one():
    year = stated(10, period="2020")
    parts = [stated(6, period="2020-01/2020-06"), stated(7, period="2020-05/2020-08")]
    assert broken(year, *parts) == []
    assert len(sentences(year, *parts)) == 2


def test_what_stands_at_a_time_is_not_less_in_a_shorter_period():
    held = {"measure": "still-detained"}
    figures = (stated(9, period="2020-03", **held), stated(7, period="2011/2020-03", **held))
    assert sentences(*figures) == []


def share(best, category="total", value=None, **members):
    figure = stated(best, category, unit="per-ten-thousand", **members)
    return figure if value is None else figure._replace(value=value)


def test_a_share_is_the_share_of_the_figures_beside_it():
    figures = [stated(145), stated(76, party="other-parties")]
    assert broken(*figures, share(5241, party="other-parties")) == []
    assert broken(*figures, share(5242, party="other-parties")) == [
        "deaths by Other parties: 76 of 145 are 5241 per ten thousand, 5242 stated"
    ]


def test_a_share_printed_without_decimals_is_a_range():
    figures = [stated(42), stated(15, "children"), stated(11, "women")]
    for best, holds in ((6200, True), (6300, False)):
        figure = share(best, "women-and-children", Value(best, best - 50, best + 50))
        assert (broken(*figures, figure) == []) is holds


def test_a_share_of_what_the_qualifiers_leave_open_is_taken_at_its_widest():
    isis = {"party": "isis"}
    for part, whole, best, holds in (
        ({"qualifier": "at-least"}, {}, 6000, True),
        ({"qualifier": "at-least"}, {}, 4000, False),
        ({}, {"qualifier": "at-least"}, 4000, True),
        ({}, {"qualifier": "at-least"}, 6000, False),
        ({"qualifier": "nearly"}, {}, 4000, True),
        ({"qualifier": "nearly"}, {}, 6000, False),
        ({}, {"qualifier": "nearly"}, 6000, True),
        ({}, {"qualifier": "nearly"}, 4000, False),
    ):
        figures = [stated(10, **whole), stated(5, **isis, **part), share(best, **isis)]
        assert (broken(*figures) == []) is holds, (part, whole, best)


def test_a_share_of_what_is_not_stated_is_not_judged():
    for figures in ([stated(145)], [stated(76, party="isis")], [stated(0), stated(0, "women")]):
        assert [
            found.rule
            for found in cross_foot([*figures, share(5241, party="isis")], RULES)
            if found.rule == "share-of-whole"
        ] == []


def test_shares_are_no_rows():
    figures = [share(5000, party="isis"), share(6000, party="russian-forces"), share(9000)]
    assert sentences(*figures) == []


def test_one_place_in_two_governorates_is_a_contradiction():
    there = {"measure": "campaigns", "unit": "incidents"}
    figures = [
        stated(2, place=Place("SY03", "Al-Qadam"), **there),
        stated(2, place=Place("SY01", "Al-Qadam"), **there),
    ]
    assert broken(*figures) == ["campaigns at Al-Qadam: in Rural Damascus, and in Damascus as well"]
    assert broken(figures[0], stated(3, place=Place("SY01", "Al-Qadam"), **there)) == []
    assert broken(figures[0], stated(2, place=Place("SY01", "Al-Midan"), **there)) == []
    assert broken(stated(2, place=Place("SY03"), **there), figures[1]) == []


def test_figures_of_another_scope_in_words_are_not_held_against_each_other():
    assert sentences(stated(7, scope="the coast"), stated(9, "children")) == []
