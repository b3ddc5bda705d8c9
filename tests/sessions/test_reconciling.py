"""Five published reports in one ledger, set beside one another and beside the claims of one."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.sessions.conftest import Shell

ROOT = Path(__file__).parents[2]
OTHERS = (
    "2020-03/further",
    "2020-03-anniversary/stated",
    "2019-05-idlib/stated",
    "2025-left-to-their-fate/stated",
    "2025-03-coast/stated",
)
PAGE = (ROOT / "docs" / "reconcile.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ sijill (.*?)\n(.*?)```", PAGE, re.DOTALL)
RANDOM = re.compile(r"[A-Za-z0-9+/]{12}…")


@pytest.fixture(scope="module")
def five(march, tmp_path_factory):
    """The demo's ledger as frozen, with every other figure of the five reports."""
    folder = tmp_path_factory.mktemp("five")
    shutil.copytree(march.environment["SIJILL_LEDGER"], folder / "ledger")
    shell = Shell(folder, folder / "ledger")
    for name in OTHERS:
        file = ROOT / "examples" / f"{name}-figures.toml"
        shell.run("record", file, "--key", "documenter-1")
    return shell


@pytest.fixture(scope="module")
def answer(five):
    return five.json("reconcile")


def figures(answer):
    return {one["ref"]: one for one in answer["figures"]}


def pairs(answer):
    """(ref, ref) -> the comparison of every two figures."""
    refs = {one["id"]: one["ref"] for one in answer["figures"]}
    return {
        frozenset((refs[pair["left"]], refs[pair["right"]])): pair
        for subject in answer["subjects"]
        for pair in subject["pairs"]
    }


def test_each_figure_shows_low_best_high_and_its_basis(answer):
    found = figures(answer)
    shown = ("low", "best", "high", "least", "most", "qualifier", "basis", "grade")
    assert [found["002-01"][name] for name in shown] == [
        *(None, 145, None, 145, 145, "exact", "documented", "documented"),
    ]
    assert [found["001-01"][name] for name in shown] == [
        *(None, 111, None, 111, None, "at-least", None, "verified"),
    ]
    assert [found["003-03a"][name] for name in shown] == [
        *(27, 28, 30, 27, 30, "exact", None, "documented"),
    ]
    assert all(one["quote"] for one in answer["figures"])


def test_the_claims_of_march_are_its_table_and_not_its_fifth_massacre(answer):
    march = [one for one in answer["figures"] if one["ref"].startswith("002-")]
    differ = {
        one["ref"]: one["claims"]["difference"]
        for one in march
        if one["claims"].get("verdict") == "differ"
    }
    assert differ == {
        # What the report says of January and February is not among the claims.
        **{"002-04": 145 - 707, "002-22": 14 - 39, "002-28": 4 - 26},
        **{"002-04c": 145 - 707, "002-22c": 14 - 39},
        # The second Russian massacre, which it does not describe: one girl and four women.
        **{"002-29": -1, "002-30b": -1},
        **{"002-31": -5, "002-31a": -1, "002-31b": -1, "002-31c": -1, "002-31d": -4},
        **{"002-34": -5, "002-34a": -1, "002-34b": -1, "002-34c": -4},
    }
    # Nine more were documented at some time of the month, so perhaps on the day of the three.
    assert [one["ref"] for one in march if one["claims"].get("verdict") == "can-agree"] == [
        "002-41"
    ]


def test_reports_contradict_one_another_in_two_places_and_no_other(answer):
    differ = {
        refs: pair["difference"]
        for refs, pair in pairs(answer).items()
        if pair["verdict"] == "differ"
    }
    assert differ == {
        # X08: one publisher within two weeks.
        frozenset(("002-44", "004-37t")): 2_200_000,
        # X14: one never stopped seeing barrel bombs, the other had seen none for years.
        frozenset(("004-34n", "003-03b")): 1,
    }


