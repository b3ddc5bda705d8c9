"""How much memory an import of ever longer lists takes, each in a process of its own.

`make bench ARGS=memory`; it is not part of the whole, for the last list has a million rows.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
from pathlib import Path

from bench.importing import SEALED, map_of, peak_memory, row_of, take, write
from bench.ledger import founded_ledger

SIZES = (5_000, 60_000, 300_000, 1_000_000)


def main(sizes: tuple[int, ...] = SIZES) -> None:
    print("\nrows        sealed fields   peak memory   rows/s, first import")
    for rows in sizes:
        for sealed in ("", SEALED) if rows < max(SIZES) else ("",):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                peak, rate = pool.apply(_measure, (rows, sealed))
            print(f"{rows:9,}   {2 if sealed else 0:13}   {peak:7,.0f} MiB   {rate:10,.0f}")


def _measure(rows: int, sealed: str) -> tuple[float, float]:
    draw = random.Random(rows)
    with tempfile.TemporaryDirectory() as name, founded_ledger(Path(name)) as ledger:
        folder = Path(name)
        file = write(folder, (row_of(draw, number) for number in range(rows)))
        _, seconds = take(folder, ledger, file, map_of(folder, "01", sealed))
    return peak_memory(), rows / seconds
