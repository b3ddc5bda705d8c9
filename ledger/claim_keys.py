"""A claim's key: what is sealed under it, and how it is wrapped for the organisation's vault key.

XSalsa20-Poly1305 for what is sealed (NaCl secretbox); a NaCl box under an ephemeral key for the key
itself: the ephemeral public key (32 bytes), the nonce (24), the ciphertext.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from nacl.public import Box, PrivateKey, PublicKey
from nacl.secret import SecretBox

from domain.errors import Invalid, Unverified
from ledger.disclosure import digest_of, disclose, read_disclosure


class Wrapping(NamedTuple):
    """An ephemeral key for some claims: its public half, and the box that wraps for the vault."""

    public_key: bytes
    box: Box


class Sealed(NamedTuple):
    """A claim's wrapped key, its encrypted disclosures, and what the event holds."""

    claim: str
    wrapped: bytes
    boxes: list[tuple[str, bytes]]
    digests: dict[str, dict[str, str]]
    part: int = 1


def wrapping_for(vault: PublicKey) -> Wrapping:
    """A new ephemeral key, forgotten as soon as nobody holds what is returned."""
    ephemeral = PrivateKey.generate()
    return Wrapping(bytes(ephemeral.public_key), Box(ephemeral, vault))


def encrypted(wrapping: Wrapping, claim: str, fields: Mapping[str, str]) -> Sealed:
    """Seal fields of one claim under a key of their own."""
    key = secrets.token_bytes(SecretBox.KEY_SIZE)
    box = SecretBox(key)
    written: dict[str, dict[str, str]] = {}
    boxes = []
    for field, value in sorted(fields.items()):
        disclosure = disclose(field, value)
        digest = digest_of(disclosure)
        boxes.append((digest, bytes(box.encrypt(disclosure.encode()))))
        written[field] = {"sealed": digest}
    return Sealed(claim, wrapping.public_key + wrapping.box.encrypt(key), boxes, written)


def unwrapped(wrapped: bytes, private_key: PrivateKey) -> bytes:
    """A claim's key; raises nacl's CryptoError when this is not the vault key."""
    ephemeral = PublicKey(wrapped[: PublicKey.SIZE])
    return Box(private_key, ephemeral).decrypt(wrapped[PublicKey.SIZE :])


def open_disclosure(key: bytes, sealed: bytes, field: str, digest: str, claim: str) -> str:
    """The disclosure in a box, which must open its digest; raises Unverified, CryptoError."""
    disclosure = SecretBox(key).decrypt(sealed).decode()
    if digest_of(disclosure) != digest:
        raise Unverified(f"a disclosure of {claim} does not open its digest {digest}")
    try:
        named, _ = read_disclosure(disclosure)
    except Invalid:
        named = ""
    if named != field:
        raise Unverified(f"what was sealed as the {field} of {claim} is no {field}")
    return disclosure
