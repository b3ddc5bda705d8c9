"""What became of the March report after a fortnight of revisions, and why a claim is in it."""

import json
import shutil

import pytest

from tests.sessions.conftest import Shell

REPORT = "monthly-toll-2020-03"


@pytest.fixture(scope="module")
def revised(tmp_path_factory):
    """The whole demo's ledger: asked only."""
    folder = tmp_path_factory.mktemp("revised")
    shell = Shell(folder, folder / "ledger")
    shell.run("demo", "--dir", folder / "ledger")
    return shell


def test_every_figure_then_and_now_and_what_moved_it(revised):
    found = revised.json("drift", REPORT)
    assert {one["name"]: (one["then"], one["now"]) for one in found["figures"]}[
        "civilians-by-party"
    ] == (145, 145)
    by_party = next(one for one in found["figures"] if one["name"] == "civilians-by-party")
    moved = [(one["index"], one["type"], one["change"]) for one in by_party["steps"]]
    assert moved == [
        (236, "AttributionChanged", 0),
        (242, "Retracted", -1),
        (249, "AttributionChanged", 0),
        (250, "Reinstated", 1),
    ]
    assert all(one["signature_holds"] and one["reason"] for one in by_party["steps"])
    said = revised.run("drift", REPORT, "--format", "csv")
    assert "unresolved-between → syrian-regime-forces" in said
    assert "145" in revised.run("drift", REPORT)


def test_why_a_claim_counts_or_does_not(revised):
    step = revised.json("drift", REPORT)["figures"][0]["steps"][1]
    claim = step["member"].partition("/")[2][:8]
    figure = f"{REPORT}/civilians-by-party"
    assert revised.json("why", claim, figure)["counts"]
    then = revised.json("why", claim, figure, "--at", step["index"])
    assert not then["counts"]
    assert [one["found"] for one in then["conditions"] if not one["holds"]] == ["retracted"]
    assert "It does not count." in revised.run("why", claim, f"{REPORT}/women")
    assert "women" in revised.run("why", claim, f"{REPORT}/nobody", code=2)
    assert "REPORT/FIGURE" in revised.run("why", claim, REPORT, code=2)


def test_the_definitions_come_from_the_report_s_own_bundle(revised, tmp_path):
    assert "no bundle" in revised.run("drift", "another", code=2)
    kept = tmp_path / "kept.sijill"
    shutil.copy(revised.folder / "ledger" / "reports" / f"{REPORT}.sijill", kept)
    assert json.loads(revised.run("drift", REPORT, "--bundle", kept, "--format", "json"))
    kept.write_bytes(b"no bundle at all")
    revised.run("drift", REPORT, "--bundle", kept, code=2)
    assert "not in this ledger" in revised.run("drift", "another", "--bundle", kept, code=2)


def test_a_family_s_proof_is_a_small_file_that_verifies_by_itself(revised, tmp_path):
    claim = revised.json("claims", "--where", "category=women", "--limit", 1)["claims"][0]["id"]
    out = tmp_path / "counted.tlog-proof"
    made = revised.json("receipt", REPORT, "women", "--claim", claim, "--out", out)
    assert made["bytes"] == out.stat().st_size < 1000
    keys = revised.json("keys")
    publisher = next(one["vkey"] for one in keys["keys"] if one["key"].startswith("publisher"))
    said = Shell(tmp_path).run("verify", out, "--trust", publisher, COLUMNS="200")
    assert f"{claim}, one of 16" in said
    assert "the report was not corrected since" in " ".join(said.split())
    assert "NOT VERIFIED" in Shell(tmp_path).run("verify", out, "--trust", keys["log"], code=1)
    words = ("receipt", REPORT, "children", "--claim", claim, "--out", out)
    assert "not counted" in revised.run(*words, code=2)


def test_one_figure_is_cut_out_as_a_small_file_that_verifies_by_itself(revised, tmp_path):
    out = tmp_path / "row.receipt"
    figure = "civilians-by-party"
    made = revised.json("receipt", REPORT, figure, "--row", "russian-forces", "--out", out)
    assert made["bytes"] == out.stat().st_size < 20_000
    log = revised.json("keys")["log"]
    elsewhere = Shell(tmp_path)
    verdict = json.loads(elsewhere.run("verify", out, "--trust", log, "--format", "json"))
    (shown,) = verdict["figures"]
    assert (shown["name"], shown["value"]) == (f"{figure}/russian-forces", 19)
    said = " ".join(elsewhere.run("verify", out, "--trust", log, COLUMNS="200").split())
    assert "VERIFIED." in said
    assert "the report was not corrected since the checkpoint" in said
    words = ("receipt", REPORT, figure, "--row", "nobody", "--out", out)
    assert "it has" in revised.run(*words, code=2)
    both = ("receipt", REPORT, figure, "--row", "isis", "--claim", "0" * 8, "--out", out)
    assert "--claim and --row" in revised.run(*both, code=2)
    out.write_bytes(out.read_bytes().replace(b"\n19\n", b"\n18\n", 1))
    assert "NOT VERIFIED" in elsewhere.run("verify", out, "--trust", log, code=1)


def test_a_figure_is_traced_to_its_members_and_through_every_state_since(revised):
    figure = f"{REPORT}/civilians-by-party"
    found = revised.json("trace", figure, "--limit", 2)
    assert (found["then"], found["now"]) == (145, 145)
    assert [(one["from"], one["to"], one["value"]) for one in found["values"]] == [
        (235, 236, 145),
        (237, 242, 145),
        (243, 249, 144),
        (250, 250, 144),
        (251, 253, 145),
    ]
    assert len(found["members"]) == 2
    for one in found["members"]:
        assert one["events"][0]["type"] == "ClaimRecorded"
        assert all(event["index"] < 235 for event in one["events"])
        assert all(condition["holds"] for condition in one["conditions"])
    following = revised.json("trace", figure, "--limit", 2, "--after", found["next"])
    assert following["members"][0]["member"] > found["members"][1]["member"]
    everybody = revised.json("trace", figure)
    assert (len(everybody["members"]), everybody["next"]) == (145, None)
    massacres = revised.json("trace", f"{REPORT}/massacres")["members"]
    assert [len(one["claims"]) >= 5 for one in massacres] == [True] * 4
    assert "Reinstated" in revised.run("trace", figure, "--limit", 1)
    for words in (
        (REPORT,),
        (f"{REPORT}/nobody",),
        (figure, "--by", "sex"),
        (figure, "--limit", 0),
    ):
        revised.run("trace", *words, code=2)
    revised.run("trace", "--after", "x", code=2)


def test_what_moved_a_report_is_a_feed(revised):
    feed = revised.run("drift", REPORT, "--format", "atom")
    assert feed.startswith("<?xml version='1.0' encoding='utf-8'?>")
    assert feed.count("<entry>") == 4
    assert "Retracted: civilians-by-party 145 → 144" in feed
    assert "only the drift" in revised.run("why", "x", "y", "--format", "atom", code=2)
