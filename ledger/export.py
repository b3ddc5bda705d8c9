"""Publishing the log as static files, to a folder or an object store, only ever adding.

Entries and hashes are written before the checkpoint that covers them, so a reader never sees a
checkpoint whose tiles are not there, whenever the writing stops. What was published is looked at
first: a folder that holds another log, or another history of this one, is not written to.
"""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import fsspec

from domain.errors import Damaged, Invalid, SijillError
from ledger.checkpoint import open_own_checkpoint
from ledger.ledger import Ledger
from ledger.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    exists,
    new_tiles,
    node_positions,
    partial_tiles,
    write_entries,
    write_hashes,
)

CHECKPOINT = "checkpoint"


class Target(Protocol):
    """Where files go. A write is whole or not at all, and later ones are not seen before it."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None when it is not there."""

    def write(self, path: str, content: bytes) -> None: ...

    def delete(self, path: str) -> None: ...


class Exported(NamedTuple):
    """From which size to which the files now go; how many were written, with how many bytes."""

    old_size: int
    size: int
    files: int
    bytes: int


def open_target(url: str) -> Target:
    """A folder's path, or a URL that fsspec knows (`file://`, `s3://`, `memory://`)."""
    if "://" not in url:
        return _Folder(Path(url))
    protocol, _, rest = url.partition("://")
    if protocol == "file":
        return _Folder(Path("/" + rest.lstrip("/")))
    try:
        filesystem, base = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise Invalid(f"{url}: {error}") from None
    return _Store(filesystem, base)


def export(ledger: Ledger, target: Target, size: int | None = None) -> Exported:
    """Bring the files up to a checkpoint, the newest one if no size is given.

    Raises Damaged for files of another history.
    """
    note = ledger.cosigned_checkpoint(size)
    size = open_own_checkpoint(note, ledger.authority).size
    old_size = _published(ledger, target)
    if old_size > size:
        raise Damaged(
            f"{old_size} entries are published and this ledger has {size}: it was rolled back; "
            "nothing was written: restore a newer backup"
        )
    files = written = 0
    for tile in new_tiles(old_size, size):
        content = tile_content(ledger, tile)
        target.write(tile.path, content)
        files, written = files + 1, written + len(content)
    if note != target.read(CHECKPOINT):
        # Of the same size it may have been cosigned since.
        target.write(CHECKPOINT, note)
        files, written = files + 1, written + len(note)
        for tile in partial_tiles(old_size):
            if exists(tile._replace(width=WIDTH), size):
                target.delete(tile.path)  # readers take the full one
    return Exported(old_size, size, files, written)


def tile_content(ledger: Ledger, tile: Tile) -> bytes:
    """The bytes of a tile that the ledger has."""
    if tile.level == ENTRIES:
        rows = ledger.recorder.select_entries(tile.number * WIDTH, tile.width)
        return write_entries([row[4] for row in rows])
    return write_hashes(ledger.recorder.nodes(node_positions(tile)))


def _published(ledger: Ledger, target: Target) -> int:
    """The size that the files have, once their checkpoint is one of this ledger's own history."""
    raw = target.read(CHECKPOINT)
    if raw is None:
        return 0
    try:
        published = open_own_checkpoint(raw, ledger.authority)
    except SijillError as error:
        raise Damaged(
            f"the checkpoint there is not this ledger's ({error}); nothing was written"
        ) from None
    ours = ledger.recorder.tree_size()
    if published.size <= ours and ledger.recorder.root_at(published.size) != published.root:
        raise Damaged(
            f"the {published.size} entries published there have the root "
            f"{b64encode(published.root).decode()}, this ledger's have another: one log, two "
            "histories; nothing was written: keep both checkpoints, they are evidence"
        )
    return published.size


class _Folder:
    """A folder on this machine: written beside, flushed, renamed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, path: str) -> bytes | None:
        try:
            return (self._path / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, content: bytes) -> None:
        place = self._path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(place.name + ".part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def delete(self, path: str) -> None:
        (self._path / path).unlink(missing_ok=True)


class _Store:
    """An object store: each object appears whole."""

    def __init__(self, filesystem: Any, base: str) -> None:
        self._filesystem = filesystem
        self._base = base.rstrip("/")

    def read(self, path: str) -> bytes | None:
        try:
            found: bytes = self._filesystem.cat_file(f"{self._base}/{path}")
        except FileNotFoundError:
            return None
        return found

    def write(self, path: str, content: bytes) -> None:
        self._filesystem.pipe_file(f"{self._base}/{path}", content)

    def delete(self, path: str) -> None:
        full = f"{self._base}/{path}"
        if self._filesystem.exists(full):
            self._filesystem.rm_file(full)
