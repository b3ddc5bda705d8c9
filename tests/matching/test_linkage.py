"""Proposals on invented people: how good they are, what they rest on, and that nothing leaks."""

import logging
import random

import duckdb
import pytest

from api.matching import linkage
from api.matching.linkage import propose
from api.matching.names import read_name
from api.matching.person import Person
from bench.duplicates import measure
from bench.people import sample
from domain.dates import parse_dates
from domain.errors import Invalid


def person(number, name="محمد أحمد سلحاسي", happened="2013-05-04", **known):
    fields = {
        "claim": f"claim/{number}",
        "number": number,
        "kind": "killing",
        "name": read_name(*([name] if isinstance(name, str) else name)),
        "national_id": None,
        "born": None,
        "happened": happened and parse_dates(happened),
        "governorate": "SY02",
        "place": None,
        "sex": "male",
        "age_group": "adult",
        "lists": (),
    }
    return Person(**fields | known)


def probability(one, other):
    pairs = propose([one, other], 0.0)
    return pairs[0].probability if pairs else 0.0


@pytest.fixture(scope="module")
def drawn():
    """A sample that is not the one that the bench prints."""
    return sample(3_000, 300, seed=7)


@pytest.fixture(scope="module")
def pairs(drawn):
    return propose(drawn.persons, 0.5)


def test_what_is_proposed_is_mostly_right_and_most_is_found(drawn, pairs):
    at = {least: measure(drawn, pairs, least) for least in (0.5, 0.9)}
    assert at[0.9].precision > 0.92
    assert at[0.9].recall > 0.78
    assert at[0.5].recall > 0.83


def test_the_probabilities_mean_what_they_say(drawn, pairs):
    sure = [p for p in pairs if p.probability >= 0.9]
    unsure = [p for p in pairs if 0.5 <= p.probability < 0.9]

    def right(some):
        return sum((p.first.number, p.second.number) in drawn.truth for p in some) / len(some)

    assert 0.4 < right(unsure) < 0.95
    assert right(unsure) < right(sure)


def test_the_same_persons_give_the_same_pairs_in_any_order(drawn, pairs):
    shuffled = list(drawn.persons)
    random.Random(1).shuffle(shuffled)
    again = propose(shuffled, 0.5)
    assert [(p.first.claim, p.second.claim, p.reasons) for p in again] == [
        (p.first.claim, p.second.claim, p.reasons) for p in pairs
    ]


def test_a_pair_comes_with_its_probability_and_the_reasons_in_words():
    (pair,) = propose(
        [person(2, "Mohammad Ahmad Salhasi", "2013-05"), person(1, born=parse_dates("1980"))], 0.5
    )
    assert (pair.first.number, pair.second.number) == (1, 2)
    assert pair.words == (
        "same name after transliteration; dates overlap; same governorate; same sex; same age group"
    )
    assert [reason.weight > 0 for reason in pair.reasons] == [True] * 5
    assert "سلحاسي" not in repr(pair)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Mohammed Ahmed Salhasi"},
        {"happened": "2013-04-05"},
        {"happened": "2013-05-05"},
        {"happened": "2013-05-XX"},
        {"happened": None},
        {"name": "محمد احمد السلحاسي", "sex": None, "age_group": None},
        {"name": "سلحاسي محمد أحمد"},
        {"name": ["Muhamed Salhasi", "محمد سلحاسي"]},
    ],
)
def test_what_a_second_list_writes_otherwise_is_still_proposed(changed):
    assert probability(person(1), person(2, **changed)) > 0.9


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "خالد أحمد سلحاسي"},
        {"name": "محمود أحمد سلحاسي"},
        {"name": "محمد خالد سلحاسي"},
        {"name": "أحمد سلحاسي"},
        {"name": "وليد حسن بربري"},
        {"name": ""},
        {"happened": "2017-08-21", "governorate": "SY08", "name": "محمد سلحاسي"},
        {"kind": "detention"},
    ],
)
def test_relatives_namesakes_and_other_violations_are_not(changed):
    assert probability(person(1), person(2, **changed)) < 0.9


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("2013-05-04", "2013-05-04", "same day"),
        ("2013-05-04", "2013-04-05", "same day with day and month swapped"),
        ("2013-05-04", "2013-05", "dates overlap"),
        ("2013-05-04/2013-06-20", "2013-06", "dates overlap"),
        ("2013-05-04", "2013-05-07", "dates within three days"),
        ("2013-05-31", "2013-06-02/2013-06-09", "dates within three days"),
        ("2013-05-04", "2013-06-03", "dates within a month"),
        ("2013-05-04", "2012-05-04", "same day of another year"),
        ("2013-05-04", "2016-11-30", "dates apart"),
        ("2013-05-04", "201X", None),
        ("2013-05-04", "../2014", None),
    ],
)
def test_dates_agree_as_intervals_of_what_is_possible(one, other, words):
    (pair,) = propose([person(1, happened=one), person(2, happened=other)], 0.0)
    assert words == next((r.words for r in pair.reasons if r.column == "happened"), None)


