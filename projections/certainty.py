"""Definite and possible members apart: who surely lies in the period, and who only may.

A member whose whole date lies in it is definite; one whose date may lie in it is possible, whether
or not the definition's rule for straddling dates counts it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.dates import parse_dates
from domain.figure import POSSIBLE, WHOLE, Definition
from domain.measures import MASSACRES
from domain.rules import Rules
from domain.stock import held
from projections.members import Member, members
from projections.registry import Registry

DEFINITE = "definite"
MAYBE = "possible"
CERTAINTIES = (DEFINITE, MAYBE)


class CertainMember(NamedTuple):
    """`counted` says whether the definition's own rule counts the member."""

    member: Member
    certainty: str
    counted: bool

    def to_json(self) -> dict[str, Any]:
        one = self.member
        return {
            "id": one.id,
            "index": one.log_index,
            "certainty": self.certainty,
            "counted": self.counted,
            "date": one.date,
            "ended": one.ended,
            "facets": dict(one.facets),
            "claims": list(one.claims),
        }


def certain_members(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> list[CertainMember]:
    """All who may be members in the state of the first `size` entries, ascending by id."""
    every = members(registry, definition, rules, size, rule=POSSIBLE)
    if definition.measure != MASSACRES:
        return [
            CertainMember(
                one,
                DEFINITE if _lies_in(one, definition, WHOLE) else MAYBE,
                _lies_in(one, definition, definition.straddling),
            )
            for one in every
        ]
    definite, counted = (
        {one.id for one in members(registry, definition, rules, size, rule=rule)}
        for rule in (WHOLE, definition.straddling)
    )
    return [
        CertainMember(one, DEFINITE if one.id in definite else MAYBE, one.id in counted)
        for one in every
    ]


def _lies_in(member: Member, definition: Definition, rule: str) -> bool:
    """Whether a member lies in the period, or stood on the day, by a rule."""
    if definition.on is not None:
        return held(member.date, member.ended, definition.on, rule)
    if definition.dates is None:
        return True
    return member.date is not None and parse_dates(member.date).lies_in(definition.dates, rule)
