"""Checking a database for damage: the file's own structure first, then everything in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from audit.replay import Progress, audit_file
from audit.verdict import NOT_VERIFIED, AuditVerdict, Failure
from domain.errors import Invalid
from ledger.database import UNREADABLE
from ledger.recorder import schema


def check_folder(folder: Path, progress: Progress = lambda done, whole: None) -> AuditVerdict:
    """Find damage: raises Invalid when there is no ledger; everything else is in the verdict.

    Kinds: `file` (not a database, or cut short), `index` (SQLite's own trees), `schema` (what no
    ledger's database has), and those of the audit: `dense`, `merkle-node`, `checkpoint`, or what is
    wrong with one entry.
    """
    path = folder / "ledger.db"
    if not path.is_file():
        raise Invalid(f"{folder} holds no ledger.db")
    return check_file(path, progress)


def check_file(path: Path, progress: Progress = lambda done, whole: None) -> AuditVerdict:
    """Find damage in a ledger's database wherever it lies; as `check_folder`."""
    structure = _structure(path)
    try:
        verdict = audit_file(path, progress=progress)
    except Invalid as error:
        structure = structure or [_damage("file", str(error))]
        verdict = AuditVerdict("", 0, "", 0, (), (), NOT_VERIFIED, ())
    failures = (*structure, *verdict.failures)
    code = NOT_VERIFIED if failures else verdict.exit_code
    return verdict._replace(failures=failures, exit_code=code)


def _structure(path: Path) -> list[Failure]:
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            faults = [_damage("index", line) for line in _faults(connection)]
            return faults + [_damage("schema", line) for line in _foreign(connection)]
    except UNREADABLE as error:
        return [_damage("file", f"not a readable database: {error}")]


def _faults(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with the indexes; raises DatabaseError when the tables are damaged too."""
    try:
        found = connection.execute("PRAGMA integrity_check(20)").fetchall()
    except UNREADABLE as error:
        # When every row can still be read without them, it is the indexes.
        for table in ("stored_events", "merkle_nodes", "checkpoints"):
            for _ in connection.execute(f"SELECT * FROM {table} NOT INDEXED"):  # noqa: S608
                pass
        return [f"an index cannot be read: {error}"]
    return [str(line) for (line,) in found if line != "ok"]


def _foreign(connection: sqlite3.Connection) -> list[str]:
    """What a ledger's database does not have: a trigger, for one, that changes what is stored."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in schema():
            empty.execute(statement)
        ours = set(empty.execute(query))
    return [
        f"the {kind} {name!a} is not one that a ledger has"
        for kind, name, sql in connection.execute(query)
        if (kind, name, sql) not in ours
    ]


def _damage(kind: str, message: str) -> Failure:
    return Failure(None, "", 0, kind, message)
