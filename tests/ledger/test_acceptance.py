"""The acceptance: a promise of the log that can be held against it."""

from hashlib import sha256

import pytest

from domain.errors import Invalid, SijillError, Unverified
from ledger.acceptance import open_acceptance, sign_acceptance
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.signer import Ed25519Signer, sign_note
from tests.scene import DOCUMENTER, LOG, ORIGIN, STRANGER, Scene, claim_body, claim_name

LEAVES = ((7, sha256(b"seven").digest()), (8, sha256(b"eight").digest()))


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


def test_a_signed_acceptance_opens_under_the_log_s_key():
    opened = open_acceptance(sign_acceptance(ORIGIN, LEAVES, LOG), LOG.key)
    assert opened == (ORIGIN, LEAVES)


def test_no_bit_of_a_signed_acceptance_can_change():
    note = sign_acceptance(ORIGIN, LEAVES, LOG)
    for position in range(len(note)):
        changed = bytearray(note)
        changed[position] ^= 1
        with pytest.raises(SijillError):
            open_acceptance(bytes(changed), LOG.key)


def test_another_key_cannot_promise_for_the_log():
    for other in (STRANGER, Ed25519Signer.from_seed(ORIGIN, b"f" * 32)):
        with pytest.raises(Unverified):
            open_acceptance(sign_acceptance(ORIGIN, LEAVES, other), LOG.key)


def test_the_log_s_promise_for_another_origin_is_not_this_log_s():
    with pytest.raises(Unverified, match="elsewhere"):
        open_acceptance(sign_acceptance("elsewhere.example", LEAVES, LOG), LOG.key)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["sijill/acceptance/v2", ORIGIN, "1 " + "A" * 43 + "="], "not an acceptance"),
        (["sijill/acceptance/v1", ORIGIN], "ascending"),
        (["sijill/acceptance/v1", ORIGIN, ""], "index and a leaf hash"),
        (["sijill/acceptance/v1", ORIGIN, "01 " + "A" * 43 + "="], "index and a leaf hash"),
        (["sijill/acceptance/v1", ORIGIN, "-1 " + "A" * 43 + "="], "index and a leaf hash"),
        (["sijill/acceptance/v1", ORIGIN, "1 " + "A" * 42 + "=="], "index and a leaf hash"),
        (["sijill/acceptance/v1", ORIGIN, "1 " + "A" * 42 + "B="], "index and a leaf hash"),
        (["sijill/acceptance/v1", ORIGIN, "1  " + "A" * 43 + "="], "index and a leaf hash"),
        (["sijill/acceptance/v1", ORIGIN, *["1 " + "A" * 43 + "="] * 2], "ascending"),
        (
            ["sijill/acceptance/v1", ORIGIN, *(f"{n} {'A' * 43}=" for n in (2, 1))],
            "ascending",
        ),
    ],
)
def test_what_the_log_signed_in_another_form_is_no_acceptance(lines, complaint):
    note = sign_note(("\n".join(lines) + "\n").encode(), LOG)
    with pytest.raises(Invalid, match=complaint):
        open_acceptance(note, LOG.key)


def test_a_text_of_one_line_is_no_acceptance():
    with pytest.raises(SijillError):
        open_acceptance(sign_note(b"sijill/acceptance/v1\n", LOG), LOG.key)


def test_each_accepted_event_is_promised_where_the_log_then_has_it(scene):
    notes = [
        scene.note(claim_name(number), "ClaimRecorded", claim_body(), DOCUMENTER)
        for number in (1, 2, 3)
    ]
    receipt = scene.ledger.accept_all([*notes[:2], b"nonsense", notes[2]])
    opened = open_acceptance(receipt.acceptance, LOG.key)
    assert opened.origin == ORIGIN
    checkpoint = scene.ledger.checkpoint()
    assert len(opened.leaves) == 3
    for index, leaf in opened.leaves:
        assert leaf == leaf_hash(scene.ledger.recorder.entry_at(index)[4])
        verify_inclusion(
            index=index,
            size=checkpoint.size,
            leaf_hash=leaf,
            proof=scene.ledger.inclusion_proof(index, checkpoint.size),
            root=checkpoint.root,
        )


def test_a_note_posted_again_is_promised_at_its_old_place(scene):
    note = scene.note(claim_name(1), "ClaimRecorded", claim_body(), DOCUMENTER)
    first = scene.ledger.accept(note)[1]
    scene.claim(2)
    again = scene.ledger.accept(note)[1]
    assert open_acceptance(again.acceptance, LOG.key) == open_acceptance(first.acceptance, LOG.key)


def test_nothing_is_promised_when_nothing_was_accepted(scene):
    before = scene.ledger.newest_checkpoint()
    receipt = scene.ledger.accept_all([b"nonsense", b""])
    assert receipt.acceptance is None
    assert receipt.checkpoint == before
    nothing = scene.ledger.accept_all([])
    assert (nothing.outcomes, nothing.acceptance, nothing.checkpoint) == ((), None, before)
