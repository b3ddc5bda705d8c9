"""The registry: the file of projections, kept up to date with a ledger and asked with SQL.

A subclass of the library's tracking recorder: the rows of a page of entries and the position they
lead to are committed together, so no entry is folded twice or left out. Entries are folded in
pages, never one by one. The file can be deleted at any time.
"""

from __future__ import annotations

import gc
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore, SQLiteTrackingRecorder

from domain.errors import Damaged
from ledger.database import UNREADABLE, prepare, statements
from ledger.recorder import LedgerRecorder
from projections.fold import Fold
from projections.page import Page
from projections.rows import FACETS, STANDING, Row
from projections.suspicion import Suspicion

TABLES = (
    "cells",
    "spans",
    "claims",
    "incidents",
    "claim_versions",
    "incident_versions",
    "estimate_versions",
    "links",
    "suspects",
)

_SCHEMA = 7  # PRAGMA user_version; a file with another one is rebuilt
_LEDGER = "ledger"  # the application name that the position is tracked under
_PAGE = 4000
_MOST_REMEMBERED = 50_000
_MOST_VARIABLES = 500
_PRAGMAS = (
    # A file that can be rebuilt may lose its last commits to a power cut, never its consistency.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=4000",
)

Progress = Callable[[int, int], None]  # entries folded, entries in all


