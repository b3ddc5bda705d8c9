"""Rotating log and root keys: every checkpoint has the key that its own entries name."""

import pytest

from domain.errors import Rejected, SijillError, Unverified
from ledger.author import Head, compose
from ledger.checkpoint import open_checkpoint, open_own_checkpoint
from ledger.ledger import Ledger
from ledger.note import parse_note
from ledger.signer import Ed25519Signer
from tests.scene import AT, DOCUMENTER, LOG, ORIGIN, ROOTS, STRANGER, Scene, claim_body

NEW_LOG = Ed25519Signer.from_seed(ORIGIN, b"m" * 32)
NEW_ROOT = Ed25519Signer.from_seed("root-4", b"\4" * 32)


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


def reopen(scene, *log_keys):
    scene.ledger.close()
    scene.ledger = Ledger(scene.path, log_keys=log_keys, clock=scene.clock)


def rotate_log(scene, reason="retired", log=NEW_LOG):
    body = {"log": str(log.key), "reason_code": reason, "reason": "yearly"}
    return scene.say("authority", "LogKeyRotated", body, *ROOTS[:2])


def signers(scene):
    note = parse_note(scene.ledger.newest_checkpoint())
    return [line.key_id for line in note.signatures]


def rotate_roots(scene, *by, roots=(*ROOTS[1:], NEW_ROOT), threshold=2):
    body = {
        "roots": [str(one.key) for one in roots],
        "threshold": threshold,
        "reason_code": "lost",
        "reason": "a laptop is gone",
    }
    return scene.say("authority", "RootRotated", body, *by)


def test_the_checkpoint_over_the_rotation_is_signed_by_the_new_key_and_a_retired_one_too(scene):
    reopen(scene, LOG, NEW_LOG)
    before = scene.ledger.newest_checkpoint()
    rotate_log(scene)
    assert signers(scene) == [NEW_LOG.key.key_id, LOG.key.key_id]
    raw = scene.ledger.newest_checkpoint()
    assert open_checkpoint(raw, NEW_LOG.key) == open_checkpoint(raw, LOG.key)
    authority = scene.ledger.authority
    assert open_own_checkpoint(before, authority) == open_checkpoint(before, LOG.key)
    # Without the old file at hand the new key signs alone.
    reopen(scene, NEW_LOG)
    scene.claim(1)
    assert signers(scene) == [NEW_LOG.key.key_id]
    assert scene.ledger.checkpoint().size == scene.size


@pytest.mark.parametrize("reason", ["lost", "compromised"])
def test_a_lost_or_stolen_log_key_signs_no_more(scene, reason):
    reopen(scene, LOG, NEW_LOG)
    rotate_log(scene, reason)
    assert signers(scene) == [NEW_LOG.key.key_id]
    forged = scene.ledger.newest_checkpoint()
    with pytest.raises(Unverified):
        open_checkpoint(forged, LOG.key)


def test_without_the_new_key_the_rotation_is_refused_and_nothing_is_stored(scene):
    size = scene.size
    with pytest.raises(SijillError, match="not the one"):
        rotate_log(scene)
    assert (scene.size, scene.ledger.authority.log) == (size, str(LOG.key))


def test_a_server_that_has_only_the_old_key_stores_nothing_after_the_rotation(scene):
    other = Ledger(scene.path, log_keys=[LOG, NEW_LOG], clock=scene.clock)
    note, _ = scene.compose("authority", "LogKeyRotated", {
        "log": str(NEW_LOG.key), "reason_code": "retired", "reason": "yearly",
    }, ROOTS[:2])  # fmt: skip
    other.accept(note)
    other.close()
    size = scene.size
    with pytest.raises(SijillError, match="start again"):
        scene.claim(1)
    assert scene.size == size


def test_events_before_and_after_the_rotation_fit_one_transaction(scene):
    reopen(scene, LOG, NEW_LOG)
    log = {"log": str(NEW_LOG.key), "reason_code": "retired", "reason": "yearly"}
    notes = []
    for stream, kind, body, by in (
        ("claim/00000000-0000-4000-8000-000000000001", "ClaimRecorded", claim_body(), [DOCUMENTER]),
        ("authority", "LogKeyRotated", log, ROOTS[:2]),
        ("claim/00000000-0000-4000-8000-000000000002", "ClaimRecorded", claim_body(), [DOCUMENTER]),
    ):
        note, scene.heads[stream] = scene.compose(stream, kind, body, by)
        notes.append(note)
    scene.ledger.accept_all(notes, whole=True)
    assert scene.ledger.checkpoint().size == scene.size
    assert signers(scene)[0] == NEW_LOG.key.key_id


