"""The registry of claims: which there are, as they stand or stood, page by page."""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.figure import Definition
from domain.life import OPEN
from domain.rules import Rules
from projections.counting import (
    Condition,
    date_column,
    facets_match,
    stands,
    touching,
    versions,
)
from projections.registry import Registry

_COLUMNS = (
    "n.name, v.valid_from, c.kind, c.party, c.mode, c.governorate, c.district, c.origin, c.sex, "
    "c.age_group, c.status, c.profession, c.cause, c.weapon, c.review, c.source, c.standing, "
    "d.text, h.text, i.name, c.outcome, e.text"
)


class ClaimAsOf(NamedTuple):
    """A claim as it stood. `log_index` is of the last event that shaped it, `outcome` the relation
    that ended it or none, `ended` the date of that.
    """

    id: str
    log_index: int
    kind: str
    party: str
    mode: str
    governorate: str
    district: str
    origin: str
    sex: str
    age_group: str
    status: str
    profession: str
    cause: str
    weapon: str
    review: str
    source: str
    standing: str
    documented: str | None
    happened: str | None
    incident: str | None
    outcome: str
    ended: str | None

    def to_json(self) -> dict[str, Any]:
        written = self._asdict()
        written["index"] = written.pop("log_index")
        written["age-group"] = written.pop("age_group")
        return written


class ClaimPage(NamedTuple):
    """Some claims ascending by id; `after` asks for the next page, None ends the list."""

    claims: tuple[ClaimAsOf, ...]
    after: str | None


def claims(
    registry: Registry,
    definition: Definition,
    rules: Rules,
    size: int,
    *,
    after: str = "",
    limit: int = 100,
    all_standings: bool = False,
) -> ClaimPage:
    """Claims of any kind whose facets match and whose date may lie in the period.

    Without `all_standings`, merged and retracted claims are left out.
    """
    with registry.reading() as cursor:
        chosen = (
            facets_match(cursor, definition, rules)
            & stands(size)
            & touching(definition.dates, date_column(definition))
            & Condition("n.name > ?", (after,))
        )
        if not all_standings:
            chosen &= Condition(f"c.standing = '{OPEN}'")
        cursor.execute(
            f"SELECT {_COLUMNS} FROM {versions(definition)} "
            "JOIN spans d ON d.id = v.documented JOIN spans h ON h.id = v.happened "
            "JOIN spans e ON e.id = v.ended "
            f"WHERE {chosen.sql} ORDER BY n.name LIMIT ?",
            (*chosen.values, limit + 1),
        )
        found = [ClaimAsOf(*row) for row in cursor.fetchall()]
    more = len(found) > limit
    return ClaimPage(tuple(found[:limit]), found[limit - 1].id if more else None)
