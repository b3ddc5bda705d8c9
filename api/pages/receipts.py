"""Receipts taken out of a bundle alone: what `sijill receipt` makes with the ledger at hand.

Proofs lead to the bundle's own checkpoint. Of the entries about keys those are kept that found,
rotate, or are about the keys that signed a report's entry (docs/formats/receipt.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.bundle import CHECKPOINT, CONSISTENCY, definition_file, note_file
from audit.figure_note import read_figure
from audit.figure_receipt import Receipt, format_receipt
from ledger.entry import parse_entry
from ledger.note import parse_note

_OF_ONE_KEY = ("KeyEnrolled", "KeyRevoked")


def figure_receipts(files: Mapping[str, bytes], figures: list[str]) -> dict[str, bytes]:
    """The receipt of each figure of a bundle that was verified, by the figure's name."""
    shared = _shared(files)
    made = {}
    for figure in figures:
        own = {name: files[name] for name in (definition_file(figure), note_file(figure))}
        identity = read_figure(parse_note(own[note_file(figure)]).text).identity
        made[figure] = format_receipt(Receipt(identity, shared | own))
    return made


def _shared(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What every receipt of a bundle has: checkpoint, growth, and the entries with their proofs."""
    kept = {name: files[name] for name in (CHECKPOINT, CONSISTENCY)}
    reports = [name for name in files if name.startswith("report/") and name.endswith(".entry")]
    signers = {parse_entry(files[name]).signer for name in reports}
    for name in files:
        if not name.startswith("authority/") or not name.endswith(".entry"):
            continue
        event = parse_entry(files[name]).event
        if event.type in _OF_ONE_KEY:
            key = "+".join(event.body["vkey"].split("+")[:2])
            if key not in signers:
                continue
        reports.append(name)
    for name in reports:
        proof = name.removesuffix(".entry") + ".tlog-proof"
        kept |= {name: files[name], proof: files[proof]}
    return kept
