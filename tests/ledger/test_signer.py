"""Signers: what they sign, and what they keep to themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from ledger.note import VerifierKey, parse_note, verified
from ledger.signer import Ed25519Signer, Signer, sign_note

# RFC 8032 section 7.1, TEST 2. Its message is no note text, so only the key pair is of use here.
RFC8032_SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
RFC8032_PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")


def test_a_seed_gives_the_public_key_of_the_standard():
    signer = Ed25519Signer.from_seed("a", RFC8032_SEED)
    assert signer.key == VerifierKey.ed25519("a", RFC8032_PUBLIC)


def test_a_generated_key_signs_notes_that_verify():
    signer = Ed25519Signer.generate("ledger.example/main")
    assert verified(parse_note(sign_note(b"text\n", signer)), [signer.key]) == (signer.key,)


def test_two_generated_keys_differ():
    assert Ed25519Signer.generate("a").key != Ed25519Signer.generate("a").key


def test_many_signers_sign_one_note_in_the_order_given():
    signers: list[Signer] = [Ed25519Signer.generate(name) for name in ("c", "a", "b")]
    note = parse_note(sign_note(b"text\n", *signers))
    assert [signature.name for signature in note.signatures] == ["c", "a", "b"]


def test_a_note_needs_a_signer():
    with pytest.raises(Invalid, match="0 signatures"):
        sign_note(b"text\n")


@pytest.mark.parametrize("text", [b"", b"no newline", b"SSHSIG\0\0\0\n", b"\xff\n"])
def test_bytes_that_are_no_note_text_are_not_signed(text):
    with pytest.raises(Invalid):
        Ed25519Signer.generate("a").sign(text)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(64)])
def test_a_seed_of_wrong_length_is_refused_without_showing_it(seed):
    with pytest.raises(Invalid, match=f"32 bytes, not {len(seed)}"):
        Ed25519Signer.from_seed("a", seed)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_a_name_that_no_key_can_have_is_refused(name):
    with pytest.raises(Invalid, match="key name"):
        Ed25519Signer.generate(name)


@given(st.binary(min_size=32, max_size=32))
def test_a_signer_shows_its_public_half_only(seed):
    signer = Ed25519Signer.from_seed("a", seed)
    shown = f"{signer} {signer!r}"
    assert str(signer.key) in shown
    assert repr(seed) not in shown
    assert seed.hex() not in shown
