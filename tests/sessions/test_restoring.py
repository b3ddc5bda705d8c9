"""Going back to a backup: never behind what a witness has seen, unless the loss is recorded."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.cosign import Policy
from api.folder import Folder
from api.restore import restore
from ledger.ledger import Ledger
from ledger.repair import put_in_place
from tests.sessions.conftest import CLAIM, Shell, record


def backup(shell, name="backup.db"):
    shell.run("backup", name)
    return shell.folder / name


def checkpoint(shell):
    return shell.run("checkpoint").splitlines()[1:3]


def test_a_backup_of_the_newest_state_takes_the_place_of_a_damaged_file(watched):
    record(watched)
    kept = backup(watched)
    watched.run("cosign")
    before = checkpoint(watched)
    database = watched.folder / "records" / "ledger.db"
    database.write_bytes(database.read_bytes()[:5000])
    assert watched.json("restore", kept)["lost"] is None
    assert checkpoint(watched) == before
    assert (watched.folder / "records" / "ledger.db.replaced").stat().st_size == 5000
    record(watched)
    assert watched.json("cosign")["given"] == 2
    assert watched.json("audit", "records")["sound"]


def test_a_backup_older_than_what_a_witness_has_seen_is_refused(watched):
    kept = backup(watched)
    record(watched)
    watched.run("cosign")
    database = watched.folder / "records" / "ledger.db"
    database.unlink()  # only the witnesses know now
    said = watched.run("restore", kept, code=1)
    assert "has seen 6 entries, this backup holds 5: 1 would be lost" in said
    assert not database.exists()
    assert list(database.parent.glob("*.part*")) == []


def test_a_loss_that_is_accepted_is_an_event_under_a_new_log_key(watched):
    kept = backup(watched)
    for _ in range(3):
        record(watched)
    watched.run("cosign")
    first = watched.json("keys")["log"]
    assert "go together" in watched.run("restore", kept, "--lose-newer", code=2)
    done = watched.json("restore", kept, "--lose-newer", "--reason", "the disk died")
    assert (done["size"], done["lost"]["size"]) == (6, 8)
    now = watched.json("keys")
    assert now["log"] != first
    assert [one["ended"] for one in now["log_keys"]] == ["lost", None]
    (event,) = watched.json("history", "authority")["events"][-1:]
    assert (event["type"], event["reason"]) == ("EntriesLost", "the disk died")
    # No key has signed two histories: the old one signs no more.
    note = watched.run("checkpoint")
    assert note.count("\n— ") == 1
    record(watched)
    watched.run("verify", *_keys(watched, now["log"]))
    assert watched.json("audit", "records")["sound"]
    assert watched.json("toll")["total"] == 1
    # A witness that saw what was lost does not go along.
    said = watched.run("cosign", code=1)
    assert "0 of 2 cosigned" in said


def _keys(shell, log):
    shell.run("keys", "--out", "ledger.keys")
    return ("ledger.keys", "--trust", log)


def test_a_witness_that_is_away_is_waited_for_unless_told_otherwise(watched):
    record(watched)
    kept = backup(watched)
    watched.processes[1].kill()
    watched.processes[1].wait()
    said = watched.run("restore", kept, code=1)
    assert "archive-w2 cannot be asked" in said
    watched.run("restore", kept, "--unasked")


def test_a_file_that_is_no_sound_backup_of_this_ledger_changes_nothing(founded, march):
    record_file(founded)
    kept = backup(founded)
    database = founded.folder / "records" / "ledger.db"
    before = checkpoint(founded)
    (founded.folder / "empty").write_bytes(b"")
    (founded.folder / "text").write_text("no database")
    raw = bytearray(kept.read_bytes())
    at = raw.rfind(b"KeyEnrolled")
    raw[at + 40] ^= 1
    (founded.folder / "flipped.db").write_bytes(raw)
    other = backup(march, founded.folder / "other.db")
    for file, words in (
        ("nowhere", "no such file"),
        ("empty", "no ledger"),
        ("text", "no ledger"),
        ("flipped.db", "damaged"),
        (other, "register.example/x"),
    ):
        assert words in founded.run("restore", file, code=2), file
        assert checkpoint(founded) == before
    assert list(database.parent.glob("*.part*")) == []


def record_file(shell):
    (shell.folder / "claim.toml").write_text(CLAIM)
    record(shell)


def test_a_backup_of_another_branch_is_refused(founded, tmp_path):
    record_file(founded)
    shutil.copytree(founded.folder / "records", tmp_path / "branch")
    branch = Shell(founded.folder, tmp_path / "branch")
    record(branch)
    record(founded)
    other = backup(branch, "other.db")
    assert "two histories" in founded.run("restore", other, code=2)
    assert founded.json("audit", "records")["sound"]


def test_a_backup_that_brings_a_trigger_of_its_own_is_refused(founded):
    kept = backup(founded)
    with closing(sqlite3.connect(kept)) as changed:
        changed.execute(
            "CREATE TRIGGER more AFTER INSERT ON stored_events "
            "BEGIN INSERT INTO cosignatures VALUES (new.rowid, 'w', 0, 'x'); END"
        )
    said = founded.run("restore", kept, code=2)
    assert "damaged (schema" in said
    assert "'more'" in said


def test_a_ledger_that_is_in_use_is_not_put_aside(founded):
    kept = backup(founded)
    database = founded.folder / "records" / "ledger.db"
    ledger = Ledger(database)
    assert ledger.recorder.tree_size() == 5
    assert "is in use" in founded.run("restore", kept, code=2)
    assert list(database.parent.glob("ledger.db.*")) == []
    ledger.close()
    founded.run("restore", kept)


def test_projections_of_another_log_are_never_left_beside_it(founded, monkeypatch):
    folder = Folder(founded.folder / "records")
    kept = backup(founded)
    founded.run("toll")
    assert (folder.path / "projections.db").is_file()

    def killed(*files):
        raise KeyboardInterrupt

    monkeypatch.setattr("api.restore.put_in_place", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(folder, kept, Policy((), 0))
    assert not (folder.path / "projections.db").exists()
    assert founded.json("toll")["total"] == 0


def test_wherever_putting_it_in_place_stops_there_is_a_database(tmp_path, monkeypatch):
    part, database, kept = (tmp_path / name for name in ("new", "ledger.db", "ledger.db.replaced"))
    part.write_bytes(b"new")
    database.write_bytes(b"old")
    (tmp_path / "ledger.db-wal").write_bytes(b"newest")
    true_replace = Path.replace

    def killed(self, target):
        if target == database:
            raise KeyboardInterrupt
        return true_replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            put_in_place(part, database, kept)
    assert (database.read_bytes(), part.read_bytes()) == (b"old", b"new")
    put_in_place(part, database, kept)
    assert (database.read_bytes(), kept.read_bytes()) == (b"new", b"old")
    assert not (tmp_path / "ledger.db-wal").exists()


def test_the_file_before_is_kept_with_what_only_its_journal_holds(tmp_path):
    part, database, kept = (tmp_path / name for name in ("new", "ledger.db", "ledger.db.replaced"))
    part.write_bytes(b"new")
    database.write_bytes(b"old")
    (tmp_path / "ledger.db-wal").write_bytes(b"newest")
    put_in_place(part, database, kept)
    assert (tmp_path / "ledger.db.replaced-wal").read_bytes() == b"newest"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ledger.db", "ledger.db.replaced", "ledger.db.replaced-wal",
    ]  # fmt: skip


def test_paths_and_failures_leave_nothing_behind(founded):
    folder = founded.folder / "a%20b #1?"
    (founded.folder / "records").rename(folder)
    founded.environment["SIJILL_LEDGER"] = str(folder)
    kept = backup(founded, "100%41 #2?.db")
    assert founded.json("restore", kept)["size"] == 5
    assert "nothing is damaged" in founded.run("check")
    (founded.folder / "text").write_text("no database at all" * 100)
    founded.run("restore", founded.folder / "text", code=2)
    assert list(folder.glob("*.part*")) == []
