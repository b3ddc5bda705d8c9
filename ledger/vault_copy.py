"""Copies of the vault, and coming back to one: whoever was erased does not come back with it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from domain.errors import Invalid
from ledger.database import UNREADABLE
from ledger.repair import put_in_place, remove
from ledger.vault import Vault

# What the vault in place has and the copy lacks; who was erased is not missed.
_MISSED = """
SELECT count(*) FROM old.disclosures AS one
WHERE NOT EXISTS (SELECT 1 FROM main.disclosures AS kept WHERE kept.digest = one.digest)
AND NOT EXISTS (SELECT 1 FROM main.erased AS gone WHERE gone.claim = one.claim)
"""
_CARRIED_OVER = """
INSERT OR IGNORE INTO main.erased SELECT * FROM old.erased;
INSERT INTO main.copies SELECT * FROM old.copies EXCEPT SELECT * FROM main.copies;
DELETE FROM main.disclosures WHERE claim IN (SELECT claim FROM main.erased);
DELETE FROM main.claim_keys WHERE claim IN (SELECT claim FROM main.erased);
"""
_TABLES = {"claim_keys", "disclosures", "erased", "caught_up", "copies"}


class RestoredVault(NamedTuple):
    """How many sealed fields the vault holds now, how many it had that are lost, and where the
    file before was put; None when nothing of it is missed and it was deleted.
    """

    fields: int
    lost: int
    kept: Path | None


def back_up_vault(vault: Vault, target: Path, made: str) -> None:
    """Copy the vault while it is in use; the copy is there whole or not at all."""
    if target.exists():
        raise Invalid(f"{target} exists; nothing was written: name a new file")
    part = target.with_name(target.name + ".part")
    remove(part)
    try:
        part.touch(mode=0o600)
        vault.copy_to(part, target.resolve(), made)
        with part.open("rb") as file:
            os.fsync(file.fileno())
    except BaseException:
        remove(part)
        raise
    part.replace(target)


def restore_vault(database: Path, backup: Path, *, lose_newer: bool = False) -> RestoredVault:
    """Make a copy the vault again; raises Invalid when that would lose sealed fields, or while
    something else has the vault open.
    """
    part = database.with_name(database.name + ".part")
    remove(part)
    if database.exists():
        _require_unused(database)
    try:
        _copy(backup, part)
        readable = database.exists() and _is_vault(database)
        lost = _carry_over(part, database) if readable else 0
        if lost and not lose_newer:
            raise Invalid(
                f"the vault in place has {lost} sealed fields that this copy lacks; nothing was "
                "changed: take a newer copy, or say --lose-newer"
            )
        with closing(sqlite3.connect(part)) as opened:
            (fields,) = opened.execute("SELECT count(*) FROM disclosures").fetchone()
    except BaseException:
        remove(part)
        raise
    kept = database.with_name(database.name + ".replaced")
    replaced = database.exists()
    put_in_place(part, database, kept)
    if readable and not lost:
        remove(kept)
    return RestoredVault(fields, lost, kept if replaced and kept.exists() else None)


def _copy(backup: Path, part: Path) -> None:
    if not backup.is_file():
        raise Invalid(f"{backup}: there is no such file")
    if not _is_vault(backup):
        raise Invalid(f"{backup} is no vault, or is damaged; nothing was changed")
    part.touch(mode=0o600)
    with closing(_opened(backup)) as source, closing(sqlite3.connect(part)) as copy:
        copy.execute("PRAGMA secure_delete=ON")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _require_unused(database: Path) -> None:
    """Whatever has it open would go on sealing into the file that is put aside."""
    try:
        with closing(sqlite3.connect(database, timeout=1)) as opened:
            opened.execute("PRAGMA journal_mode=DELETE")  # needs to be the only one
    except sqlite3.OperationalError as error:
        raise Invalid(
            f"{database} is in use ({error}); nothing was changed: stop what has it open"
        ) from None
    except UNREADABLE:
        return  # damaged: that is what the copy is for


def _is_vault(path: Path) -> bool:
    """Whether a file is a vault that can be read to its last page."""
    try:
        with closing(_opened(path)) as opened:
            names = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
            (verdict,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
    except UNREADABLE:
        return False
    return bool(names >= _TABLES and verdict == "ok")


def _carry_over(part: Path, database: Path) -> int:
    """Take over who was erased and which copies there are; returns how many fields are missed."""
    with closing(sqlite3.connect(part, isolation_level=None)) as opened:
        opened.execute("PRAGMA secure_delete=ON")
        opened.execute("PRAGMA journal_mode=MEMORY")  # a journal on disk would keep the old pages
        opened.execute("ATTACH ? AS old", (str(database),))
        if _secret(opened, "main") not in (None, _secret(opened, "old")):
            raise Invalid("the copy is of another ledger's vault; nothing was changed")
        opened.executescript(f"BEGIN; {_CARRIED_OVER} COMMIT;")
        (missed,) = opened.execute(_MISSED).fetchone()
    return int(missed)


def _secret(opened: sqlite3.Connection, schema: str) -> bytes | None:
    """The secret of imports (api/importing/memory.py), which every copy of a vault shares."""
    try:
        found = opened.execute(f"SELECT secret FROM {schema}.import_secret").fetchone()  # noqa: S608
    except sqlite3.OperationalError:
        return None
    return None if found is None else found[0]


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
