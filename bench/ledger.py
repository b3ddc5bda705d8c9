"""Accepting events, as ratios to a raw signature check and a raw durable commit of the same run."""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.rules import shipped_document
from ledger.admission import read_submission
from ledger.author import Head, compose, new_stream
from ledger.ledger import Ledger
from ledger.note import verify_ed25519
from ledger.signatures import CHUNK, SignatureChecker
from ledger.signer import Ed25519Signer

ORIGIN = "bench.sijill.example/ledger"
AT = "2020-04-02T09:15:00Z"
CLAIM: dict[str, Any] = {
    "kind": "killing",
    "sex": "female",
    "age_group": "adult",
    "status": "civilian",
    "profession": "unknown",
    "cause": "airstrike",
    "weapon": "unknown",
    "control": [],
    "happened_on": "2020-03-05",
    "documented_on": "2020-03",
    "place": {"governorate": "SY07", "name": None},
    "origin": None,
    "attribution": {"confidence": None, "mode": "sole", "parties": ["russian-forces"]},
    "incident": None,
    "custody": None,
    "sources": [{"id": "s1", "kind": "published-report"}],
    "person": {},
}
DOCUMENTER = Ed25519Signer.from_seed("documenter-1", bytes(32))
LOG = Ed25519Signer.from_seed(ORIGIN, bytes([3] * 32))
ROOT = Ed25519Signer.from_seed("root-1", bytes([2] * 32))


@contextmanager
def founded_ledger(folder: Path) -> Iterator[Ledger]:
    """A ledger with one root key and one documenter."""
    log, root = LOG, ROOT
    ledger = Ledger(folder / "ledger.db", log_keys=[log], create=True)
    founding = {
        "origin": ORIGIN,
        "roots": [str(root.key)],
        "threshold": 1,
        "log": str(log.key),
        "witnesses": [],
        "quorum": 0,
    }
    enrolment = {
        "vkey": str(DOCUMENTER.key),
        "holder": {"kind": "person", "label": "documenter-1"},
        "roles": ["documenter"],
        "scope": None,
    }
    authority = Head("authority")
    for head, event_type, body in (
        (authority, "LedgerFounded", founding),
        (Head("rules"), "RulesAdopted", shipped_document()),
    ):
        note, after = compose(head, event_type, body, [root], ledger=ORIGIN, at=AT)
        ledger.accept(note)
        authority = after if head is authority else authority
    note, _ = compose(authority, "KeyEnrolled", enrolment, [root], ledger=ORIGIN, at=AT)
    ledger.accept(note)
    try:
        yield ledger
    finally:
        ledger.close()


def claim_notes(count: int) -> list[bytes]:
    return [
        compose(new_stream("claim"), "ClaimRecorded", CLAIM, [DOCUMENTER], ledger=ORIGIN, at=AT)[0]
        for _ in range(count)
    ]


def rate(work: Callable[[], None], size: int, rounds: int = 5) -> float:
    """Median units a second over the rounds."""
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        rates.append(size / (time.perf_counter() - start))
    return statistics.median(rates)


def raw_commits(folder: Path, notes: list[bytes]) -> float:
    """Durable single-row commits a second of plain SQLite: WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY, state BLOB)")

    def work() -> None:
        for note in notes:
            connection.execute("INSERT INTO raw (state) VALUES (?)", (note,))

    found = rate(work, len(notes))
    connection.close()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name, founded_ledger(Path(name)) as ledger:
        notes = claim_notes(9_000)
        checks = [
            (DOCUMENTER.key.public_key, read.note.text, read.note.signatures[0].signature)
            for read in map(read_submission, notes[:4000])
        ]

        def verify_one_core() -> None:
            for key, text, signature in checks[:1000]:
                verify_ed25519(key, text, signature)

        verify = rate(verify_one_core, 1000)
        checker = SignatureChecker(os.cpu_count())
        chunks = [checks[start : start + CHUNK] for start in range(0, len(checks), CHUNK)]
        list(checker.check(chunks, parallel=True))  # starts the workers
        verify_all = rate(lambda: list(checker.check(chunks, parallel=True)) and None, len(checks))
        checker.close()
        commit = raw_commits(Path(name), notes[:400])

        remaining = iter(notes)

        def accept_singly() -> None:
            for _ in range(300):
                ledger.accept(next(remaining))

        def accept_batch() -> None:
            ledger.accept_all([next(remaining) for _ in range(1000)])

        single = rate(accept_singly, 300)
        accept_batch()  # starts the workers
        batch = rate(accept_batch, 1000)

    print(f"cores                                   {os.cpu_count()}")
    print(f"libsodium verify, one core              {verify:10,.0f} /s")
    print(f"libsodium verify, all cores             {verify_all:10,.0f} /s")
    print(f"raw SQLite durable commit               {commit:10,.0f} /s")
    allowed = 2 / commit + 1 / verify
    print(
        f"accept one by one, durable              {single:10,.0f} /s   "
        f"{1 / single / allowed:.2f} of (two raw commits + one verify)"
    )
    print(
        f"accept in batches of 1,000              {batch:10,.0f} /s   "
        f"{batch / verify:.2f} of one core's verify rate"
    )
