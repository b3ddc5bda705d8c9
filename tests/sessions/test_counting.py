"""Counting at the terminal, on the ledger of March 2020: what is declared is said, and refused."""

import pytest

MARCH = ("--happened", "2020-03")


def test_a_toll_says_the_least_and_the_most_where_dates_straddle_an_edge(march):
    counted = {
        rule: march.json("toll", *MARCH, "--straddling", rule)
        for rule in ("whole-interval", "earliest", "latest", "possible")
    }
    for rule, answer in counted.items():
        assert answer["definition"]["straddling"] == rule
        assert answer["low"] <= answer["total"] <= answer["high"]
        assert (answer["low"], answer["high"]) == (
            counted["whole-interval"]["total"],
            counted["possible"]["total"],
        )
    assert counted["latest"]["total"] > counted["whole-interval"]["total"]
    printed = march.run("toll", *MARCH, "--straddling", "latest")
    assert "uncertain dates by their latest day" in printed
    assert "low" in printed
    listed = march.run("members", *MARCH, "--certainty", "possible")
    assert "../2020-03-11" in listed


def test_two_numbers_side_by_side_are_one_question(march):
    printed = march.run("toll", "--documented", "2020-03", "--levels")
    assert "at least verified" in printed
    assert "at least 0 verified, 0 corroborated, 159 reported" in printed


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--measure", "detension"), "did you mean detentions"),
        (("--measure", "still-detained"), "give the day"),
        ((*MARCH, "--straddling", "erliest"), "did you mean earliest"),
        (("--by", "party", "--joint", "shares"), "did you mean shared"),
        (("--by", "party", "--level", "tops"), "did you mean top"),
        (("--review", "verfied"), "did you mean verified"),
        (("--where", "confidence=likly"), "did you mean likely"),
        (("--levels", "--by", "review"), "leave out"),
        (("--levels", "--format", "geojson", "--by", "governorate"), "a map has one"),
        (("--joint", "shared", "--by", "party", "--format", "geojson"), "by"),
    ],
)
def test_what_cannot_be_counted_is_said_with_what_can(march, asked, said):
    assert said in march.run("toll", *asked, code=2)
