"""The library's application over the log: entries byte for byte, aggregates by folding."""

import pytest
from eventsourcing.persistence import StoredEvent

from domain.life import Author
from ledger.application import EntryMapper, advance, project, recorded
from ledger.entry import format_entry, text_hash
from ledger.recorder import LoggedEvent
from tests.scene import (
    DOCUMENTER,
    OTHER_DOCUMENTER,
    REVIEWER,
    ROOTS,
    WHY,
    Scene,
    claim_body,
    claim_name,
)

CLAIM = claim_name(1)


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    made.claim(1, place={"governorate": "SY07", "name": "معرة مصرين"})
    for was, now in (("civilian", "combatant"), ("combatant", "prisoner")):
        body = {"field": "status", "from": was, "to": now, **WHY}
        made.say(CLAIM, "ClassificationRevised", body, OTHER_DOCUMENTER)
    yield made
    made.close()


def test_every_entry_passes_the_mapper_byte_for_byte(scene):
    mapper = EntryMapper()
    for index, stream, version, topic, state in scene.ledger.recorder.select_entries(0, 100):
        stored = LoggedEvent(stream, version, topic, state, index)
        again = mapper.to_stored_event(mapper.to_domain_event(stored))
        assert (again.originator_id, again.originator_version) == (stream, version)
        assert (again.topic, again.state) == (topic, state)


def test_what_is_stored_is_named_by_its_event_type_and_not_by_a_python_path(scene):
    topics = {row[3] for row in scene.ledger.recorder.select_entries(0, 100)}
    assert topics == {
        *("LedgerFounded", "KeyEnrolled", "RulesAdopted"),
        *("ClaimRecorded", "ClassificationRevised"),
    }


def test_an_event_knows_its_index_its_text_and_its_author(scene):
    row = scene.ledger.recorder.entry_at(scene.size - 1)
    one = recorded(row)
    assert (one.originator_id, one.originator_version) == (CLAIM, 3)
    assert one.log_index == scene.size - 1
    assert one.state == row[4]
    assert one.text == one.event.to_text()
    assert one.signer.startswith("documenter-2+")
    assert recorded(row) == scene.ledger.event_at(scene.size - 1)


def test_a_stream_stands_as_its_events_left_it(scene):
    stream = scene.ledger.stream(CLAIM)
    last = scene.ledger.history(CLAIM)[-1]
    assert (stream.id, stream.version, stream.log_index) == (CLAIM, 3, scene.size - 1)
    assert stream.head == text_hash(last.text) == scene.heads[CLAIM].prev
    assert stream.signer == last.signer
    assert stream.state.status == "prisoner"
    assert stream.state.recorder == Author(
        f"documenter-1+{DOCUMENTER.key.key_id.hex()}", scene.size - 3
    )


def test_a_stream_can_be_had_as_it_stood_at_each_version(scene):
    stood = [scene.ledger.application.stream(CLAIM, version) for version in (1, 2, 3)]
    assert [one.state.status for one in stood] == ["civilian", "combatant", "prisoner"]
    assert [one.version for one in stood] == [1, 2, 3]


def test_folding_step_by_step_is_folding_at_once(scene):
    history = scene.ledger.history(CLAIM)
    stream = None
    for one in history:
        stream = advance(stream, one)
    assert stream == project(None, history) == scene.ledger.stream(CLAIM)
    assert project(None, []) is None


def test_a_stream_that_does_not_exist_is_none(scene):
    assert scene.ledger.stream(claim_name(99)) is None
    assert scene.ledger.history(claim_name(99)) == []


def test_the_library_s_own_insert_keeps_the_tree_whole(scene):
    # Whoever takes the library's way in still writes the Merkle nodes, in the same transaction.
    size = scene.size
    note = scene.note(claim_name(2), "ClaimRecorded", claim_body(), DOCUMENTER)
    entry = format_entry("2020-05-04T10:00:00.000Z", note)
    ids = scene.ledger.recorder.insert_events(
        [StoredEvent(claim_name(2), 1, "ClaimRecorded", entry)]
    )
    assert list(ids) == [size + 1]
    assert scene.ledger.recorder.tree_size() == size + 1
    assert scene.ledger.recorder.root_at(size + 1) != scene.ledger.recorder.root_at(size)


def test_words_that_left_the_vocabulary_are_still_read_and_can_be_replaced(scene):
    scene.claim(2, weapon="drone")
    vocabularies = scene.document["vocabularies"]
    weapons = {name: term for name, term in vocabularies["weapon"].items() if name != "drone"}
    less = scene.document | {"version": 2, "vocabularies": vocabularies | {"weapon": weapons}}
    scene.say("rules", "RulesAdopted", less, *ROOTS[:2])
    assert scene.state(claim_name(2)).weapon == "drone"
    body = {"field": "weapon", "from": "drone", "to": "other", **WHY}
    scene.say(claim_name(2), "ClassificationRevised", body, REVIEWER)
    assert scene.state(claim_name(2)).weapon == "other"
