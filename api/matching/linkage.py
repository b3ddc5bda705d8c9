"""Which claims may be of one person, how probably, and why: Fellegi and Sunter's model by splink.

A pair that shares a key (blocking) is compared column by column. Each level of agreement has two
probabilities: `m`, that a pair of one person's claims agrees so, and `u`, that a pair of two
persons' claims does. The logarithm of their ratio is a weight; weights add up. They are in
`weights.py`; the `u` are counted in the ledger itself when it is large enough, and a name weighs by
how common its parts are in the ledger. So the same ledger gives the same pairs anywhere.

DuckDB works in memory alone and is given numbers: names stay in this process's memory, where
`likeness.py` compares them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from api.matching.likeness import Agreement, compare_names, share_script
from api.matching.names import Name
from api.matching.person import Person
from api.matching.rows import LISTS, NUMBERS, Row, chances, count_pairs, read_rows
from api.matching.weights import COLUMNS, NAME, TWINS, Column
from domain.errors import Invalid

MOST = 50_000_000  # pairs that are compared: some 200,000 claims, and half an hour

# Of all claims, the share that is expected to repeat an earlier one; the prior follows from it.
_EXPECTED = 0.1
# A small ledger is part of a large world: namesakes that it does not hold exist all the same.
_LEAST_WORLD = 1_000
# From so many claims on, chance agreement is counted in the ledger.
_ENOUGH = 1_000
_SAMPLED_PAIRS = 4e6
_SEED = 20110315
_UNSEEN = 1e-6  # what splink writes for a level that it never saw, too

# However rare its parts are, a name is not rarer than that.
_RAREST_NAME = 1e-7

_SCHEMA = pa.schema(
    [(name, pa.int64()) for name in NUMBERS] + [(name, pa.list_(pa.int64())) for name in LISTS]
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
    known = sorted((one for one in persons if one.name or one.national_id), key=lambda p: p.number)
    if len(known) < 2:
        return []
    names = sorted({one.name for one in known if one.name})
    rows = read_rows(known, names)
    compared = count_pairs(rows)
    if compared > MOST:
        raise Invalid(
            f"{len(known)} claims have {compared} pairs to compare, at most {MOST} can be; choose "
            "some with --list"
        )
    connection = _connect(names)
    try:
        found = _predict(connection, rows, chances(known, names), least)
    except duckdb.OutOfMemoryException:
        raise Invalid(
            f"no memory to compare {len(known)} claims at once; choose some with --list"
        ) from None
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
    connection: duckdb.DuckDBPyConnection, rows: list[Row], by_name: list[float], least: float
) -> list[dict[str, Any]]:
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI(connection)
    persons = database.register(pa.Table.from_pylist(rows, schema=_SCHEMA), table_name="persons")
    columns: tuple[Column, ...] = (NAME, *COLUMNS)
    if len(rows) >= _ENOUGH:
        columns = (NAME, *_counted(persons, len(rows)))
    columns = tuple(
        column._replace(unknown=f"{column.unknown} OR {TWINS}") if column.name == "born" else column
        for column in columns
    )
    linker = Linker(persons, _settings(columns, len(rows)), log_level=None)
    table = pa.table({"name": range(len(by_name)), "tf_name": by_name})
    linker.table_management.register_term_frequency_lookup(
        database.register(table, table_name="chances"), "name"
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


def _counted(persons: Any, size: int) -> tuple[Column, ...]:
    """The columns with their u as counted among pairs drawn at random: nearly none is one person.

    What is too rare for the draw to tell keeps the shipped chance.
    """
    columns = [column for column in COLUMNS if column.counted]
    linker = Linker(persons, _settings(columns, size), log_level=None)
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
    return tuple(counted.get(column.name, column) for column in COLUMNS)


def _pair(known: Sequence[Person], row: dict[str, Any]) -> Pair:
    left, right = known[row["unique_id_l"]], known[row["unique_id_r"]]
    first, second = sorted((left, right), key=lambda one: one.number)
    reasons = []
    for column in (NAME, *COLUMNS):
        level = row[f"gamma_{column.name}"]
        if level >= 0:
            words = column.levels[len(column.levels) - 1 - level].words
            if column is NAME and not share_script(left.name, right.name):
                words += " after transliteration"
            weight = row[f"mw_{column.name}"] + row.get(f"mw_tf_adj_{column.name}", 0.0)
            reasons.append(Reason(column.name, words, round(weight, 1)))
    return Pair(first, second, row["match_probability"], tuple(reasons))
