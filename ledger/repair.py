"""Keeping a ledger: a consistent copy while it runs, and mending one from files that prove it.

What is published (ledger/export.py) is enough to make the database again, byte for byte: every
entry is hashed, and the root has to be the one that the log key signed. Nothing unproved is taken.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import PersistenceError, StoredEvent

from domain.authority import Authority
from domain.errors import Damaged, Invalid, NotFound, SijillError
from ledger.application import LedgerApplication
from ledger.checkpoint import Checkpoint, open_checkpoint, open_own_checkpoint
from ledger.cosignature import is_cosignature
from ledger.database import UNREADABLE
from ledger.entry import parse_entry
from ledger.export import CHECKPOINT, Target
from ledger.note import VerifierKey
from ledger.recorder import LedgerRecorder
from ledger.tiles import ENTRIES, read_entries, tiles_at

_TOO = "the export is damaged too; nothing was changed"


class Repaired(NamedTuple):
    """How many entries the database has now, its root, and where the damaged file was put."""

    size: int
    root: str
    kept: Path


def back_up(database: Path, target: Path) -> int:
    """Copy a ledger's database while it may be written to; returns how many entries the copy has.

    The copy is flushed and renamed into place: it is there whole or not at all.
    """
    if target.exists():
        raise Invalid(f"{target} exists; nothing was written: name a new file")
    part = target.with_name(target.name + ".part")
    remove(part)
    try:
        with (
            closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (size,) = copy.execute("SELECT count(*) FROM stored_events").fetchone()
    except BaseException:
        remove(part)
        raise
    _sync(part)
    part.replace(target)
    return int(size)


def repair(
    database: Path, source: Target, log_key: VerifierKey, *, lose_newer: bool = False
) -> Repaired:
    """Make the database again from published tiles, and put the old file aside.

    Raises Damaged for tiles that do not prove themselves, and when the old file holds a signed
    checkpoint of more entries than are published, unless `lose_newer`.
    """
    raw = source.read(CHECKPOINT)
    if raw is None:
        raise NotFound("there is no checkpoint: this is no export of a log")
    checkpoint = open_checkpoint(raw, log_key)
    part = database.with_name(database.name + ".part")
    remove(part)
    try:
        newest = _build(part, source, checkpoint, raw, database)
        if newest > checkpoint.size and not lose_newer:
            raise Damaged(
                f"{newest} entries were signed for here, {checkpoint.size} are published: mending "
                "from them would lose the newest; find a newer export, or say --lose-newer"
            )
    except BaseException:
        remove(part)
        raise
    kept = database.with_name(database.name + ".damaged")
    put_in_place(part, database, kept)
    return Repaired(checkpoint.size, b64encode(checkpoint.root).decode(), kept)


def put_in_place(part: Path, database: Path, kept: Path) -> None:
    """Make a finished file the ledger's database; the one before it is kept aside.

    Whenever this stops, there is a database in its place: the one before, or the finished one.
    """
    _sync(part)
    if database.exists():
        remove(kept)
        # What was committed last may lie in the journal only.
        for suffix in ("-wal", ""):
            old = database.with_name(database.name + suffix)
            if old.exists():
                _keep(old, kept.with_name(kept.name + suffix))
    for suffix in ("-wal", "-shm"):
        # A journal of the old file must not be read into the new one.
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    part.replace(database)
    _sync(database.parent)


def _keep(old: Path, kept: Path) -> None:
    try:
        os.link(old, kept)
    except OSError:
        shutil.copyfile(old, kept)  # a file system without links


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _build(part: Path, source: Target, checkpoint: Checkpoint, note: bytes, database: Path) -> int:
    """Make the new file; returns the greatest size that was signed for in the old one."""
    application = LedgerApplication(part)
    try:
        recorder = application.recorder
        assert isinstance(recorder, LedgerRecorder)
        for batch in _entries(source, checkpoint.size):
            try:
                recorder.insert_events(batch)
            except PersistenceError:
                # Two entries in one place of a stream: no log that was signed has that.
                raise Damaged(f"two entries are in one place: {_TOO}") from None
        root = recorder.root_at(checkpoint.size)
        if recorder.tree_size() != checkpoint.size or root != checkpoint.root:
            raise Damaged(
                f"the published entries have the root {b64encode(root).decode()}, not the signed "
                f"one: {_TOO}"
            )
        authority = application.stream("authority")
        if authority is None:
            raise Damaged("the export has no founding entry; nothing was changed")
        recorder.restore_checkpoint(checkpoint.size, note)
        old = _old_checkpoints(database, authority.state)
        for one, signed in old:
            if one.size <= checkpoint.size and recorder.root_at(one.size) == one.root:
                recorder.restore_checkpoint(one.size, signed)
                for cosignature in _old_cosignatures(database, one.size):
                    recorder.add_cosignature(*cosignature)
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        application.close()
    return max((one.size for one, _ in old), default=0)


def _entries(source: Target, size: int) -> Iterator[list[StoredEvent]]:
    for tile in tiles_at(size, ENTRIES):
        raw = source.read(tile.path)
        if raw is None:
            raise Damaged(f"{tile.path} is missing from the export; nothing was changed")
        batch = []
        try:
            for entry in read_entries(raw, tile.width):
                event = parse_entry(entry).event
                batch.append(StoredEvent(event.stream, event.version, event.type, entry))
        except SijillError as error:
            raise Damaged(f"{tile.path}: {error}: {_TOO}") from None
        yield batch


def _old_checkpoints(database: Path, authority: Authority) -> list[tuple[Checkpoint, bytes]]:
    """The signed checkpoints that can still be read of a damaged file."""
    found = []
    for (note,) in _read_damaged(database, "SELECT CAST(note AS BLOB) FROM checkpoints"):
        try:
            found.append((open_own_checkpoint(note, authority), note))
        except SijillError:
            continue
    return found


def _old_cosignatures(database: Path, size: int) -> list[tuple[int, str, int, bytes]]:
    """What witnesses said of a checkpoint, as it can still be read; whoever uses it verifies it."""
    found = []
    for witness, time, line in _read_damaged(
        database,
        "SELECT witness, time, CAST(line AS BLOB) FROM cosignatures WHERE size = ?",
        size,
    ):
        if type(witness) is str and type(time) is int and is_cosignature(line, witness, time):
            found.append((size, witness, time, line))
    return found


def _read_damaged(database: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            return opened.execute(query, values).fetchall()
    except UNREADABLE:
        return []


def remove(database: Path) -> None:
    """Delete a database with its journals."""
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
