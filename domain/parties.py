"""In which rows of a toll by party an attribution stands, at any level of the party tree.

A row as attributed is a party, a joint `a+b`, or a bucket. At a level of the tree each party is
replaced by the one above it at that level; a joint row whose parties are then one stands with it.
`own-row` puts every attribution in exactly one row. `each-party` counts a joint one with each of
its parties, so its rows do not sum to the total; `shared` counts equal shares of it, which do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from domain.rules import JOINT, Rules

OWN_ROW = "own-row"
EACH_PARTY = "each-party"
SHARED = "shared"
JOINTS = (OWN_ROW, EACH_PARTY, SHARED)

TOP = 1  # the level of party-group

# (party at the level asked for, its group)
Stand = tuple[str, str]


def depth(rules: Rules) -> int:
    """The levels that the party tree has."""
    return max((len(rules.lineage(party)) for party in rules.vocabulary("party")), default=TOP)


def at_level(rules: Rules, row: str, level: int | None) -> str:
    """A row seen from a level (1 is the top); one that is above it stays where it is."""
    if level is None:
        return row
    parts = {rules.lineage(party)[:level][-1] for party in row.split("+")}
    return "+".join(sorted(parts))


def stands(rules: Rules, row: str, level: int | None, joint: str) -> Sequence[Stand]:
    """Where a row as attributed stands: once, or once for each of its parties."""
    if joint == OWN_ROW:
        return [(at_level(rules, row, level), rules.group(row))]
    return [(at_level(rules, one, level), rules.group(one)) for one in row.split("+")]


def shown(rules: Rules, row: str, facet: str, level: int | None, joint: str) -> str:
    """The one word of a party facet in a member's line: of a joint one, all its parties."""
    if facet == "party":
        return at_level(rules, row, level)
    return rules.group(row) if joint == OWN_ROW else at_level(rules, row, TOP)


def counted(
    rules: Rules,
    row: str,
    level: int | None,
    joint: str,
    where: Mapping[str, Sequence[str]],
) -> list[Stand]:
    """Those stands of a row that the filters on party and party-group ask for."""
    parties, groups = where.get("party"), where.get("party-group")
    return [
        (party, group)
        for party, group in stands(rules, row, level, joint)
        if (parties is None or party in parties) and (groups is None or group in groups)
    ]


def weight(joint: str, row: str, stood: int) -> int | Fraction:
    """What a claim of a row counts for in all of so many stands: once, or its shares."""
    if joint == SHARED:
        return Fraction(stood, row.count("+") + 1)
    return 1 if stood else 0


def is_joint(value: str) -> bool:
    """Whether a row is held by more than one party."""
    return "+" in value or value == JOINT
