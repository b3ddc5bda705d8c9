"""One transaction's view: built on what was signed last, forgotten when nothing is stored."""

import os
import shutil
import sqlite3

import pytest

from domain.errors import Conflict, Damaged, Invalid, Rejected, SijillError, Unverified
from ledger.author import Head, compose
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.ledger import Ledger
from ledger.view import Accepted
from tests.scene import (
    AT,
    DOCUMENTER,
    LOG,
    ORIGIN,
    OTHER_DOCUMENTER,
    REVIEWER,
    ROOTS,
    STRANGER,
    WHY,
    Scene,
    claim_body,
    claim_name,
)


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    made.claim(1)
    yield made
    made.close()


def recording(scene, number, signer=DOCUMENTER):
    return scene.note(claim_name(number), "ClaimRecorded", claim_body(), signer)


def reclassified(scene, was, now, signer=OTHER_DOCUMENTER):
    body = {"field": "status", "from": was, "to": now, **WHY}
    return scene.note(claim_name(1), "ClassificationRevised", body, signer)


def change(scene, *statements):
    """Change the file behind the ledger's back, with its triggers taken away."""
    connection = sqlite3.connect(scene.path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    kept = triggers.fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in kept:
        connection.execute(sql)
    connection.close()


def facts(path):
    connection = sqlite3.connect(path)
    found = [
        connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        for table in ("stored_events", "merkle_nodes", "checkpoints")
    ]
    connection.close()
    return found


def signs_nothing(scene, pattern=None):
    before = facts(scene.path)
    ledger = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    with pytest.raises(Damaged, match=pattern):
        ledger.accept(recording(scene, 60))
    ledger.close()
    assert facts(scene.path) == before


def test_events_rolled_back_behind_a_newer_checkpoint_are_not_built_upon(scene):
    scene.claim(2)
    scene.close()
    change(scene, "DELETE FROM stored_events WHERE rowid = 8")
    signs_nothing(scene, "rolled back or changed")


def test_an_older_copy_given_the_newest_checkpoint_is_not_built_upon(scene, tmp_path):
    older = tmp_path / "older.db"
    connection = sqlite3.connect(scene.path)
    connection.execute("VACUUM INTO ?", (str(older),))
    connection.close()
    scene.claim(2)
    newest = scene.ledger.checkpoint()
    scene.close()
    for path in scene.path.parent.glob("ledger.db*"):
        path.unlink()
    shutil.move(older, scene.path)
    note = sign_checkpoint(newest, LOG)
    connection = sqlite3.connect(scene.path, isolation_level=None)
    connection.execute("INSERT INTO checkpoints VALUES (?, ?)", (newest.size, note))
    connection.close()
    signs_nothing(scene, "rolled back or changed")


@pytest.mark.parametrize(
    "statement",
    [
        # Seven entries have the frontier of positions 6, 9 and 10.
        "UPDATE merkle_nodes SET hash = zeroblob(32) WHERE position = 6",
        "UPDATE merkle_nodes SET hash = zeroblob(32) WHERE position = 10",
        "DELETE FROM merkle_nodes WHERE position = 9",
        "DELETE FROM checkpoints WHERE size = 7",
        "DELETE FROM checkpoints",
    ],
)
def test_changed_or_missing_nodes_and_checkpoints_stop_the_signing(scene, statement):
    assert scene.size == 7
    scene.close()
    change(scene, statement)
    signs_nothing(scene)


def test_a_checkpoint_that_another_key_signed_is_not_built_upon(scene):
    checkpoint = scene.ledger.checkpoint()
    scene.close()
    forged = sign_checkpoint(
        Checkpoint(ORIGIN, checkpoint.size, checkpoint.root),
        type(LOG).from_seed(ORIGIN, b"f" * 32),
    )
    change(scene, f"UPDATE checkpoints SET note = x'{forged.hex()}' WHERE size = 7")
    before = facts(scene.path)
    ledger = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    with pytest.raises(Unverified):
        ledger.accept(recording(scene, 60))
    ledger.close()
    assert facts(scene.path) == before


def test_a_backup_restored_under_a_running_ledger_is_noticed(scene, tmp_path):
    backup = sqlite3.connect(tmp_path / "backup.db")
    live = sqlite3.connect(scene.path)
    live.backup(backup)
    scene.claim(2)
    backup.backup(live)
    live.close()
    backup.close()
    # Both halves of the restored file agree: only who saw the longer log can tell.
    before = facts(scene.path)
    with pytest.raises(Damaged, match="has seen 8 entries"):
        scene.ledger.accept(recording(scene, 3))
    assert facts(scene.path) == before


def test_what_another_process_appended_is_seen_before_judging(scene):
    other = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    revision = reclassified(scene, "civilian", "combatant")
    scene.ledger.accept(reclassified(scene, "civilian", "prisoner", REVIEWER))
    with pytest.raises(Conflict) as caught:
        other.accept(revision)
    assert (caught.value.version, caught.value.signed_by[:11]) == (2, "reviewer-1+")
    other.accept(recording(scene, 2))
    # And the first sees what the second did, in streams that it has in memory.
    with pytest.raises(Conflict):
        scene.ledger.accept(recording(scene, 2, OTHER_DOCUMENTER))
    other.close()


def test_a_key_revoked_through_another_process_is_revoked_here(scene):
    other = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    other.accept(recording(scene, 2))
    body = {
        "vkey": str(DOCUMENTER.key),
        "reason_code": "compromised",
        "reason": "found on another machine",
        "suspect_from": None,
    }
    scene.say("authority", "KeyRevoked", body, *ROOTS[:2])
    with pytest.raises(Rejected) as caught:
        other.accept(recording(scene, 3))
    assert caught.value.rule == "key-revoked"
    other.close()


def test_what_a_refused_batch_had_staged_is_forgotten(scene):
    notes = [recording(scene, 2), recording(scene, 3), b"nonsense"]
    with pytest.raises(Rejected):
        scene.ledger.accept_all(notes, whole=True)
    # Were the second claim remembered, this would be a conflict.
    outcome = scene.ledger.accept(recording(scene, 2, OTHER_DOCUMENTER))[0]
    assert (outcome.log_index, outcome.again) == (7, False)
    assert scene.ledger.stream(claim_name(3)) is None


def test_what_a_batch_had_staged_is_forgotten_when_it_cannot_be_signed(scene):
    other = type(LOG).from_seed(ORIGIN, b"f" * 32)
    wrong = Ledger(scene.path, log_keys=[other], clock=scene.clock)
    before = facts(scene.path)
    for _ in range(2):
        with pytest.raises(Invalid, match="log key"):
            wrong.accept(recording(scene, 2))
    wrong.close()
    assert facts(scene.path) == before


def test_a_later_note_in_a_batch_is_judged_after_the_earlier_ones(scene):
    notes = [
        reclassified(scene, "civilian", "combatant"),
        reclassified(scene, "civilian", "prisoner", REVIEWER),
        recording(scene, 2),
        recording(scene, 2, OTHER_DOCUMENTER),
    ]
    first, second, third, fourth = scene.ledger.accept_all(notes).outcomes
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted)
    assert isinstance(second, Conflict)
    assert isinstance(fourth, Conflict)
    assert (second.version, second.signed_by[:12]) == (2, "documenter-2")
    assert (fourth.version, fourth.signed_by[:12]) == (1, "documenter-1")
    assert (first.log_index, third.log_index) == (7, 8)


