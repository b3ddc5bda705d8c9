"""Erasing between the log and the vault: whoever the log says is erased is in no vault.

The vault goes first and keeps the note, then the log commits. Whenever that stops in between, the
key is gone and the note is posted by whoever opens the ledger to accept next. A vault that comes
back from an older copy is brought to what the log says before anything is read of it. What only a
suspect key erased is left alone: that key may have been stolen to destroy what is known.
"""

from __future__ import annotations

from domain.errors import Rejected
from domain.sealing import ERASED
from domain.suspicion import REAFFIRMED
from ledger.ledger import Ledger
from ledger.vault import Vault


def catch_up(vault: Vault, ledger: Ledger) -> None:
    """Erase from the vault whoever the log says is erased and the vault still has."""
    size = ledger.recorder.tree_size()
    root = ledger.recorder.root_at(size)
    start, known = vault.caught_up
    if (start, known) == (size, root):
        return
    if start > size or (start and ledger.recorder.root_at(start) != known):
        start = 0  # a ledger that was restored
        vault.unsettle()
    authority = ledger.authority
    streams = ledger.recorder.streams_with((ERASED, REAFFIRMED), start)
    erased = [
        one
        for one in streams
        if one.startswith("claim/")
        and getattr(ledger.trusted(one, authority=authority), "erased", False)
    ]
    missing = set(erased) - vault.erased(erased)
    if missing:
        vault.erase(dict.fromkeys(sorted(missing)))
    vault.catch_up_to(size, root)


def finish(vault: Vault, ledger: Ledger) -> list[str]:
    """Have the log take the erasures that were cut short; returns the claims it refuses that of.

    Their keys are gone, but another event came in between: the erasure has to be signed anew.
    """
    unfinished = vault.unfinished()
    if not unfinished:
        return []
    vault.scrub()
    refused = []
    streams = ledger.streams(list(unfinished))
    for claim, note in unfinished.items():
        stream = streams.get(claim)
        if stream is None or not stream.state.erased:
            try:
                ledger.accept(note)
            except Rejected:
                refused.append(claim)
                continue
        vault.settle([claim])
    return refused
