"""Uncertain dates: the part of EDTF (ISO 8601-2:2019, levels 0 and 1) that documentation needs.

`2020`, `2020-03`, `2020-03-05`, unspecified digits (`201X`, `2020-03-XX`), the qualifiers `?`
(uncertain), `~` (approximate) and `%` (both), seasons (`2020-21` spring to `2020-24` winter), and
intervals `A/B` with `..` or nothing for an open or unknown end. A date is kept as the text that was
signed; what can be counted are its two bounds. Left out are times of day (an incident has its own
field for them), years before 1 and after 9999. An unknown date is null in an event and None here,
never an empty text.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache
from typing import NamedTuple

from domain.errors import Invalid

FIRST_DAY = "0001-01-01"
LAST_DAY = "9999-12-31"

_POINT = re.compile(r"([0-9]{2}(?:[0-9]{2}|[0-9]X|XX))(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?[?~%]?")
_UNCERTAIN = re.compile("[?~%X]")
# Season -> its first and last month. Which winter a year's is, its text does not say: both.
_SEASONS = {"21": (3, 5), "22": (6, 8), "23": (9, 11)}
_WINTER = "24"


class Dates(NamedTuple):
    """An EDTF text with its earliest and latest possible day, both `YYYY-MM-DD` and inclusive."""

    text: str
    first: str
    last: str

    @property
    def certain(self) -> bool:
        """Whether the text leaves nothing open: no `?`, `~`, `%` and no unspecified digit."""
        return not _UNCERTAIN.search(self.text)

    def within(self, period: Dates) -> bool:
        """Whether every possible day lies in the period."""
        return period.first <= self.first and self.last <= period.last

    def touches(self, period: Dates) -> bool:
        """Whether at least one possible day lies in the period."""
        return self.first <= period.last and period.first <= self.last

    def lies_in(self, period: Dates, rule: str) -> bool:
        """Whether it lies in the period by a rule: `whole-interval`, `earliest`, `latest`,
        `possible` or `equal`.
        """
        if rule == "equal":
            return (self.first, self.last) == (period.first, period.last)
        if rule == "earliest":
            return period.first <= self.first <= period.last
        if rule == "latest":
            return period.first <= self.last <= period.last
        return self.touches(period) if rule == "possible" else self.within(period)


@lru_cache(maxsize=65536)
def parse_dates(text: str) -> Dates:
    """Read an EDTF date or interval; raises Invalid when it is none or names no possible day."""
    start, slash, end = text.partition("/")
    if not slash:
        first, last = _bounds(text, text)
        return Dates(text, first, last)
    if start in ("", "..") and end in ("", ".."):
        raise Invalid(f"date {text!r}: both ends are open; use null for an unknown date")
    first = FIRST_DAY if start in ("", "..") else _bounds(start, text)[0]
    last = LAST_DAY if end in ("", "..") else _bounds(end, text)[1]
    if first > last:
        raise Invalid(f"date {text!r}: the interval ends before it begins")
    return Dates(text, first, last)


def parse_period(text: str) -> Dates:
    """Read the period of a question: a certain date or interval, such as `2020-03`."""
    if _UNCERTAIN.search(text):
        raise Invalid(f"period {text!r}: a period is certain; leave out ?, ~, % and X")
    if any(end[4:] == f"-{_WINTER}" for end in text.split("/")):
        raise Invalid(f"period {text!r}: a winter lies in two years; name its months")
    return parse_dates(text)


def canonical_period(text: str) -> str:
    """The one spelling of a period among all that have its bounds; raises as parse_period does.

    A year, a month or a day when it is one; else an interval of years, of months or of days, the
    coarsest that both ends allow, with `..` for an open end.
    """
    period = parse_period(text)
    first, last = period.first, period.last
    opens, closes = first == FIRST_DAY, last == LAST_DAY
    if opens and closes:
        return "0001/9999"
    length = 10
    if (opens or first.endswith("-01")) and (closes or _ends_month(last)):
        length = 7
        if (opens or first.endswith("-01-01")) and (closes or last.endswith("-12-31")):
            length = 4
    start, end = ".." if opens else first[:length], ".." if closes else last[:length]
    return start if start == end else f"{start}/{end}"


def _ends_month(day: str) -> bool:
    year, month, _ = day.split("-")
    return int(day[8:]) == monthrange(int(year), int(month))[1]


def parse_day(text: str) -> Dates:
    """Read one certain day, such as `2020-03-31`; raises Invalid for everything else."""
    if len(text) != len(FIRST_DAY) or "/" in text:
        raise Invalid(f"date {text!r}: must be one day, such as 2020-03-31")
    return parse_period(text)


def _bounds(point: str, text: str) -> tuple[str, str]:
    found = _POINT.fullmatch(point)
    if found is None:
        raise Invalid(
            f"date {text!r}: not an EDTF date such as 2020, 2020-03, 2020-03-05, 2020-03-XX or "
            "2018-07/2020-03-19 (times of day are not dates here)"
        )
    year, month, day = found.groups()
    first_year, last_year = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if first_year == 0:
        raise Invalid(f"date {text!r}: there is no year 0000")
    if "X" in year and month is not None and month != "XX":
        raise Invalid(f"date {text!r}: a known month in an unspecified year cannot be counted")
    if month is None or month == "XX":
        if day is not None and day != "XX":
            raise Invalid(f"date {text!r}: a known day in an unspecified month cannot be counted")
        return f"{first_year:04}-01-01", f"{last_year:04}-12-31"
    if month in _SEASONS or month == _WINTER:
        if day is not None:
            raise Invalid(f"date {text!r}: a season has no days")
        return _season(first_year, month)
    if not 1 <= int(month) <= 12:
        raise Invalid(f"date {text!r}: there is no month {month}")
    length = monthrange(first_year, int(month))[1]
    if day is None or day == "XX":
        return f"{year}-{month}-01", f"{year}-{month}-{length}"
    if not 1 <= int(day) <= length:
        raise Invalid(f"date {text!r}: {year}-{month} has no day {day}")
    return f"{year}-{month}-{day}", f"{year}-{month}-{day}"


def _season(year: int, season: str) -> tuple[str, str]:
    """From the earliest to the latest day that a season can mean, north of the equator."""
    if season == _WINTER:
        first = FIRST_DAY if year == 1 else f"{year - 1:04}-12-01"
        last = LAST_DAY if year == 9999 else f"{year + 1:04}-02-{monthrange(year + 1, 2)[1]}"
        return first, last
    start, end = _SEASONS[season]
    return f"{year:04}-{start:02}-01", f"{year:04}-{end:02}-{monthrange(year, end)[1]}"