def test_a_key_revoked_earlier_in_the_same_batch_signs_nothing_later_in_it(scene):
    body = {
        "vkey": str(DOCUMENTER.key),
        "reason_code": "lost",
        "reason": "x",
        "suspect_from": None,
    }
    revoked = scene.note("authority", "KeyRevoked", body, *ROOTS[:2])
    before, after = recording(scene, 2), recording(scene, 3)
    outcomes = scene.ledger.accept_all([before, revoked, after]).outcomes
    assert [isinstance(one, Accepted) for one in outcomes] == [True, True, False]
    assert isinstance(outcomes[2], Rejected)
    assert outcomes[2].rule == "key-revoked"
    # What it signed before is still the same event when it is posted again.
    assert scene.ledger.accept(before)[0].again


def test_rules_adopted_earlier_in_the_same_batch_are_in_force_later_in_it(scene):
    vocabularies = scene.document["vocabularies"]
    causes = vocabularies["cause"] | {"hunger": {"en": "Hunger", "ar": "جوع"}}
    more = scene.document | {"version": 2, "vocabularies": vocabularies | {"cause": causes}}
    hungry = scene.note(claim_name(2), "ClaimRecorded", claim_body(cause="hunger"), DOCUMENTER)
    adopted = scene.note("rules", "RulesAdopted", more, *ROOTS[:2])
    outcomes = scene.ledger.accept_all([hungry, adopted, hungry]).outcomes
    assert [isinstance(one, Accepted) for one in outcomes] == [False, True, True]


def test_times_received_never_fall_though_the_clock_does(tmp_path):
    scene = Scene(tmp_path)
    scene.claim(1)
    newest = scene.ledger.recorder.received_at(scene.size - 1)
    scene.close()
    ledger = Ledger(scene.path, log_keys=[LOG], clock=lambda: "2001-01-01T00:00:00.000Z")
    assert ledger.accept(recording(scene, 2))[0].received == newest
    ledger.close()


def test_a_ledger_opened_without_its_log_key_is_read_and_not_written(scene):
    reader = Ledger(scene.path)
    assert reader.stream(claim_name(1)) is not None
    with pytest.raises(Rejected, match="only be read"):
        reader.accept(recording(scene, 2))
    assert reader.recorder.tree_size() == 7
    reader.close()


def test_a_file_that_others_hold_locked_is_said_to_be_busy_and_nothing_is_lost(scene):
    holder = sqlite3.connect(scene.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with scene.ledger.recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(SijillError, match="busy or its disk refuses"):
        scene.ledger.accept(recording(scene, 2))
    holder.execute("ROLLBACK")
    holder.close()
    assert scene.ledger.accept(recording(scene, 2))[0].log_index == 7


def test_a_stranger_s_offline_chain_waits_for_the_key_and_then_counts_whole(scene):
    notes = []
    head = Head(claim_name(5))
    revision = {"field": "status", "from": "civilian", "to": "prisoner", **WHY}
    for kind, body in (("ClaimRecorded", claim_body()), ("ClassificationRevised", revision)):
        note, head = compose(head, kind, body, [STRANGER], ledger=ORIGIN, at=AT)
        notes.append(note)
    assert not any(isinstance(o, Accepted) for o in scene.ledger.accept_all(notes).outcomes)
    scene.enroll(STRANGER, "documenter")
    assert all(isinstance(o, Accepted) for o in scene.ledger.accept_all(notes).outcomes)


def test_the_files_of_a_closed_ledger_are_the_log_alone(scene):
    scene.close()
    assert [name for name in os.listdir(scene.path.parent) if name.startswith("ledger.db")] == [
        "ledger.db"
    ]
