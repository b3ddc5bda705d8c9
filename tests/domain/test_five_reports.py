"""The five example reports: each figure as printed, and what their figures say of one another.

Numbers of figures (F000 to F004), checks that hold (C01 to C22) and contradictions (X01 to X20) are
those of the project's reference of published figures.
"""

import os
import re
from pathlib import Path

import pytest

from api.casefile import read_stated
from domain.catalogue import CATALOGUE
from domain.crossfoot import cross_foot
from domain.rules import read_rules, shipped_document

EXAMPLES = Path(__file__).parents[2] / "examples"
RULES = read_rules(shipped_document())
READ = CATALOGUE["estimate"]["EstimateStated"].shape.read
# folder: its number in the reference of published figures
REPORTS = {
    "2025-left-to-their-fate": "000",
    "2025-03-coast": "001",
    "2020-03": "002",
    "2019-05-idlib": "003",
    "2020-03-anniversary": "004",
}
QUALIFIERS = {
    "exact": "=",
    "at-least": "≥",
    "nearly": "~",
    "approximately": "~",
    "more-than": ">",
}

# Every number that the reference lists: figure, qualifiers as printed, values as printed.
PRINTED = """
000-01 = 64 9 9
000-02 = 4 1
000-03 = 5 2
000-04 = 10 1
000-05 = 19
000-06 = 1426 90
000-07 = 20
000-08 = 30
000-09 = 27
000-10 =≥ 2 2 24
001-01 ≥ 111
001-02 = 90 18
001-03 > 1200
001-04 = 13
001-05 > 600000
002-01 = 145
002-02 = 28
002-03 = 16
002-04 = 707 707
002-05 = 5241
002-06 = 36 5 3
002-07 = 19 2 7
002-08 = 2
002-09 = 12 2
002-10 = 76 19 6
002-11 = 13 2 1
002-12 = 28 3 1
002-13 = 2
002-14 = 20 9 1
002-15 = 10 2 3
002-16 = 3 3
002-19 = 14
002-20 = 12
002-21 = 2
002-22 = 39 39
002-23 = 2
002-24 = 1
002-25 = 1
002-26 = 0
002-27 = 0
002-28 ≥ 26
002-29 = 5
002-30 = 1 2 1 1
002-31 = 42 15 11 4 11
002-32 = 6200
002-33 = 5 1
002-34 = 20 3 3 11
002-35 = 5 2 2
002-36 = 12 9 8 1
002-37 = 5 1
002-38 =≥ 15 19 2 7 2 2 200
002-39 = 5 2
002-40 ≥ 5
002-41 = 3
002-42 = 1
002-43 =~ 83000 83000
002-44 = 13000000
003-01 > 80
003-02 ≥ 200
003-03 ~=≥ 24 28 1
003-04 ~ 8000
003-05 = 5 1 1
003-06 > 11000
003-07 = 5
003-08 ≥ 82
003-09 = 17 19 6 4
003-10 ~ 2000
003-11 > 1000
004-01 = 226247
004-02 > 250000
004-03 = 29257
004-04 = 16021
004-05 = 28316
004-06 = 9136
004-07 > 1800
004-09 ≥ 1200000
004-10 ≥~ 146825 147000
004-11 ≥ 129989
004-12 ≥ 3087
004-13 ≥ 8648
004-14 = 2057
004-15 = 3044
004-16 ~ 9000
004-17 = 100000
004-18 =≥~ 14391 14391 14391
004-19 =≥ 14221 32 25 50 43
004-20 = 9900
004-21 = 72
004-22 = 920 405 189
004-23 = 33 13
004-24 =≥ 492 492
004-25 = 248 236 8
004-26 = 1030 382 217
004-27 ≥= 357 107 31
004-28 = 222
004-29 ~= 217 5
004-30 = 33 184 115 59
004-31 ≥= 1510 1409 205 260 94 7
004-32 ≥= 11080 5
004-33 ≥ 132
004-34 =~ 81916 81916 0
004-35 =≥ 171 171
004-36 = 41 125 5
004-37 =~ 15200000 15200000 15000000 9000000 6200000
004-38 > 1000000
"""

