"""What a person writes down, as TOML, completed into the body of an event.

A file holds `[[claim]]`, `[[incident]]` and `[[estimate]]` tables, or the `[[figures]]` that one
publication states. What is left out is unknown: the defaults below say so, and nothing is guessed.
`docs/record.md` has every key with an example.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from domain.canonical import MAX_DEPTH
from domain.catalogue import CATALOGUE
from domain.errors import Invalid
from domain.fields import SEALED_FIELDS
from domain.rules import Rules

MAX_FILE = 4 << 20

# TOML's texts and comments; what has no end goes on to the end, so that one pass is enough.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:\\[^\n]|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_BETWEEN_KEYS = re.compile(r"[=,\[\]{}\n]")

_UNIDENTIFIED: dict[str, Any] = {"mode": "unidentified", "parties": [], "confidence": None}
_CLAIM: dict[str, Any] = {
    "sex": "unknown",
    "age_group": "unknown",
    "status": "unknown",
    "profession": "unknown",
    "cause": "unknown",
    "weapon": "unknown",
    "control": [],
    "happened_on": None,
    "documented_on": None,
    "place": None,
    "origin": None,
    "attribution": _UNIDENTIFIED,
    "incident": None,
    "custody": None,
}
_INCIDENT: dict[str, Any] = {
    "happened_on": None,
    "time": None,
    "place": None,
    "attribution": _UNIDENTIFIED,
    "cause": "unknown",
    "weapon": "unknown",
    "control": [],
    "facilities": [],
    "injured": None,
    "munitions": None,
    "narrative": None,
}
_ESTIMATE: dict[str, Any] = {
    "qualifier": "exact",
    "category": "total",
    "party": None,
    "basis": None,
    "period": None,
    "place": None,
    "section": None,
}
_FIRST_EVENT = {
    "claim": "ClaimRecorded",
    "incident": "IncidentRecorded",
    "estimate": "EstimateStated",
}
_STATED = frozenset({"publisher", "publication", "documenter", "defaults", "figures"})
# Digests of what is sealed stand here while a record is checked before anything is sealed.
_STAND_IN = {"sealed": "A" * 43}


class Record(NamedTuple):
    """A record that is ready to be sealed and signed.

    `ref` is an incident's or a claim's name within the file; `secrets` are the sealed fields in
    clear (a source's detail as `source <id>`), never to be printed; `body` lacks only their
    digests.
    """

    kind: str
    ref: str
    body: dict[str, Any]
    secrets: dict[str, str]
    where: str

    def __repr__(self) -> str:
        # What prints a value, such as a debugger, must not print what is sealed.
        return f"Record({self.where}, {len(self.secrets)} sealed)"

    @property
    def event_type(self) -> str:
        return _FIRST_EVENT[self.kind]

    def sealed(self, digests: Mapping[str, Any]) -> dict[str, Any]:
        """The body with the digests of its secrets."""
        if self.kind != "claim":
            return self.body
        sources = [
            source | {"detail": digests[_source_field(source)]}
            if _source_field(source) in digests
            else source
            for source in self.body["sources"]
        ]
        person = {field: digests[field] for field in sorted(digests) if field in SEALED_FIELDS}
        return self.body | {"sources": sources, "person": person}

    def check(self, rules: Rules) -> None:
        """Refuse now, before anything is sealed or signed, what the ledger would refuse."""
        body = self.sealed(dict.fromkeys(self.secrets, _STAND_IN))
        CATALOGUE[self.kind][self.event_type].shape.read(body, self.where, rules)


def read_records(path: Path) -> list[Record]:
    """Read a file of records; raises Invalid naming file and key."""
    return records_of(read_toml(path), path.name)


def records_of(document: Mapping[str, Any], name: str) -> list[Record]:
    """The records of a document, incidents first; `name` is what errors call it."""
    if "figures" in document:
        return stated_figures(document, name)
    records: list[Record] = []
    for kind, tables in document.items():
        if kind not in _FIRST_EVENT:
            raise Invalid(f"{name}: {kind!r} is unknown; use claim, incident or estimate")
        for number, table in enumerate(tables if type(tables) is list else [tables], 1):
            where = f"{name}: {kind} {number}"
            if type(table) is not dict:
                raise Invalid(f"{where}: must be a table")
            records.append(read_record(kind, table, where))
    if not records:
        raise Invalid(f"{name}: holds no [[claim]], [[incident]] or [[estimate]]")
    refs = [record.ref for record in records if record.ref]
    if len(set(refs)) != len(refs):
        raise Invalid(f"{name}: a ref names one record only")
    # Incidents first: claims of the same file may belong to them.
    return sorted(records, key=lambda record: record.kind != "incident")


def stated_figures(document: Mapping[str, Any], name: str) -> list[Record]:
    """The figures of one publication, with what they share written once; raises Invalid.

    A figure takes from `defaults` what it does not say itself.
    """
    unknown = set(document) - _STATED
    if unknown:
        raise Invalid(f"{name}: unknown members: {', '.join(sorted(unknown))}")
    defaults = document.get("defaults", {})
    if type(defaults) is not dict:
        raise Invalid(f"{name}: defaults must be a table")
    tables = document.get("figures")
    if type(tables) is not list or not all(type(table) is dict for table in tables):
        raise Invalid(f"{name}: must hold tables [[figures]]")
    shared = {key: document[key] for key in ("publisher", "publication") if key in document}
    records = []
    for number, table in enumerate(tables, 1):
        where = f"{name}: figures {number}"
        records.append(read_record("estimate", {**shared, **defaults, **table}, where))
    return records


def read_toml(path: Path) -> dict[str, Any]:
    """The TOML document in a file; raises Invalid when there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Invalid(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_FILE:
        raise Invalid(f"{path.name}: larger than {MAX_FILE} bytes; split it")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name}: not TOML: {error}") from None
    return parse_toml(text, path.name)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The TOML document that a text is; `where` is its name in the error."""
    # tomllib's memory grows with the square of a dotted key's length.
    bare = _QUOTED.sub('""', text)
    if any(part.count(".") >= MAX_DEPTH for part in _BETWEEN_KEYS.split(bare)):
        raise Invalid(f"{where}: nested deeper than {MAX_DEPTH} levels")
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: an integer of thousands of digits is a bare ValueError.
        raise Invalid(f"{where}: not TOML: {error}") from None
    if not _depth_fits(document):
        raise Invalid(f"{where}: nested deeper than {MAX_DEPTH} levels")
    return document


def _depth_fits(document: dict[str, Any]) -> bool:
    """Whether no event made of it could be too deep; dotted keys nest without any brackets."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            member
            for table in level
            for member in (table.values() if type(table) is dict else table)
            if type(member) in (dict, list)
        ]
    return not level