@pytest.mark.parametrize(
    ("check", "left", "right", "differs"),
    [
        ("X07", "002-43", "004-11", ["measure", "grade"]),
        ("X15", "001-01", "001-03", ["scope", "population", "grade"]),
        ("X15", "001-01", "000-06", ["scope", "period", "population", "grade"]),
        ("X15", "001-03", "000-06", ["scope", "period", "grade"]),
        ("X15", "000-01", "000-06", ["scope", "period", "population"]),
        ("X16", "004-01", "001-05", ["period", "population", "grade"]),
        ("X17", "004-13", "003-04", ["measure", "period", "grade"]),
    ],
)
def test_why_two_figures_cannot_be_compared_is_said(answer, check, left, right, differs):
    pair = pairs(answer)[frozenset((left, right))]
    assert (pair["verdict"], pair["differs"]) == ("not-comparable", differs)


def test_ninety_men_and_ninety_women_are_not_set_beside_each_other(answer):
    assert frozenset(("001-02a", "000-06a")) not in pairs(answer)


def test_what_publications_say_of_themselves_is_cross_footed(answer):
    broken = [one["sentence"] for one in answer["findings"] if not one["holds"]]
    assert len(broken) == 7
    left = {one["sentence"]: one["residual"] for one in answer["findings"] if one["residual"]}
    assert sorted(left.values()) == [1, 20, 36]


def test_a_chosen_figure_is_cross_footed_with_those_that_are_not_chosen(five):
    options = ("--measure", "massacre-deaths", "--party", "russian-forces", "--category", "women")
    found = five.json("reconcile", *options)
    assert [one["ref"] for one in found["figures"]] == ["002-34c"]
    assert [one["sentence"] for one in found["findings"] if not one["holds"]] == [
        "massacre deaths of women by Russian forces: 11 exceed deaths of women by Russian forces: 7"
    ]
    assert five.json("reconcile", "--publisher", "nobody")["findings"] == []


def test_figures_are_chosen_by_publisher_period_measure_party_and_category(five):
    def refs(*options):
        return {one["ref"] for one in five.json("reconcile", *options)["figures"]}

    assert refs("--publisher", "ohchr") == {"001-01", "001-02a", "001-02b"}
    assert refs("--publisher", "ohchr", "--publisher", "commission", "--category", "women") == {
        *("001-02b", "000-06a"),
    }
    assert refs("--period", "2025-03-10/2025-04", "--measure", "disappeared") == set()
    assert refs("--period", "2025-03", "--measure", "disappeared") == {"000-07", "000-10a"}
    assert refs("--measure", "disappeared", "--party", "isis") == {"004-13", "003-04"}
    assert refs("--period", "2020-03", "--measure", "siege-deaths", "--category", "women") == {
        "004-22b"
    }
    assert refs("--measure", "displaced", "--publisher", "SYRIAN network") == {
        *("002-44", "004-37", "004-37a", "004-37b", "004-37h", "004-37t"),
    }


def test_figures_are_shown_as_they_stood(five):
    before = five.json("reconcile", "--at", "234")
    assert {one["ref"][:3] for one in before["figures"]} == {"002"}
    assert before["ledger"]["size"] == 235
    assert five.json("reconcile", "--at", "10")["figures"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--measure", "deats"), "did you mean deaths"),
        (("--party", "russia"), "party 'russia': unknown"),
        (("--category", "womn"), "did you mean women"),
        (("--period", "soon"), "not an EDTF date"),
        (("--period", "2020?"), "a period is certain"),
        (("--at", "999999"), "the log has"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(five, options, message):
    assert message in five.run("reconcile", *options, code=2)


def test_programs_get_one_row_for_each_figure(five):
    lines = five.run("reconcile", "--format", "csv", "--measure", "massacres").splitlines()
    assert lines[0].startswith("id,ref,label,publisher,publication,measure,")
    assert len(lines) == 1 + 7


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[one[0] for one in SHOWN])
def test_the_page_shows_what_is_printed(five, command, shown):
    printed = five.run(*shlex.split(command))
    assert RANDOM.sub("…", printed) == RANDOM.sub("…", shown)


def test_the_page_shows_two_questions():
    assert len(SHOWN) == 2
