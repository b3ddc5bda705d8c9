"""The weights: in which ways each column agrees, and how often for one person and for two.

`m` is the share of pairs of one person's claims that agree so, `u` that of pairs of two persons'.
Both are set here by judgment, and the bench says how good it is; `u` is counted in the ledger where
that is large enough. Change one, and `docs/duplicates.md` needs its numbers anew.
"""

from __future__ import annotations

from typing import NamedTuple

from api.matching.likeness import Agreement


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
NAME = Column(
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
TWINS = f"names_agree(name_l, name_r) IN ({Agreement.RELATIVES:d}, {Agreement.GIVEN_NEAR:d})"
_BOTH_DAYS = "happened_first_l = happened_last_l AND happened_first_r = happened_last_r"
COLUMNS = (
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