def read_record(kind: str, table: Mapping[str, Any], where: str) -> Record:
    """Complete one table; its values are judged by `check` and again by the ledger."""
    written = {name: _plain(value, f"{where}.{name}") for name, value in table.items()}
    # In an estimate `ref` numbers the figure in its publication: it is a member of the event.
    ref = "" if kind == "estimate" else written.pop("ref", "")
    if type(ref) is not str:
        raise Invalid(f"{where}.ref: must be text")
    if "place" in written:
        written["place"] = _filled(written["place"], {"name": None}, f"{where}.place")
    if kind == "estimate":
        return Record(kind, ref, _ESTIMATE | written | _value(written), {}, where)
    if "attribution" in written:
        written["attribution"] = read_parties(written["attribution"], f"{where}.attribution")
    if kind == "incident":
        if "narrative" in written:
            languages = {"en": None, "ar": None}
            written["narrative"] = _filled(written["narrative"], languages, f"{where}.narrative")
        return Record(kind, ref, _INCIDENT | written, {}, where)
    secrets = _secrets(written.pop("person", {}), f"{where}.person")
    sources = written.get("sources")
    if type(sources) is not list or not sources or not all(type(one) is dict for one in sources):
        raise Invalid(f"{where}.sources: must be one or more tables [[claim.sources]]")
    written["sources"] = []
    for number, source in enumerate(sources, 1):
        source.setdefault("id", f"s{number}")
        detail = source.pop("detail", None)
        if detail is not None:
            secrets[_source_field(source)] = _text(detail, f"{where}.sources[{number}].detail")
        written["sources"].append(source)
    return Record(kind, ref, _CLAIM | written | {"person": {}}, secrets, where)


def read_parties(value: Any, where: str) -> dict[str, Any]:
    """An attribution as written: parties in any order, confidence when known."""
    attribution = _filled(value, {"parties": [], "confidence": None}, where)
    if type(attribution["parties"]) is list and all(
        type(party) is str for party in attribution["parties"]
    ):
        attribution["parties"] = sorted(attribution["parties"])
    return attribution


def _secrets(person: Any, where: str) -> dict[str, str]:
    if type(person) is not dict:
        raise Invalid(f"{where}: must be a table")
    for field in person:
        if field not in SEALED_FIELDS:
            known = ", ".join(sorted(SEALED_FIELDS))
            raise Invalid(f"{where}: {field!r} is unknown; known: {known}")
    return {field: _text(value, f"{where}.{field}") for field, value in person.items()}


def _text(value: Any, where: str) -> str:
    if type(value) is not str or not value.strip():
        # The value itself is confidential: it is not repeated here.
        raise Invalid(f"{where}: must be text, not empty")
    return value


def _value(written: Mapping[str, Any]) -> dict[str, Any]:
    value = written.get("value")
    if type(value) is int:
        return {"value": {"best": value, "low": None, "high": None}}
    if type(value) is dict:
        return {"value": {"low": None, "high": None} | value}
    return {}


def _filled(value: Any, defaults: Mapping[str, Any], where: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise Invalid(f"{where}: must be a table")
    return {**defaults, **value}


def _source_field(source: Mapping[str, Any]) -> str:
    return f"source {source.get('id')}"


def _plain(value: Any, where: str) -> Any:
    """TOML's own dates are written as the text they are; other types stay."""
    if type(value) is date:
        return value.isoformat()
    if type(value) is dict:
        return {name: _plain(member, f"{where}.{name}") for name, member in value.items()}
    if type(value) is list:
        return [_plain(member, where) for member in value]
    if type(value) in (str, int, bool):
        return value
    raise Invalid(f"{where}: {type(value).__name__} is not a value here; write text or an integer")
