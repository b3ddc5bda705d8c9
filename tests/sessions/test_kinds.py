"""One of each kind, from the command to the ledger and back, as of before and after."""

import json

import pytest

from domain.kinds import HELD, KINDS
from domain.rules import shipped_document

INCIDENTS = tuple(shipped_document()["vocabularies"]["incident-kind"])
BY = ("--reason", "a second document", "--key")
DOCUMENTER, REVIEWER = (*BY, "documenter-1"), (*BY, "reviewer-1")
STATED = {
    **{"publisher": "An organisation", "publication": "A report", "ref": "1"},
    **{"label": "detained", "measure": "still-detained", "unit": "persons", "value": 12},
    **{"grade": "estimated", "population": "all-persons", "quote": "about twelve"},
}


def claim_of(kind):
    fields = KINDS[kind].fields
    table = {
        "ref": kind,
        "kind": kind,
        "happened_on": "2019-23",
        "documented_on": "2020-03",
        "place": {"governorate": "SY07"},
        "attribution": {"mode": "sole", "parties": ["isis"]},
        "person": {"name": "Sealedname Inventedfamily"},
        "sources": [{"kind": "survivor"}],
    }
    if "custody" in fields:
        table["custody"] = {"status": "unknown", "party": "isis", "place": None}
    if "cause" in fields:
        table |= {"cause": "beating", "weapon": "other"}
    return table


# kind of field -> the words of the revision, and what it makes of the state
REVISED = {
    "custody": (
        ("custody", "--status", "still-held", "--party", "isis", "--last-seen", "2020-01"),
        ("custody", {"status": "still-held", "party": "isis", "last_seen": "2020-01"}),
    ),
    "cause": (("classification", "cause", "sniper"), ("cause", "sniper")),
    "": (("classification", "profession", "lawyer"), ("profession", "lawyer")),
}


@pytest.mark.slow
def test_one_of_each_kind_is_recorded_revised_and_asked_back(founded):
    run, ask = founded.run, founded.json
    document = {
        "claim": [claim_of(kind) for kind in KINDS],
        "incident": [{"kind": kind, "facilities": ["bridge"]} for kind in INCIDENTS],
        "estimate": [STATED],
    }
    (founded.folder / "all.json").write_text(json.dumps(document))
    done = ask("record", "all.json", "--key", "documenter-1")
    assert len(done) == len(KINDS) + len(INCIDENTS) + 1
    size = ask("claims")["ledger"]["size"]
    listed = ask("claims")["claims"]
    assert {one["kind"] for one in listed} == set(KINDS)
    assert {one["kind"] for one in ask("incidents")["incidents"]} == set(INCIDENTS)
    for one in listed:
        fields = KINDS[one["kind"]].fields
        which = next((name for name in ("custody", "cause") if name in fields), "")
        words, (field, value) = REVISED[which]
        run("revise", one["id"], *words, *DOCUMENTER)
        before = ask("claim", one["id"], "--at", size - 1)["state"]
        now = ask("claim", one["id"])["state"]
        assert before[field] != value
        if which == "custody":
            now["custody"] = {name: is_ for name, is_ in now["custody"].items() if is_ is not None}
        assert now[field] == value
        assert before | {field: None} == ask("claim", one["id"])["state"] | {field: None}
    (estimate,) = (one["stream"] for one in done if one["stream"].startswith("estimate/"))
    run("revise", estimate, "value", "10/12/14", *DOCUMENTER)
    assert ask("claim", estimate)["state"]["stated"]["value"] == {"low": 10, "best": 12, "high": 14}
    assert ask("claim", estimate, "--at", size - 1)["state"]["stated"]["value"]["low"] is None
    run("withdraw", estimate, *DOCUMENTER)
    assert ask("claim", estimate)["state"]["standing"] == "withdrawn"
    incident = ask("incidents")["incidents"][0]["id"]
    run("revise", incident, "quantity", "injured", "at-least:19", *DOCUMENTER)
    run("revise", incident, "quantity", "munitions", "4", *DOCUMENTER)
    run("revise", incident, "classification", "cause", "missile", *DOCUMENTER)
    run("hit", incident, "hospital", *DOCUMENTER)
    state = ask("claim", incident)["state"]
    assert (state["injured"], state["cause"]) == ({"value": 19, "qualifier": "at-least"}, "missile")
    assert state["facilities"] == ["bridge", "hospital"]
    assert ask("claim", incident, "--at", size - 1)["state"]["injured"] is None
    assert ask("incidents", "--at", size - 1)["incidents"][0]["cause"] == "unknown"
    assert ask("incidents", "--where", "cause=missile")["incidents"][0]["id"] == incident
    history = run("history", incident)
    assert "injured: unknown → qualifier at-least" in history
    assert "facility hit: hospital" in history
    trace = ask("trace", "--measure", "violations", "--by", "kind")
    assert trace["value"] == len(KINDS)
    vkey = ask("key", "list")["log"]
    assert "SOUND." in run("audit", "records", "--trust", vkey)
    raw = b"".join(path.read_bytes() for path in (founded.folder / "records").glob("ledger.db*"))
    assert b"Sealedname" not in raw