def test_twins_are_not_one_person_however_much_they_share():
    shared = {"born": parse_dates("2005-02-03"), "place": "Invented town"}
    twins = person(1, "حسن أحمد سلحاسي", **shared), person(2, "حسين أحمد سلحاسي", **shared)
    assert probability(*twins) < 0.9


def test_an_identity_number_finds_a_person_without_any_name():
    bare = person(1, "", national_id="0123"), person(2, national_id="0123")
    assert probability(*bare) > 0.9
    differing = propose([person(1, national_id="01"), person(2, national_id="02")], 0.0)
    assert differing[0].reasons[1].weight < -8


def test_a_common_name_weighs_less_than_a_rare_one():
    crowd = [person(n, "محمد أحمد بربري", f"2013-05-{n % 28 + 1:02}") for n in range(10, 100)]
    common = person(1, "محمد أحمد بربري"), person(2, "محمد أحمد بربري", "2013-05-06")
    rare = person(3, "لقمان زيد عشكوري"), person(4, "لقمان زيد عشكوري", "2013-05-06")
    found = {
        (p.first.number, p.second.number): p.reasons[0].weight
        for p in propose([*common, *rare, *crowd], 0.0)
    }
    assert found[3, 4] > found[1, 2] + 3


def test_names_reach_neither_the_database_nor_a_file_nor_a_log(monkeypatch, tmp_path, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    caplog.set_level(logging.DEBUG)
    opened: list[duckdb.DuckDBPyConnection] = []
    tables: list[str] = []
    connect, predict = linkage._connect, linkage._predict

    def connected(names):
        opened.append(connect(names))
        return opened[0]

    def predicted(*given):
        found = predict(*given)
        named = opened[0].execute("SELECT table_name FROM information_schema.tables").fetchall()
        for (name,) in named:
            tables.append(str(opened[0].execute(f'SELECT * FROM "{name}"').fetchall()))
        return found

    monkeypatch.setattr(linkage, "_connect", connected)
    monkeypatch.setattr(linkage, "_predict", predicted)
    assert propose([person(1), person(2, "Mohammad Ahmad Salhasi")], 0.5)
    written = "".join(tables)
    assert len(tables) > 2
    for text in ("سلحاسي", "slhs", "Salhasi", "salhasi"):
        assert text not in written
        assert text not in caplog.text
    assert list(tmp_path.rglob("*")) == []


def test_the_database_can_reach_no_file(tmp_path):
    connection = linkage._connect([])
    with pytest.raises(duckdb.Error):
        connection.execute(f"COPY (SELECT 1) TO '{tmp_path}/out.csv'")
    with pytest.raises(duckdb.Error):
        connection.execute("SET enable_external_access = true")
    assert connection.execute("SELECT current_setting('temp_directory')").fetchone() == ("",)


def test_more_pairs_than_can_be_compared_are_refused_at_once():
    crowd = [person(number) for number in range(6_000)]
    with pytest.raises(Invalid, match=r"6000 claims have \d+ pairs to compare"):
        propose(crowd, 0.5)


def test_nothing_to_compare_proposes_nothing():
    assert propose([], 0.0) == []
    assert propose([person(1)], 0.0) == []
    assert propose([person(1, ""), person(2, "")], 0.0) == []
