"""Proofs as files: an entry in a signed tree, and one signed tree grown into another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container

from audit.bundle import CHECKPOINT, Logged, entry_files
from audit.container import write_container
from domain.errors import Damaged, Invalid
from ledger.checkpoint import open_own_checkpoint
from ledger.ledger import Ledger
from ledger.proof import ConsistencyProof, TlogProof, format_consistency, format_proof


def prove_entry(ledger: Ledger, index: int, size: int | None) -> bytes:
    """A c2sp.org/tlog-proof of an entry; its `extra` is the entry itself, whose hash is the leaf.

    Raises NotFound for no such entry, Invalid for a size without a signed checkpoint.
    """
    entry = ledger.recorder.entry_at(index)[4]
    size, checkpoint = _checkpoint(ledger, size)
    if index >= size:
        raise Invalid(f"entry {index} is not among the first {size} entries")
    hashes = tuple(ledger.inclusion_proof(index, size))
    return format_proof(TlogProof(index, hashes, checkpoint, entry))


def prove_consistency(ledger: Ledger, old_size: int, size: int | None) -> bytes:
    """That the log of `old_size` grew into the one of `size`; raises as `prove_entry`."""
    size, checkpoint = _checkpoint(ledger, size)
    hashes = tuple(ledger.consistency_proof(old_size, size))
    return format_consistency(ConsistencyProof(old_size, hashes, checkpoint))


def prove_keys(ledger: Ledger) -> bytes:
    """The whole stream of keys with its proofs, for who holds the founding root keys alone.

    A container as bundles are: `checkpoint`, and each entry with its tlog-proof in `authority/`,
    and in `rules/`, whose vocabularies name the governorates that an enrolment is limited to.
    """
    checkpoint = ledger.cosigned_checkpoint()
    size = open_own_checkpoint(checkpoint, ledger.authority).size
    files = {CHECKPOINT: checkpoint}
    for stream in ("authority", "rules"):
        for one in logged_stream(ledger, stream, size, checkpoint):
            files |= entry_files(stream, one)
    return write_container(files)


def logged_stream(
    ledger: Ledger, name: str, size: int, checkpoint: bytes, without: Container[int] = ()
) -> tuple[Logged, ...]:
    """Every entry of a stream with its proof in the checkpoint of that size.

    `without`: the indexes of entries that are left out.
    """
    indexes = [one.log_index for one in ledger.history(name) if one.log_index < size]
    return tuple(
        logged(ledger, index, size, checkpoint) for index in indexes if index not in without
    )


def logged(ledger: Ledger, index: int, size: int, checkpoint: bytes) -> Logged:
    """One entry with its proof in the checkpoint of that size."""
    proof = TlogProof(index, tuple(ledger.inclusion_proof(index, size)), checkpoint)
    return Logged(index, ledger.recorder.entry_at(index)[4], format_proof(proof))


def covering_checkpoint(ledger: Ledger, log_index: int) -> tuple[int, bytes]:
    """The first signed checkpoint that covers an entry, with its size, without cosignatures."""
    # Always the same one, so that a bundle made again has the same bytes.
    for size in range(log_index + 1, ledger.recorder.tree_size() + 1):
        raw = ledger.recorder.checkpoint(size)
        if raw is not None:
            return size, raw
    raise Damaged(f"no checkpoint covers entry {log_index}: run sijill audit")


def _checkpoint(ledger: Ledger, size: int | None) -> tuple[int, bytes]:
    if size is None:
        size = ledger.checkpoint().size
    raw = ledger.recorder.checkpoint(size)
    if raw is None:
        sizes = ledger.recorder.checkpoint_sizes()
        at = bisect_left(sizes, size)
        near = ", ".join(str(one) for one in sizes[max(0, at - 1) : at + 1])
        raise Invalid(f"no checkpoint of {size} entries was signed; near it: {near or 'none'}")
    return size, raw + b"".join(ledger.recorder.cosignatures(size))
