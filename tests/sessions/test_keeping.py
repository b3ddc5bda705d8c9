"""A ledger that was damaged is found out, and mended from files that prove themselves."""

import shutil
import sqlite3

import pytest

from ledger.merkle import stored_position
from tests.sessions.conftest import Shell

CIVILIANS = ("toll", "--documented", "2020-03", "--where", "status=civilian")


class Kept(Shell):
    """A shell whose ledger's database and log key are known."""

    def __init__(self, folder, ledger):
        super().__init__(folder, ledger)
        self.database = ledger / "ledger.db"
        self.key = self.json("key", "list")["log"]


@pytest.fixture
def kept(march, tmp_path):
    """A copy of the March ledger with its log exported to `site`."""
    shutil.copytree(march.environment["SIJILL_LEDGER"], tmp_path / "ledger")
    shell = Kept(tmp_path, tmp_path / "ledger")
    shell.run("export", "site")
    return shell


def change(shell, statement, *values):
    with sqlite3.connect(shell.database) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement, values)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def flip_an_entry(shell):
    with sqlite3.connect(shell.database) as connection:
        raw = bytearray(
            connection.execute("SELECT state FROM stored_events WHERE rowid = 101").fetchone()[0]
        )
    connection.close()
    raw[-20] ^= 1
    change(shell, "UPDATE stored_events SET state = ? WHERE rowid = 101", bytes(raw))


def truncate(shell):
    change(shell, "SELECT 1")
    raw = shell.database.read_bytes()
    shell.database.write_bytes(raw[: len(raw) // 2])


def break_an_index(shell):
    change(shell, "SELECT 1")
    with sqlite3.connect(shell.database) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name LIKE 'sqlite_autoindex_stored%'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    raw = bytearray(shell.database.read_bytes())
    raw[(root - 1) * size + 8 : (root - 1) * size + 200] = bytes(192)
    shell.database.write_bytes(raw)


def break_the_schema(shell):
    """One byte of a table's definition: SQLite's own message then quotes what is no text."""
    change(shell, "SELECT 1")
    raw = shell.database.read_bytes()
    assert b"CREATE TABLE checkpoints" in raw
    shell.database.write_bytes(
        raw.replace(b"CREATE TABLE checkpoints", b"CREATE TABL\xec checkpoints")
    )


DAMAGE = {
    "an entry": (flip_an_entry, 100),
    "a deleted row": (
        lambda shell: change(shell, "DELETE FROM stored_events WHERE rowid = 51"),
        "dense",
    ),
    "a node": (
        lambda shell: change(
            shell,
            "UPDATE merkle_nodes SET hash = zeroblob(32) WHERE position = ?",
            stored_position(0, 77),
        ),
        "merkle-node",
    ),
    "rows cut from the end": (
        lambda shell: change(shell, "DELETE FROM stored_events WHERE rowid > 200"),
        "checkpoint",
    ),
    "an index": (break_an_index, "index"),
    "the schema": (break_the_schema, "file"),
    "half a file": (truncate, "file"),
    "no database": (lambda shell: shell.database.write_bytes(b"x" * 9000), "file"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_found_named_and_mended(kept, damage):
    break_it, named = damage
    assert "nothing is damaged" in kept.run("check")
    break_it(kept)
    failures = kept.json("check", code=1)["failures"]
    assert named in {failure["rule"] for failure in failures} | {f["index"] for f in failures}
    assert "DAMAGED." in kept.run("check", code=1)
    kept.run("repair", "--from", "site", "--trust", kept.key)
    assert "nothing is damaged" in kept.run("check")
    assert kept.json(*CIVILIANS)["total"] == 145
    assert "SOUND." in kept.run("audit", "ledger", "--trust", kept.key)
    # Life goes on, and the damaged file was put aside.
    claim = f"{kept.environment['PYTHONPATH']}/examples/claim.toml"
    kept.run("record", claim, "--key", "documenter-1")
    assert kept.database.with_name("ledger.db.damaged").exists()


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"Aleppo", b"Alepqo"),
        (b'"en":"Aleppo"', b'"en","Aleppo"'),
        (b'"version":1}', b'"version":2}'),
        (b'"version":2}', b'"version":1}'),
        (b"sijill/entry/v1", b"sijill/entry/v2"),
    ],
)
def test_an_export_that_is_damaged_itself_mends_nothing(kept, was, now):
    tile = next((kept.folder / "site" / "tile" / "entries").rglob("*.p/*"))
    raw = tile.read_bytes()
    assert was in raw
    tile.write_bytes(raw.replace(was, now, 1))
    before = kept.database.read_bytes()
    said = kept.run("repair", "--from", "site", "--trust", kept.key, code=1)
    assert "damaged too; nothing was changed" in " ".join(said.split())
    assert kept.database.read_bytes() == before


def test_mending_never_loses_newer_entries_unasked(kept):
    claim = f"{kept.environment['PYTHONPATH']}/examples/claim.toml"
    record = ("record", claim, "--key", "documenter-1")
    lost = {done["stream"] for done in kept.json(*record)}
    assert lost & {one["id"] for one in kept.json("claims", "--limit", 1000)["claims"]}
    said = kept.run("repair", "--from", "site", "--trust", kept.key, code=1)
    assert "lose the newest" in said
    kept.run("repair", "--from", "site", "--trust", kept.key, "--lose-newer")
    assert kept.run("checkpoint").splitlines()[1] == "235"
    # Nor do its projections pass for those of the log that grew anew.
    for _ in range(2):
        kept.run(*record)
    assert not lost & {one["id"] for one in kept.json("claims", "--limit", 1000)["claims"]}


def test_a_backup_is_a_whole_ledger_and_never_overwrites(kept):
    kept.run("backup", "copy.db")
    assert "exists" in kept.run("backup", "copy.db", code=2)
    (kept.folder / "restored").mkdir()
    shutil.copy(kept.folder / "copy.db", kept.folder / "restored" / "ledger.db")
    assert "SOUND." in kept.run("audit", "restored", "--trust", kept.key)


def test_repairing_from_nothing_says_so(kept):
    (kept.folder / "empty").mkdir()
    assert "no export" in kept.run("repair", "--from", "empty", "--trust", kept.key, code=2)
