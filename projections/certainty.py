"""Definite and possible members apart: who surely lies in the period, and who only may.

A member whose whole date lies in it is definite; one whose date may lie in it is possible, whether
or not the definition's rule for straddling dates counts it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.figure import POSSIBLE, WHOLE, Definition
from domain.rules import Rules
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
    counted = {one.id for one in members(registry, definition, rules, size)}
    if definition.period is None and definition.on is None:
        every = members(registry, definition, rules, size)
        return [CertainMember(one, DEFINITE, True) for one in every]
    surely = definition._replace(straddling=WHOLE)
    definite = {one.id for one in members(registry, surely, rules, size)}
    possible = definition._replace(straddling=POSSIBLE)
    return [
        CertainMember(one, DEFINITE if one.id in definite else MAYBE, one.id in counted)
        for one in members(registry, possible, rules, size)
    ]
