"""Signed notes: text with one or more signatures under it (c2sp.org/signed-note).

A note's text is never to be believed before `verified`, or `VerifierKey.verifies`, has said whose
it is. Parsing checks the form only.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from domain.errors import Invalid, Unverified

ED25519 = 0x01
COSIGNATURE = 0x04

MAX_NOTE = 1 << 20
MAX_SIGNATURES = 64

_DASH = "\N{EM DASH} ".encode()
_CONTROLS = bytes(set(range(0x20)) - {0x0A} | {0x7F})
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
# Spaces and plus by the standard; other controls and lone surrogates could not stand in a note.
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class Signature(NamedTuple):
    """One signature line: the 4-byte key id is kept apart from the signature's own bytes."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """The signed text, with its final newline, and the signatures in their order."""

    text: bytes
    signatures: tuple[Signature, ...]


class VerifierKey(NamedTuple):
    """A public key as it travels, the vkey `name+hex(key id)+base64(type byte || public key)`.

    `key_id` has 4 bytes. `public_key` has 32 for the two Ed25519 kinds; keys of other kinds are
    carried but verify nothing.
    """

    name: str
    key_id: bytes
    kind: int
    public_key: bytes

    @classmethod
    def ed25519(cls, name: str, public_key: bytes) -> VerifierKey:
        """Make the key that verifies Ed25519 note signatures, type byte 0x01."""
        check_name(name)
        if len(public_key) != 32:
            raise Invalid(f"key {name}: an Ed25519 public key has 32 bytes, not {len(public_key)}")
        return cls(name, _key_id(name, ED25519, public_key), ED25519, public_key)

    @classmethod
    def cosigner(cls, name: str, public_key: bytes) -> VerifierKey:
        """Make the key that verifies a witness's cosignatures, type byte 0x04."""
        check_name(name)
        if len(public_key) != 32:
            raise Invalid(f"key {name}: an Ed25519 public key has 32 bytes, not {len(public_key)}")
        return cls(name, _key_id(name, COSIGNATURE, public_key), COSIGNATURE, public_key)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey; raise Invalid for anything that `str` would not write."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Invalid("not a vkey: expected name+key id+base64 with two plus signs between")
        name, hex_id, encoded = parts
        check_name(name)
        if not _KEY_ID.fullmatch(hex_id):
            raise Invalid(f"vkey {name}: the key id is not 8 lower-case hexadecimal digits")
        material = _base64(encoded, f"vkey {name}")
        if len(material) < 2:
            raise Invalid(f"vkey {name}: holds no public key")
        key = cls(name, bytes.fromhex(hex_id), material[0], material[1:])
        if key.kind in (ED25519, COSIGNATURE):
            if len(key.public_key) != 32:
                raise Invalid(f"vkey {name}: an Ed25519 public key has 32 bytes")
            # Other kinds derive their key id in other ways: 0x02 from the SPKI form.
            if key.key_id != _key_id(name, key.kind, key.public_key):
                raise Invalid(f"vkey {name}: the key id does not belong to this name and key")
        return key

    def __str__(self) -> str:
        material = b2a_base64(bytes((self.kind,)) + self.public_key, newline=False).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Say whether `signature`, without key id, is this key's over `text`.

        Only kind 0x01 signs note text as such: every other kind gives False.
        """
        return self.kind == ED25519 and verify_ed25519(self.public_key, text, signature)


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Verify one Ed25519 signature (RFC 8032): every such check of this project ends here.

    libsodium also refuses what is not canonical: S not below the group order, and public keys or
    R of small order. A wrong length gives False.
    """
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=4096)
def verifier(vkey: str) -> VerifierKey:
    """The key that a vkey is the text of; raises Invalid."""
    return VerifierKey.parse(vkey)


