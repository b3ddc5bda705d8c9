"""Two witnesses as real processes: they cosign, catch a fork, and keep the evidence."""

import shutil
import signal
import subprocess
import sys
import time

import httpx

from tests.sessions.conftest import Shell, free_port, record


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


def test_a_server_has_every_new_checkpoint_cosigned_and_asks_again_who_was_away(watched):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
        cwd=watched.folder,
        env=watched.environment,
    ) as server:
        try:
            seen = cosigned(url, 2)
            record(watched)
            assert cosigned(url, 2) != seen
            watched.processes[1].send_signal(signal.SIGSTOP)
            record(watched)
            cosigned(url, 1)
            watched.processes[1].send_signal(signal.SIGCONT)
            cosigned(url, 2)
        finally:
            server.terminate()
            server.wait(30)


def cosigned(url, witnesses):
    """Wait until the newest checkpoint has so many cosignatures; returns its size."""
    for _ in range(600):
        time.sleep(0.1)
        try:
            lines = httpx.get(f"{url}/checkpoint").text.splitlines()
        except httpx.TransportError:
            continue
        if sum(line.startswith("— archive") for line in lines) == witnesses:
            return int(lines[1])
    raise AssertionError(lines)


def test_an_export_is_cosigned_or_not_published(watched):
    record(watched)
    watched.run("export", "site")
    published = (watched.folder / "site" / "checkpoint").read_text()
    assert published.count("\n— ") == 3
    watched.processes[1].kill()
    watched.processes[1].wait()
    record(watched)
    said = watched.run("export", "site", code=1)
    assert "1 of 2 witnesses cosigned, 2 are required (archive-w2: " in said
    assert (watched.folder / "site" / "checkpoint").read_text() == published
    watched.run("export", "site", "--unwatched")
    assert (watched.folder / "site" / "checkpoint").read_text().count("\n— ") == 2
