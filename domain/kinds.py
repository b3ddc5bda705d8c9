"""The kinds of claims: what one unit of each is, and which fields only some of them carry.

Kinds are terms of the vocabulary `claim-kind`; this table says what the rules have to know of those
that are shipped. A kind that an organisation adds to its vocabulary counts as no death, ends no
custody, and may carry every field.
"""

from __future__ import annotations

from typing import NamedTuple

from domain.errors import Rejected

PARTICULAR = ("custody", "cause", "weapon")
_ARMS = frozenset({"cause", "weapon"})
_CUSTODY = frozenset({"custody"})


class Kind(NamedTuple):
    """What one claim of the kind is one of, and which of the PARTICULAR fields it may carry.

    `death`: the person died. `held`: the person was deprived of liberty, until an outcome.
    """

    unit: str
    fields: frozenset[str]
    death: bool = False
    held: bool = False


KINDS: dict[str, Kind] = {
    "killing": Kind("person killed", _ARMS, death=True),
    "torture-death": Kind("person dead in custody", _ARMS | _CUSTODY, death=True),
    "detention": Kind("arrest of one person", _CUSTODY, held=True),
    "enforced-disappearance": Kind("person disappeared", _CUSTODY, held=True),
    "abduction": Kind("person abducted", _CUSTODY, held=True),
    "release": Kind("release of one person", _CUSTODY),
    "fate-revealed": Kind("person whose fate became known", _CUSTODY),
    "attempted-killing": Kind("survivor", _ARMS),
    "injury": Kind("person injured", _ARMS),
    "torture": Kind("survivor", _ARMS | _CUSTODY),
    "sexual-violence": Kind("survivor", _CUSTODY),
    "looting": Kind("case", frozenset()),
    "property-destruction": Kind("case", _ARMS),
    "property-seizure": Kind("case", frozenset()),
}
# A killing and a torture death of one person are one death.
DEATHS = tuple(name for name, kind in KINDS.items() if kind.death)
HELD = tuple(name for name, kind in KINDS.items() if kind.held)

_OF_ANOTHER = Kind("case", frozenset(PARTICULAR))


def of_kind(kind: str) -> Kind:
    """What the rules know of a kind; one that an organisation added may carry every field."""
    return KINDS.get(kind, _OF_ANOTHER)


def require_field(kind: str, field: str, value: object, where: str) -> None:
    """Refuse a value of a field that a claim of this kind cannot have; unknown is no value."""
    if value is None or value == "unknown" or field not in PARTICULAR:
        return
    if field not in of_kind(kind).fields:
        carriers = ", ".join(name for name, one in KINDS.items() if field in one.fields)
        advice = "" if field != "custody" else "; record the detention as a claim, and link them"
        raise Rejected(
            "field-not-of-kind",
            f"a claim of {kind} has no {field}; it is a field of {carriers}{advice}",
            where=where,
        )


def can_be_one(kind: str, other: str) -> bool:
    """Whether two claims of these kinds can be one, recorded twice."""
    return kind == other or any(kind in group and other in group for group in (DEATHS, HELD))
