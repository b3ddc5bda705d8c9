"""Successive releases through the command: what is recorded, and what is as of each of them."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.importing.releases import Releases

KEYS = ("--key", "documenter-1", "--reviewer-key", "reviewer-1")
FACETS = (("party",), ("sex", "age-group", "status"), ("source",), ("category", "source"))


def take(shell, file, listmap, *options, code=0):
    """Import; returns the answer."""
    said = shell.run("import", file, "--map", listmap, *options, "--format", "json", code=code)
    return json.loads(said)


def size(shell):
    return int(shell.run("checkpoint").splitlines()[1])


def toll(shell, facets, at):
    by = [option for facet in facets for option in ("--by", facet)]
    rows = shell.json("toll", *by, "--at", at)["rows"]
    return {tuple(row[facet] for facet in facets): row["deaths"] for row in rows}


@pytest.mark.slow
def test_the_toll_as_of_each_release_is_the_release_s_own_count(founded):
    releases = Releases(1, 200)
    ends, counted = [], []
    for number in range(1, 4):
        done = releases.next_release() if number > 1 else None
        file, listmap = releases.write(founded.folder, number)
        answer = take(founded, file, listmap, *KEYS)
        counts = answer["counts"]
        if done is None:
            assert (counts["new"], answer["events"]) == (200, {"ClaimRecorded": 200})
        else:
            assert counts["new"] == done["new"]
            assert counts["retracted"] == done["gone"] == answer["events"]["Retracted"]
            assert counts["returned"] == done["back"]
            assert counts["changed"] == done["changed"] > 0
        assert counts["rejected"] == counts["not_imported"] == 0
        ends.append(size(founded) - 1)
        counted.append({facets: releases.counts(*facets) for facets in FACETS})
        again = take(founded, file, listmap, *KEYS)
        assert (again["events"], again["counts"]["unchanged"]) == ({}, len(releases.rows))
        assert size(founded) - 1 == ends[-1]
    assert {"Reinstated", "SourceLinked", "SourceUnlinked", "DateRevised"} <= set(answer["events"])
    for end, expected in zip(ends, counted, strict=True):
        for facets in FACETS:
            assert toll(founded, facets, end) == expected[facets], (end, facets)
    assert "SOUND" in founded.run("audit", founded.folder / "records")


def report(shell, name="release-1.csv.report.jsonl"):
    return [json.loads(line) for line in (shell.folder / name).read_text("utf-8").splitlines()]


@pytest.fixture
def broken(founded):
    """A release of twenty rows, of which one has a status that is none."""
    releases = Releases(3, 20)
    next(iter(releases.rows.values()))[4] = "soldier"
    founded.release = releases.write(founded.folder, 1)
    return founded


def test_a_broken_row_is_in_the_report_the_rest_is_in_and_the_exit_code_says_so(broken):
    answer = take(broken, *broken.release, *KEYS, code=1)
    assert (answer["counts"]["new"], answer["counts"]["rejected"]) == (19, 1)
    (line,) = report(broken)
    assert (line["column"], line["value"], line["outcome"]) == ("status", "soldier", "rejected")
    assert "unknown-term" in line["reason"]
    assert broken.json("toll")["total"] == 19


def test_all_or_nothing_takes_nothing_of_a_list_with_a_broken_row(broken):
    before = broken.run("checkpoint")
    answer = take(broken, *broken.release, *KEYS, "--all-or-nothing", code=1)
    assert (answer["recorded"], answer["counts"]["rejected"]) == (False, 1)
    assert broken.run("checkpoint") == before
    file, listmap = broken.release
    file.write_text(file.read_text("utf-8").replace("soldier", "civilian"), "utf-8")
    answer = take(broken, file, listmap, *KEYS, "--all-or-nothing")
    assert (answer["recorded"], answer["events"]) == (True, {"ClaimRecorded": 20})


def test_a_dry_run_needs_no_log_key_and_reports_each_event(broken):
    before = broken.run("checkpoint")
    dry = (*KEYS, "--dry-run", "--report", "dry.jsonl")
    wrong = {"SIJILL_LOG_PASSPHRASE": "wrong"}
    said = broken.run(
        "import", *broken.release[:1], "--map", broken.release[1], *dry, code=1, **wrong
    )
    assert "would be recorded: 19 × ClaimRecorded" in said
    assert broken.run("checkpoint") == before
    lines = report(broken, "dry.jsonl")
    assert [one["outcome"] for one in lines].count("would-record") == 19
    assert "مخترع" not in str(lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["release-1.csv", "--map", "map-1.toml"], "needs --map and --key"),
        (["none.csv", "--suggest"], "there is no such file"),
        (["none.csv", "--map", "map-1.toml", "--key", "documenter-1"], "there is no such file"),
        (["release-1.csv", "--map", "none.toml", "--key", "documenter-1"], "cannot be read"),
        (["map-1.toml", "--map", "map-1.toml", "--key", "documenter-1"], "has no column"),
        (["release-1.csv", "--map", "map-1.toml", "--key", "nobody"], "no key 'nobody'"),
        (["release-1.csv", "--map", "map-1.toml", *KEYS, "--flag-absent"], "flagged or retracted"),
        (
            ["release-1.csv", "--map", "map-1.toml", *KEYS, "--report", "map-1.toml"],
            "is what is read",
        ),
    ],
)
def test_what_cannot_be_imported_is_named_and_nothing_is_recorded(broken, arguments, message):
    before = broken.run("checkpoint")
    assert message in broken.run("import", *arguments, code=2)
    assert broken.run("checkpoint") == before


def test_a_map_is_proposed_and_nothing_is_recorded(broken):
    before = broken.run("checkpoint")
    said = broken.run("import", broken.release[0], "--suggest")
    assert 'record_id = "id"' in said
    assert '# without a term: "soldier"' in said
    assert "مخترع" not in said
    assert broken.run("checkpoint") == before


def test_a_key_without_the_role_has_every_row_rejected_and_leaves_nothing_sealed(broken):
    answer = take(broken, *broken.release, "--key", "publisher-1", code=1)
    assert (answer["counts"]["rejected"], answer["events"]) == (20, {})
    assert "role-missing" in report(broken)[-1]["reason"]
    with closing(sqlite3.connect(broken.folder / "records" / "vault.db")) as vault:
        for table in ("claim_keys", "disclosures", "imported"):
            assert vault.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.slow
def test_kill_9_again_and_again_leaves_a_list_that_is_completed_once(founded):
    releases = Releases(4, 7000)
    first = releases.write(founded.folder, 1)
    draw = random.Random(4)
    kills = 0
    for number in (1, 2):
        if number == 2:
            done = releases.next_release()
        file, listmap = first if number == 1 else releases.write(founded.folder, 2)
        command = [sys.executable, "-m", "api.cli", "import", str(file), "--map"]
        command += [str(listmap), *KEYS]
        for _ in range(3):
            with subprocess.Popen(
                command, cwd=founded.folder, env=founded.environment, stdout=subprocess.DEVNULL
            ) as child:
                before = entries(founded)
                while entries(founded) == before and child.poll() is None:
                    time.sleep(0.01)
                time.sleep(draw.uniform(0, 0.4))
                kills += child.poll() is None
                child.kill()
        answer = take(founded, file, listmap, *KEYS)
        assert answer["counts"]["rejected"] == 0
        assert take(founded, file, listmap, *KEYS)["events"] == {}
        assert toll(founded, FACETS[1], size(founded) - 1) == releases.counts(*FACETS[1])
    assert kills >= 3
    with closing(sqlite3.connect(founded.folder / "records" / "ledger.db")) as ledger:
        counted = dict(ledger.execute("SELECT topic, count(*) FROM stored_events GROUP BY topic"))
    assert counted["ClaimRecorded"] == 7000 + done["new"]
    assert counted["Retracted"] == done["gone"]
    assert "SOUND" in founded.run("audit", founded.folder / "records")


def entries(shell):
    """How many entries the ledger has, read from its file while it is written."""
    with closing(sqlite3.connect(shell.folder / "records" / "ledger.db")) as ledger:
        return ledger.execute("SELECT count(*) FROM stored_events").fetchone()[0]
