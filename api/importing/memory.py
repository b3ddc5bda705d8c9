"""What the last release of each list said, kept in the vault's file: the import's memory.

A claim's id is an HMAC over the list's name and the record's id under a random secret: who has the
ledger alone cannot find a person's claim by trying national ids. Of sealed fields only one byte of
such a code is kept: enough to see most changes, too little to confirm a guess, even of a date.
No digest of a whole row is kept: it would confirm an age of which the log tells the group only.
Whoever has this file has the secret, so it is guarded like the vault that it is part of.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from domain.errors import Damaged, Invalid

_SCHEMA = """
CREATE TABLE IF NOT EXISTS import_secret (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS import_releases (
    list    TEXT NOT NULL,
    release TEXT NOT NULL,
    date    TEXT NOT NULL,
    PRIMARY KEY (list, release)
);
CREATE TABLE IF NOT EXISTS imported (
    claim    TEXT PRIMARY KEY,
    list     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    presence INTEGER NOT NULL,
    said     BLOB NOT NULL
);
CREATE TEMP TABLE seen (
    claim TEXT PRIMARY KEY,
    line  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE absent (
    claim TEXT PRIMARY KEY
) WITHOUT ROWID;
"""
# Whether the last release had the row; LEAVING while its retraction is on the way.
GONE, THERE, LEAVING = 0, 1, 2

_NOT_SEEN = "list = ? AND presence > 0 AND claim NOT IN (SELECT claim FROM temp.seen)"
_MOST_VARIABLES = 500


class Remembered(NamedTuple):
    """What the last release said of a record. `version` is its claim's after that import, 1 also
    while it is on the way; `marks` are the traces of sealed fields as they were sealed; `pending`
    is what a release says whose events were on the way when it was written.
    """

    version: int
    presence: int
    stated: dict[str, Any]
    marks: dict[str, str]
    pending: dict[str, Any] | None = None


class Memory:
    """One open vault file; only one import of a folder runs at a time."""

    def __init__(self, vault: Path) -> None:
        self._lock = sqlite3.connect(
            vault.with_name("import.lock"), isolation_level=None, timeout=0
        )
        try:
            # SQLite's lock goes with the process, however that ends.
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            self._lock.close()
            raise Invalid("another import into this ledger is running; wait for it") from None
        self._connection = sqlite3.connect(vault, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.execute("PRAGMA cache_size=-8192")
        self._connection.executescript(_SCHEMA)
        self._connection.execute(
            "INSERT OR IGNORE INTO import_secret VALUES (1, ?)", (secrets.token_bytes(32),)
        )
        (self._secret,) = self._connection.execute("SELECT secret FROM import_secret").fetchone()
        if type(self._secret) is not bytes or len(self._secret) != 32:
            raise Damaged("the secret of imports in vault.db is not 32 bytes: restore a backup")

    def close(self) -> None:
        self._connection.close()
        self._lock.close()

    # --- names

    def claim(self, name: str, record_id: str) -> str:
        """The stream of a list's record, the same in every release."""
        code = self._code("sijill/import/claim/v1", name, record_id)
        # The bits that make it a UUID of version 4.
        bits = int.from_bytes(code[:16]) & ~(0xF << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62
        text = f"{bits:032x}"
        return f"claim/{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def mark(self, claim: str, field: str, value: str) -> str:
        """A byte, in hex, that differs when a sealed value does, but for one in 256."""
        return self._code("sijill/import/mark/v1", claim, field, value)[:1].hex()

    def _code(self, *parts: str) -> bytes:
        message = orjson.dumps(parts)
        return hmac.digest(self._secret, message, "sha256")

    # --- releases

    def begin(self, name: str, release: str, date: str) -> None:
        """Note that a release is being imported; raises Invalid when a later one was before it."""
        self.check_order(name, release, date)
        self._connection.execute(
            "INSERT OR IGNORE INTO import_releases VALUES (?, ?, ?)", (name, release, date)
        )

    def check_order(self, name: str, release: str, date: str) -> None:
        known = self._connection.execute(
            "SELECT release, date FROM import_releases WHERE list = ? ORDER BY date DESC", (name,)
        ).fetchall()
        for other, when in known:
            if other == release and when != date:
                raise Invalid(
                    f"release {release} of list {name} was imported as of {when}, not {date}; "
                    "correct the map, or name the release otherwise"
                )
        if known and date < known[0][1]:
            raise Invalid(
                f"release {known[0][0]} of list {name}, of {known[0][1]}, was imported already; "
                f"this one is of {date}: import releases in their order"
            )

    # --- rows

    def see(self, rows: Sequence[tuple[str, int]]) -> dict[int, int]:
        """Note the claims that this release has, with their lines; of a record that came before,
        its line and the line where it came first.
        """
        again = {}
        with self._writing():
            for claim, line in rows:
                try:
                    self._connection.execute("INSERT INTO temp.seen VALUES (?, ?)", (claim, line))
                except sqlite3.IntegrityError:
                    found = self._connection.execute(
                        "SELECT line FROM temp.seen WHERE claim = ?", (claim,)
                    )
                    again[line] = found.fetchone()[0]
        return again

    def forget_seen(self) -> None:
        """Begin to read the file anew."""
        self._connection.execute("DELETE FROM temp.seen")

    def find(self, claims: Sequence[str]) -> dict[str, Remembered]:
        found = {}
        for start in range(0, len(claims), _MOST_VARIABLES):
            chunk = claims[start : start + _MOST_VARIABLES]
            marks = ",".join("?" * len(chunk))
            for claim, version, presence, said in self._connection.execute(
                f"SELECT claim, version, presence, said FROM imported WHERE claim IN ({marks})",  # noqa: S608
                chunk,
            ):
                document = orjson.loads(said)
                found[claim] = Remembered(version, presence, **document)
        return found

    def remember(self, name: str, rows: Mapping[str, Remembered]) -> None:
        """Keep what a release said of these claims, durably."""
        with self._writing():
            self._connection.executemany(
                "INSERT INTO imported VALUES (?, ?, ?, ?, ?) ON CONFLICT (claim) DO UPDATE SET "
                "list = excluded.list, version = excluded.version, presence = excluded.presence, "
                "said = excluded.said",
                [
                    (
                        claim,
                        name,
                        one.version,
                        one.presence,
                        orjson.dumps(
                            {"stated": one.stated, "marks": one.marks, "pending": one.pending}
                        ),
                    )
                    # In order: neighbours in the index are written together.
                    for claim, one in sorted(rows.items())
                ],
            )

    def forget(self, claims: Sequence[str]) -> None:
        """Forget claims that the ledger refused."""
        with self._writing():
            self._connection.executemany(
                "DELETE FROM imported WHERE claim = ?", [(claim,) for claim in claims]
            )

    # --- what vanished

    def count_absent(self, name: str) -> tuple[int, int]:
        """How many of the list's claims this release no longer has, and how many there were."""
        with self._writing():
            self._connection.execute("DELETE FROM temp.absent")
            self._connection.execute(
                f"INSERT INTO temp.absent SELECT claim FROM imported WHERE {_NOT_SEEN}",  # noqa: S608
                (name,),
            )
        (absent,) = self._connection.execute("SELECT count(*) FROM temp.absent").fetchone()
        (there,) = self._connection.execute(
            "SELECT count(*) FROM imported WHERE list = ? AND presence > 0", (name,)
        ).fetchone()
        return absent, there

    def absent(self, after: str, limit: int) -> list[str]:
        """Some of those counted last, ascending."""
        rows = self._connection.execute(
            "SELECT claim FROM temp.absent WHERE claim > ? ORDER BY claim LIMIT ?", (after, limit)
        )
        return [claim for (claim,) in rows]

    def mark_presence(self, claims: Sequence[str], presence: int) -> None:
        with self._writing():
            self._connection.executemany(
                "UPDATE imported SET presence = ? WHERE claim = ?",
                [(presence, claim) for claim in claims],
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
