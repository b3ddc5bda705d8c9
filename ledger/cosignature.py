"""Cosignatures: a witness's word, at a time, on a checkpoint (c2sp.org/tlog-cosignature, v1).

The signed bytes are `cosignature/v1`, `time <unix seconds>` and the checkpoint's text; the
signature line holds the 4-byte key id, the time in 8 bytes and the 64 bytes of Ed25519. It says: at
that time this was the largest consistent tree of this origin that the witness had seen.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import UTC, datetime

from domain.errors import Invalid, Unverified
from ledger.note import COSIGNATURE, Note, Signature, VerifierKey, parse_note, verify_ed25519
from ledger.signer import Ed25519Signer

_TIME = struct.Struct(">Q")
_LENGTH = _TIME.size + 64
_LATEST = 253_402_300_800  # the year 10000, which no clock of ours can write


def signed_bytes(time: int, text: bytes) -> bytes:
    """What a cosignature is over; `time` in unix seconds, `text` the checkpoint's own."""
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def cosign(text: bytes, signer: Ed25519Signer, time: int) -> Signature:
    """Cosign a checkpoint's text; one key is one witness, used for nothing else."""
    key = VerifierKey.cosigner(signer.key.name, signer.key.public_key)
    if not 0 < time < _LATEST:
        raise Invalid(f"{time} is no time to cosign at")
    raw = signer.sign(signed_bytes(time, text)).signature
    return Signature(key.name, key.key_id, _TIME.pack(time) + raw)


def cosigned_at(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """By which of the keys the note is cosigned, and when (unix seconds).

    Lines of unknown keys are ignored; a bad line of a known one condemns the note: Unverified.
    """
    known = {(key.name, key.key_id): key for key in keys if key.kind == COSIGNATURE}
    found: dict[VerifierKey, int] = {}
    for name, key_id, signature in note.signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if len(signature) != _LENGTH:
            raise Unverified(f"the cosignature of {name} has {len(signature)} bytes, not {_LENGTH}")
        (time,) = _TIME.unpack_from(signature)
        message = signed_bytes(time, note.text)
        if not verify_ed25519(key.public_key, message, signature[_TIME.size :]):
            raise Unverified(
                f"the cosignature of {name} ({key_id.hex()}) does not belong to this checkpoint"
            )
        if not 0 < time < _LATEST:
            raise Unverified(f"the cosignature of {name} says {time} seconds, which is no time")
        found[key] = min(time, found.get(key, time))
    return found


def is_cosignature(line: bytes, witness: str, time: int) -> bool:
    """Whether a signature line has the form of that witness's (`name+keyid`) word at that time."""
    try:
        (signature,) = parse_note(b"\n\n" + line).signatures
    except (Invalid, ValueError):
        return False
    name = f"{signature.name}+{signature.key_id.hex()}"
    stated = len(signature.signature) == _LENGTH and _TIME.unpack_from(signature.signature)[0]
    return (name, stated) == (witness, time)


def describe_time(time: int) -> str:
    """Unix seconds as `2020-04-02T09:15:00Z`."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