def test_root_keys_hand_over_with_both_thresholds_on_one_note(scene):
    for by, rule in (
        ((ROOTS[0], NEW_ROOT), "threshold"),  # one of the old
        ((ROOTS[0], ROOTS[1]), "threshold"),  # one of the new
        ((ROOTS[1], ROOTS[2], STRANGER), "unknown-key"),
        ((ROOTS[1], ROOTS[2], DOCUMENTER), "role-missing"),
    ):
        with pytest.raises(Rejected, match=rule):
            rotate_roots(scene, *by)
    rotate_roots(scene, ROOTS[0], ROOTS[1], NEW_ROOT)
    # From here on the first root key is none, and the new one is.
    key = Ed25519Signer.from_seed("documenter-9", b"9" * 32)
    body = {
        "vkey": str(key.key),
        "holder": {"kind": "person", "label": "nine"},
        "roles": ["documenter"],
        "scope": None,
    }
    with pytest.raises(Rejected, match="unknown-key"):
        scene.say("authority", "KeyEnrolled", body, ROOTS[0], ROOTS[1])
    scene.say("authority", "KeyEnrolled", body, ROOTS[1], NEW_ROOT)


def test_a_new_set_is_not_reached_by_the_old_keys_alone(scene):
    with pytest.raises(Rejected, match="of the new set"):
        rotate_roots(scene, *ROOTS[:2], roots=[NEW_ROOT], threshold=1)
    rotate_roots(scene, *ROOTS[:2], NEW_ROOT, roots=[NEW_ROOT], threshold=1)


def test_a_limited_key_signs_what_lies_within_and_nothing_else(scene):
    key = Ed25519Signer.from_seed("documenter-9", b"9" * 32)
    body = {
        "vkey": str(key.key),
        "holder": {"kind": "person", "label": "nine"},
        "roles": ["documenter"],
        "scope": {"governorates": ["SY07"], "streams": ["claim"]},
    }
    scene.say("authority", "KeyEnrolled", body, *ROOTS[:2])
    one, two = (f"claim/00000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
    idlib, aleppo = ({"governorate": code, "name": None} for code in ("SY07", "SY02"))
    scene.say(one, "ClaimRecorded", claim_body(place=idlib), key)
    with pytest.raises(Rejected, match="out-of-scope"):
        scene.say(two, "ClaimRecorded", claim_body(place=aleppo), key)
    move = {"place": "death", "from": idlib, "to": aleppo} | {
        "reason_code": "correction",
        "reason": "the other side of the road",
    }
    with pytest.raises(Rejected, match="out-of-scope"):
        scene.say(one, "PlaceRevised", move, key)
    scene.say(one, "PlaceRevised", move, DOCUMENTER)


def test_a_key_that_only_bears_a_root_key_s_name_and_id_takes_nothing_over(tmp_path):
    """An id has 32 bits: whoever tries keys enough has one with the id of any other."""
    root, forged = (
        Ed25519Signer.from_seed("root-1", number.to_bytes(32, "big")) for number in (16743, 78498)
    )
    assert (forged.key.key_id, forged.key != root.key) == (root.key.key_id, True)
    ledger = Ledger(tmp_path / "ledger.db", log_keys=[LOG], create=True)
    founding = {
        "origin": ORIGIN,
        "roots": [str(root.key)],
        "threshold": 1,
        "log": str(LOG.key),
        "witnesses": [],
        "quorum": 0,
    }
    rotation = {
        "roots": [str(forged.key)],
        "threshold": 1,
        "reason_code": "retired",
        "reason": "mine now",
    }
    head = Head("authority")
    note, head = compose(head, "LedgerFounded", founding, [root], ledger=ORIGIN, at=AT)
    ledger.accept(note)
    note, _ = compose(head, "RootRotated", rotation, [forged], ledger=ORIGIN, at=AT)
    with pytest.raises(Rejected, match="duplicate-key"):
        ledger.accept(note)
    assert ledger.authority.roots == (str(root.key),)
    ledger.close()
