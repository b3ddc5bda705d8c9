"""The March 2020 case file: its claims are the report's table, its figures the report's."""

from collections import Counter
from pathlib import Path

import pytest

from api.casefile import read_case_file, read_claims
from api.document import read_document
from domain.attribution import row_of
from domain.catalogue import CATALOGUE
from domain.crossfoot import cross_foot
from domain.errors import Invalid, Rejected
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


def check_records(case):
    """Judge every record as the desk does; a ref of an incident is no stream yet."""
    for written in (*case.claims, *case.incidents, *case.stated):
        record = written.record
        if record.body.get("incident"):
            record = record._replace(body=record.body | {"incident": None})
        record.check(RULES)


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
    check_records(case)


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
        ("claims.csv", lambda text: text.replace("K-002,killing", 'K-002,"killing"x'), "line 3"),
        ("claims.csv", lambda text: text.replace("K-002,", ",", 1), "line 3: the ref is empty"),
        (
            "claims.csv",
            lambda text: text.replace(",documenter-1,", ",,", 1),
            "line 3: .*documenter",
        ),
        (
            "claims.csv",
            lambda text: text.replace(",kafrantin,", ",kafrantine,", 1),
            "line 2: no incident has the ref 'kafrantine'",
        ),
        ("incidents.toml", lambda text: text + "\n[[incident\n", "not TOML"),
        ("incidents.toml", lambda text: text.replace('"afrin"', '"kafrantin"'), "there twice"),
        ("incidents.toml", lambda text: text.replace('ref = "afrin"', ""), "3: the ref is empty"),
        ("incidents.toml", lambda text: text.replace('"afrin"', '"K-001"'), "there twice"),
        ("stated-figures.toml", lambda text: text.replace("[defaults]", "[default]"), "default"),
        (
            "stated-figures.toml",
            lambda text: text.replace("[defaults]", 'defaults = ""\n[[figures]]'),
            "defaults must be a table",
        ),
        ("revisions.toml", lambda text: text.replace('like = "K-075"', 'like = "K-999"'), "K-999"),
        ("revisions.toml", lambda text: text.replace('"K-130"', '"K-930"', 1), "steps 1.*K-930"),
        ("revisions.toml", lambda text: text.replace('"K-130"', "5", 1), "steps 1.*thing"),
        ("revisions.toml", lambda text: text.replace('"K-130"', "[5]", 1), "steps 1.*thing"),
        ("revisions.toml", lambda text: text.replace('thing = "K-130"', "", 1), "steps 1.*thing"),
        (
            "revisions.toml",
            lambda text: text.replace('into = "K-075"', 'into = "X"'),
            "steps 4.*'X'",
        ),
        (
            "revisions.toml",
            lambda text: text.replace('to = "idleb-shelling"', 'to = "K-001"'),
            "steps 7.to: 'K-001' is a claim, not an incident",
        ),
        (
            "revisions.toml",
            lambda text: text.replace('"Retracted"', '"Retractd"'),
            "steps 5: 'Retractd' is no event of a claim",
        ),
        (
            "revisions.toml",
            lambda text: text.replace('"2020-04-02T08:40:00Z"', '"2 April"'),
            "steps 1.at",
        ),
        ("revisions.toml", lambda text: text.replace('ref = "N-001"', 'ref = "K-001"'), "twice"),
        ("revisions.toml", lambda text: text.replace('ref = "N-002"', ""), "8: the ref is empty"),
    ],
)
def test_a_broken_case_file_is_named_with_its_place(tmp_path, file, change, message):
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(change(text) if path.name == file else text, "utf-8")
    with pytest.raises(Invalid, match=message):
        read_case_file(tmp_path)


FILES = (
    "claims.csv",
    "incidents.toml",
    "stated-figures.toml",
    "revisions.toml",
    "report.toml",
)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(tmp_path, file):
    for name in FILES:
        if name != file:
            (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    with pytest.raises(Invalid, match=f"{file}: cannot be read"):
        read_case_file(tmp_path)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_not_utf_8_is_named(tmp_path, file):
    for name in FILES:
        ending = b"\n# \xff\xfe" if name == file else b""
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes() + ending)
    with pytest.raises(Invalid, match=f"{file}: not (UTF-8|TOML)"):
        read_case_file(tmp_path)


def test_a_case_file_may_have_a_revision_of_an_incident(tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    with (tmp_path / "revisions.toml").open("a", encoding="utf-8") as file:
        file.write("""
[[steps]]
say = "A clinic was hit, too."
at = "2020-04-15T09:00:00Z"
author = "documenter-1"
thing = "kafrantin"
event = "FacilityHit"
facility = "medical-facility"
reason = "seen in a photograph"
""")
    assert read_case_file(tmp_path).steps[-1].things == ("kafrantin",)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("claims.csv", "K-002,killing", "K-002,kiling", "claims.csv line 3"),
        ("claims.csv", "2020-03-01,2020-03", "2020-13-01,2020-03", "claims.csv line 2"),
        ("incidents.toml", 'ref = "afrin"', 'ref = "afrin"\nweather = "fog"', "incident 3"),
        ("stated-figures.toml", 'quote = "Drowning: Three children."', "", "figures 3"),
        ("stated-figures.toml", 'party = "drowning"', 'party = "drownin"', "figures 30"),
    ],
)
def test_what_the_rules_refuse_is_refused_with_its_place(tmp_path, file, old, new, message):
    for name in FILES:
        text = (FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(old, new, 1) if name == file else text, "utf-8")
    case = read_case_file(tmp_path)
    with pytest.raises(Rejected, match=message):
        check_records(case)


OUTCOME = """
[[steps]]
say = "One of the killings is a death due to torture that is told already."
at = "2020-04-15T08:00:00Z"
author = "reviewer-1"
thing = "K-001"
event = "OutcomeLinked"
relation = "same-death"
claim = "T-001"
reason = "one person in two lists"
"""


def test_a_case_file_may_link_a_claim_to_its_outcome(tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    revisions = tmp_path / "revisions.toml"
    written = revisions.read_text("utf-8")
    revisions.write_text(written + OUTCOME, "utf-8")
    step = read_case_file(tmp_path).steps[-1]
    assert (step.things, step.body["claim"]) == (("K-001",), "T-001")
    revisions.write_text(written + OUTCOME.replace("T-001", "T-900"), "utf-8")
    with pytest.raises(Invalid, match=r"steps 13.claim: 'T-900' is the ref of nothing"):
        read_case_file(tmp_path)


def test_what_came_before_the_deaths_of_march_names_claims_that_there_are(case):
    document = read_document(FOLDER / "persons.toml")
    refs = {one.record.ref for one in case.claims}
    assert {link.later for link in document.links} <= refs
    assert all(one.secrets["name"].startswith("اسم مخترع") for one in document.records)
    for one in document.records:
        one.check(RULES)


def test_the_cases_of_2025_are_those_that_the_report_counts():
    path = FOLDER.parent / "2025-left-to-their-fate" / "claims.csv"
    claims = [one.record for one in read_claims(path)]
    kinds = Counter(one.body["kind"] for one in claims)
    assert kinds == {"killing": 64, "attempted-killing": 4, "abduction": 5, "torture": 10}
    assert all(one.secrets["name"].startswith("اسم مخترع") for one in claims)
    for one in claims:
        one.check(RULES)
