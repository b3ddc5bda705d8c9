"""Two processes on one ledger: one log, one tree, and one winner for every version."""

import subprocess
import sys

from ledger.ledger import Ledger
from ledger.merkle import leaf_hash, tree_root
from tests.scene import Scene


def start(module, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.faults.{module}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def check_log(path):
    ledger = Ledger(path)
    entries = ledger.recorder.select_entries(0, 10**6)
    assert [entry[0] for entry in entries] == list(range(len(entries)))
    root = tree_root(leaf_hash(entry[4]) for entry in entries)
    assert ledger.checkpoint().root == root
    ledger.close()
    return entries


def test_two_processes_append_at_once_into_one_dense_log(tmp_path):
    scene = Scene(tmp_path)
    before = scene.size
    scene.close()
    children = [start("appender", str(scene.path), "150") for _ in range(2)]
    said = [child.communicate()[0].split("\n")[1:-1] for child in children]
    assert all(child.returncode == 0 for child in children)
    indexes = sorted(int(line.split()[0]) for lines in said for line in lines)
    assert indexes == list(range(before, before + 300))
    assert len(check_log(scene.path)) == before + 300


def test_of_two_processes_exactly_one_wins_each_version(tmp_path):
    scene = Scene(tmp_path)
    claim = scene.claim(1)
    scene.close()
    children = [start("reviser", str(scene.path), name, claim, "60") for name in ("one", "other")]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate()[0].split("\n")[:-1] for child in children]
    assert all(child.returncode == 0 for child in children)
    won = sorted(int(line.split()[1]) for lines in said for line in lines if line[:3] == "won")
    assert won == list(range(2, 2 + len(won)))
    assert len(said[0]) == len(said[1]) == 60
    for lines in said:
        for line in lines:
            if line.startswith("lost"):
                tried, current = map(int, line.split()[1:])
                assert current >= tried
    versions = [entry[2] for entry in check_log(scene.path) if entry[1] == claim]
    assert versions == list(range(1, len(won) + 2))
