"""Checkpoints: one form, one origin, one key, and nothing believed before it is verified."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, SijillError, Unverified
from ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from ledger.signer import Ed25519Signer, sign_note
from tests.scene import LOG, ORIGIN, STRANGER

ROOT = sha256(b"a root").digest()
ROOT_TEXT = b64encode(ROOT).decode()
CHECKPOINT = Checkpoint(ORIGIN, 20852163, ROOT)


def test_the_text_is_origin_size_and_root_a_line_each():
    # The form of the example of c2sp.org/tlog-checkpoint.
    assert CHECKPOINT.to_text() == f"{ORIGIN}\n20852163\n{ROOT_TEXT}\n".encode()


@given(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
    st.integers(0, 10**15),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20), max_size=3),
)
def test_what_is_written_is_read_back(origin, size, root, extensions):
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert parse_checkpoint(checkpoint.to_text()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n",
        f"{ORIGIN}\n5\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT}",
        f"\n5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n05\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n-5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n+5\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n5 \n{ROOT_TEXT}\n",
        f"{ORIGIN}\n٥\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n{10**17}\n{ROOT_TEXT}\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT[:-1]}\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT[:-2]}9=\n",
        f"{ORIGIN}\n5\n{b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n5\n{b64encode(ROOT + ROOT).decode()}\n",
        f"{ORIGIN}\n5\n {ROOT_TEXT}\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT[:-2]}é=\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT}\n\nextension\n",
        f"{ORIGIN}\n5\n{ROOT_TEXT}\n\n",
    ],
)
def test_another_form_is_no_checkpoint(text):
    with pytest.raises(Invalid, match="checkpoint"):
        parse_checkpoint(text.encode())


@given(st.binary(max_size=120))
def test_any_bytes_are_the_one_text_of_a_checkpoint_or_refused(raw):
    try:
        checkpoint = parse_checkpoint(raw)
    except Invalid:
        return
    assert checkpoint.to_text() == raw


def test_a_signed_checkpoint_opens_under_the_log_s_key():
    assert open_checkpoint(sign_checkpoint(CHECKPOINT, LOG), LOG.key) == CHECKPOINT


def test_a_key_signs_for_its_own_origin_only():
    with pytest.raises(Invalid, match="names differ"):
        sign_checkpoint(CHECKPOINT, STRANGER)


def test_a_checkpoint_of_another_origin_is_not_this_log_s():
    # The log's own key has signed the text of another log's checkpoint.
    elsewhere = sign_note(Checkpoint("register.example/other", 5, ROOT).to_text(), LOG)
    with pytest.raises(Unverified, match="other"):
        open_checkpoint(elsewhere, LOG.key)


def test_another_key_of_the_same_name_does_not_open_it():
    forger = Ed25519Signer.from_seed(ORIGIN, b"f" * 32)
    with pytest.raises(Unverified):
        open_checkpoint(sign_checkpoint(CHECKPOINT, forger), LOG.key)


def test_further_signatures_under_a_checkpoint_do_not_matter():
    note = sign_note(CHECKPOINT.to_text(), STRANGER, LOG)
    assert open_checkpoint(note, LOG.key) == CHECKPOINT


def test_no_bit_of_a_signed_checkpoint_can_change():
    note = sign_checkpoint(CHECKPOINT, LOG)
    for position in range(len(note)):
        changed = bytearray(note)
        changed[position] ^= 1
        with pytest.raises(SijillError):
            open_checkpoint(bytes(changed), LOG.key)
