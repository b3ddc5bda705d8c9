"""kill -9 while events are being accepted: what was acknowledged is there, and the log goes on."""

import random
import signal
import subprocess
import sys
import time

from ledger.ledger import Ledger
from ledger.merkle import leaf_hash, tree_root
from tests.scene import DOCUMENTER, LOG, Scene, claim_body, claim_name

KILLS = 50


def test_every_acknowledged_event_survives_fifty_kills(tmp_path):
    scene = Scene(tmp_path)
    path = scene.path
    scene.close()
    draw = random.Random(20200301)
    acknowledged: dict[int, str] = {}
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.faults.appender", str(path), "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(draw.uniform(0, 0.08))
            child.send_signal(signal.SIGKILL)
            lines = child.stdout.read().split("\n")
        # The last line may be cut short: it was not heard whole, so nothing was promised.
        for line in lines[:-1]:
            index, leaf = line.split()
            assert int(index) not in acknowledged
            acknowledged[int(index)] = leaf
    assert len(acknowledged) > KILLS
    ledger = Ledger(path, log_keys=[LOG])
    entries = ledger.recorder.select_entries(0, 10**6)
    assert [entry[0] for entry in entries] == list(range(len(entries)))
    hashes = [leaf_hash(entry[4]) for entry in entries]
    assert {index: hashes[index].hex() for index in acknowledged} == acknowledged
    checkpoint = ledger.checkpoint()
    assert (checkpoint.size, checkpoint.root) == (len(entries), tree_root(hashes))
    ledger.close()
    scene.ledger = Ledger(path, log_keys=[LOG])
    scene.say(claim_name(1), "ClaimRecorded", claim_body(), DOCUMENTER)
    assert scene.size == len(entries) + 1
    scene.close()
