"""Putting a report's bundle together: its figures' files, and the log's proofs of everything else.

The same at one checkpoint each time: as it was frozen, or later, once it is published or corrected
and witnesses have cosigned.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from api.prove import logged_stream
from audit.bundle import Bundle, write_bundle
from audit.readme import Signed, Told, readme
from audit.web.build import build_page
from domain.authority import key_name
from domain.life import Author
from ledger.ledger import Ledger
from ledger.proof import ConsistencyProof, format_consistency
from ledger.signer import Signer


class Covered(NamedTuple):
    """The checkpoint that a bundle is made at: its size, and its note with any cosignatures."""

    size: int
    checkpoint: bytes


def bundle_report(
    ledger: Ledger, name: str, at: Covered, figures: Mapping[str, bytes], signer: Signer
) -> bytes:
    """The bundle of a report as of a checkpoint; `figures` are its figures' files by name."""
    identity = f"{ledger.origin}/reports/{name}"
    streams = linked_reports(ledger, name, at.size)
    report = [one for stream in streams for one in logged_stream(ledger, stream, *at)]
    state = ledger.trusted(f"report/{name}", at.size)
    frozen_size = state.frozen.ledger.size
    growth = ConsistencyProof(
        frozen_size, tuple(ledger.consistency_proof(frozen_size, at.size)), at.checkpoint
    )
    told = Told(
        identity,
        state,
        _signed(ledger, state.publisher),
        tuple(_signed(ledger, one) for one in state.published),
        ledger.rules_at(frozen_size),
        tuple((_signed(ledger, one.author), one.ledger.size) for one in state.attested),
    )
    bundle = Bundle(
        identity,
        readme(told, figures),
        _page(),
        at.checkpoint,
        format_consistency(growth),
        logged_stream(ledger, "authority", *at),
        logged_stream(ledger, "rules", *at),
        tuple(sorted(report, key=lambda one: one.log_index)),
        figures,
    )
    return write_bundle(bundle, signer)


def linked_reports(ledger: Ledger, name: str, size: int) -> list[str]:
    """The streams of a report and of all that it corrects, or is corrected by, step after step."""
    found: dict[str, None] = {}
    wanted = [name]
    while wanted:
        stream = f"report/{wanted.pop()}"
        if stream in found:
            continue
        found[stream] = None
        for one in ledger.history(stream):
            body = one.event.body
            if one.log_index < size and "corrects" in body:
                wanted.append(body["corrects"]["report"])
            if one.log_index < size and "by" in body:
                wanted.append(body["by"])
    return list(found)


def _signed(ledger: Ledger, author: Author) -> Signed:
    key = ledger.authority.keys[author.key]
    return Signed(key.at(author.log_index).holder.label, key_name(key.vkey), author.log_index)


@cache
def _page() -> bytes:
    return build_page()
