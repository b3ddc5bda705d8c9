"""Signers: whatever holds a private key and makes note signatures with it."""

from __future__ import annotations

from typing import Protocol

from nacl.signing import SigningKey

from domain.errors import Invalid
from ledger.note import Signature, VerifierKey, check_text, format_note


class Signer(Protocol):
    """A private key, wherever it is kept: in this process, in an agent, in hardware."""

    @property
    def key(self) -> VerifierKey:
        """The public half."""

    def sign(self, text: bytes) -> Signature:
        """Sign a note's text; raise Invalid for bytes that cannot be one."""


class Ed25519Signer:
    """An Ed25519 private key in this process's memory (RFC 8032; note signature type 0x01)."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, private: SigningKey) -> None:
        self._private = private
        self.key = VerifierKey.ed25519(name, bytes(private.verify_key))

    @classmethod
    def generate(cls, name: str) -> Ed25519Signer:
        """Make a new key from the operating system's randomness."""
        return cls(name, SigningKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Ed25519Signer:
        """Take up the key whose 32-byte seed (RFC 8032's private key) is given."""
        if len(seed) != 32:
            raise Invalid(f"key {name}: an Ed25519 seed has 32 bytes, not {len(seed)}")
        return cls(name, SigningKey(seed))

    @property
    def seed(self) -> bytes:
        """The 32 bytes of the private key itself: for workers of this process, and nobody else."""
        return bytes(self._private)

    def sign(self, text: bytes) -> Signature:
        # A key that signs only clean text cannot be tricked into signing another protocol's bytes.
        check_text(text)
        return Signature(self.key.name, self.key.key_id, self._private.sign(text).signature)

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.key})"


def sign_note(text: bytes, *signers: Signer) -> bytes:
    """Sign `text` with every signer, in order, and return the finished note."""
    return format_note(text, [signer.sign(text) for signer in signers])
