"""Which pairs a reviewer found to be two persons: kept beside the vault, so nobody asks twice.

Not an event: it says nothing of a claim, changes no count, and a later reviewer may decide
otherwise. The file holds ids of claims, the name of a key, and a time; no name of any person.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from domain.errors import Damaged

_SCHEMA = """
CREATE TABLE IF NOT EXISTS apart (
    first   TEXT NOT NULL,
    second  TEXT NOT NULL,
    key     TEXT NOT NULL,
    decided TEXT NOT NULL,
    PRIMARY KEY (first, second)
) WITHOUT ROWID;
"""


class Verdicts:
    """The file of verdicts; made when there is none."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise Damaged(f"{path}: is no file of verdicts ({error}); move it away") from None

    def close(self) -> None:
        self._connection.close()

    def apart(self) -> frozenset[tuple[str, str]]:
        """Every pair found to be two persons, each in the order of its ids."""
        return frozenset(self._connection.execute("SELECT first, second FROM apart"))

    def set_apart(self, pair: tuple[str, str], key: str, decided: str) -> None:
        """Remember that these are two persons; on disk when it returns."""
        row = (*sorted(pair), key, decided)
        self._connection.execute("INSERT OR REPLACE INTO apart VALUES (?, ?, ?, ?)", row)
