"""The acceptance: the log's promise, given to an author, that her event is in the log.

    sijill/acceptance/v1
    <origin>
    <index> <base64 leaf hash>        one line for each entry accepted together

signed by the log key. Whoever holds one convicts a log that withholds the entry afterwards.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from domain.errors import Invalid, Unverified
from ledger.note import VerifierKey, parse_note, verified
from ledger.signer import Signer, sign_note

ACCEPTANCE_KIND = "sijill/acceptance/v1"
_LINE = re.compile(r"(0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)")


class Acceptance(NamedTuple):
    """`leaves` are (log index, 32-byte leaf hash), ascending."""

    origin: str
    leaves: tuple[tuple[int, bytes], ...]


def sign_acceptance(origin: str, leaves: Iterable[tuple[int, bytes]], signer: Signer) -> bytes:
    lines = [f"{index} {b64encode(leaf_hash).decode()}" for index, leaf_hash in leaves]
    return sign_note("\n".join([ACCEPTANCE_KIND, origin, *lines, ""]).encode(), signer)


def open_acceptance(raw: bytes, key: VerifierKey) -> Acceptance:
    """Verify an acceptance under the log's key, then read it; raises Invalid or Unverified."""
    note = parse_note(raw)
    verified(note, [key])
    kind, origin, *lines = [*note.text.decode().split("\n")[:-1], ""]
    if kind != ACCEPTANCE_KIND:
        raise Invalid(f"not an acceptance: the first line must be {ACCEPTANCE_KIND}")
    if origin != key.name:
        raise Unverified(f"the acceptance is of {origin}, the key of {key.name}")
    leaves = []
    for line in lines[:-1]:
        found = _LINE.fullmatch(line)
        if not found:
            raise Invalid(f"acceptance: {line[:80]!r} is not an index and a leaf hash")
        leaves.append((int(found[1]), binascii.a2b_base64(found[2])))
    if not leaves or any(a[0] >= b[0] for a, b in pairwise(leaves)):
        raise Invalid("acceptance: it must name entries in ascending order")
    return Acceptance(origin, tuple(leaves))
