"""A row of a list as the claim that it states, or what is wrong with it.

Texts are composed (NFC) and trimmed, digits of any script are read as digits, and an empty cell is
unknown. A value that the map or the rules do not know rejects the row: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, NamedTuple

from api.importing.listmap import DATES, LISTS, OF_RELEASE, SERIAL, Column, ListMap, normal
from api.importing.tables import Cells
from domain.canonical import check_text
from domain.claim import CLAIM_RECORDED, Custody, check_dates
from domain.dates import parse_dates
from domain.errors import Invalid, Rejected
from domain.rules import Rules, require_term

# The vocabulary of each field that has one.
VOCABULARIES = {
    "kind": "claim-kind",
    "sex": "sex",
    "age_group": "age-group",
    "status": "status",
    "profession": "profession",
    "cause": "cause",
    "weapon": "weapon",
    "control": "party",
    "origin": "governorate",
    "place.governorate": "governorate",
    "place.district": "district",
    "attribution.mode": "attribution-mode",
    "attribution.parties": "party",
    "attribution.confidence": "confidence",
    "custody.status": "custody-status",
    "custody.party": "party",
}
_TERMS = ("sex", "age_group", "status", "profession", "cause", "weapon")
# What a row states of its claim: all that is neither sealed nor judged later.
STATED = (
    *("kind", *_TERMS, "control", "happened_on", "documented_on"),
    *("place", "origin", "attribution", "custody", "sources"),
)
_MOST_SEALED = 2000
_SERIAL_ZERO, _FIRST_SERIAL, _LAST_SERIAL = date(1899, 12, 30), 61, 2_958_465
_REMEMBERED = 4096  # values of a member
_LONG = 300  # characters of a cell


# A member, its columns, and what makes its value of their texts.
_Part = tuple[str, tuple[str, ...], Any]


class Problem(NamedTuple):
    """Why something was not taken in. `value` is None where it is confidential or there is none."""

    line: int
    column: str
    value: str | None
    reason: str


class Row(NamedTuple):
    """A row that breaks no rule: the record it is of, its claim, and what is to be sealed."""

    line: int
    record_id: str
    stated: dict[str, Any]
    secrets: dict[str, str]

    def __repr__(self) -> str:
        return f"Row(line {self.line}, {len(self.secrets)} sealed)"

    def body(self, digests: Mapping[str, dict[str, str]], release: str) -> dict[str, Any]:
        """The body of the event that records it; `release` says in which one it came."""
        sources = [one | {"release": release} for one in self.stated["sources"]]
        more = {"incident": None, "person": dict(digests), "sources": sources}
        return self.stated | more


class _Wrong(Exception):
    def __init__(self, column: str, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, reason


class RowReader:
    """Makes claims of rows by one map and the rules in force; `received` is the time of import."""

    def __init__(self, listmap: ListMap, rules: Rules, received: str) -> None:
        self._map = listmap
        self._rules = rules
        self._received = received
        self._secret = listmap.secret_columns
        self._columns_of = {field: one.column for field, one in listmap.fields.items()}
        _check_map(listmap, rules)
        self._constants: dict[str, dict[str, Any]] = {
            name: {f: v for f, v in listmap.constants.items() if f.partition(".")[0] == name}
            for name in STATED
        }
        self._parts = self._made_parts()

    def record_id(self, cells: Cells) -> str:
        """The stable id of the row's record; empty when the cell is."""
        return normal(cells.texts[self._map.record_id])

    def read(self, cells: Cells) -> Row | Problem:
        try:
            return self._read(cells)
        except _Wrong as wrong:
            value = None if wrong.column in self._secret else wrong.value
            return Problem(cells.line, wrong.column, value, wrong.reason)

    def _read(self, cells: Cells) -> Row:
        texts = cells.texts
        secrets = {}
        for field, named in self._map.sealed.items():
            if text := normal(texts[named]):
                if len(text) > _MOST_SEALED:
                    raise _Wrong(named, None, f"longer than {_MOST_SEALED} characters")
                secrets[field] = text
        try:
            # What is long is not remembered: a file of such cells would fill the memory.
            long = max(map(len, texts.values())) > _LONG
            stated = {
                name: (part.__wrapped__ if long else part)(*[texts[column] for column in columns])
                for name, columns, part in self._parts
            }
            custody = stated["custody"] and Custody(**stated["custody"])
            check_dates(stated["happened_on"], stated["documented_on"], custody, self._received)
        except Rejected as rejected:
            raise self._refused(rejected, cells) from None
        return Row(cells.line, self.record_id(cells), stated, secrets)

    def _made_parts(self) -> list[_Part]:
        """Of each member that a row states: its columns, and how their texts make its value.

        What texts make is remembered: a list repeats its words from row to row.
        """
        parts: list[_Part] = []
        for name in STATED:
            if name == "sources":
                told = [one for source in self._map.sources for one in source[1:]]
                columns = [one.column for one in told if isinstance(one, Column)]
                made: Callable[..., Any] = self._sources
            else:
                fields = [f for f in self._map.fields if f.partition(".")[0] == name]
                columns = [self._map.fields[field].column for field in fields]
                made = partial(self._member, name, fields)
            parts.append((name, tuple(columns), lru_cache(maxsize=_REMEMBERED)(made)))
        return parts

    def _member(self, name: str, fields: Sequence[str], *texts: str) -> Any:
        """A member of what a row states, as JSON, from the texts of its fields' columns."""
        values = dict(self._constants[name])
        for field, text in zip(fields, texts, strict=True):
            values[field] = _value(text, self._map.fields[field], field)
        value: Any
        if name == "place":
            value = self._place(values)
        elif name == "attribution":
            value = _attribution(values)
        elif name == "custody":
            value = _whole(values, name)
        elif name == "control":
            value = values.get(name) or []
        elif name in _TERMS:
            value = values.get(name) or "unknown"
        else:
            value = values.get(name)
            if (name, value) == ("documented_on", OF_RELEASE):
                value = self._map.date
        return _json(CLAIM_RECORDED.read_member(name, value, f"row.{name}", self._rules))

    def _place(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        whole = _whole(values, "place")
        if whole is None:
            return None
        if "governorate" not in whole:
            column = self._columns_of.get("place.governorate", "")
            raise _Wrong(column, None, "a place is named by its governorate, which is unknown here")
        return {"name": None} | whole

    def _sources(self, *texts: str) -> Any:
        written_in = iter(texts)
        found = []
        for source in self._map.sources:
            kind, published = (
                _value(next(written_in), one, "source") if isinstance(one, Column) else one
                for one in (source.kind, source.published)
            )
            if kind is None:
                continue
            # A source that changes is another source: its id follows from what it says.
            mark = sha256(f"{kind}\n{published or ''}".encode()).hexdigest()[:8]
            written = {"id": f"{source.id}-{mark}", "kind": kind}
            found.append(written if published is None else written | {"published": published})
        if not found:
            raise _Wrong("", None, "no source of this row is known; map one that always is")
        return _json(CLAIM_RECORDED.read_member("sources", found, "row.sources", self._rules))

    def _refused(self, rejected: Rejected, cells: Cells) -> _Wrong:
        """In terms of the row; a message of the domain may repeat the value."""
        field = re.sub(r"\[\d+\]", "", rejected.where.removeprefix("row."))
        if field.startswith("sources"):
            number = int((re.findall(r"\[(\d+)\]", rejected.where) or ["0"])[0])
            one = self._map.sources[min(number, len(self._map.sources) - 1)]
            part = one.published if field.endswith("published") else one.kind
            column = part.column if isinstance(part, Column) else ""
        else:
            column = self._columns_of.get(field, "")
            if not column:
                parts = [c for f, c in self._columns_of.items() if f.startswith(f"{field}.")]
                column = parts[0] if len(set(parts)) == 1 else ""
        secret = column in self._secret or (
            not column and not self._secret.isdisjoint(self._columns_of.values())
        )
        reason = rejected.rule if secret else str(rejected)
        return _Wrong(column, cells.texts.get(column), reason)


def stated_by(fact: Any) -> dict[str, Any]:
    """What a claim or the event that recorded it states, as JSON; nothing that is sealed."""
    sources = [one._replace(release=None).to_json() for one in fact.sources]
    return {name: _json(getattr(fact, name)) for name in STATED} | {"sources": sources}


def _json(value: Any) -> Any:
    if hasattr(value, "to_json"):
        return value.to_json()
    return [_json(one) for one in value] if type(value) is tuple else value


def _whole(values: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The parts that are known, or None when none is."""
    parts = {
        field.partition(".")[2]: value
        for field, value in values.items()
        if field.startswith(f"{name}.") and value is not None
    }
    return parts or None


def _attribution(values: Mapping[str, Any]) -> dict[str, Any]:
    parties = sorted(set(values.get("attribution.parties") or ()))
    mode = values.get("attribution.mode")
    unknown = mode is None or ("attribution.parties" in values and not parties)
    if unknown:
        return {"mode": "unidentified", "parties": [], "confidence": None}
    confidence = values.get("attribution.confidence")
    return {"mode": mode, "parties": parties, "confidence": confidence}


def _value(written: str, column: Column, field: str) -> Any:
    """The value that a cell gives a field; None when it says nothing."""
    text = normal(written)
    if not text or text in column.unknown:
        return None
    if field in LISTS:
        members = text.split(column.split) if column.split else [text]
        read = [_single(one, column, field) for one in map(str.strip, members) if one]
        return [one for one in read if one is not None] or None
    return _single(text, column, field)


def _single(text: str, column: Column, field: str) -> str | None:
    if column.values is not None:
        found = column.values.get(text)
        if found is None:
            raise _Wrong(column.column, text, "the map's values do not have this one")
        return found
    if column.ranges:
        return _in_range(text, column)
    if field in DATES:
        return _date(text, column)
    try:
        check_text(text, column.column)
    except Invalid as error:
        raise _Wrong(column.column, None, str(error)) from None
    return text


def _in_range(text: str, column: Column) -> str:
    plain = _plain_digits(text)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", plain):
        raise _Wrong(column.column, text, "is no number")
    for term, low, high in column.ranges:
        if low <= int(plain.partition(".")[0]) <= high:
            return term
    raise _Wrong(column.column, text, "lies in none of the map's ranges")


def _date(text: str, column: Column) -> str:
    plain = _plain_digits(text)
    for form in column.dates or ("edtf",):
        found = _dated(plain, form)
        if found is not None:
            return found
    forms = ", ".join(column.dates or ("edtf",))
    raise _Wrong(column.column, text, f"is no date of the form {forms}")


@lru_cache(maxsize=65536)
def _dated(text: str, form: str) -> str | None:
    """The EDTF date that a text of this form is, as precise as the form; None for no such date."""
    try:
        if form == "edtf":
            return parse_dates(text).text
        if form == SERIAL:
            return _serial_day(text)
        day = datetime.strptime(text, form).date().isoformat()
    except ValueError:
        return None
    return day if "%d" in form else day[:7] if "%m" in form else day[:4]


def _serial_day(text: str) -> str | None:
    """The day of a spreadsheet's number (1900 system; before March 1900 it is not one day)."""
    found = re.fullmatch(r"([0-9]{2,7})(?:\.[0-9]+)?", text)
    if found is None or not _FIRST_SERIAL <= int(found[1]) <= _LAST_SERIAL:
        return None
    return (_SERIAL_ZERO + timedelta(days=int(found[1]))).isoformat()


def _plain_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(one)) if unicodedata.category(one) == "Nd" else one for one in text
    )


