"""Lists in: successive releases of a person-level list become signed events.

Start at `run.py`, which takes one file in. `listmap.py` reads the map that says what a column
means, `tables.py` the file, `rows.py` makes a claim of a row, `changes.py` compares it with what
the last release said, and `memory.py` keeps that in the vault. Nothing here prints.
"""
