"""The recorder: append-only, dense, byte for byte, and still the library's recorder."""

import sqlite3

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from domain.errors import Damaged, NotFound
from ledger import merkle
from ledger.checkpoint import open_checkpoint
from ledger.ledger import Ledger
from tests.scene import DOCUMENTER, LOG, Scene, claim_body, claim_name


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    for number in range(1, 12):
        made.claim(number)
    yield made
    made.close()


def change(scene, statement):
    with sqlite3.connect(scene.path) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("table", ["stored_events", "merkle_nodes", "checkpoints"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid + 1000"])
def test_nothing_is_ever_changed_or_deleted(scene, table, verb):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        change(scene, verb.format(table))


def test_a_cosignature_is_kept_as_it_was_given(scene):
    scene.ledger.recorder.add_cosignature(scene.size, "w+00000000", 7, b"line")
    for statement in ("DELETE FROM cosignatures", "UPDATE cosignatures SET time = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            change(scene, statement)
    scene.ledger.recorder.add_cosignature(scene.size, "w+00000000", 8, b"another")
    assert scene.ledger.recorder.cosignatures(scene.size) == [b"line"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO merkle_nodes VALUES (0, zeroblob(32))",
        "INSERT OR REPLACE INTO checkpoints VALUES (6, x'00')",
        "REPLACE INTO stored_events SELECT 99, originator_id, originator_version, topic, state"
        " FROM stored_events WHERE rowid = 3",
        "INSERT INTO stored_events SELECT rowid, originator_id, originator_version, topic, state"
        " FROM stored_events WHERE rowid = 3 ON CONFLICT (rowid) DO UPDATE SET state = x'00'",
        "INSERT INTO merkle_nodes VALUES (1000, x'00')",
    ],
)
def test_no_kind_of_insert_changes_what_is_there(scene, statement):
    size, checkpoint = scene.size, scene.ledger.newest_checkpoint()
    root = scene.ledger.recorder.root_at(size)
    with pytest.raises(IntegrityError), scene.ledger.recorder.appending() as appending:
        appending._cursor.execute(statement)
    assert scene.size == size
    assert scene.ledger.recorder.root_at(size) == root
    assert scene.ledger.newest_checkpoint() == checkpoint


def test_replacing_a_row_is_refused_too(scene):
    with pytest.raises(IntegrityError), scene.ledger.recorder.appending() as appending:
        appending._cursor.execute(
            "INSERT OR REPLACE INTO stored_events SELECT rowid, originator_id, originator_version,"
            " topic, x'00' FROM stored_events WHERE rowid = 3"
        )
    assert scene.ledger.recorder.entry_at(2)[4] != b"\0"


def test_indexes_are_dense_from_zero(scene):
    entries = scene.ledger.recorder.select_entries(0, 1000)
    assert [entry[0] for entry in entries] == list(range(scene.size))


def test_a_failed_append_leaves_no_gap(scene):
    size = scene.size
    taken = scene.ledger.recorder.entry_at(size - 1)
    with pytest.raises(IntegrityError):
        scene.ledger.recorder.insert_events([StoredEvent(taken[1], taken[2], "x", b"y")])
    scene.claim(50)
    assert scene.ledger.recorder.entry_at(size)[1] == claim_name(50)


def test_stored_nodes_give_every_old_root_and_proofs_that_verify(scene):
    recorder = scene.ledger.recorder
    hashes = [merkle.leaf_hash(entry[4]) for entry in recorder.select_entries(0, 1000)]
    for size in range(1, len(hashes) + 1):
        root = merkle.tree_root(hashes[:size])
        assert recorder.root_at(size) == root
        for index in range(size):
            merkle.verify_inclusion(
                index=index,
                size=size,
                leaf_hash=hashes[index],
                proof=scene.ledger.inclusion_proof(index, size),
                root=root,
            )
        merkle.verify_consistency(
            size1=size,
            size2=len(hashes),
            root1=root,
            root2=merkle.tree_root(hashes),
            proof=scene.ledger.consistency_proof(size, len(hashes)),
        )


def test_the_library_reads_events_and_notifications_as_they_are(scene):
    recorder = scene.ledger.recorder
    events = recorder.select_events(claim_name(1))
    assert [event.originator_version for event in events] == [1]
    notifications = recorder.select_notifications(start=None, limit=1000)
    assert [one.id for one in notifications] == list(range(1, scene.size + 1))
    assert notifications[-1].state == recorder.entry_at(scene.size - 1)[4]
    assert recorder.max_notification_id() == scene.size


def test_events_of_a_stream_are_selected_by_the_library_s_contract(scene):
    recorder = scene.ledger.recorder

    def versions(**wanted):
        return [one.originator_version for one in recorder.select_events("authority", **wanted)]

    assert versions() == [1, 2, 3, 4, 5]
    assert versions(gt=2) == [3, 4, 5]
    assert versions(lte=2) == [1, 2]
    assert versions(gt=1, lte=4) == [2, 3, 4]
    assert versions(desc=True) == [5, 4, 3, 2, 1]
    assert versions(desc=True, limit=1) == [5]
    assert versions(gt=1, limit=2) == [2, 3]
    assert versions(gt=5) == []
    assert recorder.select_events(claim_name(99)) == []
    indexes = [one.index for one in recorder.select_events("authority")]
    assert [recorder.entry_at(index)[4] for index in indexes] == [
        one.state for one in recorder.select_events("authority")
    ]


def test_notifications_are_selected_by_the_library_s_contract(scene):
    recorder = scene.ledger.recorder

    def ids(*arguments, **wanted):
        return [one.id for one in recorder.select_notifications(*arguments, **wanted)]

    assert ids(None, 3) == [1, 2, 3]
    assert ids(4, 2) == [4, 5]
    assert ids(4, 2, inclusive_of_start=False) == [5, 6]
    assert ids(1, 100, stop=3) == [1, 2, 3]
    assert ids(1, 100, topics=["RulesAdopted"]) == [2]
    assert ids(scene.size + 1, 10) == []


def test_the_stored_state_is_the_entry_and_the_leaf_is_its_hash(scene):
    recorder = scene.ledger.recorder
    entries = recorder.select_entries(0, 1000)
    positions = [merkle.stored_position(0, entry[0]) for entry in entries]
    assert recorder.nodes(positions) == [merkle.leaf_hash(entry[4]) for entry in entries]
    assert all(entry[4].startswith(b"sijill/entry/v1 2020-05-03T") for entry in entries)


def test_stored_nodes_are_those_of_all_leaves_appended_at_once(scene):
    recorder = scene.ledger.recorder
    leaves = [merkle.leaf_hash(entry[4]) for entry in recorder.select_entries(0, 1000)]
    expected = merkle.append_nodes(0, [], leaves)
    assert recorder.nodes(range(merkle.stored_count(len(leaves)))) == expected
    with pytest.raises(Damaged, match="missing"):
        recorder.nodes([len(expected)])


def test_every_transaction_left_a_checkpoint_over_exactly_its_entries(scene):
    recorder = scene.ledger.recorder
    assert recorder.checkpoint_sizes() == list(range(1, scene.size + 1))
    for size in recorder.checkpoint_sizes():
        signed = open_checkpoint(recorder.checkpoint(size), LOG.key)
        assert (signed.size, signed.root) == (size, recorder.root_at(size))
    assert recorder.checkpoint(scene.size + 1) is None


def test_entries_are_read_in_pages_without_a_gap(scene):
    recorder = scene.ledger.recorder
    pages = [recorder.select_entries(start, 4) for start in range(0, scene.size, 4)]
    assert [entry for page in pages for entry in page] == recorder.select_entries(0, 1000)
    assert recorder.select_entries(scene.size, 4) == []


def test_streams_are_found_by_kind_and_by_their_beginning(scene):
    recorder = scene.ledger.recorder
    assert recorder.streams_of("claim") == [claim_name(number) for number in range(1, 12)]
    assert recorder.streams_of("incident") == []
    assert recorder.streams_like(claim_name(3)) == [claim_name(3)]
    assert len(recorder.streams_like("claim/")) == 2
    assert recorder.streams_like("claim/%") == []


def test_the_mapper_gives_back_exactly_the_stored_bytes(scene):
    application = scene.ledger.application
    for stored in scene.ledger.recorder.select_events("authority"):
        event = application.mapper.to_domain_event(stored)
        again = application.mapper.to_stored_event(event)
        assert (again.originator_id, again.originator_version, again.topic, again.state) == (
            stored.originator_id,
            stored.originator_version,
            stored.topic,
            stored.state,
        )


def test_a_stream_can_be_had_at_any_of_its_versions(scene):
    assert scene.ledger.application.stream("authority", 1).state.keys == {}
    assert scene.ledger.application.stream("authority").version == 5
    assert scene.ledger.application.stream(claim_name(99)) is None


def test_asking_beyond_the_log_is_an_answer_not_a_crash(scene):
    with pytest.raises(NotFound):
        scene.ledger.recorder.entry_at(scene.size)
    with pytest.raises(NotFound):
        scene.ledger.recorder.entry_at(-1)
    with pytest.raises(NotFound):
        scene.ledger.recorder.root_at(scene.size + 1)


def test_times_are_found_by_halving(scene):
    recorder = scene.ledger.recorder
    times = [recorder.received_at(index) for index in range(scene.size)]
    assert times == sorted(times)
    for index, time in enumerate(times):
        assert recorder.size_at(time) == index + 1
    assert recorder.size_at("2000-01-01T00:00:00.000Z") == 0


def test_a_ledger_rolled_back_behind_its_last_checkpoint_signs_nothing_more(scene, tmp_path):
    note = scene.note(claim_name(60), "ClaimRecorded", claim_body(), DOCUMENTER)
    scene.close()
    with sqlite3.connect(scene.path) as connection:
        connection.execute("DROP TRIGGER stored_events_stay")
        connection.execute("DELETE FROM stored_events WHERE rowid > 9")
    connection.close()
    ledger = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    with pytest.raises(Damaged, match="rolled back or changed"):
        ledger.accept(note)
    assert ledger.recorder.tree_size() == 9
    ledger.close()


def test_a_changed_node_stops_signing(scene):
    note = scene.note(claim_name(60), "ClaimRecorded", claim_body(), DOCUMENTER)
    scene.close()
    with sqlite3.connect(scene.path) as connection:
        connection.execute("DROP TRIGGER merkle_nodes_keep")
        connection.execute("UPDATE merkle_nodes SET hash = zeroblob(32)")
    connection.close()
    ledger = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    with pytest.raises(Damaged):
        ledger.accept(note)
    ledger.close()


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"nothing of the kind " * 500)
    with pytest.raises(Damaged, match=r"ledger\.db"):
        Ledger(path)


def test_durability_is_full_and_the_journal_is_written_ahead(scene):
    with scene.ledger.recorder.datastore.transaction(commit=False) as cursor:
        found = {}
        for pragma in ("synchronous", "journal_mode", "recursive_triggers"):
            cursor.execute(f"PRAGMA {pragma}")
            found[pragma] = cursor.fetchone()[0]
    assert found == {"synchronous": 2, "journal_mode": "wal", "recursive_triggers": 1}
