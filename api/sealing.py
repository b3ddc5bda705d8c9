"""What a person does to a claim's sealed fields: seal one anew, erase them all.

A value goes into the vault before the event that holds its digest is signed, and out of it again
when the ledger refuses that event. Values are never printed, and no error repeats one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from api.desk import Desk
from domain.canonical import check_text
from domain.errors import Invalid, NotFound
from domain.sealing import ERASED, FIELD_SEALED, digests
from ledger.ledger import Ledger
from ledger.signer import Signer

MAX_VALUE = 2000  # characters


class Sealing(NamedTuple):
    """A signed FieldSealed, and the digest that it adds; None when it takes one away."""

    note: bytes
    digest: str | None


def read_value(raw: bytes | str) -> str:
    """A value to be sealed: composed (NFC), trimmed; raises Invalid, which does not repeat it."""
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        text = unicodedata.normalize("NFC", text).strip()
    except UnicodeError:
        raise Invalid("the value is not text in UTF-8; nothing was sealed") from None
    check_text(text, "the value")
    if not 0 < len(text) <= MAX_VALUE:
        raise Invalid(f"the value must have 1 to {MAX_VALUE} characters; nothing was sealed")
    return text


def stated(ledger: Ledger, claim: str) -> dict[str, str]:
    """The digest that stands for each sealed field of a claim; raises NotFound, Invalid."""
    found = ledger.stream(claim)
    if found is None:
        raise NotFound(f"{claim} is not in this ledger")
    if not claim.startswith("claim/"):
        raise Invalid(f"{claim} has no sealed fields: only claims have")
    return digests(found.state)


def is_erased(ledger: Ledger, claim: str) -> bool:
    """Whether the log says that what was sealed of a claim is erased."""
    found = ledger.stream(claim)
    return found is not None and getattr(found.state, "erased", False) is True


def compose_sealing(
    desk: Desk, claim: str, field: str, value: str | None, *, signer: Signer, why: Mapping[str, str]
) -> Sealing:
    """Seal a value, durably, and sign the event that holds its digest; None takes it away."""
    was = stated(desk.ledger, claim).get(field)
    to: dict[str, str] | None = None
    if value is not None:
        to = desk.vault.seal_more({claim: {field: value}})[claim][field]
    body: dict[str, Any] = {
        "field": field,
        "from": None if was is None else {"sealed": was},
        "to": to,
        **why,
    }
    note, _ = desk.compose(desk.head(claim), FIELD_SEALED, body, [signer])
    return Sealing(note, None if to is None else to["sealed"])


def compose_erasure(desk: Desk, claim: str, signer: Signer, why: Mapping[str, str]) -> bytes:
    """Sign that what was sealed of a claim is erased; the ledger erases it when it accepts."""
    stated(desk.ledger, claim)
    return desk.compose(desk.head(claim), ERASED, dict(why), [signer])[0]


def of_one_person(ledger: Ledger, claim: str) -> list[str]:
    """Other claims of the same person that still have sealed fields, as far as the log says.

    Merges and outcomes are followed both ways, from claim to claim.
    """
    linked = ledger.recorder.streams_with(("MergedInto", "OutcomeLinked"), 0)
    near: dict[str, set[str]] = {}
    for name, stream in ledger.streams(linked).items():
        if not name.startswith("claim/"):
            continue
        outcome = stream.state.outcome
        for other in (stream.state.merged_into, outcome.claim if outcome else None):
            if other is not None:
                near.setdefault(name, set()).add(other)
                near.setdefault(other, set()).add(name)
    found, todo = {claim}, [claim]
    while todo:
        new = near.get(todo.pop(), set()) - found
        todo += new
        found |= new
    others = ledger.streams(sorted(found - {claim}))
    return [name for name, one in others.items() if digests(one.state) and not one.state.erased]
