"""The March 2020 case file: its claims are the report's table, its figures the report's."""

from collections import Counter
from pathlib import Path

import pytest

from api.casefile import read_case_file
from domain.attribution import row_of
from domain.catalogue import CATALOGUE
from domain.crossfoot import cross_foot
from domain.errors import Invalid
from domain.rules import read_rules, shipped_document

FOLDER = Path(__file__).parents[2] / "examples" / "2020-03"
RULES = read_rules(shipped_document())

# party: deaths, children, women, as the report's table states them
TABLE = {
    "syrian-regime-forces": (36, 5, 3),
    "russian-forces": (19, 2, 7),
    "hayat-tahrir-al-sham": (2, 0, 0),
    "syrian-democratic-forces": (12, 2, 0),
    "landmines-unknown-origin": (13, 2, 1),
    "fires-unknown-source": (28, 3, 1),
    "turkish-border-guards": (2, 0, 0),
    "unidentified-bombings": (20, 9, 1),
    "unknown-persons": (10, 2, 3),
    "drowning": (3, 3, 0),
}
CONTRADICTIONS = {
    "massacre deaths by Russian forces: 20 exceed deaths by Russian forces: 19",
    "massacre deaths of children by Russian forces: 3 exceed deaths of children by Russian forces:"
    " 2",
    "massacre deaths of women by Russian forces: 11 exceed deaths of women by Russian forces: 7",
}


@pytest.fixture(scope="module")
def case():
    return read_case_file(FOLDER)


def bodies(case, kind):
    found = [written.record.body for written in case.claims]
    return [body for body in found if body["kind"] == kind]


def party(body):
    return row_of(body["attribution"]["mode"], body["attribution"]["parties"])


def is_woman(body):
    return (body["age_group"], body["sex"]) == ("adult", "female")


def test_the_145_are_the_table_of_parties(case):
    killed = bodies(case, "killing")
    assert len(killed) == 145
    assert all(body["status"] == "civilian" for body in killed)
    found = {
        row: (
            sum(party(body) == row for body in killed),
            sum(party(body) == row and body["age_group"] == "child" for body in killed),
            sum(party(body) == row and is_woman(body) for body in killed),
        )
        for row in {party(body) for body in killed}
    }
    assert found == TABLE
    groups = Counter(RULES.group(party(body)) for body in killed)
    assert groups["other-parties"] == 76
    assert sum(body["age_group"] == "child" for body in killed) == 28
    assert sum(is_woman(body) for body in killed) == 16


def test_deaths_by_torture_stand_beside_them_with_status_unknown(case):
    tortured = bodies(case, "torture-death")
    assert Counter(RULES.group(party(body)) for body in tortured) == {
        "syrian-regime-forces": 12,
        "other-parties": 2,
    }
    assert {body["status"] for body in tortured} == {"unknown"}
    brothers = [body for body in tortured if (body["custody"] or {}).get("detained_on")]
    assert [body["documented_on"] for body in brothers] == ["2020-03-19"] * 3
    assert {body["happened_on"] for body in brothers} == {None}


def test_the_incidents_hold_the_deaths_that_the_report_gives_them(case):
    deaths = Counter(body["incident"] for body in bodies(case, "killing") if body["incident"])
    assert deaths == {
        "kafrantin": 5,
        "maaret-misreen": 15,
        "afrin": 5,
        "unidentified-bombing": 12,
    }
    assert {written.record.ref for written in case.incidents} == set(deaths)


def test_every_record_is_one_that_the_shipped_rules_take(case):
    for written in (*case.claims, *case.incidents, *case.stated):
        record = written.record
        if record.body.get("incident"):
            record = record._replace(body=record.body | {"incident": None})
        record.check(RULES)


def test_every_name_says_itself_that_it_is_invented(case):
    names = [written.record.secrets["name"] for written in case.claims]
    assert all(name.startswith("اسم مخترع ") for name in names)
    assert len(set(names)) == 159


def test_the_report_contradicts_itself_in_three_places_and_in_no_other(case):
    read = CATALOGUE["estimate"]["EstimateStated"].shape.read
    stated = [read(written.record.body, "figure", RULES) for written in case.stated]
    findings = cross_foot(stated, RULES)
    assert {finding.sentence for finding in findings if not finding.holds} == CONTRADICTIONS
    sums = {finding.sentence for finding in findings if finding.rule == "rows-within-total"}
    assert "deaths: 36 + 19 + 2 + 12 + 76 = 145" in sums
    assert "deaths by Other parties: 13 + 28 + 2 + 20 + 10 + 3 = 76" in sums
    assert "massacre deaths: 5 + 20 + 5 + 12 = 42" in sums
    assert "massacre deaths of boys: 2 + 8 = 10, which leaves 1 of 11 in no row" in sums


def test_every_stated_figure_has_the_sentence_it_stands_in(case):
    for written in case.stated:
        assert written.record.body["quote"]
        assert written.record.body["ref"].startswith("002-")


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("claims.csv", lambda text: text.replace("ref,kind", "ref,sort"), "columns"),
        ("claims.csv", lambda text: text + "K-001,killing\n", "line 161"),
        ("claims.csv", lambda text: text + text.splitlines()[1] + "\n", "K-001 is there twice"),
        ("claims.csv", lambda text: text.replace("Kafrantin", "Kaf\u202erantin", 1), "U.202E"),
        ("incidents.toml", lambda text: text + "\n[[incident\n", "not TOML"),
        ("revisions.toml", lambda text: text.replace('like = "K-075"', 'like = "K-999"'), "K-999"),
    ],
)
def test_a_broken_case_file_is_named_with_its_place(tmp_path, file, change, message):
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(change(text) if path.name == file else text, "utf-8")
    with pytest.raises(Invalid, match=message):
        read_case_file(tmp_path)
