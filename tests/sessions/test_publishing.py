"""The life of a report from the command line: frozen, published, corrected, and verified."""

import shutil
import time
import zipfile
from hashlib import sha256

import pytest

from tests.sessions.conftest import Shell, record

PLAN = """
name = "march"
massacres = "massacres"
[title]
en = "Killings documented"
ar = "عمليات القتل الموثقة"
[[figures]]
name = "all"
by = ["party"]
[[figures]]
name = "isis"
where = { party = "isis" }
[[figures]]
name = "massacres"
measure = "massacres"
"""
REASON = ("--reason", "a family came forward")


@pytest.fixture
def reported(watched):
    """Two claims, two publishers, and a plan; `watched` by two witnesses."""
    watched.run("key", "new", "publisher-2")
    watched.run("key", "enroll", "publisher-2", "--role", "publisher")
    record(watched)
    record(watched)
    (watched.folder / "march.toml").write_text(PLAN)
    (watched.folder / "march-2.toml").write_text(PLAN.replace('"march"', '"march-2"'))
    watched.log = watched.json("key", "list")["log"]
    watched.witness_keys = [
        line.split('"')[1]
        for line in (watched.folder / "records" / "witnesses.toml").read_text().splitlines()
        if line.startswith("vkey")
    ]
    return watched


def freeze(shell, out="a.sijill", plan="march.toml", **options):
    return shell.json("freeze", plan, "--key", "publisher-1", "--out", out, **options)


def publish(shell, name="march", out="p.sijill"):
    return shell.json("publish", name, "--key", "publisher-2", "--out", out)


def verify(shell, bundle, *more, code=0):
    return shell.run("verify", bundle, "--trust", shell.log, *more, code=code)


def test_the_same_plan_at_the_same_index_is_the_same_bundle_byte_for_byte(reported):
    index = freeze(reported)["ledger"]["size"] - 1
    record(reported)
    freeze(reported, "b.sijill")
    reported.run("freeze", "march.toml", "--key", "publisher-1", "--out", "c.sijill", "--at", index)
    one, *others = [(reported.folder / f"{name}.sijill").read_bytes() for name in "abc"]
    assert others == [one, one]
    said = reported.run(
        "freeze", "march.toml", "--key", "publisher-1", "--out", "d", "--at", index - 1, code=1
    )
    assert "frozen already" in said
    assert not (reported.folder / "d").exists()


def test_from_frozen_to_superseded(reported):
    freeze(reported)
    said = verify(reported, "a.sijill")
    assert "VERIFIED. The report is frozen." in said
    assert "NOT PUBLISHED" in said
    said = reported.run("publish", "march", "--key", "publisher-1", code=2)
    assert "second-person" in said
    publish(reported)
    assert "The report is published." in verify(reported, "p.sijill")
    # Freezing again does not put the published bundle away.
    freeze(reported, "a.sijill")
    kept = (reported.folder / "records" / "reports" / "march.sijill").read_bytes()
    assert kept == (reported.folder / "p.sijill").read_bytes()
    correct = ("correct", "march", "--file", "march-2.toml", "--key", "publisher-1")
    said = reported.run(*correct, "--out", "n.sijill", *REASON, code=2)
    assert "no-change" in said
    record(reported)
    said = reported.run(*correct, "--out", "n.sijill", *REASON, "--event", "99999", code=2)
    assert "does not exist" in said
    said = reported.run(*correct, "--out", "n.sijill", *REASON)
    assert "all 2 → 3, isis 2 → 3" in said
    publish(reported, "march-2", "n.sijill")
    said = verify(reported, "p.sijill", "--against", "n.sijill")
    assert "The report is superseded." in said
    assert "SUPERSEDED: march-2: all 2 → 3, isis 2 → 3" in said
    assert "The report is superseded." in verify(reported, "p.sijill", "--ledger", "records")
    assert "The report is published." in verify(reported, "p.sijill")
    said = reported.run("drift", "march")
    assert "SUPERSEDED by march-2 (a family came forward)" in said
    reported.run("audit", "records", "--trust", reported.log)


def test_a_cosigned_bundle_meets_a_policy_of_witnesses_and_of_age(reported):
    freeze(reported)
    publish(reported)
    asked = [word for key in reported.witness_keys for word in ("--witness", key)]
    assert "policy" in verify(reported, "p.sijill", *asked, code=3)
    reported.run("cosign")
    bundle = ("bundle", "march", "--key", "publisher-2", "--out")
    reported.run(*bundle, "one.sijill")
    record(reported)
    reported.run(*bundle, "two.sijill")
    one, two = ((reported.folder / f"{name}.sijill").read_bytes() for name in ("one", "two"))
    assert one == two
    said = verify(reported, "one.sijill", *asked, "--quorum", "2", "--max-age", "1d")
    assert "VERIFIED" in said
    assert "the newest cosignature is young enough" in said
    time.sleep(2.2)
    said = verify(reported, "one.sijill", *asked, "--max-age", "1s", code=3)
    assert "policy of witnesses is not met" in said
    assert verify(reported, "one.sijill", "--max-age", "1d", code=2)
    assert verify(reported, "one.sijill", *asked, "--max-age", "soon", code=2)


