"""How much memory an import of ever longer lists takes, each in a process of its own.

`make bench ARGS=memory`; it is not part of the whole, for the last list has a million rows.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.importing import SEALED, map_of, peak_memory, row_of, take, write
from bench.ledger import founded_ledger

SIZES = (5_000, 60_000, 300_000, 1_000_000)


def main(sizes: tuple[int, ...] = SIZES) -> None:
    print("\nrows        sealed fields   peak memory   rows/s, first import")
    for rows in sizes:
        for sealed in (0, 2) if rows < max(SIZES) else (2,):
            command = [sys.executable, "-m", "bench.memory", str(rows), str(sealed)]
            peak, rate = subprocess.check_output(command, text=True).split()
            print(
                f"{rows:9,}   {sealed:13}   {float(peak):7,.0f} MiB   {float(rate):10,.0f}",
                flush=True,
            )


def _measure(rows: int, sealed: int) -> None:
    draw = random.Random(rows)
    with tempfile.TemporaryDirectory() as name, founded_ledger(Path(name)) as ledger:
        folder = Path(name)
        file = write(folder, (row_of(draw, number) for number in range(rows)))
        _, seconds = take(folder, ledger, file, map_of(folder, "01", SEALED if sealed else ""))
    print(peak_memory(), rows / seconds)


if __name__ == "__main__":
    _measure(int(sys.argv[1]), int(sys.argv[2]))
