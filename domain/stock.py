"""Stocks: who was held at the end of a day, by when it began and when, if ever, it ended.

Both are EDTF dates that may leave several days open, so the rule for dates that straddle an edge
(domain.figure) says which count: surely held, held by the earliest or by the latest days, or
possibly held. An end that is known without its date lies anywhere.
"""

from __future__ import annotations

from domain.dates import FIRST_DAY, LAST_DAY, parse_dates

SOME_TIME = "unknown"  # ended, nobody knows when


def held(began: str | None, ended: str | None, on: str, rule: str) -> bool:
    """Whether it stood at the end of the day `on`; what has no known beginning never does.

    `ended` is an EDTF date, `unknown`, or None for what has not ended.
    """
    if began is None:
        return False
    start = parse_dates(began)
    end = (None, None) if ended is None else _bounds(ended)
    begins_by = start.last if rule in ("whole-interval", "latest") else start.first
    ends_from = end[0] if rule in ("whole-interval", "earliest") else end[1]
    return begins_by <= on and (ends_from is None or ends_from > on)


def check_ended(text: str) -> None:
    """Raise Invalid for what is neither an EDTF date nor `unknown`."""
    _bounds(text)


def _bounds(ended: str) -> tuple[str, str]:
    if ended == SOME_TIME:
        return FIRST_DAY, LAST_DAY
    dates = parse_dates(ended)
    return dates.first, dates.last
