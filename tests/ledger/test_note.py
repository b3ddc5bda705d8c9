"""Signed notes: the standard's own examples, hostile input, and whose signature counts."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import Invalid, Unverified
from ledger.note import (
    MAX_SIGNATURES,
    Note,
    Signature,
    VerifierKey,
    format_note,
    parse_note,
    verified,
    verify_ed25519,
)
from ledger.signer import Ed25519Signer, sign_note

VECTORS = Path(__file__).parents[1] / "vectors"

# c2sp.org/signed-note, "Example".
C2SP_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
    "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

# golang.org/x/mod/sumdb/note, package documentation.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfq"
    "dngotpRZb6KE6RyyBwJnAM=\n"
).encode()

TESSERA_VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
TESSERA_CHECKPOINTS = sorted((VECTORS / "tessera-log/log").glob("checkpoint*"))

WYCHEPROOF = json.loads((VECTORS / "wycheproof/ed25519_test.json").read_text())
WYCHEPROOF_CASES = [
    pytest.param(bytes.fromhex(group["publicKey"]["pk"]), case, id=f"case-{case['tcId']}")
    for group in WYCHEPROOF["testGroups"]
    for case in group["tests"]
]

TEXT = "sijill/event/v1\nقُتل\n".encode()
AMAL = Ed25519Signer.from_seed("documenter/amal", bytes([1]) * 32)
BASEL = Ed25519Signer.from_seed("reviewer/basel", bytes([2]) * 32)


def line(name: str, payload: bytes) -> bytes:
    return f"— {name} ".encode() + b64encode(payload) + b"\n"


GOOD_LINE = line("a", b"12345678")


@pytest.mark.parametrize(
    ("vkey", "raw"), [(C2SP_VKEY, C2SP_NOTE), (GO_VKEY, GO_NOTE)], ids=["c2sp", "go"]
)
def test_the_published_example_is_read_verified_and_written_back(vkey, raw):
    key = VerifierKey.parse(vkey)
    note = parse_note(raw)
    assert verified(note, [key]) == (key,)
    assert str(key) == vkey
    assert format_note(*note) == raw


@pytest.mark.parametrize(
    ("vkey", "raw"), [(C2SP_VKEY, C2SP_NOTE), (GO_VKEY, GO_NOTE)], ids=["c2sp", "go"]
)
def test_a_changed_letter_in_the_published_example_is_noticed(vkey, raw):
    changed = raw.replace(b"i", b"j", 1)
    with pytest.raises(Unverified, match="does not belong to this text"):
        verified(parse_note(changed), [VerifierKey.parse(vkey)])


def test_all_checkpoints_of_a_published_log_verify():
    key = VerifierKey.parse(TESSERA_VKEY)
    assert len(TESSERA_CHECKPOINTS) == 17
    for path in TESSERA_CHECKPOINTS:
        assert verified(parse_note(path.read_bytes()), [key]) == (key,), path.name


def test_all_wycheproof_cases_are_here():
    assert len(WYCHEPROOF_CASES) == WYCHEPROOF["numberOfTests"] == 151


@pytest.mark.parametrize(("public_key", "case"), WYCHEPROOF_CASES)
def test_wycheproof_signature_is_judged_as_published(public_key, case):
    message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
    assert verify_ed25519(public_key, message, signature) == (case["result"] == "valid")


def test_keys_and_signatures_of_wrong_length_verify_nothing():
    signature = AMAL.sign(TEXT).signature
    key = AMAL.key.public_key
    assert verify_ed25519(key, TEXT, signature)
    assert not verify_ed25519(key[:-1], TEXT, signature)
    assert not verify_ed25519(key + b"\0", TEXT, signature)
    assert not verify_ed25519(key, TEXT, signature[:-1])
    assert not verify_ed25519(key, TEXT, signature + b"\0")
    # Nor may a byte wander from the message into the signature.
    assert not verify_ed25519(key, TEXT[1:], signature + TEXT[:1])


def test_a_public_key_of_small_order_verifies_nothing():
    # With the identity as key, R = identity and S = 0 satisfy the bare equation for any message.
    identity = bytes([1]) + bytes(31)
    assert not verify_ed25519(identity, TEXT, identity + bytes(32))


def test_signers_come_back_in_the_order_of_their_signatures():
    note = parse_note(sign_note(TEXT, BASEL, AMAL))
    assert verified(note, [AMAL.key, BASEL.key]) == (BASEL.key, AMAL.key)


def test_signing_twice_counts_once():
    note = parse_note(sign_note(TEXT, AMAL, AMAL))
    assert verified(note, [AMAL.key, AMAL.key]) == (AMAL.key,)


def test_signatures_of_unknown_keys_are_ignored():
    note = parse_note(sign_note(TEXT, BASEL, AMAL))
    assert verified(note, [AMAL.key]) == (AMAL.key,)


def test_an_unknown_key_may_share_the_name_or_the_id_of_a_known_one():
    other_id = Signature(AMAL.key.name, b"\0\0\0\0", bytes(64))
    other_name = Signature("someone-else", AMAL.key.key_id, bytes(64))
    note = Note(TEXT, (other_id, other_name, AMAL.sign(TEXT)))
    assert verified(note, [AMAL.key]) == (AMAL.key,)


def test_one_bad_signature_of_a_known_key_condemns_the_note():
    bad = AMAL.sign(b"another text\n")
    for signatures in [(bad, BASEL.sign(TEXT)), (BASEL.sign(TEXT), bad), (AMAL.sign(TEXT), bad)]:
        with pytest.raises(Unverified, match="documenter/amal"):
            verified(Note(TEXT, signatures), [AMAL.key, BASEL.key])


def test_a_note_without_a_trusted_signature_is_unverified():
    note = parse_note(sign_note(TEXT, AMAL))
    for keys in [[], [BASEL.key]]:
        with pytest.raises(Unverified, match=r"no trusted key signed this note.*documenter/amal"):
            verified(note, keys)


def test_two_keys_that_share_name_and_id_are_not_both_trusted():
    twin = AMAL.key._replace(public_key=BASEL.key.public_key)
    with pytest.raises(Unverified, match="two different keys"):
        verified(parse_note(sign_note(TEXT, AMAL)), [AMAL.key, twin])


def test_a_key_of_another_kind_does_not_vouch_for_note_text():
    witness = AMAL.key._replace(kind=0x04)
    assert not witness.verifies(TEXT, AMAL.sign(TEXT).signature)
    with pytest.raises(Unverified, match="0x04"):
        verified(parse_note(sign_note(TEXT, AMAL)), [witness])


def test_the_last_empty_line_is_the_border():
    text = b"\n\none\n\n\xe2\x80\x94 looks like a signature\n\n"
    raw = sign_note(text, AMAL)
    assert parse_note(raw).text == text
    assert verified(parse_note(raw), [AMAL.key])


def test_sixty_four_signatures_of_post_quantum_size_are_read():
    payload = b"kkkk" + bytes(5000)
    raw = b"text\n\n" + line("a", payload) * MAX_SIGNATURES
    assert len(parse_note(raw).signatures) == MAX_SIGNATURES
    with pytest.raises(Invalid, match="65 signatures"):
        parse_note(raw + line("a", payload))


def test_the_size_limit_holds_both_ways():
    raw = sign_note(TEXT, AMAL)
    assert parse_note(raw, limit=len(raw))
    with pytest.raises(Invalid, match="at most"):
        parse_note(raw, limit=len(raw) - 1)
    with pytest.raises(Invalid, match="at most"):
        format_note(TEXT, [AMAL.sign(TEXT)], limit=len(raw) - 1)
    with pytest.raises(Invalid, match="at most"):
        parse_note(b"x" * (1 << 20) + b"\n\n" + GOOD_LINE)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no empty line"),
        (b"\n", "no empty line"),
        (b"text\n" + GOOD_LINE, "no empty line"),
        (b"\n" + GOOD_LINE, "no empty line"),
        (b"text\n\n", "must end with a signature line"),
        (b"text\n\n" + GOOD_LINE[:-1], "must end with a signature line"),
        (b"text\n\n" + GOOD_LINE + b"\n", "must end with a signature line"),
        (b"text\n\n" + GOOD_LINE + b"more\n", "signature line is not"),
        (b"text\n\n- a MTIzNDU2Nzg=\n", "signature line is not"),
        ("text\n\n— MTIzNDU2Nzg=\n".encode(), "signature line is not"),
        ("text\n\n—  MTIzNDU2Nzg=\n".encode(), "key name"),
        ("text\n\n— a+b MTIzNDU2Nzg=\n".encode(), "key name"),
        ("text\n\n— a\u00a0b MTIzNDU2Nzg=\n".encode(), "key name"),
        ("text\n\n— a\u3000b MTIzNDU2Nzg=\n".encode(), "key name"),
        ("text\n\n— a \n".encode(), "too short"),
        (b"text\n\n" + line("a", b"1234"), "too short"),
        ("text\n\n— a MTIzNDU2Nzg\n".encode(), "not base64"),
        ("text\n\n— a MTIzNDU2Nzg= \n".encode(), "not base64"),
        ("text\n\n— a MTIz NDU2Nzg=\n".encode(), "not base64"),
        ("text\n\n— a MTIzNDU2Nzg==\n".encode(), "not base64"),
        ("text\n\n— a MTIzNDU-_zg=\n".encode(), "not base64"),
        ("text\n\n— a MTIzNDU2Nzh=\n".encode(), "not canonical base64"),
        (b"te\xff\n\n" + GOOD_LINE, "byte 2 is not UTF-8"),
        (b"te\xed\xa0\x80\n\n" + GOOD_LINE, "not UTF-8"),
        (b"te\xc0\x8a\n\n" + GOOD_LINE, "not UTF-8"),
        (b"te\r\n\n" + GOOD_LINE, "control character"),
        (b"te\0\n\n" + GOOD_LINE, "control character"),
        (b"te\t\n\n" + GOOD_LINE, "control character"),
        (b"te\x7f\n\n" + GOOD_LINE, "control character"),
        ("te\u0085\n\n".encode() + GOOD_LINE, "control character"),
        ("te\u009f\n\n".encode() + GOOD_LINE, "control character"),
        ("text\n\n— a\x1b MTIzNDU2Nzg=\n".encode(), "control character"),
    ],
)
def test_a_malformed_note_is_refused_with_its_reason(raw, reason):
    with pytest.raises(Invalid, match=reason):
        parse_note(raw)


def test_characters_beside_the_control_range_are_text():
    text = "é\u00a0 \U0001f56f\n".encode()
    assert parse_note(format_note(text, [Signature("a", b"1234", b"5")])).text == text


@pytest.mark.parametrize("text", [b"", b"no newline", b"a\rb\n", b"\xff\n", b"a\x7f\n"])
def test_a_text_that_no_note_can_hold_is_not_written(text):
    with pytest.raises(Invalid):
        format_note(text, [Signature("a", b"1234", b"5")])


@pytest.mark.parametrize(
    "signatures",
    [
        [],
        [Signature("a", b"1234", b"5")] * 65,
        [Signature("", b"1234", b"5")],
        [Signature("a b", b"1234", b"5")],
        [Signature("a+b", b"1234", b"5")],
        [Signature("a\nb", b"1234", b"5")],
        [Signature("\ud800", b"1234", b"5")],
        [Signature("a", b"123", b"5")],
        [Signature("a", b"1234", b"")],
    ],
)
def test_signatures_that_no_note_can_hold_are_not_written(signatures):
    with pytest.raises(Invalid):
        format_note(b"text\n", signatures)


NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="+"), min_size=1
)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"))
SIGNATURES = st.builds(
    Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)


@given(TEXTS, st.lists(SIGNATURES, min_size=1, max_size=MAX_SIGNATURES))
def test_what_is_written_is_read_back_the_same(text, signatures):
    note = Note(f"{text}\n".encode(), tuple(signatures))
    assert parse_note(format_note(*note)) == note


# Bytes that come near the format's own reach deeper than arbitrary ones.
FRAGMENTS = st.lists(
    st.sampled_from(
        [b"\n", b"\n\n", "— ".encode(), b" ", b"a", b"+", b"MTIzNDU2Nzg=", b"\xc2", b"="]
    )
    | st.binary(max_size=6)
).map(b"".join)


@given(st.binary() | FRAGMENTS)
@example(b"a\n\n" + GOOD_LINE)
def test_hostile_bytes_are_read_exactly_or_invalid(raw):
    try:
        note = parse_note(raw)
    except Invalid:
        return
    assert format_note(*note) == raw


@given(st.integers(0, len(C2SP_NOTE) * 8 - 1))
def test_any_single_bit_changed_in_a_note_is_noticed(bit):
    changed = bytearray(C2SP_NOTE)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Invalid, Unverified)):
        verified(parse_note(bytes(changed)), [VerifierKey.parse(C2SP_VKEY)])


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        ("", "two plus signs"),
        ("a+00000000", "two plus signs"),
        (C2SP_VKEY.replace("foo", "fop"), "does not belong"),
        (C2SP_VKEY.replace("530d903a", "530d903b"), "does not belong"),
        (C2SP_VKEY.replace("530d903a", "530D903A"), "hexadecimal"),
        (C2SP_VKEY.replace("530d903a", "530d903"), "hexadecimal"),
        (C2SP_VKEY.replace("530d903a", "٥30d903a"), "hexadecimal"),
        (C2SP_VKEY + "=", "base64"),
        (C2SP_VKEY + "\n", "base64"),
        (C2SP_VKEY[:-4], "32 bytes"),
        ("a+00000000+AQ==", "no public key"),
        ("a+00000000+", "no public key"),
        ("a b+00000000+AQEB", "key name"),
        ("+00000000+AQEB", "key name"),
    ],
)
def test_a_malformed_vkey_is_refused_with_its_reason(vkey, reason):
    with pytest.raises(Invalid, match=reason):
        VerifierKey.parse(vkey)


def test_a_vkey_may_have_plus_signs_in_its_base64():
    seeds = (bytes([n]) * 32 for n in range(256))
    keys = [Ed25519Signer.from_seed("a", seed).key for seed in seeds]
    with_plus = [key for key in keys if str(key).count("+") > 2]
    assert with_plus
    assert [VerifierKey.parse(str(key)) for key in with_plus] == with_plus


def test_vkeys_of_other_kinds_are_carried_but_verify_nothing():
    for kind, material in [(0x02, bytes(91)), (0x06, bytes(1312)), (0xFF, b"x")]:
        key = VerifierKey("witness.example/w", b"\1\2\3\4", kind, material)
        assert VerifierKey.parse(str(key)) == key
        assert not key.verifies(TEXT, bytes(64))


def test_a_public_key_of_wrong_length_makes_no_key():
    with pytest.raises(Invalid, match="31"):
        VerifierKey.ed25519("a", bytes(31))


@given(st.text() | st.text("a+0AQ=\n").map(lambda tail: f"a+00000000+{tail}"))
@example(C2SP_VKEY)
def test_hostile_vkeys_are_read_exactly_or_invalid(text):
    try:
        key = VerifierKey.parse(text)
    except Invalid:
        return
    assert str(key) == text