# How a number is written in a sentence, where it is not in digits.
WORDS = {
    0: "didn't document any|never stopped",
    1: "[Oo]ne|last documented|[Tt]he body of",
    2: "[Tt]wo",
    3: "[Tt]hree",
    4: "[Ff]our",
    5: "[Ff]ive",
    6: "[Ss]ix",
    7: "[Ss]even",
    8: "[Ee]ight",
    9: "[Nn]ine",
    24: "dozens|almost two years",
    28: "28|late 2016",
    30: "thirty",
    200: "hundreds",
    2000: "two thousand",
    250_000: "Quarter of a Million",
    1_000_000: "a million",
    1_200_000: r"1\.2 million",
    6_200_000: r"6\.2 million",
    9_000_000: "nine million",
    13_000_000: "13 million",
    15_000_000: "15 Million",
    15_200_000: r"15\.2 [Mm]illion",
}


def stated(folder):
    written = [
        one
        for file in sorted((EXAMPLES / folder).glob("*-figures.toml"))
        for one in read_stated(file)
    ]
    return [READ(one.record.body, one.record.where, RULES) for one in written]


FIGURES = {folder: stated(folder) for folder in REPORTS}
ALL = [figure for figures in FIGURES.values() for figure in figures]
FINDINGS = cross_foot(ALL, RULES)


@pytest.mark.parametrize(("folder", "number"), REPORTS.items())
def test_each_figure_is_numbered_once(folder, number):
    refs = [figure.ref for figure in FIGURES[folder]]
    assert len(set(refs)) == len(refs)
    assert all(ref.startswith(f"{number}-") for ref in refs)


@pytest.mark.parametrize("line", PRINTED.split("\n")[1:-1], ids=lambda line: line[:6])
def test_each_printed_figure_is_there_with_its_qualifiers(line):
    ref, qualifiers, *values = line.split()
    found = [figure for figure in ALL if figure.ref[:6] == ref]
    assert sorted(figure.value.best for figure in found) == sorted(map(int, values))
    assert {QUALIFIERS[figure.qualifier] for figure in found} == set(qualifiers)


def test_no_figure_is_there_that_is_not_printed():
    assert {figure.ref[:6] for figure in ALL} == {line[:6] for line in PRINTED.split("\n")[1:-1]}


@pytest.mark.parametrize("figure", ALL, ids=lambda figure: figure.ref)
def test_the_sentence_of_each_figure_says_its_number(figure):
    best = figure.value.best
    if figure.unit == "per-ten-thousand":
        written = rf"{best / 100:g} ?(percent|%)"
    else:
        written = "|".join([f"(?<![0-9.]){best:,}", f"(?<![0-9,.]){best}", WORDS.get(best, "none")])
    assert re.search(rf"({written})(?![0-9])", figure.quote), figure


# The reports are not shipped: this is a test where somebody has them, as text in a folder.
if "SIJILL_REPORTS" in os.environ:

    def test_each_sentence_stands_in_a_report():
        texts = [
            re.sub(
                r"\s+", " ", re.sub(r"\[([^\[\]]*)\]\([^()]*\)|\*", r"\1", path.read_text("utf-8"))
            )
            for path in sorted(Path(os.environ["SIJILL_REPORTS"]).glob("*.txt"))
        ]
        for figure in ALL:
            for part in figure.quote.split("[…]"):
                assert any(part.strip() in text for text in texts), figure.ref


