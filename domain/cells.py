"""Which rows of a figure are hidden when small cells are: the small ones, and others beside them.

A row is small when it has fewer members than a set number. The total and the other rows stay, so
that one hidden row alone would be what is left; others are hidden with it, the smallest first,
until every hidden small row may be any number from 1 up to the set one.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import Invalid

LEAST, MOST = 3, 1000  # "fewer than 2" would say 1

Row = tuple[str, ...]


def hidden_rows(rows: Mapping[Row, int], fewer_than: int) -> dict[Row, bool]:
    """The rows to hide: True for one that is small, False for one that is hidden beside it.

    Raises Invalid when no choice of rows hides the small ones.
    """
    hidden = {row: True for row, value in rows.items() if value < fewer_than}
    others = sorted((value, row) for row, value in rows.items() if row not in hidden)
    if not hidden:
        return {}
    while not _hides(rows, hidden, fewer_than):
        if not others:
            raise Invalid(
                f"its rows are so few and small that the total gives them away under fewer_than = "
                f"{fewer_than}: publish it without rows (by = []), by a coarser grouping, or not "
                "at all"
            )
        hidden[others.pop(0)[1]] = False
    return hidden


def _hides(rows: Mapping[Row, int], hidden: Mapping[Row, bool], fewer_than: int) -> bool:
    """Whether every small row can be anything from 1 on, for who knows the sum of the hidden."""
    left = sum(rows[row] for row in hidden)
    small = sum(hidden.values())
    beside = len(hidden) - small  # each known to have the set number or more
    most_of_one = left - beside * fewer_than - (small - 1)
    least_of_one = 1 if beside else left - (small - 1) * (fewer_than - 1)
    return least_of_one <= 1 and most_of_one >= fewer_than - 1


def check_total(value: int, fewer_than: int) -> None:
    """Raises Invalid for a total that is itself a small cell."""
    if 0 < value < fewer_than:
        raise Invalid(
            f"its total is fewer than {fewer_than}: leave the figure out, or make it a row of one "
            "that counts more"
        )
