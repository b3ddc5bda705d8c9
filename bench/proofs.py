"""Proofs over a large log: made from stored nodes, verified by hashing alone."""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from eventsourcing.persistence import StoredEvent

from ledger import merkle
from ledger.application import LedgerApplication

LEAVES = 1_000_000
_BATCH = 10_000
_TRIES = 300


def main() -> None:
    draw = random.Random(LEAVES)
    with tempfile.TemporaryDirectory() as name:
        application = LedgerApplication(Path(name) / "ledger.db")
        recorder = application.recorder
        for start in range(0, LEAVES, _BATCH):
            recorder.insert_events(
                [
                    StoredEvent(str(index), 1, "x", b"%d" % index)
                    for index in range(start, start + _BATCH)
                ]
            )
        root = recorder.root_at(LEAVES)
        indexes = [draw.randrange(LEAVES) for _ in range(_TRIES)]
        proofs = {index: merkle.inclusion_proof(index, LEAVES, recorder.nodes) for index in indexes}

        def verify(index: int) -> None:
            merkle.verify_inclusion(
                index=index,
                size=LEAVES,
                leaf_hash=merkle.leaf_hash(b"%d" % index),
                proof=proofs[index],
                root=root,
            )

        block = bytes(65)
        hashing = _microseconds(lambda _: hashlib.sha256(block).digest(), indexes)
        made = _microseconds(
            lambda index: merkle.inclusion_proof(index, LEAVES, recorder.nodes), indexes
        )
        grown = _microseconds(
            lambda index: merkle.consistency_proof(index + 1, LEAVES, recorder.nodes), indexes
        )
        checked = _microseconds(verify, indexes)
        application.close()
    print()
    print(f"{LEAVES:,} leaves")
    print(f"  one SHA-256 of 65 bytes               {hashing:8.1f} µs")
    print(f"  inclusion proof made                  {made:8.1f} µs")
    print(f"  consistency proof made                {grown:8.1f} µs")
    print(
        f"  inclusion proof verified              {checked:8.1f} µs   "
        f"{checked / hashing:.0f} of one hash"
    )


def _microseconds(work: Callable[[int], object], indexes: list[int]) -> float:
    times = []
    for index in indexes:
        start = time.perf_counter()
        work(index)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6
