"""A report: figures frozen at one state of the ledger, itself an event that a publisher signed."""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.errors import Rejected
from domain.event import Seen
from domain.fields import (
    SLUG,
    Shape,
    edtf,
    list_of,
    malformed,
    matching,
    nullable,
    sha256_base64,
    text,
    whole_number,
)
from domain.life import FIRST, PUBLISHER, Author, EventType, World
from domain.rules import Rules

FROZEN = "frozen"


class Title(NamedTuple):
    en: str
    ar: str

    def to_json(self) -> dict[str, Any]:
        return {"ar": self.ar, "en": self.en}


class FrozenFigure(NamedTuple):
    """A figure's name, value (tree size), member root and definition hash (base64 SHA-256).

    `rows` is the RFC 6962 root over the texts of its row notes in their order, or None for a
    figure without rows.
    """

    name: str
    value: int
    root: str
    definition: str
    rows: str | None

    def to_json(self) -> dict[str, Any]:
        return dict(sorted(self._asdict().items()))


class ReportFrozen(NamedTuple):
    """`ledger` is the state the figures were computed at, `rules` the version that counted."""

    title: Title
    period: str | None
    ledger: Seen
    rules: int
    figures: tuple[FrozenFigure, ...]


class Report(NamedTuple):
    frozen: ReportFrozen
    standing: str
    publisher: Author


_title: Shape[Title] = Shape(Title, {"en": text(300), "ar": text(300)})
_figure: Shape[FrozenFigure] = Shape(
    FrozenFigure,
    {
        "name": matching(SLUG, "1 to 64 lower-case letters, digits and inner hyphens"),
        "value": whole_number(),
        "root": sha256_base64,
        "definition": sha256_base64,
        "rows": nullable(sha256_base64),
    },
)
_ledger: Shape[Seen] = Shape(Seen, {"size": whole_number(1), "root": sha256_base64})


def _object(shape: Shape[Any]) -> Any:
    def read(value: Any, where: str, rules: Rules) -> Any:
        if type(value) is not dict:
            raise malformed(where, "must be an object")
        return shape.read(value, where, rules)

    return read


def _check_frozen(report: None, fact: ReportFrozen, author: Author, world: World) -> None:
    if fact.ledger.size > world.size or world.root_at(fact.ledger.size) != fact.ledger.root:
        raise Rejected(
            "unknown-state",
            f"this ledger has no state of {fact.ledger.size} entries with that root",
            where="body.ledger",
        )
    names = [figure.name for figure in fact.figures]
    if len(set(names)) != len(names):
        raise Rejected("duplicate-figure", "a report names each figure once", where="body.figures")


def _evolve_frozen(report: None, fact: ReportFrozen, author: Author) -> Report:
    return Report(fact, FROZEN, author)


_frozen: Shape[ReportFrozen] = Shape(
    ReportFrozen,
    {
        "title": _object(_title),
        "period": nullable(edtf),
        "ledger": _object(_ledger),
        "rules": whole_number(1),
        "figures": list_of(_object(_figure), least=1, most=200),
    },
)

REPORT_EVENTS = {
    event.name: event
    for event in (
        EventType(
            "ReportFrozen",
            frozenset({PUBLISHER}),
            _frozen,
            _check_frozen,
            _evolve_frozen,
            FIRST,
        ),
    )
}
