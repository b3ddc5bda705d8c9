"""What people do at a ledger: found, enrol, record, revise, review; and what stays undone."""

from pathlib import Path
from typing import Any

import pytest

from api.desk import REVISABLE, Desk, found
from api.folder import Folder
from domain.authority import key_name
from domain.errors import Conflict, Invalid, NotFound, Rejected, Unverified
from domain.rules import shipped_document
from ledger.entry import split_entry
from tests.office import CHEAP

AT = "2020-04-02T09:00:00Z"
WHY = {"reason_code": "new-evidence", "reason": "a second document"}
NAME = "Sealedname Inventedfamily"


def entries(office):
    return office.ledger.checkpoint().size


def newest(office, stream):
    """The newest event of a stream, as its author signed it."""
    return split_entry(office.ledger.history(stream)[-1].state)[1].decode()


def make(path: Path, **changes: Any) -> Any:
    settings: dict[str, Any] = {
        "roots": 2,
        "threshold": 2,
        "passphrase": "p",
        "log_passphrase": "log",
        "clock": lambda: "2020-04-02T09:00:00.000Z",
        "at": AT,
    }
    folder = Folder(path, cost=CHEAP)
    return folder, *found(folder, "register.example/new", **(settings | changes))


# --- founding and keys


def test_a_founded_ledger_names_its_keys_and_has_the_shipped_rules(tmp_path):
    folder, log_key, roots = make(tmp_path / "records")
    ledger = folder.open_ledger()
    try:
        assert ledger.authority.origin == "register.example/new"
        assert ledger.authority.log == str(log_key.key)
        assert ledger.authority.roots == tuple(str(root.key) for root in roots)
        assert ledger.rules.version == shipped_document()["version"]
    finally:
        ledger.close()
    assert {path.name for path in folder.keys.iterdir()} == {"root-1.key", "root-2.key"}
    for path in (tmp_path / "records").rglob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_log_key_has_a_passphrase_of_its_own(tmp_path):
    folder, log_key, _ = make(tmp_path / "records")
    authority = folder.open_ledger().authority
    assert [one.key for one in folder.log_keys(authority, lambda _: "log")] == [log_key.key]
    with pytest.raises(Unverified, match="passphrase"):
        folder.log_keys(authority, lambda _: "p")


@pytest.mark.parametrize(("roots", "threshold"), [(2, 3), (2, 0), (33, 2), (0, 0)])
def test_a_threshold_that_nobody_can_meet_founds_nothing(tmp_path, roots, threshold):
    with pytest.raises(Invalid, match="threshold"):
        make(tmp_path / "records", roots=roots, threshold=threshold)
    assert not (tmp_path / "records").exists()


def test_a_folder_that_holds_a_ledger_is_left_as_it_is(office):
    before = {path: path.read_bytes() for path in office.folder.path.rglob("*.key")}
    with pytest.raises(Invalid, match="holds a ledger already"):
        make(office.folder.path)
    assert {path: path.read_bytes() for path in office.folder.path.rglob("*.key")} == before


def test_a_key_is_enrolled_by_a_threshold_of_roots_and_not_by_fewer(office):
    key = str(office.folder.new_key("documenter-9", "p").key)
    size = entries(office)
    with pytest.raises(Rejected):
        office.desk.enroll(key, ["documenter"], "nine", office.roots[:1])
    assert entries(office) == size
    office.desk.enroll(key, ["reviewer", "documenter"], "nine", office.roots[1:])
    assert office.ledger.authority.keys[key_name(key)].roles == ("documenter", "reviewer")


def test_a_revoked_key_records_no_more(office):
    signer = office.signers["documenter-2"]
    body = {
        "vkey": str(signer.key),
        "reason_code": "lost",
        "reason": "a laptop was stolen",
        "suspect_from": None,
    }
    office.desk.say("authority", "KeyRevoked", body, *office.roots[:2])
    with pytest.raises(Rejected) as refused:
        office.desk.record(office.claim(), signer)
    assert refused.value.rule == "key-revoked"


def test_a_key_is_found_by_its_name_alone(office):
    with pytest.raises(Invalid, match="cannot name a key"):
        office.folder.signer("../log", lambda _: "p")
    with pytest.raises(NotFound, match=r"nobody.*documenter-1, documenter-2"):
        office.folder.signer("nobody", lambda _: "p")
    with pytest.raises(Unverified, match="passphrase"):
        office.folder.signer("documenter-1", lambda _: "wrong")


# --- recording


def test_a_record_says_which_checkpoint_its_author_had_seen(office):
    before = office.ledger.checkpoint()
    done = office.record()
    assert (done.accepted.log_index, done.accepted.version) == (before.size, 1)
    event = office.ledger.history(done.stream)[0].event
    assert event.seen.size == before.size


def test_sealed_fields_are_in_the_vault_and_nowhere_in_the_log(office):
    done = office.record(person={"name": NAME})
    person = office.ledger.stream(done.stream).state.person
    digests = {sealed.field: sealed.digest for sealed in person}
    assert office.folder.reveal(done.stream, digests, lambda _: "p") == {"name": NAME}
    assert "Sealedname" not in newest(office, done.stream)
    for path in office.folder.path.glob("*.db*"):
        assert b"Sealedname" not in path.read_bytes()


def test_what_is_refused_seals_nothing(office):
    vault = office.folder.path / "vault.db"
    before = vault.read_bytes()
    with pytest.raises(Rejected, match="unknown-term"):
        office.record(sex="man", person={"name": NAME})
    assert vault.read_bytes() == before


