"""Persons over time, at the command line and over HTTP: a story from arrest to death."""

import httpx
import pytest

from tests.sessions.test_serving import served  # noqa: F401

DOCUMENT = """
[[claim]]
ref = "arrest"
kind = "detention"
sex = "male"
happened_on = "2018-07"
documented_on = "2020-03-19"
custody = { status = "forcibly-disappeared", party = "syrian-regime-forces" }
person.name = "Sealedname Inventedfamily"
sources = [{ kind = "family", detail = "Sealedname's brother" }]

[[claim]]
ref = "torture"
kind = "torture"
sex = "male"
happened_on = "2018"
sources = [{ kind = "survivor" }]

[[claim]]
ref = "death"
kind = "torture-death"
sex = "male"
status = "civilian"
happened_on = "2018-07/2020-03-19"
documented_on = "2020-03-19"
sources = [{ kind = "official-record" }]

[[outcome]]
claim = "arrest"
relation = "died"
later = "death"
reason = "the civil registry"

[[outcome]]
claim = "torture"
relation = "died"
later = "death"
reason = "the civil registry"
"""
BY = ("--reason", "the family said so", "--key", "reviewer-1")


@pytest.fixture
def told(founded):
    """The claims of one person, recorded and linked in one document."""
    (founded.folder / "person.toml").write_text(DOCUMENT)
    done = founded.json("record", "person.toml", "--key", "documenter-1")
    assert [one["version"] for one in done] == [1, 1, 1, 2, 2]
    founded.arrest, founded.torture, founded.death = (one["stream"] for one in done[:3])
    return founded


def held(shell, day, *at):
    answer = shell.json("toll", "--measure", "still-detained", "--on", day, *at)
    return answer["total"], answer["possible"]


def test_a_person_has_one_story_from_any_of_the_claims(told):
    stories = [told.json("story", one) for one in (told.arrest, told.torture, told.death)]
    ordered = [[one["id"] for one in story["claims"]] for story in stories]
    assert ordered == [[told.torture, told.arrest, told.death]] * 3
    assert [one["what"] for one in stories[0]["moments"]] == [
        *("happened", "arrested", "died", "documented", "documented")
    ]
    assert stories[0]["contradictions"] == []
    assert {one["type"] for one in stories[0]["events"]} == {"ClaimRecorded", "OutcomeLinked"}
    assert all(one["signature_holds"] for one in stories[0]["events"])
    shown = told.run("story", told.death[6:14])
    assert "between 2018-07 and 2020-03-19" in shown
    assert "Sealedname" not in shown
    assert "Sealedname" not in str(stories)
    lines = told.run("story", told.death, "--format", "csv").splitlines()
    assert lines[0] == "on,earliest,latest,what,claim"


def test_a_person_is_once_in_each_of_three_tolls_and_in_no_stock_any_more(told):
    for measure in ("detentions", "torture", "deaths"):
        assert told.json("toll", "--measure", measure)["total"] == 1
    assert held(told, "2018-06-30") == (0, 0)
    assert held(told, "2019-06-30") == (0, 1)
    assert held(told, "2020-03-31") == (0, 0)
    before = str(told.json("claims")["ledger"]["size"] - 3)
    assert held(told, "2020-03-31", "--at", before) == (1, 0)


def test_what_comes_of_an_outcome_opens_and_closes_the_stock_as_of_both_times(told):
    start = told.json("claims")["ledger"]["size"] - 1
    told.run("retract", told.death, "--reason-code", "alive", *BY)
    assert held(told, "2020-03-31") == (1, 0)
    story = told.json("story", told.arrest)
    assert [one["rule"] for one in story["contradictions"]] == ["outcome-gone"] * 2
    assert "counts for nothing" in told.run("story", told.arrest)
    told.run("unlink-outcome", told.arrest, *BY)
    words = ("kind=release", "sex=male", "happened_on=2020-03-25", "source=family")
    release = told.json("record", "claim", *words, "--key", "documenter-1")["stream"]
    told.run("outcome", told.arrest, "released", release, *BY)
    assert held(told, "2020-03-24") == (1, 0)
    assert held(told, "2020-03-25") == (0, 0)
    assert held(told, "2020-03-25", "--at", start) == (0, 0)
    assert held(told, "2019-06-30", "--at", start) == (0, 1)
    listed = {one["id"]: one for one in told.json("claims")["claims"]}
    assert (listed[told.arrest]["outcome"], listed[told.arrest]["ended"]) == (
        "released",
        "2020-03-25",
    )
    vkey = told.json("key", "list")["log"]
    assert "SOUND." in told.run("audit", "records", "--trust", vkey)


def test_what_is_no_outcome_is_refused_and_changes_nothing(told):
    before = told.run("checkpoint")
    for words, named in (
        (("outcome", told.arrest, "released", told.torture), "outcome-exists"),
        (("outcome", told.death, "died", told.arrest), "outcome-cycle"),
        (("outcome", told.death, "same-death", "0123456789abcdef"), "not in this ledger"),
        (("unlink-outcome", told.death), "no outcome"),
        (("merge", told.arrest, told.death), "merge-kinds"),
    ):
        assert named in told.run(*words, *BY, code=2)
    assert "only claims have a story" in told.run("story", "authority", code=2)
    assert told.run("checkpoint") == before


def test_links_to_what_is_nowhere_record_nothing_of_the_document(founded):
    (founded.folder / "person.toml").write_text(DOCUMENT.replace('"death"', '"nowhere"', 1))
    before = founded.run("checkpoint")
    said = founded.run("record", "person.toml", "--key", "documenter-1", code=2)
    assert "outcome 1: 'death' is not in this ledger" in said
    assert founded.run("checkpoint") == before


def test_the_story_is_served_too(served):  # noqa: F811
    office, url, _ = served
    signer = office.signers["documenter-1"]
    wound = office.record(kind="injury", happened_on="2020-03-10").stream
    killing = office.record(happened_on="2020-03-14").stream
    body = {"relation": "died", "claim": killing, "reason": "of the wounds"}
    note, _ = office.desk.compose(office.desk.head(wound), "OutcomeLinked", body, [signer])
    headers = {"content-type": "text/plain"}
    assert httpx.post(f"{url}/events", content=note, headers=headers).status_code == 201
    found = httpx.get(f"{url}/claims/{killing.partition('/')[2]}/story").json()
    assert [one["id"] for one in found["claims"]] == [wound, killing]
    assert found["claims"][0]["ended"] == {"relation": "died", "on": "2020-03-14"}
    again = note.replace(b"of the wounds", b"of his wounds")
    assert httpx.post(f"{url}/events", content=again, headers=headers).status_code in (400, 403)
    nowhere = f"{url}/claims/00000000-0000-4000-8000-000000000000/story"
    assert httpx.get(nowhere).status_code == 404
    assert httpx.get(f"{url}/claims/{killing.partition('/')[2]}/story?by=x").status_code == 422
    assert httpx.get(f"{url}/incidents").json()["incidents"] == []
    assert httpx.get(f"{url}/incidents?where=sex=male").status_code == 400
