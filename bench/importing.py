"""Importing a list end to end: read, compare, seal, sign, verify, append, project.

Beside one core's raw verify rate, and beside what polars takes to read the same file (`pip install
polars`; without it that line says so).
"""

from __future__ import annotations

import csv
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import chain
from pathlib import Path

from nacl.public import PrivateKey

from api.importing.listmap import read_map
from api.importing.memory import Memory
from api.importing.run import Import, Options
from api.importing.tables import open_table
from bench.ledger import DOCUMENTER, claim_notes, founded_ledger, rate
from ledger.admission import read_submission
from ledger.ledger import Ledger
from ledger.note import verify_ed25519
from ledger.vault import Vault
from projections.registry import Registry

ROWS = 100_000
_CHANGED = 0.1
_HEADER = ("id", "name", "sex", "age", "status", "date", "place", "party")
_MAP = """
[list]
name = "invented list"
release = "{release}"
date = "2019-{release}-01"
record_id = "id"
[constants]
kind = "killing"
attribution.mode = "sole"
[fields]
sex = "sex"
status = "status"
"place.governorate" = "place"
"attribution.parties" = "party"
age_group = {{ column = "age", ranges = {{ child = [0, 17], adult = [18, 130] }} }}
happened_on = {{ column = "date", dates = "%d/%m/%Y" }}
{sealed}
[[sources]]
kind = "official-record"
published = "An invented list, of nobody"
"""
SEALED = '[sealed]\nname = "name"\nnational_id = "id"'


def main(rows: int = ROWS) -> None:
    draw = random.Random(rows)
    drawn = [row_of(draw, number) for number in range(rows)]
    revised = [
        row if draw.random() > _CHANGED else row_of(draw, at) for at, row in enumerate(drawn)
    ]
    verify = _verify_rate()
    print(f"\nlibsodium verify, one core              {verify:10,.0f} /s")
    for words, sealed in (("nothing sealed", ""), ("two fields sealed", SEALED)):
        with tempfile.TemporaryDirectory() as name, founded_ledger(Path(name)) as ledger:
            folder = Path(name)
            file = write(folder, drawn)
            if not sealed:
                polars = _read_alone(file, rows)
            for release, written in (("01", drawn), ("01", drawn), ("02", revised)):
                file = write(folder, written)
                done, seconds = take(folder, ledger, file, map_of(folder, release, sealed))
                # The machine may be busy: what a core is worth is asked beside each import.
                verify = _verify_rate()
                what = ", ".join(
                    f"{n:,} {kind}" for kind, n in (+done.counts).items() if kind != "rows"
                )
                beside = f", {rows / seconds / polars:.4f} of polars" if polars else ""
                print(
                    f"import, {words:18} {what:32} {rows / seconds:8,.0f} rows/s   "
                    f"{rows / seconds / verify:.2f} of one core's verify rate{beside}"
                )
    print(f"peak memory of this process, all rounds {peak_memory():10,.0f} MiB")


def _read_alone(file: Path, rows: int) -> float | None:
    """Rows a second of reading the file alone: with our reader, which is printed, and polars."""
    ours = rows / _seconds(lambda: sum(1 for _ in open_table(file, _HEADER).rows))
    print(f"reading {rows:,} rows of CSV alone       {ours:10,.0f} /s")
    try:
        import polars  # noqa: PLC0415 - no lock pins it: some 50 MB for one line of this
    except ImportError:
        print("reading them with polars                     skipped: polars is not installed")
        return None
    found = rows / min(_seconds(lambda: polars.read_csv(file)) for _ in range(5))
    print(f"reading them with polars                {found:10,.0f} /s")
    return found


def peak_memory() -> float:
    """MiB that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row_of(draw: random.Random, number: int) -> list[str]:
    day = f"{draw.randrange(1, 29):02}/{draw.randrange(1, 13):02}/{draw.randrange(2012, 2019)}"
    return [
        f"{800_000_000 + number}",
        f"Invented Name {number}",
        draw.choice(["male", "female", ""]),
        str(draw.randrange(100)),
        draw.choice(["civilian", "prisoner", ""]),
        day,
        draw.choice(["SY07", "SY02", "SY12", ""]),
        draw.choice(["russian-forces", "isis", ""]),
    ]


def write(folder: Path, rows: Iterable[list[str]]) -> Path:
    path = folder / "list.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(chain([_HEADER], rows))
    return path


def map_of(folder: Path, release: str, sealed: str) -> Path:
    path = folder / "map.toml"
    path.write_text(_MAP.format(release=release, sealed=sealed), encoding="utf-8")
    return path


def take(folder: Path, ledger: Ledger, file: Path, listmap: Path) -> tuple[Import, float]:
    vault = Vault(folder / "vault.db", PrivateKey(bytes(range(32))).public_key)
    memory = Memory(folder / "vault.db")
    try:
        start = time.perf_counter()
        read = read_map(listmap)
        done = Import(
            ledger,
            vault,
            memory,
            read,
            Options(DOCUMENTER),
            clock=lambda: "2020-04-02T09:15:00Z",
            tell=lambda line: sys.exit(str(line)),
        )
        done.run(open_table(file, read.columns).rows)
        with closing(Registry(folder / "projections.db", ledger.recorder)) as registry:
            registry.catch_up()
        return done, time.perf_counter() - start
    finally:
        memory.close()
        vault.close()


def _verify_rate() -> float:
    notes = [read_submission(note) for note in claim_notes(1000)]

    def verify() -> None:
        for read in notes:
            verify_ed25519(
                DOCUMENTER.key.public_key, read.note.text, read.note.signatures[0].signature
            )

    return rate(verify, len(notes))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
