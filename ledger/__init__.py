"""Signed, append-only storage: notes, entries, the Merkle log, checkpoints, keys and the vault.

It imports `domain` only. Start reading in `ledger.py` (the one way in, `Ledger.accept`), then
`entry.py` (the bytes that are kept), `recorder.py` (the transaction) and `merkle.py` (RFC 6962).
"""