def test_a_note_posted_twice_is_one_event(office):
    note = office.note()
    first, again = office.desk.post(note), office.desk.post(note)
    assert (first.accepted.again, again.accepted.again) == (False, True)
    assert first.accepted.log_index == again.accepted.log_index
    assert again.receipt.acceptance is not None


def test_without_the_log_key_one_signs_but_nothing_is_accepted(office):
    reading = office.folder.open_ledger()
    desk = Desk(reading, office.vault, lambda: AT)
    try:
        note, _ = desk.compose_record(office.claim(), office.signers["documenter-1"])
        with pytest.raises(Rejected, match="only be read"):
            desk.post(note)
    finally:
        reading.close()
    assert office.desk.post(note).accepted.version == 1


# --- revising and reviewing


@pytest.mark.parametrize(
    ("field", "to"),
    [
        ("happened", "2018-07/2020-03-01"),
        ("documented", "2020-03-02"),
        ("death", {"governorate": "SY07", "name": None}),
        ("origin", "SY12"),
        ("attribution", {"mode": "unidentified", "parties": [], "confidence": None}),
        ("sex", "female"),
        ("age_group", "adult"),
        ("status", "combatant"),
        ("profession", "medical"),
        ("cause", "airstrike"),
        ("weapon", "drone"),
        ("control", ["isis"]),
        ("custody", {"status": "died"}),
    ],
)
def test_every_field_is_revised_from_the_value_that_it_has(office, field, to):
    assert field in REVISABLE
    stream = office.record(kind="torture-death").stream
    by = office.signers["reviewer-1"]
    done = office.desk.revise(stream, field, to, by, **WHY)
    assert done.accepted.version == 2
    with pytest.raises(Rejected):
        # The new value is the old one now: there is nothing to revise.
        office.desk.revise(stream, field, to, by, **WHY)


def test_an_incident_is_assigned_and_revised_too(office):
    by = office.signers["documenter-1"]
    incident, claim = office.incident(), office.record().stream
    office.desk.revise(claim, "incident", incident, by, **WHY)
    assert office.ledger.stream(claim).state.incident == incident
    words = {"en": "A market was struck.", "ar": None}
    office.desk.revise(incident, "narrative", words, by, **WHY)
    assert office.ledger.stream(incident).state.narrative.en == "A market was struck."


def test_a_field_that_a_thing_does_not_have_cannot_be_revised(office):
    by = office.signers["documenter-1"]
    with pytest.raises(Invalid, match="no such field"):
        office.desk.revise(office.incident(), "sex", "male", by, **WHY)
    with pytest.raises(Invalid, match="no such field"):
        office.desk.revise(office.record().stream, "narrative", {}, by, **WHY)


def test_what_is_not_in_the_ledger_cannot_be_revised_or_found(office):
    stream = "claim/00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFound, match=stream):
        office.desk.revise(stream, "sex", "male", office.signers["documenter-1"], **WHY)
    with pytest.raises(NotFound, match="8 characters"):
        office.desk.resolve("0000000")


def test_a_claim_is_found_by_its_first_eight_characters(office):
    stream = office.record().stream
    uuid = stream.partition("/")[2]
    assert [office.desk.resolve(name) for name in (stream, uuid, uuid[:8])] == [stream] * 3


def test_the_second_of_two_rivals_is_told_who_was_first(office):
    stream = office.record().stream
    late, _ = office.desk.compose_revision(
        stream, "sex", "male", office.signers["documenter-1"], **WHY
    )
    office.desk.revise(stream, "sex", "female", office.signers["reviewer-1"], **WHY)
    size = entries(office)
    with pytest.raises(Conflict) as refused:
        office.desk.post(late)
    assert refused.value.version == 2
    assert refused.value.signed_by.startswith("reviewer-1+")
    assert entries(office) == size


def test_the_whole_life_of_a_claim_can_be_said(office):
    say, reviewer = office.desk.say, office.signers["reviewer-1"]
    documenter = office.signers["documenter-1"]
    stream, other = office.record().stream, office.record().stream
    source = {"id": "s2", "kind": "document"}
    say(stream, "SourceLinked", {"source": source}, documenter)
    grounds = {"sources": ["s1", "s2"], "reason": "two sources"}
    say(stream, "Corroborated", grounds, reviewer)
    say(stream, "Verified", grounds, reviewer)
    say(stream, "ChallengeRaised", {"by": "the family", "text": "the day"}, documenter)
    say(stream, "ChallengeAnswered", {"by": "the desk", "text": "checked"}, reviewer)
    merging = {"into": other, "nature": "duplicate", "reason": "one photograph twice"}
    say(stream, "MergedInto", merging, reviewer)
    assert office.ledger.stream(stream).state.standing == "merged"
    say(stream, "Unmerged", WHY, reviewer)
    say(stream, "Retracted", {"reason_code": "alive", "reason": "seen"}, reviewer)
    assert office.ledger.stream(stream).state.standing == "retracted"
    done = say(stream, "Reinstated", WHY, reviewer)
    assert (done.accepted.version, office.ledger.stream(stream).state.standing) == (10, "open")


def test_nobody_verifies_what_she_recorded_herself(office):
    key = office.folder.new_key("both", "p")
    office.desk.enroll(str(key.key), ["documenter", "reviewer"], "both", office.roots[:2])
    stream = office.desk.record(office.claim(), key).stream
    size = entries(office)
    with pytest.raises(Rejected):
        office.desk.say(stream, "Verified", {"sources": ["s1"], "reason": "mine"}, key)
    assert entries(office) == size


def test_keys_are_told_from_the_founding_on_before_any_rules(office):
    found = office.ask.keys("0")
    assert (found["ledger"]["size"], found["threshold"], found["keys"]) == (1, 2, [])
    assert office.ask.suspects("0")["events"] == []
