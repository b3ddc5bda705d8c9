"""Disclosing sealed fields: recorded first, then written for the recipient, never the other way.

Whatever stops in between, the log says at least what was handed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from api.desk import Desk, Done
from api.prove import logged_stream
from api.sealing import is_erased, stated
from audit.disclosure import Disclosing, write_disclosure
from domain.errors import Invalid, NotFound, Unverified
from domain.sealing import DISCLOSED
from ledger.checkpoint import open_own_checkpoint
from ledger.disclosure import digest_of
from ledger.disclosure_box import box, read_recipient
from ledger.ledger import Ledger
from ledger.signer import Signer

# The disclosures of a claim for the digests that stand, by field (Folder.opening).
Open = Callable[[str, Mapping[str, str]], dict[str, str]]


class Recorded(NamedTuple):
    """A disclosure that the log has, and the bytes of its file, which hold the values in clear."""

    done: Done
    raw: bytes

    def __repr__(self) -> str:
        return f"Recorded({self.done.stream}, {len(self.raw)} bytes)"


def disclose(
    desk: Desk,
    opened: Open,
    claim: str,
    fields: Sequence[str],
    *,
    to: str,
    recipient: str | None,
    why: Mapping[str, str],
    signer: Signer,
    out: Path,
) -> Done:
    """Record that fields are disclosed, then write them to a new file, encrypted if for a key.

    Raises Invalid for a field that is not sealed or a file that is there already, Unverified for
    one that the vault does not open; then nothing is recorded.
    """
    public = None if recipient is None else read_recipient(recipient)
    disclosures = open_fields(desk.ledger, opened, claim, fields)
    part = _reserve(out)
    try:
        recorded = record_disclosure(
            desk, claim, disclosures, to=to, recipient=recipient, why=why, signer=signer
        )
        _write(part, recorded.raw if public is None else box(recorded.raw, public))
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise
    part.replace(out)
    return recorded.done


def open_fields(ledger: Ledger, opened: Open, claim: str, fields: Sequence[str]) -> dict[str, str]:
    """The disclosures of sealed fields, by field; raises as `disclose` does."""
    chosen = _chosen(ledger, claim, fields)
    disclosures = opened(claim, chosen)
    if disclosures.keys() != chosen.keys() and is_erased(ledger, claim):
        raise Unverified(f"what was sealed of {claim} was erased for good: nothing opens it")
    if disclosures.keys() != chosen.keys():
        raise Unverified(f"the vault holds nothing of {claim}: is it the vault of this ledger?")
    return disclosures


def record_disclosure(
    desk: Desk,
    claim: str,
    disclosures: Mapping[str, str],
    *,
    to: str,
    recipient: str | None,
    why: Mapping[str, str],
    signer: Signer,
) -> Recorded:
    """Record that fields are disclosed; what is returned may be handed over now, not before."""
    body: dict[str, Any] = {
        "fields": {field: {"sealed": digest_of(one)} for field, one in disclosures.items()},
        "to": to,
        "key": recipient,
        **why,
    }
    done = desk.say(claim, DISCLOSED, body, signer)
    made = disclosing(desk.ledger, claim, done.accepted.log_index, disclosures)
    return Recorded(done, write_disclosure(made))


def prove_history(ledger: Ledger, claim: str) -> bytes:
    """A file that proves every event of a claim, at the newest checkpoint, and no sealed field."""
    return write_disclosure(disclosing(ledger, claim, None, {}))


def disclosing(
    ledger: Ledger, claim: str, index: int | None, disclosures: Mapping[str, str]
) -> Disclosing:
    """What the file of a recorded disclosure holds, at the newest checkpoint."""
    checkpoint = ledger.cosigned_checkpoint()
    size = open_own_checkpoint(checkpoint, ledger.authority).size
    return Disclosing(
        ledger.origin,
        claim,
        index,
        disclosures,
        checkpoint,
        logged_stream(ledger, "authority", size, checkpoint),
        logged_stream(ledger, "rules", size, checkpoint),
        logged_stream(ledger, claim, size, checkpoint),
    )


def _chosen(ledger: Ledger, claim: str, fields: Sequence[str]) -> dict[str, str]:
    """The digests of the fields asked for."""
    sealed = stated(ledger, claim)
    for field in fields:
        if field not in sealed:
            known = ", ".join(sorted(sealed)) or "none"
            raise NotFound(f"{field!r} is not sealed in {claim}; sealed: {known}")
    return {field: sealed[field] for field in fields}


def _reserve(out: Path) -> Path:
    """A file beside the one to be written, which only its owner reads; it must not be there."""
    if out.exists():
        raise Invalid(f"{out} exists; nothing was recorded: name a new file")
    part = out.with_name(out.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    return part


def _write(part: Path, raw: bytes) -> None:
    with part.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
