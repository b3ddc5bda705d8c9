"""Who is held responsible, how firmly, and in which one row of a toll that puts a death.

A mode and the parties it names. Every mode leads to exactly one row, so rows sum to the total:
a joint attribution has a row of its own, and one that is unresolved between two parties is counted
under other parties until it is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.errors import Rejected
from domain.rules import JOINT, Rules, require_term

UNRESOLVED = "unresolved-between"
UNKNOWN_PARTY = "unknown-party"

# What the modes make of parties: words of the vocabulary party that nobody can be held to be.
_ROWS = frozenset({JOINT, UNRESOLVED})

# mode -> least and greatest number of parties it names
_PARTIES = {
    "sole": (1, 1),
    "joint-coordinated": (2, 5),
    "joint-undetermined": (2, 5),
    "unresolved-between": (2, 2),
    "unidentified": (0, 1),
    "other-named": (1, 1),
    "no-perpetrator": (0, 1),
}


class Attribution(NamedTuple):
    """`parties` are identifiers of the vocabulary party, ascending; `confidence` may be unknown."""

    mode: str
    parties: tuple[str, ...] = ()
    confidence: str | None = None

    @property
    def row(self) -> str:
        return row_of(self.mode, self.parties)

    def to_json(self) -> dict[str, Any]:
        return {"confidence": self.confidence, "mode": self.mode, "parties": list(self.parties)}


def row_of(mode: str, parties: Sequence[str]) -> str:
    """The row of a toll by party: a party, a joint `a+b`, or a bucket of other parties."""
    if mode.startswith("joint-"):
        return "+".join(parties)
    if mode == UNRESOLVED:
        return UNRESOLVED
    return parties[0] if parties else UNKNOWN_PARTY


def read_attribution(value: Any, where: str, rules: Rules) -> Attribution:
    """Read `{"mode", "parties", "confidence"}`; rejects what cannot be counted in one row."""
    if type(value) is not dict or set(value) != {"mode", "parties", "confidence"}:
        raise Rejected(
            "malformed-field", "must be an object with mode, parties and confidence", where=where
        )
    mode = require_term(rules, "attribution-mode", value["mode"], f"{where}.mode")
    if type(value["parties"]) is not list:
        raise Rejected("malformed-field", "must be a list of parties", where=f"{where}.parties")
    parties = tuple(
        require_term(rules, "party", party, f"{where}.parties[{position}]")
        for position, party in enumerate(value["parties"])
    )
    for party in parties:
        if party in _ROWS:
            raise Rejected(
                "attribution-shape",
                f"{party} is a row of tolls and no party; say it by the mode, with its parties",
                where=f"{where}.parties",
            )
    least, most = _PARTIES.get(mode, (0, 5))
    if not least <= len(parties) <= most:
        raise Rejected(
            "attribution-shape",
            f"the mode {mode} names {least} to {most} parties, not {len(parties)}",
            where=where,
        )
    if list(parties) != sorted(set(parties)):
        raise Rejected(
            "attribution-shape", "parties are named once each, in ascending order", where=where
        )
    confidence = value["confidence"]
    if confidence is not None:
        require_term(rules, "confidence", confidence, f"{where}.confidence")
    return Attribution(mode, parties, confidence)