def test_two_histories_are_told_and_both_notes_kept(reported):
    folder = reported.folder
    shutil.copytree(folder / "records", folder / "forked")
    other = Shell(folder, folder / "forked")
    for shell, name in ((reported, "a"), (other, "b")):
        record(shell)
        freeze(shell, f"{name}.sijill")
    said = verify(reported, "a.sijill", "--against", "b.sijill", "--evidence", "kept.txt", code=4)
    assert "TWO HISTORIES" in said
    evidence = (folder / "kept.txt").read_text()
    notes = [zipfile.ZipFile(folder / f"{one}.sijill").read("checkpoint").decode() for one in "ab"]
    assert all(note in evidence for note in notes)
    assert "TWO HISTORIES" in verify(reported, "a.sijill", "--ledger", "forked", code=4)
    (folder / "b.note").write_text(notes[1])
    verify(reported, "a.sijill", "--against", "b.note", code=4)
    (folder / "a.note").write_text(notes[0])
    verify(reported, "a.note", "--against", "b.note", "--evidence", "notes.txt", code=4)
    assert all(note in (folder / "notes.txt").read_text() for note in notes)
    assert "VERIFIED" in verify(reported, "a.sijill", "--remember", "seen.note")
    verify(reported, "b.sijill", "--remember", "seen.note", code=4)
    assert (folder / "seen.note").read_text() == notes[0]
    # Evidence of another conflict does not replace what is there.
    verify(reported, "b.sijill", "--against", "a.sijill", "--evidence", "notes.txt", code=4)
    assert len((folder / "notes.txt.2").read_bytes()) > 200


def test_one_figure_and_one_claim(reported):
    freeze(reported)
    publish(reported)
    claim = reported.json("claims", "--limit", "1")["claims"][0]["id"]
    found = reported.json("verify", "p.sijill", "--trust", reported.log, "--claim", claim)
    assert [one["figure"] for one in found["claim"]["counted_in"]] == ["all", "isis"]
    assert found["claim"]["not_counted_in"] == ["massacres"]
    raw = (reported.folder / "p.sijill").read_bytes()
    line = zipfile.ZipFile(reported.folder / "p.sijill").read("members/isis.jsonl")
    at = raw.index(b"members/isis.jsonl" + line) + 30
    (reported.folder / "bad.sijill").write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    assert "NOT VERIFIED." in verify(reported, "bad.sijill", code=1)
    said = verify(reported, "bad.sijill", "--figure", "all")
    assert "VERIFIED. Of the figure all alone: isis does NOT hold." in said
    verify(reported, "bad.sijill", "--figure", "isis", code=1)
    assert "the report has all, isis" in verify(reported, "p.sijill", "--figure", "none", code=2)
    verify(reported, "p.sijill", "--claim", "x", code=2)


def test_the_page_in_a_bundle_is_compared_and_never_believed(reported):
    freeze(reported)
    reported.run("verifier", "--out", "verify.html")
    page = (reported.folder / "verify.html").read_bytes()
    assert zipfile.ZipFile(reported.folder / "a.sijill").read("verify.html") == page
    said = verify(reported, "a.sijill")
    assert (
        f"byte for byte what this version writes, SHA-256 {sha256(page).hexdigest()}"[:40] in said
    )


def test_a_report_that_contradicts_what_was_stated_is_refused_until_it_is_waived(reported):
    (reported.folder / "stated.toml").write_text("""
[estimate]
publisher = "P"
publication = "A publication"
ref = "1"
label = "Persons killed"
measure = "deaths"
unit = "persons"
value = 5
grade = "documented"
population = "all-persons"
basis = "documented"
quote = "five persons"
""")
    reported.run("record", "stated.toml", "--key", "documenter-1")
    plan = PLAN + '[crossfoot]\nstated = ["A publication"]\n'
    (reported.folder / "march.toml").write_text(plan)
    command = ("freeze", "march.toml", "--key", "publisher-1", "--out", "a.sijill")
    said = reported.run(*command, code=2)
    assert "stated-as-counted: Persons killed: 5 stated, but all counts 2" in said
    assert not (reported.folder / "a.sijill").exists()
    waived = ("--waive", "stated-as-counted", "--reason", "the other three are not recorded yet")
    reported.run(*command, "--waive", "stated-as-counted", code=2)
    assert "WAIVED: the other three" in reported.run(*command, *waived)
    assert "the other three are not recorded yet" in verify(reported, "a.sijill")
    readme = zipfile.ZipFile(reported.folder / "a.sijill").read("README.txt").decode()
    assert readme.count("the other three are not recorded yet") == 2
