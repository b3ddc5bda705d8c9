"""Readers for the members of an event's body: from JSON values to typed ones, or a rejection.

A reader takes the value, the place it stands (for the message) and the rules in force. `Shape`
reads a whole body: exactly the members it names, none missing, none unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from domain.dates import parse_dates
from domain.errors import Invalid, Rejected
from domain.rules import Rules, require_term, require_term_under

Reader = Callable[[Any, str, Rules], Any]
T = TypeVar("T")

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SLUG = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_HASH = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")

# What is said of a person and must never stand in an event in clear.
SEALED_FIELDS = frozenset(
    {"name", "name_latin", "date_of_birth", "family", "contact", "national_id", "exact_place"}
)


class Shape(Generic[T]):
    """The members of one body, in the order of the fields of the value they become.

    A member in `optional` may be left out and then reads as None. Values are passed by position,
    so that JSON may use words that Python reserves (`from`).
    """

    def __init__(
        self,
        make: Callable[..., T],
        readers: Mapping[str, Reader],
        optional: frozenset[str] = frozenset(),
    ) -> None:
        self._make = make
        self._readers = tuple(readers.items())
        self._reader_of = dict(readers)
        self._known = frozenset(readers)
        self._required = self._known - optional

    def read_member(self, name: str, value: Any, where: str, rules: Rules) -> Any:
        """Read one member alone; whoever reads a body so has to say every member."""
        return self._reader_of[name](value, where, rules)

    def read(self, body: Mapping[str, Any], where: str, rules: Rules) -> T:
        members = body.keys()
        if not members <= self._known:
            odd = sorted(members - self._known)[0]
            raise Rejected(
                "unknown-field",
                f"{odd!r} is not a member here; known: {', '.join(sorted(self._known))}",
                where=where,
            )
        if not self._required <= members:
            missing = sorted(self._required - members)[0]
            raise Rejected("missing-field", f"{missing!r} is missing; say it, or null", where=where)
        return self._make(
            *[
                reader(body[name], f"{where}.{name}", rules) if name in body else None
                for name, reader in self._readers
            ]
        )


def malformed(where: str, message: str) -> Rejected:
    return Rejected("malformed-field", message, where=where)


def term(vocabulary: str) -> Reader:
    """A term of the vocabulary in force."""

    def read(value: Any, where: str, rules: Rules) -> str:
        # The common case first: this runs for most members of every event.
        if type(value) is str and value in rules.vocabularies.get(vocabulary, ()):
            return value
        return require_term(rules, vocabulary, value, where)

    return read


def nullable(reader: Reader) -> Reader:
    """The same, or null for unknown."""

    def read(value: Any, where: str, rules: Rules) -> Any:
        return None if value is None else reader(value, where, rules)

    return read


def list_of(reader: Reader, *, least: int = 0, most: int = 64) -> Reader:
    def read(value: Any, where: str, rules: Rules) -> tuple[Any, ...]:
        if type(value) is not list or not least <= len(value) <= most:
            raise malformed(where, f"must be a list of {least} to {most} members")
        return tuple(
            reader(member, f"{where}[{position}]", rules) for position, member in enumerate(value)
        )

    return read


def text(most: int) -> Reader:
    """Non-empty text of at most so many characters."""

    def read(value: Any, where: str, rules: Rules) -> str:
        if type(value) is not str or not value.strip() or len(value) > most:
            raise malformed(where, f"must be text of 1 to {most} characters")
        return value

    return read


def whole_number(least: int = 0, most: int = 2**53 - 1) -> Reader:
    def read(value: Any, where: str, rules: Rules) -> int:
        if type(value) is not int or not least <= value <= most:
            raise malformed(where, f"must be an integer from {least} to {most}")
        return value

    return read


def one_of(*values: str) -> Reader:
    def read(value: Any, where: str, rules: Rules) -> str:
        if value not in values or type(value) is not str:
            raise malformed(where, f"must be one of: {', '.join(values)}")
        return value

    return read


def matching(pattern: str, what: str) -> Reader:
    compiled = re.compile(pattern)

    def read(value: Any, where: str, rules: Rules) -> str:
        if type(value) is not str or not compiled.fullmatch(value):
            raise malformed(where, f"must be {what}")
        return value

    return read


def edtf(value: Any, where: str, rules: Rules) -> str:
    """An EDTF date or interval that exists in the calendar; kept as its text."""
    if type(value) is not str:
        raise malformed(where, "must be an EDTF date as text, or null when it is unknown")
    try:
        return parse_dates(value).text
    except Invalid as error:
        raise Rejected("impossible-date", str(error), where=where) from None


class Sealed(NamedTuple):
    """The digest of a disclosure kept in the vault: base64url SHA-256, 43 characters."""

    field: str
    digest: str

    def to_json(self) -> dict[str, Any]:
        return {"sealed": self.digest}


def sealed_field(value: Any, where: str, field: str) -> Sealed:
    if type(value) is not dict or set(value) != {"sealed"}:
        raise Rejected(
            "sealed-field-in-clear",
            'a confidential field holds only {"sealed": digest}; seal it in the vault first',
            where=where,
        )
    if type(value["sealed"]) is not str or not _DIGEST.fullmatch(value["sealed"]):
        raise malformed(where, "the digest must be 43 characters of base64url")
    return Sealed(field, value["sealed"])


def person(value: Any, where: str, rules: Rules) -> tuple[Sealed, ...]:
    """What is known of the person, every member sealed."""
    if type(value) is not dict:
        raise malformed(where, "must be an object of sealed fields")
    odd = sorted(set(value) - SEALED_FIELDS)
    if odd:
        raise Rejected(
            "unknown-field",
            f"{odd[0]!r} is not a sealed field; known: {', '.join(sorted(SEALED_FIELDS))}",
            where=where,
        )
    return tuple(sealed_field(value[field], f"{where}.{field}", field) for field in sorted(value))


class Place(NamedTuple):
    """A place by OCHA p-codes and public name; anything finer is sealed."""

    governorate: str
    name: str | None = None
    district: str | None = None

    def to_json(self) -> dict[str, Any]:
        written = {"governorate": self.governorate, "name": self.name}
        return written if self.district is None else written | {"district": self.district}


_place: Shape[Place] = Shape(
    # A district is judged in its governorate, once that is read.
    Place,
    {
        "governorate": term("governorate"),
        "name": nullable(text(200)),
        "district": lambda value, where, rules: value,
    },
    frozenset({"district"}),
)


def place(value: Any, where: str, rules: Rules) -> Place:
    """A public place, its district in its governorate; without the member, it is unknown."""
    if type(value) is not dict:
        raise malformed(where, "must be an object with governorate, name and district, or null")
    read = _place.read(value, where, rules)
    if read.district is not None:
        require_term_under(rules, "district", read.district, read.governorate, f"{where}.district")
    return read


class Source(NamedTuple):
    """A piece of evidence: `id` is unique within the claim; `published` cites what is public.

    `release` says in which release of which list it came (domain/listed.py).
    """

    id: str
    kind: str
    published: str | None = None
    detail: Sealed | None = None
    release: str | None = None

    def to_json(self) -> dict[str, Any]:
        written: dict[str, Any] = {"id": self.id, "kind": self.kind}
        if self.published is not None:
            written["published"] = self.published
        if self.detail is not None:
            written["detail"] = self.detail.to_json()
        if self.release is not None:
            written["release"] = self.release
        return written


_source: Shape[Source] = Shape(
    Source,
    {
        "id": matching(SLUG, "1 to 64 lower-case letters, digits and inner hyphens"),
        "kind": term("source-kind"),
        "published": text(500),
        "detail": lambda value, where, rules: sealed_field(value, where, "source"),
        "release": text(1020),
    },
    frozenset({"published", "detail", "release"}),
)


def source(value: Any, where: str, rules: Rules) -> Source:
    if type(value) is not dict:
        raise malformed(where, "must be an object with id and kind")
    return _source.read(value, where, rules)


class Quantity(NamedTuple):
    """A number with its qualifier: exactly 15, at least 19."""

    value: int
    qualifier: str

    def to_json(self) -> dict[str, Any]:
        return {"qualifier": self.qualifier, "value": self.value}


_quantity: Shape[Quantity] = Shape(
    Quantity, {"value": whole_number(), "qualifier": term("qualifier")}
)


def quantity(value: Any, where: str, rules: Rules) -> Quantity:
    if type(value) is not dict:
        raise malformed(where, "must be an object with value and qualifier")
    return _quantity.read(value, where, rules)


def sha256_base64(value: Any, where: str, rules: Rules) -> str:
    if type(value) is not str or not _HASH.fullmatch(value):
        raise malformed(where, "must be a SHA-256 hash in standard base64 (44 characters)")
    return value