def verified(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return those of `keys` that signed the note, in the order of their signatures, each once.

    Signatures of unknown keys are ignored; one bad signature of a known key (same name and id)
    condemns the note. Raise Unverified for that, and when no known key signed.
    c2sp.org/signed-note, "Signatures".
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise Unverified(
                f"two different keys are both called {key.name} with id {key.key_id.hex()}; "
                "trust only one of them"
            )
    signers: dict[VerifierKey, None] = {}
    for name, key_id, signature in note.signatures:
        signer = known.get((name, key_id))
        if signer is None:
            continue
        if signer.kind != ED25519:
            raise Unverified(
                f"key {name} is of kind {signer.kind:#04x}, which does not sign note text; "
                "check its signature by the rules of that kind"
            )
        if not verify_ed25519(signer.public_key, note.text, signature):
            raise Unverified(
                f"the signature of key {name} ({key_id.hex()}) does not belong to this text; "
                "the text or the signature was changed: get the note anew from its source"
            )
        signers[signer] = None
    if not signers:
        found = ", ".join(f"{name} ({key_id.hex()})" for name, key_id, _ in note.signatures[:4])
        raise Unverified(
            f"no trusted key signed this note; signatures found: {found or 'none'}; "
            "check which public keys you trust"
        )
    return tuple(signers)


def parse_note(raw: bytes, *, limit: int = MAX_NOTE) -> Note:
    """Take a note apart, without verifying; raise Invalid unless `format_note` could write it.

    `limit` is the greatest length in bytes. c2sp.org/signed-note, "Format".
    """
    if len(raw) > limit:
        raise Invalid(f"note: {len(raw)} bytes, of which at most {limit} are allowed")
    _check_characters(raw)
    # The last empty line is the border: the text may hold empty lines of its own.
    border = raw.rfind(b"\n\n")
    if border < 0:
        raise Invalid("note: no empty line between text and signatures")
    lines = raw[border + 2 :].split(b"\n")
    if lines.pop() or not lines:
        raise Invalid("note: must end with a signature line and its newline")
    if len(lines) > MAX_SIGNATURES:
        raise Invalid(f"note: {len(lines)} signatures, of which at most {MAX_SIGNATURES} allowed")
    signatures = []
    for line in lines:
        name_bytes, space, encoded = line[4:].partition(b" ")
        if not space or not line.startswith(_DASH):
            raise Invalid("note: a signature line is not 'EM DASH, space, key name, space, base64'")
        name = name_bytes.decode()
        if not _NAME.fullmatch(name):
            check_name(name)
        payload = _base64(encoded, "note: a signature")
        if len(payload) < 5:
            raise Invalid(f"note: the signature of {name} is too short to hold a key id and more")
        signatures.append(Signature(name, payload[:4], payload[4:]))
    return Note(raw[: border + 1], tuple(signatures))


def format_note(text: bytes, signatures: Iterable[Signature], *, limit: int = MAX_NOTE) -> bytes:
    """Write a note; raise Invalid for a text or signatures that no note can hold."""
    check_text(text)
    lines = [format_signature(signature) for signature in signatures]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise Invalid(f"note: {len(lines)} signatures; 1 to {MAX_SIGNATURES} are allowed")
    raw = text + b"\n" + b"".join(lines)
    if len(raw) > limit:
        raise Invalid(f"note: {len(raw)} bytes, of which at most {limit} are allowed")
    return raw


def format_signature(line: Signature) -> bytes:
    """Write one signature line, with its newline; raise Invalid for what cannot stand in one."""
    check_name(line.name)
    if len(line.key_id) != 4 or not line.signature:
        raise Invalid(f"note: a signature of {line.name} needs a 4-byte key id and a signature")
    return b"%b%b %b" % (_DASH, line.name.encode(), b2a_base64(line.key_id + line.signature))


def check_text(text: bytes) -> None:
    """Raise Invalid unless `text` can be a note's text: clean UTF-8 lines, ending in newline."""
    if not text.endswith(b"\n"):
        raise Invalid("note: the text must end with a newline")
    _check_characters(text)


def check_name(name: str) -> None:
    """Raise Invalid unless `name` can name a key: not empty, no space, plus or control."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"key name {name[:80]!a}: must not be empty or hold a space, plus or control character"
        )


def _check_characters(raw: bytes) -> None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"note: byte {error.start} is not UTF-8") from None
    # Deleting and comparing lengths is several times faster than a search by regex.
    if len(raw.translate(None, _CONTROLS)) != len(raw) or (
        b"\xc2" in raw and _C1_CONTROL.search(raw)
    ):
        raise Invalid("note: holds a control character other than newline")


def _base64(encoded: str | bytes, what: str) -> bytes:
    """Decode standard base64 with padding (RFC 4648 section 4), in its only canonical spelling."""
    try:
        given = encoded.encode("ascii") if isinstance(encoded, str) else encoded
        decoded = a2b_base64(given, strict_mode=True)
    except ValueError:
        raise Invalid(f"{what}: is not base64") from None
    # Strict mode overlooks stray bits after the last byte.
    if b2a_base64(decoded, newline=False) != given:
        raise Invalid(f"{what}: is not canonical base64")
    return decoded


def _key_id(name: str, kind: int, public_key: bytes) -> bytes:
    return sha256(b"%b\n%c%b" % (name.encode(), kind, public_key)).digest()[:4]
