"""Cells that a spreadsheet would run as a formula, and what is written in their place."""

from __future__ import annotations

from typing import TypeVar

# Tab and line breaks are dropped before the cell is read; the wide forms are read as the narrow.
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_Value = TypeVar("_Value")


def harmless(value: _Value) -> _Value | str:
    """The value, or text with an apostrophe before it where it begins as a formula does."""
    if isinstance(value, str) and value.startswith(_RUN):
        return f"'{value}"
    return value