# A check of the reference: its number, then left and right of the rule, as a sentence says them.
HOLD = {
    "C01": "deaths: 36 + 19 + 2 + 12 + 76 = 145",
    "C02 children": "deaths of children: 5 + 2 + 2 + 19 = 28",
    "C02 women": "deaths of women: 3 + 7 + 6 = 16",
    "C03": "deaths by Other parties: 13 + 28 + 2 + 20 + 10 + 3 = 76",
    "C03 children": "deaths of children by Other parties: 2 + 3 + 9 + 2 + 3 = 19",
    "C03 women": "deaths of women by Other parties: 1 + 1 + 1 + 3 = 6",
    "C04": "deaths by Other parties: 76 of 145 are 5241 per ten thousand, 5241 stated",
    "C05": "torture deaths: 12 + 2 = 14",
    "C06": "medical deaths: 1 + 1 = 2",
    "C06 HTS": "medical deaths by Hay'at Tahrir al-Sham: 1 are within deaths by Hay'at Tahrir "
    "al-Sham: 2",
    "C06 unknown": "medical deaths by Killings by unknown persons: 1 are within deaths by Killings "
    "by unknown persons: 10",
    "C07": "massacres: 1 + 2 + 1 + 1 = 5",
    "C07 deaths": "massacre deaths: 5 + 20 + 5 + 12 = 42",
    "C07 children": "massacre deaths of children: 1 + 3 + 2 + 9 = 15",
    "C07 women": "massacre deaths of women: 11 in one row",
    "C08 girls": "massacre deaths of girls: 3 + 1 = 4",
    "C09": "massacre deaths of women-and-children: 11 + 15 of 42 are 6190 per ten thousand, 6200 "
    "(6150 to 6250) stated",
    "C10": "still detained: at least 129989 + at least 3087 + at least 8648 + 2057 + 3044 = 146825",
    "C11 cluster": "cluster munition attacks: 248 + 236 + 8 = 492",
    "C11 chemical": "chemical attacks: nearly 217 + 5 = 222",
    "C11 before and after": "chemical attacks by Syrian regime forces in 2012-12/2013-09-26 and "
    "2013-09-27/2020-03: 33 + 184 are within chemical attacks by Syrian regime forces in "
    "2012-12/2020-03: nearly 217",
    "C11 incendiary": "incendiary attacks: 41 + 125 + 5 = 171",
    "C12 2209": "chemical attacks by Syrian regime forces in 2015-03-06/2020-03: 115 are within "
    "chemical attacks by Syrian regime forces in 2013-09-27/2020-03: 184",
    "C12 2235": "chemical attacks by Syrian regime forces in 2015-08-07/2020-03: 59 are within "
    "chemical attacks by Syrian regime forces in 2015-03-06/2020-03: 115",
    "C13": "chemical deaths by Syrian regime forces, civilians and combatants and prisoners: "
    "1409 + 94 + 7 are within chemical deaths by Syrian regime forces, all persons: at least 1510",
    "C14": "displaced: 9000000 + nearly 6200000 = 15200000",
    "C15": "torture deaths by Syrian regime forces: 14221 of 14391 are 9882 per ten thousand, 9900 "
    "(9850 to 9950) stated",
    "C16": "deaths of women-and-children: 16021 + 29257 of 226247 are 2001 per ten thousand, more "
    "than 1800 stated",
    "C17": "deaths of females: 28316 are within deaths of women and children: 16021 + 29257",
    "C18": "deaths of women and men: 18 + 90 are within deaths: at least 111",
    "C19": "deaths of women: 90 are within deaths: 1426",
    "C20": "deaths of children and women: 9 + 9 are within deaths: 64",
    "X10": "deaths in 2020-01/2020-03: 707 are within deaths in 2020-01/2020-04: 707",
    "X10 torture": "torture deaths in 2020-01/2020-03: 39 are within torture deaths in "
    "2020-01/2020-04: 39",
    "X12 torture": "torture deaths: 14391 stated, and at least 14391 as well",
    "X12 torture heading": "torture deaths: 14391 stated, and nearly 14391 as well",
    "X12 cluster": "cluster munition attacks: 492 stated, and at least 492 as well",
    "X12 barrel bombs": "barrel bombs by Syrian regime forces: 81916 stated, and nearly 81916 as "
    "well",
}
# What is left when both sides of a check are taken away from each other.
LEFT = {
    "X10": 0,
    "X10 torture": 0,
    "C13": 0,
    "C11 before and after": 0,
    "C17": -16_962,
    "C18": -3,
    "C19": -1_336,
    "C20": -46,
}

