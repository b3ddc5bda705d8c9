"""Proposals of duplicates against a known truth: how many are right, and how many are found."""

from __future__ import annotations

import time
from typing import NamedTuple

from api.matching.linkage import Pair, propose
from bench.people import Sample, sample

CLAIMS, DUPLICATES, SEED = 20_000, 2_000, 20200401
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)


class Measure(NamedTuple):
    """`right` of `proposed` are of one person, of the `true` pairs that there are."""

    proposed: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true


def measure(drawn: Sample, pairs: list[Pair], least: float) -> Measure:
    """How good the pairs of at least this probability are."""
    proposed = {(p.first.number, p.second.number) for p in pairs if p.probability >= least}
    return Measure(len(proposed), len(proposed & drawn.truth), len(drawn.truth))


def main() -> None:
    drawn = sample(CLAIMS, DUPLICATES, SEED)
    start = time.perf_counter()
    pairs = propose(drawn.persons, THRESHOLDS[0])
    took = time.perf_counter() - start
    print(f"{CLAIMS:,} claims, {DUPLICATES:,} repeat another; compared in {took:.1f} s")
    for least in THRESHOLDS:
        found = measure(drawn, pairs, least)
        print(
            f"  probability at least {least:4}   proposed {found.proposed:6,}   "
            f"precision {found.precision:.3f}   recall {found.recall:.3f}"
        )