class Registry(SQLiteTrackingRecorder):
    """One file of projections over one ledger."""

    def __init__(self, path: Path, ledger: LedgerRecorder) -> None:
        datastore = SQLiteDatastore(str(path), lock_timeout=30)
        prepare(datastore, _PRAGMAS)
        super().__init__(datastore)
        self._path = path
        self._ledger = ledger
        self._lock = threading.Lock()
        self._fold = Fold(Suspicion(ledger))
        self._position = -1  # after how many entries the fold's memory holds
        try:
            self.create_table()
            with self._writing() as (_, raw):
                if raw.execute("PRAGMA user_version").fetchone()[0] != _SCHEMA:
                    _make_tables(raw)
                    _run(raw, "indexes.sql")
        except (*UNREADABLE, OSError) as error:
            raise Damaged(
                f"{path} is no readable file of projections ({error}); delete it, it is made again "
                "from the ledger"
            ) from None

    def close(self) -> None:
        self.datastore.close()

    @property
    def size(self) -> int:
        """How many entries of the ledger the tables reflect."""
        return self.max_tracking_id(_LEDGER) or 0

    def catch_up(self, progress: Progress = lambda done, whole: None) -> int:
        """Fold every entry that is new; returns how many."""
        first = done = self.size
        # Read after the position: another thread or process may be folding what comes in meanwhile.
        size = self._ledger.tree_size()
        if done > size:
            raise Damaged(
                f"{self._path} reflects {done} entries, but the ledger has {size}: the ledger was "
                "rolled back, or this file belongs to another; run sijill audit, then sijill "
                "projections rebuild"
            )
        while done < size:
            with self._lock, self._writing() as (cursor, raw):
                done = self._take_page(cursor, raw)
                if len(self._fold.claims) > _MOST_REMEMBERED:
                    # The next page begins with what the tables know: memory stays as it is.
                    self._position = -1
            progress(done - first, size - first)
        return done - first

    def rebuild(self, progress: Progress = lambda done, whole: None) -> int:
        """Make every table anew from the first entry; readers see the old ones until the end."""
        collecting = gc.isenabled()
        gc.disable()  # what is folded lives on: collecting would only scan it again and again
        try:
            with self._lock, self._writing() as (cursor, raw):
                size = self._ledger.tree_size()
                _make_tables(raw)
                self._fold, self._position = Fold(Suspicion(self._ledger)), 0
                while self._position < size:
                    self._fold_page(raw)
                    progress(self._position, size)
                _run(raw, "indexes.sql")
                if size:
                    self._insert_tracking(cursor, Tracking(_LEDGER, self._position))
        except BaseException:
            self._position = -1
            raise
        finally:
            if collecting:
                gc.enable()
        return self._position

    def digests(self) -> dict[str, tuple[int, str]]:
        """Of each table the number of rows and the hex SHA-256 of all of them in order."""
        found = {}
        with self.reading() as cursor:
            for table in TABLES:
                digest, count = hashlib.sha256(), 0
                order = "1, 2, 3" if table == "links" else "1, 2"
                for row in cursor.execute(f"SELECT * FROM {table} ORDER BY {order}"):
                    digest.update(repr(row).encode())
                    count += 1
                found[table] = (count, digest.hexdigest())
        return found

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A read transaction whose rows are plain tuples."""
        with self.datastore.transaction(commit=False) as cursor:
            raw = cursor.sqlite_cursor
            raw.row_factory = None
            yield raw

    @contextmanager
    def _writing(self) -> Iterator[tuple[SQLiteCursor, sqlite3.Cursor]]:
        with self.datastore.transaction(commit=True) as cursor:
            raw = cursor.sqlite_cursor
            raw.row_factory = None
            yield cursor, raw

    def _take_page(self, cursor: SQLiteCursor, raw: sqlite3.Cursor) -> int:
        """Fold and store one page; the position is read under the lock that stores it."""
        position = self._max_tracking_id(_LEDGER, cursor) or 0
        if position != self._position:
            # Another process was here, or nothing is remembered yet.
            self._fold = Fold(Suspicion(self._ledger, position))
            self._fold.know(*_known(raw))
            self._position = position
        try:
            if self._fold_page(raw):
                self._insert_tracking(cursor, Tracking(_LEDGER, self._position))
        except BaseException:
            self._position = -1
            raise
        return self._position

    def _fold_page(self, raw: sqlite3.Cursor) -> int:
        entries = self._ledger.select_entries(self._position, _PAGE)
        if entries:
            page = self._fold.fold(entries, lambda table, names: _load(raw, table, names))
            _store(raw, page)
            self._position += len(entries)
        return len(entries)


def _make_tables(raw: sqlite3.Cursor) -> None:
    for table in TABLES:
        raw.execute(f"DROP TABLE IF EXISTS {table}")
    # The library keeps a row of its own in this table.
    raw.execute("DELETE FROM tracking WHERE application_name = ?", (_LEDGER,))
    _run(raw, "schema.sql")
    raw.execute(f"PRAGMA user_version = {_SCHEMA}")


def _load(raw: sqlite3.Cursor, table: str, names: list[str]) -> dict[str, Row]:
    """The standing versions of claims or incidents by name."""
    one = table.removesuffix("s")
    found: dict[str, Row] = {}
    for start in range(0, len(names), _MOST_VARIABLES):
        chunk = names[start : start + _MOST_VARIABLES]
        raw.execute(
            f"SELECT n.name, v.* FROM {table} n JOIN {one}_versions v ON v.{one} = n.number "
            f"WHERE v.valid_to = {STANDING} AND n.name IN ({','.join('?' * len(chunk))})",
            chunk,
        )
        found.update((name, row) for name, *row in raw.fetchall())
    return found


def _run(raw: sqlite3.Cursor, name: str) -> None:
    script = resources.files("projections").joinpath(name).read_text(encoding="utf-8")
    for statement in statements(script):
        raw.execute(statement)


def _known(
    raw: sqlite3.Cursor,
) -> tuple[list[tuple[str, ...]], list[str | None], tuple[int, int], list[tuple[str, str, str]]]:
    columns = ", ".join(FACETS)
    cells = raw.execute(f"SELECT {columns} FROM cells ORDER BY id").fetchall()
    spans = raw.execute("SELECT text FROM spans ORDER BY id").fetchall()
    claims, incidents = (
        raw.execute(f"SELECT coalesce(max(id) + 1, 0) FROM {table}").fetchone()[0]
        for table in ("claim_versions", "incident_versions")
    )
    links = raw.execute(
        "SELECT n.name, l.relation, t.name FROM links l JOIN claims n ON n.number = l.claim "
        f"JOIN claims t ON t.number = l.target WHERE l.valid_to = {STANDING}"
    ).fetchall()
    return cells, [text for (text,) in spans], (claims, incidents), links


def _store(raw: sqlite3.Cursor, page: Page) -> None:
    rows_of: tuple[tuple[str, Sequence[Sequence[object]]], ...] = (
        ("cells", page.cells),
        ("spans", page.spans),
        ("claims", page.claims),
        ("incidents", page.incidents),
        ("claim_versions", page.claim_rows),
        ("incident_versions", page.incident_rows),
        ("suspects", page.suspects),
        ("links", page.links),
    )
    raw.executemany(
        f"UPDATE suspects SET valid_to = ? WHERE log_index = ? AND valid_to = {STANDING}",
        page.suspect_ends,
    )
    raw.executemany(
        f"UPDATE links SET valid_to = ? WHERE claim = ? AND relation = ? AND valid_to = {STANDING}",
        page.link_ends,
    )
    for table, rows in rows_of:
        if rows:
            marks = ",".join("?" * len(rows[0]))
            raw.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    for row in page.estimate_rows:
        raw.execute(
            "UPDATE estimate_versions SET valid_to = ? "
            f"WHERE estimate = ? AND valid_to = {STANDING}",
            (row[1], row[0]),
        )
        marks = ",".join("?" * len(row))
        raw.execute(f"INSERT INTO estimate_versions VALUES ({marks})", row)
    for table, ends in (
        ("claim_versions", page.claim_ends),
        ("incident_versions", page.incident_ends),
    ):
        raw.executemany(f"UPDATE {table} SET valid_to = ? WHERE id = ?", ends)
