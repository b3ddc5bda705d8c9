"""Folds of the events into what people ask for: the registry of claims, tolls, massacres, traces.

Everything here can be thrown away and rebuilt from the ledger. It imports `ledger` and `domain`.
Start reading in `registry.py` (the tables), then `projector.py` (how they are kept up to date).
"""
