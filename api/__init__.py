"""The ways in: the `sijill` command line and the HTTP interface.

It may import everything and nothing imports it. Both ways call the same functions and give the
same JSON. Start reading in `cli/__init__.py` (one file per group of commands) and `http.py`.
"""
