"""How events say of which release of which list they are: in words, the same everywhere."""

from __future__ import annotations


def of_release(release: str, name: str) -> str:
    """What every event of an import says: as its reason, or in the source that it brings."""
    return f"release {release}{of_list(name)}"


def of_list(name: str) -> str:
    return f" of list {name}"


def release_text(text: object, name: str) -> str | None:
    """The release that a text names of that list, or None."""
    if type(text) is not str:
        return None
    start, end = "release ", of_list(name)
    if not text.startswith(start) or not text.endswith(end) or len(text) <= len(start) + len(end):
        return None
    return text[len(start) : -len(end)]
