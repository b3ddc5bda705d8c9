"""An auditor attests to a report from the command line, and a reader sees it in the bundle."""

import json
import shutil
import sqlite3

import pytest

from tests.sessions.conftest import CLAIM, record
from tests.sessions.test_publishing import PLAN, freeze, publish, verify


@pytest.fixture
def published(founded):
    """A report of two claims, published, and an auditor with a key of her own."""
    for name, role in (("publisher-2", "publisher"), ("auditor-1", "auditor")):
        founded.run("key", "new", name)
        founded.run("key", "enroll", name, "--role", role)
    (founded.folder / "claim.toml").write_text(CLAIM)
    record(founded)
    record(founded)
    (founded.folder / "march.toml").write_text(PLAN)
    founded.log = founded.json("key", "list")["log"]
    freeze(founded)
    publish(founded)
    return founded


def attest(shell, *more, key="auditor-1", code=0, report="march"):
    asked = ("audit", "records", "--attest", report, "--key", key)
    return shell.run(*asked, "--trust", shell.log, *more, code=code)


def entries(shell):
    return len(shell.json("history", "report/march")["events"])


def test_what_an_auditor_attests_goes_into_the_bundle_and_is_verified(published):
    before = published.json("audit", "records", "--trust", published.log)
    said = attest(published)
    assert "SOUND." in said
    assert "Attested: march, index" in said
    assert "not that the data are true" in said
    published.run("bundle", "march", "--key", "publisher-1", "--out", "b.sijill")
    verdict = json.loads(verify(published, "b.sijill", "--format", "json"))
    (check,) = [one for one in verdict["checks"] if one["what"] == "an auditor attested to it"]
    size, signatures = before["ledger"]["size"], before["signatures"]
    assert check["outcome"] == "holds"
    assert check["key"].startswith("auditor-1+")
    assert check["as_of"].startswith(f"{size} entries; entry {size}, received ")
    assert f"{size} entries and {signatures} signatures checked, 3 figures" in check["detail"]
    assert "not that the data are true" in check["detail"]
    told = [line for line in verify(published, "b.sijill").splitlines() if "attested" in line]
    assert told
    assert "attested by an auditor" in published.run("history", "report/march")
    published.run("audit", "records", "--trust", published.log)
    # A second audit is of a later state, and is attested for itself.
    attest(published)
    assert entries(published) == 4


def test_nothing_is_attested_that_was_not_audited(published):
    root = json.loads(published.run("key", "list", "--format", "json"))
    assert "is not enrolled as an auditor" in attest(published, key="publisher-1", code=2)
    assert "is no report" in attest(published, report="april", code=2)
    asked = ("audit", "records", "--attest", "march")
    assert "--key NAME go together" in published.run(*asked, "--trust", root["log"], code=2)
    assert "--trust" in published.run(*asked, "--key", "auditor-1", code=2)
    shutil.move(published.folder / "records" / "reports" / "march.sijill", published.folder / "k")
    assert "all was not recounted: give the report's bundle" in attest(published, code=1)
    assert entries(published) == 2
    attest(published, "--bundle", "k")
    assert entries(published) == 3


def test_nothing_is_attested_of_a_ledger_that_is_not_sound(published):
    with sqlite3.connect(published.folder / "records" / "ledger.db") as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE merkle_nodes SET hash = zeroblob(32) WHERE position = 0")
    said = attest(published, code=1)
    assert "NOT SOUND." in said
    assert "Nothing is attested of march." in said