RESIDUALS = {
    "C08": ("massacre deaths of boys: 2 + 8 = 10, which leaves 1 of 11 in no row", 1),
    "X05": (
        "torture deaths: 14221 + 32 + 25 + at least 50 + 43 = 14371, which leaves 20 of 14391 in "
        "no row",
        20,
    ),
    "X13": (
        "attacks on vital facilities: 17 + 19 + 6 + 4 = 46, which leaves 36 of at least 82 in no "
        "row",
        36,
    ),
}

CONTRADICTIONS = {
    "X01": "massacre deaths by Russian forces: 20 exceed deaths by Russian forces: 19",
    "X02": "massacre deaths of women by Russian forces: 11 exceed deaths of women by Russian "
    "forces: 7",
    "X03": "massacre deaths of children by Russian forces: 3 exceed deaths of children by Russian "
    "forces: 2",
    "X06": "deaths: 226247 stated, and more than 250000 as well",
    "X08": "displaced: 15200000 stated, and nearly 15000000 as well",
    "X14": "barrel bomb pause length by Syrian regime forces: nearly 24 stated, and 28 (27 to 30) "
    "as well",
    "X18": "campaigns at Al-Qadam: in Rural Damascus, and in Damascus as well",
}


@pytest.mark.parametrize("check", HOLD)
def test_each_sum_that_holds_is_shown_to_hold(check):
    (finding,) = [finding for finding in FINDINGS if finding.sentence == HOLD[check]]
    assert finding.holds
    if check in LEFT:
        assert finding.excess == LEFT[check]


def test_each_contradiction_is_reported_and_no_other():
    broken = sorted(finding.sentence for finding in FINDINGS if not finding.holds)
    assert broken == sorted(CONTRADICTIONS.values())


def test_each_residual_is_reported_and_no_other():
    left = {(finding.sentence, finding.residual) for finding in FINDINGS if finding.residual}
    assert left == set(RESIDUALS.values())


@pytest.mark.parametrize("folder", REPORTS)
def test_one_report_alone_finds_what_it_finds_among_all_five(folder):
    """No figure of one publication is held against another's here: that is reconciliation."""
    found = cross_foot(FIGURES[folder], RULES)
    assert set(found) <= set(FINDINGS)
    assert sum(len(cross_foot(figures, RULES)) for figures in FIGURES.values()) == len(FINDINGS)


def of_march(measure, party, category="total"):
    """The one value of March 2020 that is stated of a party."""
    (value,) = {
        figure.value.best
        for figure in FIGURES["2020-03"]
        if (figure.measure, figure.party, figure.category, figure.unit)
        == (measure, party, category, "persons")
    }
    return value


def test_the_massacres_that_are_described_leave_one_that_is_not():
    """C21, C22 and X09: by subtraction five dead, one of them a girl and four women."""
    for party in ("syrian-regime-forces", "syrian-democratic-forces"):
        for category in ("total", "children"):
            described = of_march("incident-deaths", party, category)
            assert described == of_march("massacre-deaths", party, category)
    left = {
        category: of_march("massacre-deaths", "russian-forces", category)
        - of_march("incident-deaths", "russian-forces", category)
        for category in ("total", "girls", "women")
    }
    assert left == {"total": 5, "girls": 1, "women": 4}
    described = [
        figure
        for figure in FIGURES["2020-03"]
        if (figure.measure, figure.category) == ("incident-deaths", "total")
    ]
    assert of_march_massacres() - len(described) == 2


def of_march_massacres():
    (value,) = [
        figure.value.best
        for figure in FIGURES["2020-03"]
        if (figure.measure, figure.party, figure.period) == ("massacres", None, "2020-03")
    ]
    return value


def test_a_figure_that_is_printed_twice_is_stated_once():
    """X19: the news report prints its paragraphs twice."""
    assert cross_foot([*ALL, *FIGURES["2025-03-coast"]], RULES) == FINDINGS
