"""A document of records: a TOML or JSON file, or arguments, turned into notes that are signed.

`[[outcome]]` tables link claims of the document, or of the ledger, to what came of them. Refs are
names within the document; they become streams when the notes are composed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from api.desk import Desk
from api.record import MAX_FILE, Record, parse_toml, read_record, records_of
from domain.canonical import MAX_DEPTH
from domain.errors import Invalid, NotFound
from ledger.author import Head
from ledger.signer import Signer

KINDS = ("claim", "incident", "estimate")

_LINK = {"claim", "relation", "later", "reason"}
_LISTS = frozenset({"control", "facilities", "attribution.parties"})
_NUMBERS = frozenset({"value", "value.low", "value.best", "value.high"})
_QUANTITIES = frozenset({"injured", "munitions"})


class Link(NamedTuple):
    """An outcome to be linked: `claim` and `later` are refs of the document, or name streams."""

    claim: str
    relation: str
    later: str
    reason: str
    where: str


class Document(NamedTuple):
    """Incidents come first: claims of the document may belong to them."""

    records: Sequence[Record]
    links: Sequence[Link] = ()


def read_document(path: Path) -> Document:
    """Read a TOML or JSON file, `-` for standard input; raises Invalid naming file and key."""
    name = "standard input" if str(path) == "-" else path.name
    try:
        if str(path) == "-":
            raw = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Invalid(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_FILE:
        raise Invalid(f"{name}: larger than {MAX_FILE} bytes; split it")
    is_json = path.suffix == ".json" or raw.lstrip()[:1] == b"{"
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{name}: not {'JSON' if is_json else 'TOML'}: {error}") from None
    return document_of(parse_json(text, name) if is_json else parse_toml(text, name), name)


def document_of(written: Mapping[str, Any], name: str) -> Document:
    """The records and links of a document; raises Invalid."""
    tables = written.get("outcome", [])
    rest = {kind: table for kind, table in written.items() if kind != "outcome"}
    links = [
        _link(table, f"{name}: outcome {number}")
        for number, table in enumerate(tables if type(tables) is list else [tables], 1)
    ]
    return Document([] if links and not rest else records_of(rest, name), links)


def _link(table: Any, where: str) -> Link:
    if type(table) is not dict:
        raise Invalid(f"{where}: must be a table")
    if table.keys() != _LINK or not all(type(value) is str for value in table.values()):
        raise Invalid(f"{where}: must have the texts {', '.join(sorted(_LINK))} and no more")
    return Link(table["claim"], table["relation"], table["later"], table["reason"], where)


def parse_json(text: str, where: str) -> dict[str, Any]:
    """The JSON object that a text is, without its nulls: what is null is left out, so unknown."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = [name for name, _ in pairs]
            name = next(one for one in twice if twice.count(one) > 1)
            raise Invalid(f"{where}: the member {name!r} is there twice")
        return {name: value for name, value in found.items() if value is not None}

    def refuse(constant: str) -> Any:
        raise Invalid(f"{where}: {constant} is no value here")

    # The parser would go as deep as it can; what is counted here is at least as deep as the value.
    if max(_depths(text), default=0) > MAX_DEPTH:
        raise Invalid(f"{where}: nested deeper than {MAX_DEPTH} levels")
    try:
        value = json.loads(text, object_pairs_hook=members, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(f"{where}: not JSON: {error}") from None
    if type(value) is not dict:
        raise Invalid(f"{where}: must be a JSON object with claim, incident or estimate")
    return value


def _depths(text: str) -> list[int]:
    depth, depths, quoted, escaped = 0, [0], False, False
    for letter in text:
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            quoted, escaped = True, False
        elif letter in "[{":
            depth += 1
            depths.append(depth)
        elif letter in "]}":
            depth -= 1
    return depths


def from_arguments(kind: str, fields: Sequence[str]) -> Document:
    """One record from `KEY=VALUE` words, such as `place.governorate=SY07`; raises Invalid.

    `source=KIND` or `source=KIND:CITATION` may be there several times. What is sealed is refused:
    everybody on the machine can read a command line.
    """
    table: dict[str, Any] = {}
    for word in fields:
        key, equals, value = word.partition("=")
        if not equals or not key or not value:
            raise Invalid(f"record {word!r}: must be KEY=VALUE, such as sex=male")
        if key.split(".")[0] == "person" or key.endswith("detail"):
            raise Invalid(
                f"record {key}: what is sealed is not written on a command line, where others can "
                "read it; use a file, or answer the questions of sijill record"
            )
        if key == "source":
            source = dict(zip(("kind", "published"), value.split(":", 1), strict=False))
            table.setdefault("sources", []).append(source)
            continue
        _put(table, key, _value(key, value))
    return Document([read_record(kind, table, "arguments")])


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    for name in path:
        table = table.setdefault(name, {})
        if type(table) is not dict:
            raise Invalid(f"record {key}: {name} has a value already")
    if last in table:
        raise Invalid(f"record {key}: is given twice")
    table[last] = value


def _value(key: str, value: str) -> Any:
    if key in _LISTS:
        return value.split(",")
    if key in _QUANTITIES:
        return quantity(value, key)
    return _number(key, value) if key in _NUMBERS else value


def _number(key: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise Invalid(f"{key} {text!r}: must be a whole number, such as 19")
    return int(text)


def stated_value(words: str) -> dict[str, Any]:
    """The value of a stated figure, as people write it: a number, or LOW/BEST/HIGH."""
    numbers = [_number("value", word) for word in words.split("/")]
    if len(numbers) == 1:
        return {"best": numbers[0], "low": None, "high": None}
    if len(numbers) != 3:
        raise Invalid(f"value {words!r}: must be a number, or three as LOW/BEST/HIGH")
    return dict(zip(("low", "best", "high"), numbers, strict=True))


def quantity(words: str, what: str) -> dict[str, Any]:
    """A number with its qualifier, as people write it: `19`, or `at-least:19`."""
    qualifier, colon, number = words.rpartition(":")
    return {"value": _number(what, number), "qualifier": qualifier if colon else "exact"}


def compose_document(
    desk: Desk, document: Document, signer: Signer, known: Mapping[str, str] | None = None
) -> list[bytes]:
    """Seal and sign all of a document, its links last; refused before anything is sealed.

    `known` are refs of claims that are in the ledger, with their streams.
    """
    here = {one.ref: None for one in document.records if one.kind == "incident" and one.ref}
    for one in document.records:
        _resolved(one, here, desk).check(desk.ledger.rules)
    for link in document.links:
        named = {one.ref for one in document.records if one.kind == "claim" and one.ref}
        for name in {link.claim, link.later} - named - (known or {}).keys():
            _claim(name, {}, desk, link.where)
    notes: list[bytes] = []
    heads = {ref: desk.head(stream) for ref, stream in (known or {}).items()}
    for one in document.records:
        refs = {ref: head.stream for ref, head in heads.items()}
        note, head = desk.compose_record(_resolved(one, refs, desk), signer)
        notes.append(note)
        if one.kind != "estimate" and one.ref:
            heads[one.ref] = head
    for link in document.links:
        claim, later = (_claim(one, heads, desk, link.where) for one in (link.claim, link.later))
        body = {"relation": link.relation, "claim": later.stream, "reason": link.reason}
        note, head = desk.compose(claim, "OutcomeLinked", body, [signer])
        notes.append(note)
        if link.claim in heads:
            heads[link.claim] = head
    return notes


def _claim(name: str, heads: Mapping[str, Head], desk: Desk, where: str) -> Head:
    if name in heads:
        return heads[name]
    try:
        return desk.head(desk.resolve(name))
    except NotFound as error:
        raise NotFound(f"{where}: {error}") from None


def _resolved(record: Record, refs: Mapping[str, str | None], desk: Desk) -> Record:
    """The record with its incident's stream: a ref of the document, or one in the ledger.

    An incident that is named whole may be signed but not posted yet: the ledger judges that.
    """
    incident = record.body.get("incident")
    if not isinstance(incident, str) or incident.startswith("incident/"):
        return record
    if incident in refs:
        stream = refs[incident]
    else:
        try:
            stream = desk.resolve(incident, "incident")
        except NotFound as error:
            raise NotFound(f"{record.where}.incident: {error}") from None
    return record._replace(body=record.body | {"incident": stream})
