"""kill -9 while claims are erased: the log never says so of a claim whose key is still there."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

CLAIMS = 150


def test_an_erasure_that_is_killed_is_finished_and_never_said_too_early(office):
    claims = [office.record().stream for _ in range(CLAIMS)]
    authority = office.ledger.authority
    office.close()
    path = office.folder.path
    draw, acknowledged, seen_erased = random.Random(20200301), set(), 0
    for _ in range(40):
        command = [sys.executable, "-m", "tests.faults.eraser", str(path), *claims]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(draw.uniform(0, 0.06))
            child.send_signal(signal.SIGKILL)
            acknowledged.update(child.stdout.read().split("\n")[:-1])
        with closing(sqlite3.connect(path / "vault.db")) as vault:
            keys = {claim for (claim,) in vault.execute("SELECT claim FROM claim_keys")}
            rows = {claim for (claim,) in vault.execute("SELECT claim FROM disclosures")}
        with closing(office.folder.open_ledger()) as ledger:
            streams = ledger.streams(claims)
        erased = {claim for claim in claims if streams[claim].state.erased}
        assert acknowledged <= erased
        assert not erased & (keys | rows)
        assert keys == rows
        seen_erased = len(erased)
        if seen_erased == CLAIMS:
            break
    assert seen_erased > 5
    reopened = office.folder.open_ledger(office.folder.log_keys(authority, lambda _: "p"))
    assert office.folder.finish_erasures(reopened) == []
    gone = {claim for claim in claims if claim not in keys}
    assert {claim for claim in claims if reopened.stream(claim).state.erased} == gone
    reopened.close()
