"""Two witnesses as real processes: they cosign, catch a fork, and keep the evidence."""

import shutil

from tests.sessions.conftest import Shell, record


def test_both_cosign_and_history_says_by_when_an_event_existed(watched):
    claim = record(watched)
    assert watched.json("history", claim)["events"][0]["existed_by"] is None
    answer = watched.json("cosign")
    assert (answer["given"], answer["quorum"]) == (2, 2)
    checkpoint = watched.run("checkpoint")
    assert checkpoint.count("\n— ") == 3
    assert watched.json("history", claim)["events"][0]["existed_by"] is not None
    # A partner may ask for both of them, and is told when there are fewer.
    log = watched.json("key", "list")["log"]
    policy = (watched.folder / "records" / "witnesses.toml").read_text()
    keys = [line.split('"')[1] for line in policy.splitlines() if line.startswith("vkey")]
    trust = ("--trust", log, "--witness", keys[0], "--witness", keys[1])
    watched.run("prove", claim, "--out", "claim.tlog-proof")
    assert "archive-w1, archive-w2" in watched.run("verify", "claim.tlog-proof", *trust)
    record(watched)
    watched.run("prove", claim, "--out", "later.tlog-proof")
    said = watched.run("verify", "later.tlog-proof", *trust, code=3)
    assert "0 of those you trust did, 2 are required" in said
    watched.run("verify", "later.tlog-proof", *trust, "--quorum", "0")
    watched.run("verify", "later.tlog-proof", *trust, "--quorum", "3", code=2)
    # Growth is proved to them from where they were.
    record(watched)
    assert watched.json("cosign")["given"] == 2


def test_a_witness_that_is_away_is_named_and_the_quorum_is_missed(watched):
    watched.processes[1].kill()
    watched.processes[1].wait()
    said = watched.run("cosign", code=1)
    assert "1 of 2 cosigned; 2 are required" in said


def test_a_forked_ledger_is_refused_and_the_split_view_is_named(watched, tmp_path):
    shutil.copytree(watched.folder / "records", tmp_path / "fork")
    fork = Shell(watched.folder, tmp_path / "fork")
    record(watched)
    record(fork)
    watched.run("cosign")
    said = fork.run("cosign", code=1)
    assert "two histories" in said
    watched.run("witness", "evidence", "w1", "--out", tmp_path / "evidence")
    files = sorted((tmp_path / "evidence").iterdir())
    assert len(files) == 2
    log = watched.json("key", "list")["log"]
    said = watched.run("verify", files[0], "--against", files[1], "--trust", log, code=4)
    assert "SPLIT VIEW" in said
    # The log that was cosigned goes on.
    record(watched)
    assert watched.json("cosign")["given"] == 2


def test_a_ledger_that_was_rolled_back_is_told_so(watched, tmp_path):
    shutil.copytree(watched.folder / "records", tmp_path / "old")
    record(watched)
    watched.run("cosign")
    said = Shell(watched.folder, tmp_path / "old").run("cosign", code=1)
    assert "rolled back" in said
