"""Checkpoints: what the log commits to (c2sp.org/tlog-checkpoint).

    <origin>
    <tree size>
    <base64 root hash>

signed as a note by the log key, whose name is the origin. A figure is a checkpoint too, with
extension lines of its own.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from typing import NamedTuple

from domain.authority import Authority
from domain.errors import Invalid, Unverified
from ledger.note import Note, VerifierKey, parse_note, verified, verifier
from ledger.signer import Signer, sign_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


class Checkpoint(NamedTuple):
    """Origin, number of leaves, 32-byte RFC 6962 root; further lines without their endings."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_text(self) -> bytes:
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return ("\n".join(lines) + "\n").encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint; raises Invalid."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError:
        raise Invalid("checkpoint: not UTF-8") from None
    if len(lines) < 4 or lines[-1] != "":
        raise Invalid("checkpoint: must have an origin, a size and a root, each on a line")
    origin, size, root, *extensions = lines[:-1]
    if not origin:
        raise Invalid("checkpoint: the origin is empty")
    if not _SIZE.fullmatch(size):
        raise Invalid(f"checkpoint: {size[:40]!r} is no tree size")
    if any(not line for line in extensions):
        raise Invalid("checkpoint: an extension line is empty")
    return Checkpoint(origin, int(size), _read_root(root), tuple(extensions))


def _read_root(text: str) -> bytes:
    try:
        root = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        root = b""
    if len(root) != 32 or b64encode(root).decode() != text:
        raise Invalid("checkpoint: the root is not 32 bytes of standard base64")
    return root


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> bytes:
    """The signed checkpoint note; every signer's name must be the origin."""
    for signer in signers:
        if signer.key.name != checkpoint.origin:
            raise Invalid(
                f"the key {signer.key.name} cannot sign for {checkpoint.origin}: names differ"
            )
    return sign_note(checkpoint.to_text(), *signers)


def open_checkpoint(raw: bytes, key: VerifierKey) -> Checkpoint:
    """Verify a signed checkpoint under the log's key, then read it."""
    note: Note = parse_note(raw)
    verified(note, [key])
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != key.name:
        raise Unverified(f"the checkpoint is of {checkpoint.origin}, the key of {key.name}")
    return checkpoint


def open_own_checkpoint(raw: bytes, authority: Authority) -> Checkpoint:
    """Verify a checkpoint of one's own log under the log key in force at its size."""
    size = parse_checkpoint(parse_note(raw).text).size
    return open_checkpoint(raw, verifier(authority.log_at(size)))
