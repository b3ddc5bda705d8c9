"""The verifier that runs in a browser: one file, offline, written anew from docs/formats.

JavaScript modules, each named after what it reads, and `build.py`, which puts them into one page.
Nothing here is used by the Python verifier, nor the other way round: each checks the other.
"""
