"""The library's SQLite connections, as this project needs them: pragmas, and locks taken first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from eventsourcing.persistence import OperationalError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

# What a damaged file raises: SQLite's message may quote bytes of it that are no text.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)


class _Transaction(SQLiteTransaction):
    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        # Deferred transactions that read first fail with BUSY, whatever the timeout says.
        try:
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        return cursor


class _Connection(SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with _Transaction(self, commit=commit) as cursor, cursor:
            yield cursor


class _Pool(SQLiteConnectionPool):
    pragmas: Sequence[str] = ()

    def _create_connection(self) -> SQLiteConnection:
        made = super()._create_connection()
        raw = made._sqlite_conn
        for pragma in self.pragmas:
            raw.execute(pragma)
        return _Connection(sqlite_conn=raw, max_age=self.max_age)


def prepare(datastore: SQLiteDatastore, pragmas: Sequence[str]) -> None:
    """Give a fresh datastore connections with these pragmas and writes that lock before reading."""
    stock = datastore.pool
    pool = _Pool(db_name=stock.db_name, lock_timeout=stock.lock_timeout)
    pool.pragmas = pragmas
    datastore.pool = pool
    stock.close()


def statements(schema: str) -> Iterator[str]:
    """Split a script at statement ends; a trigger's body holds semicolons of its own."""
    statement = ""
    for line in schema.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
