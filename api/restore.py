"""Going back to a backup: only after asking who has seen more, and never without a word of it.

A log that went on from an older copy as if nothing had been would sign two histories. So the
witnesses are asked first; and when entries are lost all the same, that is an event, and another log
key signs from there on.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx

from api.cosign import Policy, seen_by
from api.folder import Folder
from audit.check import check_file
from domain.errors import Damaged, Invalid, SijillError
from ledger.database import UNREADABLE
from ledger.ledger import Ledger
from ledger.repair import back_up, put_in_place, remove


class Lost(NamedTuple):
    """What was signed for and is not in the backup; no root when only the size is known."""

    size: int
    root: str | None
    who: str


class Restored(NamedTuple):
    """The size of the ledger now, what was lost, and where the file before it was put."""

    size: int
    lost: Lost | None
    kept: Path | None


# Called with the restored database, not yet in place, to record the loss in it.
RecordLoss = Callable[[Path, Lost], None]


def restore(
    folder: Folder,
    backup: Path,
    policy: Policy,
    *,
    unasked: bool = False,
    record_loss: RecordLoss | None = None,
) -> Restored:
    """Make a backup the ledger's database; raises Damaged when somebody has seen more entries.

    With `record_loss`, they are given up instead, and it is called before anything is replaced.
    With `unasked`, witnesses that cannot be reached are passed over.
    """
    database = folder.path / "ledger.db"
    part = database.with_name(database.name + ".part")
    remove(part)
    try:
        _copy(backup, part)
        lost = _more_than(part, database, policy, unasked)
        if lost is not None:
            if record_loss is None:
                ours = _newest(part).size
                raise Damaged(
                    f"{lost.who} has seen {lost.size} entries, this backup holds {ours}: "
                    f"{lost.size - ours} would be lost; nothing was changed. Find a newer backup, "
                    "or repair from an export (sijill repair); or say --lose-newer, and the loss "
                    "is recorded"
                )
            record_loss(part, lost)
        size = _newest(part).size
    except BaseException:
        remove(part)
        raise
    kept = database.with_name(database.name + ".replaced") if database.exists() else None
    # Made again from the log. First: beside another log that grew longer it would pass for its own.
    remove(folder.path / "projections.db")
    put_in_place(part, database, database.with_name(database.name + ".replaced"))
    return Restored(size, lost, kept)


def _copy(backup: Path, part: Path) -> None:
    """Copy the backup and look at every byte of it; raises Invalid for one that is damaged."""
    if not backup.is_file():
        raise Invalid(f"{backup}: there is no such file")
    try:
        back_up(backup, part)
    except UNREADABLE as error:
        raise Invalid(f"{backup} is no ledger's database: {error}") from None
    verdict = check_file(part)
    if verdict.failures:
        first = verdict.failures[0]
        raise Invalid(
            f"{backup} is damaged ({first.rule}: {first.message}); nothing was changed: take "
            "another backup"
        )


def _newest(database: Path) -> Lost:
    """The newest checkpoint of a database, as something that could be lost."""
    ledger = Ledger(database)
    try:
        checkpoint = ledger.checkpoint()
        return Lost(checkpoint.size, b64encode(checkpoint.root).decode(), "the ledger in place")
    finally:
        ledger.close()


def _more_than(part: Path, database: Path, policy: Policy, unasked: bool) -> Lost | None:
    """The most that anybody has seen beyond the backup."""
    seen = [_newest(part)]
    # One that is damaged says nothing: that is what the backup is for.
    if database.is_file() and not check_file(database).failures:
        _require_unused(database)
        _require_one_history(part, database)
        seen.append(_newest(database))
    ledger = Ledger(part)
    try:
        for asked in policy.witnesses:
            try:
                seen.append(Lost(seen_by(ledger, asked), None, asked.key.name))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if not unasked:
                    raise Damaged(
                        f"{asked.key.name} cannot be asked what it has seen ({error}); nothing was "
                        "changed: start it, or go on without it with --unasked"
                    ) from None
            except SijillError as error:
                raise Damaged(f"{asked.key.name}: {error}; nothing was changed") from None
    finally:
        ledger.close()
    most = max(seen, key=lambda one: (one.size, one.root is not None))
    return most if most.size > seen[0].size else None


def _require_unused(database: Path) -> None:
    """A server would go on storing in the file that is put aside. Also empties its journal."""
    try:
        with closing(sqlite3.connect(database, timeout=1)) as opened:
            opened.execute("PRAGMA journal_mode=DELETE")  # needs to be the only one
    except sqlite3.OperationalError as error:
        raise Invalid(
            f"{database} is in use ({error}); nothing was changed: stop what has it open, servers "
            "first"
        ) from None


def _require_one_history(part: Path, database: Path) -> None:
    """A backup of another ledger, or of another branch of this one, is not gone back to."""
    backup, current = Ledger(part), Ledger(database)
    try:
        if backup.origin != current.origin:
            raise Invalid(
                f"the backup is of {backup.origin}, the ledger in place is {current.origin}; "
                "nothing was changed"
            )
        size = min(backup.recorder.tree_size(), current.recorder.tree_size())
        if backup.recorder.root_at(size) != current.recorder.root_at(size):
            raise Invalid(
                f"the backup and the ledger in place differ in their first {size} entries: they "
                "are two histories; nothing was changed: keep both"
            )
    finally:
        backup.close()
        current.close()
