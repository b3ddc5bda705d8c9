"""What is answered at the terminal and over HTTP: ranges, levels, shares, stocks, members."""

import pytest
from starlette.testclient import TestClient

from api.counts import levels_table, members_table, toll_table
from api.http.app import create_app
from api.questions import Filters
from domain.errors import Invalid
from domain.figure import STRADDLINGS
from tests.office import Office

BOTH = {"mode": "joint-coordinated", "parties": ["russian-forces", "syrian-regime-forces"]}
SOURCES = [{"id": "s1", "kind": "witness"}, {"id": "s2", "kind": "document"}]
ISIS = {"mode": "sole", "parties": ["isis"]}


class Told(Office):
    """The detention, the torture death that it ended in, and the size before they were linked."""

    held = death = ""
    before_link = 0


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Deaths of March 2020: two surely, one across each edge, one across both, one undated."""
    made = Told(tmp_path_factory.mktemp("office") / "ledger")
    streams = [
        made.record(
            attribution=party, sources=SOURCES, **({"happened_on": date} if date else {})
        ).stream
        for date, party in (
            ("2020-03-05", BOTH),
            ("2020-03", ISIS),
            ("2020-02-20/2020-03-10", BOTH),
            ("2020-03-31/2020-04-01", ISIS),
            ("2020", ISIS),
            (None, ISIS),
        )
    ]
    reviewer = made.signers["reviewer-1"]
    grading = {"sources": ["s1", "s2"], "reason": "read"}
    for stream in streams[:2]:
        made.desk.say(stream, "Verified", grading, reviewer)
    made.desk.say(streams[2], "Corroborated", grading, reviewer)
    custody = {"detained_on": "2018-07"}
    made.held = made.record(kind="detention", custody=custody, attribution=ISIS).stream
    made.death = made.record(kind="torture-death", happened_on="2019", attribution=ISIS).stream
    made.before_link = made.ledger.recorder.tree_size() - 1
    body = {"relation": "died", "claim": made.death, "reason": "the family was told"}
    made.desk.say(made.held, "OutcomeLinked", body, reviewer)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("rule", "counted"),
    [("whole-interval", 2), ("earliest", 3), ("latest", 3), ("possible", 5)],
)
def test_a_rule_counts_between_the_least_and_the_most_that_it_can_be(office, rule, counted):
    answer = office.ask.toll(Filters(happened="2020-03", straddling=rule))
    assert (answer["low"], answer["total"], answer["high"]) == (2, counted, 5)
    assert (answer["possible"], answer["undated"]) == (5 - counted, 1)


def test_earliest_and_latest_put_every_dated_claim_in_one_month_of_a_partition(office):
    for rule in ("earliest", "latest"):
        months = [
            office.ask.toll(Filters(happened=f"2020-{month:02}", straddling=rule))["total"]
            for month in range(1, 13)
        ]
        assert sum(months) == office.ask.toll(Filters(happened="2020"))["total"] == 5
        by_month = office.ask.toll(Filters(happened="2020", straddling=rule, by=["month"]))
        assert {row["month"]: row["deaths"] for row in by_month["rows"]} == {
            f"2020-{number:02}": found for number, found in enumerate(months, 1) if found
        }


def test_definite_and_possible_members_are_listed_apart(office):
    asked = Filters(happened="2020-03", straddling="latest")
    definite = office.ask.members(asked, certainty="definite")["members"]
    possible = office.ask.members(asked, certainty="possible")["members"]
    assert {one["date"] for one in definite} == {"2020-03-05", "2020-03"}
    assert {one["date"]: one["counted"] for one in possible} == {
        "2020-02-20/2020-03-10": True,
        "2020-03-31/2020-04-01": False,
        "2020": False,
    }
    both = office.ask.members(asked)
    assert (both["total"], both["definite"], both["possible"]) == (3, 2, 3)
    with pytest.raises(Invalid, match="possible"):
        office.ask.members(asked, certainty="posible")


def test_the_month_of_a_possible_member_is_by_the_rule_of_the_question(office):
    asked = Filters(happened="2020", straddling="earliest", where=["month=2020-02"])
    (one,) = office.ask.members(asked)["members"]
    assert (one["date"], one["facets"]) == ("2020-02-20/2020-03-10", {"month": "2020-02"})
    assert office.ask.toll(asked)["total"] == 1


def test_members_come_in_pages(office):
    found, after = [], ""
    while after is not None:
        page = office.ask.members(Filters(), after=after, limit=2)
        found += [one["id"] for one in page["members"]]
        after = page["next"]
    assert found == sorted(found)
    assert len(found) == 7 == page["total"]


def test_a_joint_attack_stands_in_its_own_row_with_each_party_or_in_shares(office):
    def rows(joint, **more):
        answer = office.ask.toll(Filters(by=["party"], joint=joint, **more))
        return {row["party"]: row["deaths"] for row in answer["rows"]}, answer

    own, answer = rows("own-row")
    assert own == {"isis": 5, "russian-forces+syrian-regime-forces": 2}
    assert (answer["total"], answer["partition"]) == (7, True)
    each, answer = rows("each-party")
    assert each == {"isis": 5, "russian-forces": 2, "syrian-regime-forces": 2}
    assert (answer["total"], answer["partition"]) == (7, False)
    assert "rows are not summed" in toll_table(answer, office.ledger.rules).note
    shared, answer = rows("shared")
    assert shared == {"isis": 5, "russian-forces": 1, "syrian-regime-forces": 1}
    assert (answer["total"], answer["partition"]) == (7, True)
    one, answer = rows("shared", happened="2020-03")
    half = {"numerator": 1, "denominator": 2}
    assert one == {"isis": 1, "russian-forces": half, "syrian-regime-forces": half}
    assert answer["total"] == 2
    cells = [row[1] for row in toll_table(answer, office.ledger.rules).rows]
    assert cells == [1, "1/2", "1/2", 2]


def test_a_filter_on_party_asks_every_party_of_a_joint_attack_when_it_is_declared(office):
    where = ["party=russian-forces"]
    assert office.ask.toll(Filters(where=where))["total"] == 0
    assert office.ask.toll(Filters(where=where, joint="each-party"))["total"] == 2
    assert office.ask.toll(Filters(where=where, joint="shared"))["total"] == 1


def test_at_least_so_many_verified_and_so_many_reported_is_one_question(office):
    answer = office.ask.levels(Filters(by=["party"]))
    assert answer["levels"] == {"verified": 2, "corroborated": 3, "reported": 7}
    assert answer["stated"]["en"] == "at least 2 verified, 3 corroborated, 7 reported"
    assert answer["stated"]["ar"].startswith("ما لا يقل عن 2 ")
    assert answer["rows"] == [
        {"party": "isis", "verified": 1, "corroborated": 1, "reported": 5},
        {
            "party": "russian-forces+syrian-regime-forces",
            "verified": 1,
            "corroborated": 2,
            "reported": 2,
        },
    ]
    assert levels_table(answer, office.ledger.rules).rows[-1] == ("total", 2, 3, 7)
    for level, number in answer["levels"].items():
        assert office.ask.toll(Filters(review=level))["total"] == number
    least = office.ask.levels(Filters(review="corroborated"))
    assert least["levels"] == {"verified": 2, "corroborated": 3}


@pytest.mark.parametrize(
    "asked",
    [Filters(by=["review"]), Filters(where=["review=reported"]), Filters(measure="massacres")],
)
def test_levels_are_refused_where_a_level_is_asked_for_already(asked, office):
    with pytest.raises(Invalid, match="levels"):
        office.ask.levels(asked)


def test_who_is_still_detained_is_answered_on_both_axes_of_time(office):
    def still(on, at=None, **more):
        asked = Filters(measure="still-detained", on=on, at=at, **more)
        return office.ask.toll(asked)

    before = str(office.before_link)
    assert still("2018-06-30")["total"] == 0
    assert still("2020-03-31", before)["total"] == 1
    assert still("2020-03-31")["total"] == 0
    assert still("2018-12-31")["total"] == 1
    inside = still("2019-06-30")
    assert (inside["low"], inside["total"], inside["high"]) == (0, 0, 1)
    assert still("2019-06-30", straddling="latest")["total"] == 1
    (line,) = office.ask.members(
        Filters(measure="still-detained", on="2018-12-31"), certainty="definite"
    )["members"]
    assert (line["date"], line["ended"]) == ("2018-07", "2019")
    steps = office.ask.trace(Filters(measure="still-detained", on="2020-03-31"))["steps"]
    assert [step["change"] for step in steps] == [1, -1]


def test_whole_numbers_are_written_as_such_and_tables_have_no_fraction_elsewhere(office):
    for joint in (None, "each-party"):
        answer = office.ask.toll(Filters(by=["party"], joint=joint))
        assert all(type(row["deaths"]) is int for row in answer["rows"])
    table = members_table(office.ask.members(Filters(happened="2020-03")), office.ledger.rules)
    assert table.note.startswith("2 counted; 2 definite, 3 possible")


def test_http_answers_what_the_command_line_does(office, tmp_path):
    client = TestClient(create_app(office.ledger, office.registry, tmp_path))
    for rule in STRADDLINGS:
        url = f"/tolls?happened=2020-03&straddling={rule}&by=party&joint=shared&level=top"
        asked = Filters(
            happened="2020-03", straddling=rule, by=["party"], joint="shared", level="top"
        )
        assert client.get(url).json() == office.ask.toll(asked)
    answer = client.get("/tolls?levels=true&review=corroborated").json()
    assert answer["levels"] == {"verified": 2, "corroborated": 3}
    answer = client.get("/tolls?measure=still-detained&on=2018-12-31").json()
    assert answer["rows"][0]["still-detained"] == 1
    first = client.get("/members?happened=2020-03&certainty=possible&limit=2")
    assert len(first.json()["members"]) == 2
    assert 'rel="next"' in first.headers["link"]
    assert client.get("/traces?measure=violations&limit=1").json()["steps"]
    assert client.get("/massacres?straddling=possible&documented=2020-03").json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("/tolls?measure=death", "deaths"),
        ("/tolls?straddling=erliest&happened=2020", "earliest"),
        ("/tolls?joint=share&by=party", "shared"),
        ("/tolls?level=tops&by=party", "top"),
        ("/tolls?review=verifed", "verified"),
        ("/tolls?measure=still-detained", "give the day"),
        ("/tolls?on=2020-03-31", "over a period"),
        ("/members?certainty=likely", "definite"),
        ("/tolls?levels=true&by=review", "leave out"),
    ],
)
def test_an_unknown_word_is_a_problem_that_names_the_nearest(office, tmp_path, query, said):
    client = TestClient(create_app(office.ledger, office.registry, tmp_path))
    answer = client.get(query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
