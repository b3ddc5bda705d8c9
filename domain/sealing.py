"""What happens to a claim's sealed fields: sealed anew, disclosed to somebody, erased.

The events hold digests only, and no count asks for them. Sealing is a revision and keeps its rules.
A disclosure and an erasure are facts, or duties, whatever the claim's standing: a merged or
retracted claim takes both. Erasing cannot be undone, so whoever recorded a claim does not erase it
alone, and nothing is sealed or disclosed of it afterwards: no later release of a list brings the
person back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.claim import Claim, ClaimRecorded
from domain.errors import Rejected
from domain.fields import (
    SEALED_FIELDS,
    SLUG,
    Sealed,
    Shape,
    Source,
    malformed,
    nullable,
    sealed_field,
    sha256_base64,
    term,
    text,
)
from domain.life import (
    DOCUMENTER,
    PUBLISHER,
    REASON_TEXT,
    REVIEWER,
    Author,
    Change,
    EventType,
    Reason,
    World,
    explained,
    require_current,
    require_open,
)
from domain.rules import Rules

FIELD_SEALED, DISCLOSED, ERASED = "FieldSealed", "Disclosed", "Erased"

_SOURCE_FIELD = re.compile(rf"source ({SLUG})")


class Disclosure(NamedTuple):
    """What was handed over, to whom (a label, never a person's name), for which key, and why.

    `key` is the base64 X25519 public key that the file was encrypted for, None when it was not.
    """

    fields: tuple[Sealed, ...]
    to: str
    key: str | None
    reason_code: str
    reason: str


def source_field(source: str) -> str:
    """The name under which a source's detail is sealed."""
    return f"source {source}"


def digests(claim: Claim | ClaimRecorded) -> dict[str, str]:
    """The digest that stands for each sealed field of a claim, details of sources among them."""
    details = {source_field(one.id): one.detail for one in claim.sources if one.detail is not None}
    return {one.field: one.digest for one in claim.person} | {
        field: detail.digest for field, detail in details.items()
    }


def require_kept(claim: Claim) -> None:
    """Refuse to put back anything of a person who was erased."""
    if claim.erased:
        raise Rejected(
            "claim-erased",
            "what was sealed of this claim was erased for good; nothing of it is sealed or "
            "disclosed again",
        )


def require_distinct(stated: Mapping[str, str]) -> None:
    """Two fields of one digest would be one disclosure passed off as two."""
    if len(set(stated.values())) != len(stated):
        raise Rejected("duplicate-digest", "every sealed field has a disclosure of its own")


class _Sealing:
    """Reads the body of FieldSealed: which field, the digest it replaces, the new one, and why."""

    _shape: Shape[Any] = Shape(
        lambda *values: values,
        {
            "field": lambda value, where, rules: _field(value, where),
            "from": lambda value, where, rules: value,
            "to": lambda value, where, rules: value,
            "reason_code": term("revision-reason"),
            "reason": REASON_TEXT,
        },
    )

    def read(self, body: Mapping[str, Any], where: str, rules: Rules) -> Change:
        field, was, now, reason_code, reason = self._shape.read(body, where, rules)

        def digest(value: Any, member: str) -> str | None:
            if value is None:
                return None
            return sealed_field(value, f"{where}.{member}", field).digest

        return Change(field, digest(was, "from"), digest(now, "to"), reason_code, reason)


def _field(value: Any, where: str) -> str:
    if type(value) is str and (value in SEALED_FIELDS or _SOURCE_FIELD.fullmatch(value)):
        return value
    raise malformed(
        where, f'must be one of {", ".join(sorted(SEALED_FIELDS))}, or "source <id>" for its detail'
    )


def _disclosed_fields(value: Any, where: str, rules: Rules) -> tuple[Sealed, ...]:
    if type(value) is not dict or not value:
        raise malformed(where, "must be an object of the sealed fields that are disclosed")
    return tuple(
        sealed_field(value[name], f"{where}.{name}", _field(name, where)) for name in sorted(value)
    )


def _check_sealed(claim: Claim, fact: Change, author: Author, world: World) -> None:
    require_open(claim, "claim")
    require_kept(claim)
    stated = digests(claim)
    source = _SOURCE_FIELD.fullmatch(fact.field)
    if source and all(one.id != source[1] for one in claim.sources):
        raise Rejected(
            "unknown-source", f"{source[1]!r} is not a source of this claim", where="body.field"
        )
    require_current(_word(fact.was), _word(stated.get(fact.field)), _word(fact.now))
    if fact.now is not None:
        require_distinct(stated | {fact.field: fact.now})


def _word(digest: str | None) -> str | None:
    """A digest as messages name it."""
    return None if digest is None else f"sealed {digest}"


def _evolve_sealed(claim: Claim, fact: Change, author: Author) -> Claim:
    sealed = None if fact.now is None else Sealed(fact.field, fact.now)
    source = _SOURCE_FIELD.fullmatch(fact.field)
    if source:
        detail = None if fact.now is None else Sealed("source", fact.now)
        return claim._replace(sources=tuple(_with(one, source[1], detail) for one in claim.sources))
    others = [one for one in claim.person if one.field != fact.field]
    return claim._replace(person=tuple(sorted([*others, *([sealed] if sealed else [])])))


def _with(source: Source, name: str, detail: Sealed | None) -> Source:
    return source._replace(detail=detail) if source.id == name else source


def _check_disclosed(claim: Claim, fact: Disclosure, author: Author, world: World) -> None:
    require_kept(claim)
    stated = digests(claim)
    for one in fact.fields:
        if stated.get(one.field) != one.digest:
            raise Rejected(
                "from-mismatch",
                f"what is sealed as the {one.field} of this claim is now "
                f"{stated.get(one.field, 'nothing')}; look at the history and sign again",
                where=f"body.fields.{one.field}",
            )


def _check_erased(claim: Claim, fact: Reason, author: Author, world: World) -> None:
    require_kept(claim)
    if world.holder(author.key) == world.holder(claim.recorder.key):
        raise Rejected(
            "second-person",
            f"{claim.recorder.key} recorded this claim; a second person has to erase it, because "
            "it cannot be undone",
        )


def _evolve_erased(claim: Claim, fact: Reason, author: Author) -> Claim:
    return claim._replace(erased=True)


def _evolve_disclosed(claim: Claim, fact: Disclosure, author: Author) -> Claim:
    return claim


_disclosed: Shape[Disclosure] = Shape(
    Disclosure,
    {
        "fields": _disclosed_fields,
        "to": text(200),
        "key": nullable(sha256_base64),
        "reason_code": term("disclosure-basis"),
        "reason": REASON_TEXT,
    },
)

SEALING_EVENTS = (
    EventType(
        FIELD_SEALED,
        frozenset({DOCUMENTER, REVIEWER}),
        _Sealing(),
        _check_sealed,
        _evolve_sealed,
    ),
    EventType(
        DISCLOSED,
        frozenset({REVIEWER, PUBLISHER}),
        _disclosed,
        _check_disclosed,
        _evolve_disclosed,
    ),
    EventType(
        ERASED, frozenset({REVIEWER}), explained("erasure-reason"), _check_erased, _evolve_erased
    ),
)
