"""Verification by people who trust nobody: bundles, receipts, the full replay, the plain recount.

It imports `ledger` (formats) and `domain`, never `projections`: figures are recounted with a fold
of its own, so that the two check each other. Start reading in `verify.py`, then `replay.py`.
"""
