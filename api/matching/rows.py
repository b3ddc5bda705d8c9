"""Persons as rows of numbers: what is handed to the database, in which no name can be read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations, product
from typing import Any

from api.matching.names import Name, part_keys, place_key
from api.matching.person import Person
from domain.dates import Dates

Row = dict[str, Any]

# Columns of single numbers, and of lists of them that pairs are found by.
NUMBERS = (
    *("unique_id", "kind", "name", "national_id", "happened_first", "happened_last"),
    *("happened_swapped", "happened_day", "governorate", "place", "born_first", "born_last"),
    *("sex", "age"),
)
LISTS = ("keys", "pairs", "months")

# Parts of names: how often one is shared by chance before the ledger says so, and how firmly.
_PART_CHANCE, _PART_FIRMNESS = 0.01, 500

# Days: a date less certain than that says nothing.
_WIDE, _WIDE_BIRTH = 92, 800


def read_rows(known: Sequence[Person], names: Sequence[Name]) -> list[Row]:
    """The persons as numbers; texts that are compared for equality become numbers too."""
    number_of = {name: number for number, name in enumerate(names)}
    numbers: dict[tuple[str, str], int] = {}

    def number(what: str, text: str | None) -> int | None:
        return None if text is None else numbers.setdefault((what, text), len(numbers))

    rows: list[Row] = []
    for position, one in enumerate(known):
        keys = sorted(part_keys(one.name))
        happened, born = _days(one.happened, _WIDE), _days(one.born, _WIDE_BIRTH)
        swapped = _swapped(one.happened) if happened else None
        rows.append(
            {
                "unique_id": position,
                "kind": number("kind", one.kind),
                "name": number_of.get(one.name),
                "keys": [number("key", key) for key in keys],
                "pairs": [number("pair", f"{a} {b}") for a, b in combinations(keys, 2)],
                "months": _months(happened, swapped),
                "national_id": number("id", one.national_id),
                "happened_first": happened and happened[0],
                "happened_last": happened and happened[1],
                "happened_swapped": swapped,
                "happened_day": _day_of_year(one.happened) if happened else None,
                "governorate": number("governorate", one.governorate),
                "place": number("place", (one.place and place_key(one.place)) or None),
                "born_first": born and born[0],
                "born_last": born and born[1],
                "sex": number("sex", one.sex),
                "age": number("age", one.age_group),
            }
        )
    return rows


def count_pairs(rows: Iterable[Row]) -> int:
    """How many pairs share a key, counted once for each key that they share."""
    blocks: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        kind, governorate = row["kind"], row["governorate"]
        blocks.update((kind, pair) for pair in row["pairs"])
        if governorate is not None:
            places = product((kind,), (governorate,), row["keys"], row["months"])
            blocks.update(places)
        if row["national_id"] is not None:
            blocks[kind, row["national_id"]] += 1
    return sum(size * (size - 1) // 2 for size in blocks.values())


def _days(dates: Dates | None, widest: int) -> tuple[int, int] | None:
    """First and last day as numbers; None for a date too uncertain to say anything."""
    if dates is None:
        return None
    first, last = (date.fromisoformat(day).toordinal() for day in (dates.first, dates.last))
    return (first, last) if last - first <= widest else None


def _swapped(dates: Dates | None) -> int | None:
    """The day with its day and month swapped, where that is another day."""
    if dates is None or dates.first != dates.last:
        return None
    year, month, day = map(int, dates.first.split("-"))
    return date(year, day, month).toordinal() if day <= 12 and day != month else None


def _day_of_year(dates: Dates | None) -> int | None:
    if dates is None or dates.first != dates.last:
        return None
    return int(dates.first[5:7]) * 100 + int(dates.first[8:])


def _months(happened: tuple[int, int] | None, swapped: int | None) -> list[int]:
    """The months that a date, or one a few days off it, lies in."""
    if happened is None:
        return []
    least, most = date.min.toordinal(), date.max.toordinal()
    days = [*range(happened[0] - 3, happened[1] + 4, 3), happened[1] + 3]
    days += [] if swapped is None else [swapped]
    known = (date.fromordinal(min(max(day, least), most)) for day in days)
    return sorted({day.year * 12 + day.month for day in known})


def chances(known: Sequence[Person], names: Sequence[Name]) -> list[float]:
    """How probably somebody else has a name: its parts' frequencies in the ledger, multiplied."""
    counts = Counter(key for one in known for key in part_keys(one.name))
    firm = len(known) + _PART_FIRMNESS

    def chance(keys: Iterable[str]) -> float:
        return math.prod((counts[k] + _PART_CHANCE * _PART_FIRMNESS) / firm for k in keys)

    # The spelling with the fewest parts says least, and is the one to go by.
    return [
        max(chance(part.consonants for part in spelling.parts) for spelling in name.spellings)
        for name in names
    ]
