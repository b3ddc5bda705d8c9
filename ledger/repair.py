"""Keeping a ledger: a consistent copy while it runs, and mending one from files that prove it.

What is published (ledger/export.py) is enough to make the database again, byte for byte: every
entry is hashed, and the root has to be the one that the log key signed. Nothing unproved is taken.
"""

from __future__ import annotations

import os
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from eventsourcing.persistence import StoredEvent

from domain.errors import Damaged, Invalid, NotFound, SijillError
from ledger.application import LedgerApplication
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.database import UNREADABLE
from ledger.entry import parse_entry
from ledger.export import CHECKPOINT, Target
from ledger.note import VerifierKey
from ledger.recorder import LedgerRecorder
from ledger.tiles import ENTRIES, read_entries, tiles_at


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
    part.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        (size,) = copy.execute("SELECT count(*) FROM stored_events").fetchone()
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
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
    old = _old_checkpoints(database, log_key)
    newest = max((one.size for one, _ in old), default=0)
    if newest > checkpoint.size and not lose_newer:
        raise Damaged(
            f"{newest} entries were signed for here, {checkpoint.size} are published: mending from "
            "them would lose the newest; find a newer export, or say --lose-newer"
        )
    part = database.with_name(database.name + ".part")
    _remove(part)
    _build(part, source, checkpoint, [(checkpoint, raw), *old])
    kept = database.with_name(database.name + ".damaged")
    if database.exists():
        _remove(kept)
        database.replace(kept)
    for suffix in ("-wal", "-shm"):
        # A journal of the old file must not be read into the new one.
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    part.replace(database)
    return Repaired(checkpoint.size, b64encode(checkpoint.root).decode(), kept)


def _build(
    part: Path, source: Target, checkpoint: Checkpoint, signed: list[tuple[Checkpoint, bytes]]
) -> None:
    application = LedgerApplication(part)
    try:
        recorder = application.recorder
        assert isinstance(recorder, LedgerRecorder)
        for batch in _entries(source, checkpoint.size):
            recorder.insert_events(batch)
        root = recorder.root_at(checkpoint.size)
        if recorder.tree_size() != checkpoint.size or root != checkpoint.root:
            raise Damaged(
                f"the published entries have the root {b64encode(root).decode()}, not the signed "
                "one: the export is damaged too; nothing was changed"
            )
        for one, note in signed:
            if one.size <= checkpoint.size and recorder.root_at(one.size) == one.root:
                recorder.restore_checkpoint(one.size, note)
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        application.close()


def _entries(source: Target, size: int) -> Iterator[list[StoredEvent]]:
    for tile in tiles_at(size, ENTRIES):
        raw = source.read(tile.path)
        if raw is None:
            raise Damaged(f"{tile.path} is missing from the export; nothing was changed")
        batch = []
        for entry in read_entries(raw, tile.width):
            event = parse_entry(entry).event
            batch.append(StoredEvent(event.stream, event.version, event.type, entry))
        yield batch


def _old_checkpoints(database: Path, log_key: VerifierKey) -> list[tuple[Checkpoint, bytes]]:
    """The signed checkpoints that can still be read of a damaged file."""
    found = []
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT CAST(note AS BLOB) FROM checkpoints").fetchall()
    except UNREADABLE:
        return []
    for (note,) in rows:
        try:
            found.append((open_checkpoint(note, log_key), note))
        except SijillError:
            continue
    return found


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
