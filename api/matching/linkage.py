"""Which claims may be of one person, how probably, and why: Fellegi and Sunter's model by splink.

A pair that shares a key (blocking) is compared column by column. Each level of agreement has two
probabilities: `m`, that a pair of one person's claims agrees so, and `u`, that a pair of two
persons' claims does. The logarithm of their ratio is a weight; weights add up. The `m` are fixed
and shipped here; the `u` are counted in the ledger itself when it is large enough, and a name
weighs by how common its parts are in the ledger. So the same ledger gives the same pairs anywhere.

DuckDB works in memory alone and is given numbers: names stay in this process's memory, where
`names.py` compares them.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from api.matching.names import Agreement, Name, compare_names, part_keys, place_key, share_script
from api.matching.person import Person
from domain.dates import Dates
from domain.errors import Invalid

MOST = 1_000_000  # claims that are compared at once

# Of all claims, the share that is expected to repeat an earlier one; the prior follows from it.
_EXPECTED = 0.1
# A small ledger is part of a large world: namesakes that it does not hold exist all the same.
_LEAST_WORLD = 1_000
# From so many claims on, chance agreement is counted in the ledger.
_ENOUGH = 1_000
_SAMPLED_PAIRS = 4e6
_SEED = 20110315
_UNSEEN = 1e-6  # what splink writes for a level that it never saw, too

# Parts of names: how often one is shared by chance before the ledger says so, and how firmly.
_PART_CHANCE, _PART_FIRMNESS = 0.01, 500
_RAREST_NAME = 1e-7

# Days: a date less certain than that says nothing.
_WIDE, _WIDE_BIRTH = 92, 800


class Level(NamedTuple):
    """One way in which a column agrees: SQL over `x_l` and `x_r`, and what it is called."""

    words: str
    sql: str
    m: float
    u: float
    by_name: bool = False  # u is the chance of the name itself


class Column(NamedTuple):
    """What is compared; where `unknown` holds it says nothing. The last level is whatever else."""

    name: str
    unknown: str
    levels: tuple[Level, ...]
    counted: bool = True  # whether u can be counted among pairs drawn at random


def _apart(column: str, days: int) -> str:
    """SQL: at most so many days lie between two intervals."""
    return (
        f"{column}_first_l - {column}_last_r <= {days} AND "
        f"{column}_first_r - {column}_last_l <= {days}"
    )


# Relatives who die together share all but the given name, so for them the name's levels are not
# what chance would give: their u is set so high that dates and places alone never outweigh it.
_NAME = Column(
    "name",
    "name_l IS NULL OR name_r IS NULL",
    tuple(
        Level(words, f"names_agree(name_l, name_r) = {agreement:d}", m, u, by_name)
        for agreement, words, m, u, by_name in (
            (Agreement.SAME, "same name", 0.60, 1e-4, True),
            # A slip or two lets in eight times as many names, a nearness thirty times.
            (Agreement.ALIKE, "names alike but for a slip", 0.20 / 8, 1e-4, True),
            (Agreement.REORDERED, "same name in another order", 0.03, 1e-4, True),
            (Agreement.REST_NEAR, "given name alike, the rest near", 0.05 / 30, 1e-4, True),
            (Agreement.PARTIAL, "given name and one more alike, another not", 0.02, 0.02, False),
            (Agreement.GIVEN_ONLY, "given name alike, no other to compare", 0.05, 0.01, True),
            (Agreement.GIVEN_NEAR, "given names near, the rest alike", 0.01, 0.64, False),
            (Agreement.RELATIVES, "given names differ, the rest alike", 0.0003, 0.3, False),
            (Agreement.NONE, "names differ", 0.01, 0.99, False),
        )
    ),
    counted=False,
)
# Twins are born on one day: where only the given names differ, that says nothing.
_TWINS = f"names_agree(name_l, name_r) IN ({Agreement.RELATIVES:d}, {Agreement.GIVEN_NEAR:d})"
_BOTH_DAYS = "happened_first_l = happened_last_l AND happened_first_r = happened_last_r"
_COLUMNS = (
    Column(
        "national_id",
        "national_id_l IS NULL OR national_id_r IS NULL",
        (
            Level("same identity number", "national_id_l = national_id_r", 0.9, 1e-6),
            Level("identity numbers differ", "ELSE", 0.003, 1.0),
        ),
        counted=False,
    ),
    Column(
        "happened",
        "happened_first_l IS NULL OR happened_first_r IS NULL",
        (
            Level("same day", f"{_BOTH_DAYS} AND happened_first_l = happened_first_r", 0.6, 6e-4),
            Level(
                "same day with day and month swapped",
                f"{_BOTH_DAYS} AND happened_swapped_l = happened_first_r",
                0.04,
                6e-4,
            ),
            Level(
                "dates overlap",
                "happened_first_l <= happened_last_r AND happened_first_r <= happened_last_l",
                0.17,
                0.01,
            ),
            Level("dates within three days", _apart("happened", 3), 0.08, 4e-3),
            Level("dates within a month", _apart("happened", 31), 0.06, 0.03),
            Level(
                "same day of another year",
                f"{_BOTH_DAYS} AND happened_day_l = happened_day_r",
                0.02,
                3e-3,
            ),
            Level("dates apart", "ELSE", 0.03, 0.95),
        ),
    ),
    Column(
        "place",
        "governorate_l IS NULL OR governorate_r IS NULL",
        (
            Level(
                "same place",
                "governorate_l = governorate_r AND place_l = place_r",
                0.55,
                0.01,
            ),
            Level("same governorate", "governorate_l = governorate_r", 0.38, 0.12),
            Level("other governorate", "ELSE", 0.07, 0.87),
        ),
    ),
    Column(
        "born",
        "born_first_l IS NULL OR born_first_r IS NULL",
        (
            Level(
                "born the same day",
                "born_first_l = born_last_l AND born_first_l = born_first_r "
                "AND born_last_l = born_last_r",
                0.5,
                1e-4,
            ),
            Level(
                "dates of birth overlap",
                "born_first_l <= born_last_r AND born_first_r <= born_last_l",
                0.3,
                0.03,
            ),
            Level("born within two years", _apart("born", 731), 0.13, 0.08),
            Level("dates of birth apart", "ELSE", 0.07, 0.89),
        ),
    ),
    Column(
        "sex",
        "sex_l IS NULL OR sex_r IS NULL",
        (
            Level("same sex", "sex_l = sex_r", 0.99, 0.75),
            Level("other sex", "ELSE", 0.01, 0.25),
        ),
    ),
    Column(
        "age",
        "age_l IS NULL OR age_r IS NULL",
        (
            Level("same age group", "age_l = age_r", 0.96, 0.75),
            Level("other age group", "ELSE", 0.04, 0.25),
        ),
    ),
)


class Reason(NamedTuple):
    """What one column says of a pair: `weight` is the log2 of how much likelier one person is."""

    column: str
    words: str
    weight: float


class Pair(NamedTuple):
    """Two claims that may be of one person; `first` was recorded first."""

    first: Person
    second: Person
    probability: float
    reasons: tuple[Reason, ...]

    @property
    def claims(self) -> tuple[str, str]:
        """The two claims, in the order of their ids."""
        first, second = sorted((self.first.claim, self.second.claim))
        return first, second

    @property
    def words(self) -> str:
        """The reasons for and against, in words without any name."""
        return "; ".join(reason.words for reason in self.reasons)


def propose(persons: Sequence[Person], least: float) -> list[Pair]:
    """Pairs at least so probable, the most probable first; raises Invalid when there are too many.

    The pairs depend on the persons alone, not on their order.
    """
    if len(persons) > MOST:
        raise Invalid(f"{len(persons)} claims are too many at once (at most {MOST}); name lists")
    known = sorted((one for one in persons if one.name or one.national_id), key=lambda p: p.number)
    if len(known) < 2:
        return []
    names = sorted({one.name for one in known if one.name})
    connection = _connect(names)
    try:
        found = _predict(connection, known, names, least)
    except duckdb.OutOfMemoryException:
        raise Invalid(f"no memory to compare {len(known)} claims at once; name lists") from None
    finally:
        connection.close()
    pairs = [_pair(known, row) for row in found]
    return sorted(pairs, key=lambda p: (-p.probability, p.first.number, p.second.number))


def _connect(names: Sequence[Name]) -> duckdb.DuckDBPyConnection:
    """A database in memory that can reach no file, and a function that compares names."""
    connection = duckdb.connect(":memory:")
    for setting in (
        "temp_directory = ''",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "enable_progress_bar = false",
        # Last: with it, files can be neither reached nor allowed again.
        "enable_external_access = false",
    ):
        connection.execute(f"SET {setting}")

    @lru_cache(maxsize=1 << 20)
    def names_agree(one: int, other: int) -> int:
        found = compare_names(names[one], names[other])
        return int(Agreement.NONE if found is None else found)

    connection.create_function("names_agree", names_agree, ["BIGINT", "BIGINT"], "BIGINT")
    return connection


def _predict(
    connection: duckdb.DuckDBPyConnection, known: list[Person], names: list[Name], least: float
) -> list[dict[str, Any]]:
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI(connection)
    rows = database.register(_table(known, names), table_name="persons")
    columns: tuple[Column, ...] = (_NAME, *_COLUMNS)
    if len(known) >= _ENOUGH:
        columns = (_NAME, *_counted(rows, len(known)))
    columns = tuple(
        column._replace(unknown=f"{column.unknown} OR {_TWINS}")
        if column.name == "born"
        else column
        for column in columns
    )
    linker = Linker(rows, _settings(columns, len(known)), log_level=None)
    chances = pa.table({"name": range(len(names)), "tf_name": _chances(known, names)})
    linker.table_management.register_term_frequency_lookup(
        database.register(chances, table_name="chances"), "name"
    )
    predicted = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
    found: list[dict[str, Any]] = predicted.as_record_list()
    return found


def _settings(columns: Iterable[Column], size: int) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        # Of n (n - 1) / 2 pairs, as many match as claims are expected to repeat another.
        probability_two_random_records_match=2 * _EXPECTED / max(size, _LEAST_WORLD),
        blocking_rules_to_generate_predictions=[
            block_on("kind", "pairs", arrays_to_explode=["pairs"]),
            block_on("kind", "governorate", "keys", "months", arrays_to_explode=["keys", "months"]),
            block_on("kind", "national_id"),
        ],
        comparisons=[_comparison(column) for column in columns],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(column: Column) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": column.unknown, "is_null_level": True}]
    for level in column.levels:
        written: dict[str, Any] = {
            "sql_condition": level.sql,
            "label_for_charts": level.words,
            "m_probability": level.m,
            "u_probability": level.u,
        }
        if level.by_name:
            written |= {
                "tf_adjustment_column": "name",
                "tf_minimum_u_value": _RAREST_NAME,
                "disable_tf_exact_match_detection": True,
            }
        levels.append(written)
    levels[-1]["sql_condition"] = "ELSE"
    return {"output_column_name": column.name, "comparison_levels": levels}


def _counted(rows: Any, size: int) -> tuple[Column, ...]:
    """The columns with their u as counted among pairs drawn at random: nearly none is one person.

    What is too rare for the draw to tell keeps the shipped chance.
    """
    columns = [column for column in _COLUMNS if column.counted]
    linker = Linker(rows, _settings(columns, size), log_level=None)
    linker.training.estimate_u_using_random_sampling(
        max_pairs=_SAMPLED_PAIRS, seed=_SEED, min_count_per_level=None
    )
    model = linker.misc.save_model_to_json()
    counted: dict[str, Column] = {}
    for column, trained in zip(columns, model["comparisons"], strict=True):
        chances = [level.get("u_probability") for level in trained["comparison_levels"][1:]]
        levels = (
            level if u is None or u <= _UNSEEN else level._replace(u=u)
            for level, u in zip(column.levels, chances, strict=True)
        )
        counted[column.name] = column._replace(levels=tuple(levels))
    return tuple(counted.get(column.name, column) for column in _COLUMNS)


# --- rows


def _table(known: Sequence[Person], names: Sequence[Name]) -> pa.Table:
    """The persons as numbers; texts that are compared for equality become numbers too."""
    number_of = {name: number for number, name in enumerate(names)}
    numbers: dict[tuple[str, str], int] = {}

    def number(what: str, text: str | None) -> int | None:
        return None if text is None else numbers.setdefault((what, text), len(numbers))

    rows = []
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
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


_LISTS = ("keys", "pairs", "months")
_SCHEMA = pa.schema(
    [
        (name, pa.list_(pa.int64()) if name in _LISTS else pa.int64())
        for name in (
            *("unique_id", "kind", "name", *_LISTS, "national_id", "happened_first"),
            *("happened_last", "happened_swapped", "happened_day", "governorate", "place"),
            *("born_first", "born_last", "sex", "age"),
        )
    ]
)


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


def _chances(known: Sequence[Person], names: Sequence[Name]) -> list[float]:
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


def _pair(known: Sequence[Person], row: dict[str, Any]) -> Pair:
    left, right = known[row["unique_id_l"]], known[row["unique_id_r"]]
    first, second = sorted((left, right), key=lambda one: one.number)
    reasons = []
    for column in (_NAME, *_COLUMNS):
        level = row[f"gamma_{column.name}"]
        if level >= 0:
            words = column.levels[len(column.levels) - 1 - level].words
            if column is _NAME and not share_script(left.name, right.name):
                words += " after transliteration"
            weight = row[f"mw_{column.name}"] + row.get(f"mw_tf_adj_{column.name}", 0.0)
            reasons.append(Reason(column.name, words, round(weight, 1)))
    return Pair(first, second, row["match_probability"], tuple(reasons))