def _check_map(listmap: ListMap, rules: Rules) -> None:
    """Every word that the map itself brings is one of the rules; raises Invalid."""
    words: list[tuple[str, str, str]] = []
    for field, constant in listmap.constants.items():
        for one in constant if type(constant) is list else [constant]:
            words.append((field, one, f"constants.{field}"))
    for field, column in listmap.fields.items():
        meant = [*(column.values or {}).values(), *(term for term, _, _ in column.ranges)]
        words += [(field, one, f"fields.{field}") for one in meant]
    for number, source in enumerate(listmap.sources, 1):
        kinds = (source.kind.values or {}).values() if isinstance(source.kind, Column) else ()
        for one in [source.kind] if isinstance(source.kind, str) else kinds:
            words.append(("source", one, f"sources {number}.kind"))
    vocabularies = VOCABULARIES | {"source": "source-kind"}
    try:
        for field, word, where in words:
            if field in vocabularies:
                require_term(rules, vocabularies[field], word, where)
            elif field in DATES and (field, word) != ("documented_on", OF_RELEASE):
                parse_dates(word)
        require_term(rules, "revision-reason", listmap.reason_code, "list.reason_code")
    except Rejected as rejected:
        raise Invalid(f"the map: {rejected}") from None
    named = listmap.fields.keys() | listmap.constants.keys()
    for part, needed in (("attribution", "mode"), ("place", "governorate")):
        if any(one.startswith(f"{part}.") for one in named) and f"{part}.{needed}" not in named:
            raise Invalid(f"the map: {part} needs {part}.{needed}")
