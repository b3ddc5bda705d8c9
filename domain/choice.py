"""Choosing one of a set of words: a misspelled one is refused with the nearest that are valid."""

from __future__ import annotations

import difflib
from typing import Any

from domain.errors import Invalid


def choose(what: str, word: str, words: Any) -> None:
    """Raise Invalid, naming near ones, when a word is none of the words."""
    if word not in words:
        near = difflib.get_close_matches(str(word)[:100], list(words), n=3, cutoff=0.4)
        raise Invalid(
            f"{what} {str(word)[:100]!r}: unknown; did you mean {', '.join(near or list(words))}?"
        )
