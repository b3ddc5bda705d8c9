"""The audit replays a whole ledger and names what somebody changed in it."""

import shutil
import sqlite3

import pytest

from api.freeze import freeze
from api.plan import read_plan
from audit.recount import Recount
from audit.replay import audit_folder
from domain.errors import Invalid
from ledger.author import Head, compose
from ledger.entry import format_entry
from ledger.note import VerifierKey
from ledger.signer import Ed25519Signer
from tests.audit.test_bundle import AT, PLAN
from tests.office import ORIGIN, Office


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """(folder, log key, root keys, bundle) of a ledger with a frozen report, closed."""
    office = Office(tmp_path_factory.mktemp("sound") / "ledger")
    for _ in range(20):
        office.record()
    claim = office.record().stream
    office.desk.revise(
        claim,
        "sex",
        "female",
        office.signers["reviewer-1"],
        reason_code="new-evidence",
        reason="seen",
    )
    plan = read_plan(PLAN)
    publisher = office.signers["publisher-1"]
    bundle = freeze(office.ledger, office.registry, plan, publisher, AT).bundle
    log = VerifierKey.parse(office.ledger.authority.log)
    roots = [root.key for root in office.roots]
    office.close()
    return office.folder.path, log, roots, bundle


@pytest.fixture
def copy(sound, tmp_path):
    """A copy to be changed, with its triggers taken away."""
    shutil.copytree(sound[0], tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "ledger.db") as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    connection.close()
    return tmp_path / "copy"


def change(folder, statement, *values):
    with sqlite3.connect(folder / "ledger.db") as connection:
        connection.execute(statement, values)
    connection.close()


def entry(folder, index):
    with sqlite3.connect(folder / "ledger.db") as connection:
        found = connection.execute(
            "SELECT state FROM stored_events WHERE rowid = ?", (index + 1,)
        ).fetchone()[0]
    connection.close()
    return found


def test_a_sound_ledger_is_sound_and_its_report_is_recounted(sound):
    folder, log, roots, bundle = sound
    for trust in ([], [log], roots[:2]):
        verdict = audit_folder(folder, trust, bundles=[bundle])
        assert verdict.exit_code == 0, verdict.failures
    assert verdict.recounted == (
        "march/civilians = 21",
        "march/women = 0",
        "march/massacres = 0",
    )
    assert verdict.entries == 29


def test_keys_that_did_not_found_it_are_not_taken_for_those_that_did(sound):
    folder, _, roots, _ = sound
    stranger = Ed25519Signer.generate("stranger").key
    for trust in ([stranger], roots[:1], [roots[0], roots[2]]):
        assert audit_folder(folder, trust).failures[0].rule == "trust"


def test_one_changed_byte_names_the_entry(copy):
    changed = bytearray(entry(copy, 10))
    changed[-30] ^= 1
    change(copy, "UPDATE stored_events SET state = ? WHERE rowid = 11", bytes(changed))
    first = audit_folder(copy).failures[0]
    assert first.log_index == 10
    assert audit_folder(copy).exit_code == 1


@pytest.mark.parametrize("time", [b"9999-12-31T23:59:59", b"2020-13-45T00:00:00"])
def test_an_entry_that_says_it_came_at_the_end_of_time_or_on_no_day_is_judged(copy, time):
    changed = bytearray(entry(copy, 10))
    changed[16:35] = time
    change(copy, "UPDATE stored_events SET state = ? WHERE rowid = 11", bytes(changed))
    assert audit_folder(copy).exit_code == 1


def test_a_changed_word_under_an_old_signature_is_a_bad_signature(copy):
    changed = entry(copy, 10).replace(b'"civilian"', b'"prisoner"')
    change(copy, "UPDATE stored_events SET state = ? WHERE rowid = 11", changed)
    verdict = audit_folder(copy)
    assert (verdict.failures[0].log_index, verdict.failures[0].rule) == (10, "bad-signature")
    rules = {failure.rule for failure in verdict.failures}
    assert {"checkpoint", "merkle-node"} <= rules


def test_entries_taken_from_the_end_are_missed(copy):
    change(copy, "DELETE FROM stored_events WHERE rowid > 20")
    failures = audit_folder(copy).failures
    assert any("entries were signed for" in failure.message for failure in failures)


def test_an_entry_taken_from_the_middle_leaves_a_hole(copy):
    change(copy, "DELETE FROM stored_events WHERE rowid = 12")
    assert audit_folder(copy).failures[0].rule == "dense"


def test_two_entries_that_changed_places_are_found(copy):
    for old, new in ((15, 1015), (16, 15), (1015, 16)):
        change(copy, "UPDATE stored_events SET rowid = ? WHERE rowid = ?", new, old)
    verdict = audit_folder(copy)
    assert verdict.exit_code == 1
    assert any(failure.rule == "checkpoint" for failure in verdict.failures)


def test_a_row_that_is_labelled_otherwise_than_signed_is_found(copy):
    change(copy, "UPDATE stored_events SET topic = 'Retracted' WHERE rowid = 11")
    assert audit_folder(copy).failures[0].log_index == 10


def test_a_changed_checkpoint_is_found(copy):
    change(
        copy,
        "UPDATE checkpoints SET note = replace(CAST(note AS TEXT), '29', '28') WHERE size = 29",
    )
    assert any(failure.rule == "checkpoint" for failure in audit_folder(copy).failures)


def test_a_checkpoint_that_was_never_signed_is_missed(copy):
    change(copy, "DELETE FROM checkpoints WHERE size = 29")
    assert any(failure.rule == "checkpoint" for failure in audit_folder(copy).failures)


def test_a_changed_merkle_node_is_found(copy):
    change(copy, "UPDATE merkle_nodes SET hash = zeroblob(32) WHERE position = 20")
    assert any(failure.rule == "merkle-node" for failure in audit_folder(copy).failures)


def test_an_event_slipped_in_by_a_key_that_was_never_enrolled_is_found(copy):
    stranger = Ed25519Signer.generate("stranger")
    body = {"reason_code": "precautionary", "reason": "x"}
    name = "claim/00000000-0000-4000-8000-000000000009"
    note, _ = compose(Head(name), "Retracted", body, [stranger], ledger=ORIGIN, at=AT)
    slipped = format_entry("2030-01-01T00:00:00.000Z", note)
    change(copy, "INSERT INTO stored_events VALUES (30, ?, 1, 'Retracted', ?)", name, slipped)
    failures = audit_folder(copy).failures
    assert (failures[0].log_index, failures[0].rule) == (29, "unknown-key")


def test_a_published_number_that_the_entries_do_not_make_is_found(copy, sound, monkeypatch):
    # As if the publisher had signed a report of one more than were counted.
    counted = Recount.lines
    monkeypatch.setattr(Recount, "lines", lambda self, d, r: counted(self, d, r)[:-1])
    failures = audit_folder(copy, bundles=[sound[3]]).failures
    assert [failure.rule for failure in failures] == ["recount"]
    assert "civilians" in failures[0].message


@pytest.mark.parametrize("content", [None, b"", b"no database " * 500])
def test_what_is_no_ledger_is_unusable(tmp_path, content):
    if content is not None:
        (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(Invalid):
        audit_folder(tmp_path)


def test_auditing_changes_nothing(sound):
    folder = sound[0]
    before = (folder / "ledger.db").read_bytes()
    audit_folder(folder)
    assert (folder / "ledger.db").read_bytes() == before
