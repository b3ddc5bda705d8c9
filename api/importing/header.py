"""Where the columns of a list are named: its first row, or one that follows a title."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.errors import Invalid

MOST_BEFORE = 20  # rows among which the header is looked for


def is_blank(row: Iterable[str]) -> bool:
    return not any(cell.strip() for cell in row)


def find_header(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> tuple[int, list[str]]:
    """Which of the first rows is the header, and its names: the first that has all the columns,
    else the first of those with the most cells that are filled. No row gives no names.
    """
    named = [[cell.strip() for cell in row] for row in rows]
    for at, names in enumerate(named):
        if columns and set(columns) <= set(names):
            return at, names
    if not named:
        return 0, []
    filled = [sum(map(bool, names)) for names in named]
    at = filled.index(max(filled))
    return at, named[at]


def places_of(where: str, header: Sequence[str], columns: Sequence[str]) -> list[tuple[str, int]]:
    """The place of each column; raises Invalid for one that is missing or there twice."""
    for name in columns:
        if header.count(name) != 1:
            found = "has no column" if name not in header else "has more than one column"
            known = ", ".join(filter(None, header))[:2000]
            raise Invalid(f"{where}: {found} {name!r}; its columns are: {known or 'none'}")
    return [(name, header.index(name)) for name in columns]
