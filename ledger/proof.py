"""Proof files: that an entry is in the log, and that the log only grew, each with its checkpoint.

An inclusion proof is a file of c2sp.org/tlog-proof, best named `.tlog-proof`:

    c2sp.org/tlog-proof@v1
    extra <base64>              at most once; nobody signed it
    index <log index>
    <base64 hash>               up to 63, from the leaf's sibling up to the root's child

    <the signed checkpoint, verbatim>

A consistency proof has the form of the body of `add-checkpoint` (c2sp.org/tlog-witness):

    old <tree size>
    <base64 hash>               up to 63

    <the signed checkpoint, verbatim>
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Sequence
from typing import NamedTuple

from domain.errors import Invalid
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.merkle import MAX_PROOF, verify_consistency, verify_inclusion
from ledger.note import VerifierKey

TLOG_PROOF = "c2sp.org/tlog-proof@v1"
MAX_PROOF_FILE = 1 << 20

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


class TlogProof(NamedTuple):
    """`hashes` have 32 bytes each; `checkpoint` is the signed note's bytes; `extra` is unsigned."""

    log_index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


class ConsistencyProof(NamedTuple):
    """That the tree of `checkpoint` begins with the first `old_size` leaves it once had."""

    old_size: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes


def format_proof(proof: TlogProof) -> bytes:
    """Write a tlog-proof; raises Invalid for more than 63 hashes or one not of 32 bytes."""
    head = [TLOG_PROOF]
    if proof.extra is not None:
        head.append(f"extra {b64encode(proof.extra).decode()}")
    return _format([*head, f"index {proof.log_index}"], proof.hashes, proof.checkpoint)


def parse_proof(raw: bytes) -> TlogProof:
    """Read a tlog-proof strictly: what `format_proof` would not write is Invalid."""
    lines, checkpoint = _split(raw, "tlog-proof")
    if lines[0] != TLOG_PROOF:
        raise Invalid(f"tlog-proof: the first line must be {TLOG_PROOF}")
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith("extra "):
        extra = _base64(rest.pop(0)[6:], "tlog-proof: extra")
    if not rest:
        raise Invalid("tlog-proof: the line 'index <number>' is missing")
    index = _number(rest[0], "index", "tlog-proof")
    return TlogProof(index, _hashes(rest[1:], "tlog-proof"), checkpoint, extra)


def verify_proof(proof: TlogProof, leaf_hash: bytes, log_key: VerifierKey) -> Checkpoint:
    """Check that the leaf is in the log where the proof says; returns the checkpoint shown.

    Raises Unverified when the checkpoint is not the log's or the proof does not lead to its root,
    Invalid when the checkpoint has not the form of one.
    """
    checkpoint = open_checkpoint(proof.checkpoint, log_key)
    verify_inclusion(
        index=proof.log_index,
        size=checkpoint.size,
        leaf_hash=leaf_hash,
        proof=proof.hashes,
        root=checkpoint.root,
    )
    return checkpoint


def format_consistency(proof: ConsistencyProof) -> bytes:
    """Write a consistency proof; raises Invalid as `format_proof` does."""
    return _format([f"old {proof.old_size}"], proof.hashes, proof.checkpoint)


def parse_consistency(raw: bytes) -> ConsistencyProof:
    """Read a consistency proof strictly: what `format_consistency` would not write is Invalid."""
    lines, checkpoint = _split(raw, "consistency proof")
    old_size = _number(lines[0], "old", "consistency proof")
    return ConsistencyProof(old_size, _hashes(lines[1:], "consistency proof"), checkpoint)


def verify_growth(proof: ConsistencyProof, old_root: bytes, log_key: VerifierKey) -> Checkpoint:
    """Check that the log with `old_root` at the proof's old size grew into the checkpoint."""
    checkpoint = open_checkpoint(proof.checkpoint, log_key)
    verify_consistency(
        size1=proof.old_size,
        size2=checkpoint.size,
        root1=old_root,
        root2=checkpoint.root,
        proof=proof.hashes,
    )
    return checkpoint


def _format(head: Sequence[str], hashes: Sequence[bytes], checkpoint: bytes) -> bytes:
    if len(hashes) > MAX_PROOF or any(len(one) != 32 for one in hashes):
        raise Invalid(f"a proof has at most {MAX_PROOF} hashes of 32 bytes each")
    lines = [*head, *(b64encode(one).decode() for one in hashes), "", ""]
    return "\n".join(lines).encode() + checkpoint


def _split(raw: bytes, what: str) -> tuple[list[str], bytes]:
    """The lines before the first empty one, at least one, and the checkpoint after it."""
    if len(raw) > MAX_PROOF_FILE:
        raise Invalid(f"{what}: {len(raw)} bytes, of which at most {MAX_PROOF_FILE} are allowed")
    head, empty, checkpoint = raw.partition(b"\n\n")
    if not empty or not checkpoint:
        raise Invalid(f"{what}: no empty line with a checkpoint after it")
    if not head.isascii():
        raise Invalid(f"{what}: holds a character that is not ASCII before the checkpoint")
    return head.decode().split("\n"), checkpoint


def _number(line: str, word: str, what: str) -> int:
    name, _, number = line.partition(" ")
    if name != word or not _NUMBER.fullmatch(number):
        raise Invalid(f"{what}: {line[:40]!r} is not '{word} <number>' without leading zeroes")
    return int(number)


def _hashes(lines: Sequence[str], what: str) -> tuple[bytes, ...]:
    if len(lines) > MAX_PROOF:
        raise Invalid(f"{what}: {len(lines)} hashes, of which at most {MAX_PROOF} are allowed")
    hashes = tuple(_base64(line, f"{what}: hash {place}") for place, line in enumerate(lines))
    for place, one in enumerate(hashes):
        if len(one) != 32:
            raise Invalid(f"{what}: hash {place} has {len(one)} bytes, not 32")
    return hashes


def _base64(text: str, what: str) -> bytes:
    try:
        decoded = a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        raise Invalid(f"{what}: is not base64") from None
    if b64encode(decoded).decode() != text:
        raise Invalid(f"{what}: is not canonical base64")
    return decoded