def test_a_record_by_arguments_is_what_a_file_would_be(founded):
    words = (
        *("kind=detention", "sex=male", "happened_on=2018-07", "place.governorate=SY12"),
        *("attribution.mode=joint-coordinated", "attribution.parties=russian-forces,isis"),
        *("custody.status=still-held", "source=family", "source=document:a public list"),
    )
    stream = founded.json("record", "claim", *words, "--key", "documenter-1")["stream"]
    state = founded.json("claim", stream)["state"]
    assert (state["kind"], state["happened_on"]) == ("detention", "2018-07")
    assert state["attribution"]["parties"] == ["isis", "russian-forces"]
    assert state["custody"]["status"] == "still-held"
    kinds = [(one["kind"], one.get("published")) for one in state["sources"]]
    assert kinds == [("family", None), ("document", "a public list")]
    attack = ("kind=attack", "injured=at-least:19", "munitions=4", "facilities=school,school")
    stream = founded.json("record", "incident", *attack, "--key", "documenter-1")["stream"]
    state = founded.json("claim", stream)["state"]
    assert state["injured"] == {"value": 19, "qualifier": "at-least"}
    assert state["facilities"] == ["school", "school"]
    figure = [f"{name}={value}" for name, value in STATED.items()]
    stream = founded.json("record", "estimate", *figure, "--key", "documenter-1")["stream"]
    assert founded.json("claim", stream)["state"]["stated"]["value"]["best"] == 12


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["claim", "kind=detention", "person.name=Sealedname", "source=family"], "command line"),
        (["claim", "kind=detention", "sources.detail=Sealedname"], "command line"),
        (["claim", "kind", "source=family"], "must be KEY=VALUE"),
        (["claim", "kind=detention", "kind=killing", "source=family"], "given twice"),
        (["claim", "kind=detention", "place=SY07", "place.name=x", "source=family"], "has a value"),
        (["claim", "kind=detentoin", "source=family"], "detention"),
        (["claim", "kind=detention"], "sources"),
        (["claim", "kind=detention", "cause=fire", "source=family"], "field-not-of-kind"),
        (["incident", "kind=raid", "injured=many"], "whole number"),
        (["all.toml", "kind=raid"], "stands after claim"),
    ],
)
def test_arguments_that_are_no_record_are_refused_and_store_nothing(founded, words, named):
    before = founded.run("checkpoint")
    said = founded.run("record", *words, "--key", "documenter-1", code=2)
    assert named in said
    assert founded.run("checkpoint") == before


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('{"claim": [], "claim": []}', "there twice"),
        ('{"claim": {"kind": "killing", "kind": "injury"}}', "there twice"),
        ("[" * 100_000, "nested deeper"),
        ('{"claim": ' * 5000, "nested deeper"),
        ('{"claim": [{"kind": NaN}]}', "NaN is no value"),
        ('{"claim": [{"kind": 1.5}]}', "float"),
        ("{", "not JSON"),
        ('{"massacre": []}', "unknown"),
        ("{}", "holds no"),
        ('{"outcome": [{"claim": "a"}]}', "must have the texts"),
        ("", "not JSON"),
    ],
)
def test_json_that_is_no_document_is_refused(founded, written, named):
    (founded.folder / "all.json").write_text(written)
    assert named in founded.run("record", "all.json", "--key", "documenter-1", code=2)


def test_held_kinds_are_those_that_the_stock_counts():
    assert set(shipped_document()["measures"]["still-detained"]) == set(HELD)
