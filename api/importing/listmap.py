"""MAP.toml: what the columns of a list mean, read strictly before any row is.

A claim's field takes a constant or the value of a column, as it is, translated, as a date in one of
the formats, or as a number in one of the ranges. What is not mapped is unknown.
`docs/import.md` has every key with an example.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from api.record import read_toml
from domain.canonical import check_text
from domain.dates import parse_dates
from domain.errors import Invalid
from domain.fields import SEALED_FIELDS, SLUG
from domain.listed import of_list, of_release

# A constant `documented_on`: the date of the release in which a row came first.
OF_RELEASE = "release"

# A format of dates: the number that a spreadsheet keeps for a day.
SERIAL = "excel"

_PARTS = {
    "place": ("governorate", "district", "name"),
    "attribution": ("mode", "parties", "confidence"),
    "custody": ("status", "party", "place", "detained_on", "last_seen", "released_on"),
}
_TERMS = ("sex", "age_group", "status", "profession", "cause", "weapon")
FIELDS = frozenset(
    {"kind", *_TERMS, "control", "happened_on", "documented_on", "origin"}
    | {f"{whole}.{part}" for whole, parts in _PARTS.items() for part in parts}
)
DATES = frozenset(
    {"happened_on", "documented_on"}
    | {f"custody.{part}" for part in ("detained_on", "last_seen", "released_on")}
)
# Fields whose value is a list; a column holds one member, or several apart from each other.
LISTS = frozenset({"control", "attribution.parties"})
_MEMBERS = {"list", "file", "constants", "fields", "sealed", "sources"}
_DIRECTIVES = frozenset(["%d", "%m", "%Y", "%H", "%M", "%S", "%f"])


class Column(NamedTuple):
    """Where a field's value stands and how it is read; `unknown` are texts that say nothing."""

    column: str
    values: Mapping[str, str] | None = None
    dates: tuple[str, ...] = ()
    ranges: tuple[tuple[str, int, int], ...] = ()
    split: str | None = None
    unknown: frozenset[str] = frozenset()


class SourceMap(NamedTuple):
    """One source of every claim: its kind and citation, each constant or of a column."""

    id: str
    kind: str | Column
    published: str | Column | None


class ListMap(NamedTuple):
    """`name` is the list's, the same in every release; `date` the release's, an EDTF date.

    `silent` are members of a claim that this release says nothing of: they stay as they were.
    """

    name: str
    release: str
    date: str
    record_id: str
    reason_code: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    constants: Mapping[str, Any]
    fields: Mapping[str, Column]
    sealed: Mapping[str, str]
    sources: tuple[SourceMap, ...]
    silent: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the map names, once."""
        named = [self.record_id, *(one.column for one in self.fields.values())]
        named += self.sealed.values()
        for source in self.sources:
            named += [one.column for one in source[1:] if isinstance(one, Column)]
        return tuple(dict.fromkeys(named))

    @property
    def secret_columns(self) -> frozenset[str]:
        """Columns whose values are never repeated anywhere: sealed ones, and the record id."""
        return frozenset({self.record_id, *self.sealed.values()})

    @property
    def reason(self) -> str:
        """What every event of the release says of it."""
        return of_release(self.release, self.name)


def read_map(path: Path) -> ListMap:
    """Read a map; raises Invalid naming file and key."""
    name = path.name
    document = read_toml(path)
    _only(document, _MEMBERS, name)
    head = _table(document.get("list"), f"{name}: list")
    _only(
        head,
        {"name", "release", "date", "record_id", "reason_code", "says_nothing_of"},
        f"{name}: list",
    )
    file = _table(document.get("file", {}), f"{name}: file")
    _only(file, {"encoding", "delimiter", "sheet"}, f"{name}: file")
    fields = {
        field: _column(value, f"{name}: fields.{field}", field)
        for field, value in _flat(document.get("fields", {}), f"{name}: fields").items()
    }
    constants = _constants(document.get("constants", {}), f"{name}: constants")
    both = sorted(fields.keys() & constants.keys())
    if both:
        raise Invalid(f"{name}: {both[0]} is both a constant and a field; keep one of them")
    if not {"kind"} & (fields.keys() | constants.keys()):
        raise Invalid(f'{name}: constants.kind is missing; say what the list is of: "killing"')
    date = _text(str(head.get("date", "")), f"{name}: list.date")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
        raise Invalid(f"{name}: list.date: must be a day such as 2024-03-31")
    parse_dates(date)
    for part in ("name", "release"):
        if of_list("") in str(head.get(part)):
            raise Invalid(f"{name}: list.{part}: leave out the words {of_list('').strip()!r}")
    return ListMap(
        _text(head.get("name"), f"{name}: list.name"),
        _text(head.get("release"), f"{name}: list.release"),
        date,
        _text(head.get("record_id"), f"{name}: list.record_id"),
        _text(head.get("reason_code", "other"), f"{name}: list.reason_code"),
        _encoding(file.get("encoding"), f"{name}: file.encoding"),
        _delimiter(file.get("delimiter"), f"{name}: file.delimiter"),
        _optional(file.get("sheet"), f"{name}: file.sheet"),
        constants,
        fields,
        _sealed(document.get("sealed", {}), f"{name}: sealed"),
        _sources(document.get("sources"), f"{name}: sources"),
        _silent(head.get("says_nothing_of", []), [*fields, *constants], name),
    )


def _silent(value: Any, said: Sequence[str], name: str) -> tuple[str, ...]:
    where, known = f"{name}: list.says_nothing_of", {one.partition(".")[0] for one in FIELDS}
    if type(value) is not list or not all(type(one) is str for one in value):
        raise Invalid(f"{where}: must be a list of fields")
    for one in value:
        if one not in known - {"kind"}:
            raise Invalid(f"{where}: {one!r} is none of {', '.join(sorted(known - {'kind'}))}")
        if one in {field.partition(".")[0] for field in said}:
            raise Invalid(f"{where}: the map says what {one} is; keep one of the two")
    return tuple(value)


def _constants(value: Any, where: str) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    for field, constant in _flat(value, where, leaves=True).items():
        if field in LISTS:
            if type(constant) is not list or not all(type(one) is str for one in constant):
                raise Invalid(f"{where}.{field}: must be a list of texts")
            constants[field] = constant
        else:
            # TOML's own dates are written as the text they are.
            constants[field] = _text(str(constant), f"{where}.{field}")
    return constants


def _column(value: Any, where: str, field: str) -> Column:
    if type(value) is str:
        return Column(_text(value, where))
    table = _table(value, where)
    _only(table, {"column", "values", "dates", "ranges", "split", "unknown"}, where)
    column = _text(table.get("column"), f"{where}.column")
    ways = [way for way in ("values", "dates", "ranges") if way in table]
    if len(ways) > 1:
        raise Invalid(f"{where}: has {' and '.join(ways)}; a value is read in one way")
    if "split" in table and field not in LISTS:
        raise Invalid(f"{where}.split: only {', '.join(sorted(LISTS))} hold several values")
    values = None
    if "values" in table:
        values = {}
        for written, meant in _table(table["values"], f"{where}.values").items():
            values[normal(written)] = _text(meant, f"{where}.values.{written}")
    unknown = table.get("unknown", [])
    if type(unknown) is not list or not all(type(one) is str for one in unknown):
        raise Invalid(f"{where}.unknown: must be a list of texts")
    return Column(
        column,
        values,
        _formats(table.get("dates", []), f"{where}.dates", field),
        _ranges(table.get("ranges", {}), f"{where}.ranges"),
        _optional(table.get("split"), f"{where}.split"),
        frozenset(map(normal, unknown)),
    )


def _formats(value: Any, where: str, field: str) -> tuple[str, ...]:
    if value and field not in DATES:
        raise Invalid(f"{where}: {field} is no date; dates are {', '.join(sorted(DATES))}")
    formats = value if type(value) is list else [value]
    for one in formats:
        if type(one) is not str or not one:
            raise Invalid(f'{where}: must be formats such as "%d/%m/%Y", or "edtf"')
        if one in ("edtf", SERIAL):
            continue
        found = re.findall("%.?", one)
        odd = [directive for directive in found if directive not in _DIRECTIVES]
        if odd or "%Y" not in found or ("%d" in found and "%m" not in found):
            raise Invalid(
                f"{where}: {one!r} needs %Y, and %m where it has %d; further only %H, %M and %S"
            )
        if len(set(found)) != len(found):
            raise Invalid(f"{where}: {one!r} names a part of the date twice")
    return tuple(formats)


def _ranges(value: Any, where: str) -> tuple[tuple[str, int, int], ...]:
    found: list[tuple[str, int, int]] = []
    for term, bounds in _table(value, where).items():
        if (
            type(bounds) is not list
            or len(bounds) != 2
            or not all(type(one) is int for one in bounds)
            or bounds[0] > bounds[1]
        ):
            raise Invalid(f"{where}.{term}: must be the least and the greatest number, as [0, 17]")
        for other, low, high in found:
            if bounds[0] <= high and low <= bounds[1]:
                raise Invalid(f"{where}: {term} and {other} overlap")
        found.append((term, bounds[0], bounds[1]))
    return tuple(found)


def _sealed(value: Any, where: str) -> dict[str, str]:
    sealed = {}
    for field, column in _table(value, where).items():
        if field not in SEALED_FIELDS:
            known = ", ".join(sorted(SEALED_FIELDS))
            raise Invalid(f"{where}: {field!r} is unknown; known: {known}")
        sealed[field] = _text(column, f"{where}.{field}")
    return sealed


def _sources(value: Any, where: str) -> tuple[SourceMap, ...]:
    if type(value) is not list or not value:
        raise Invalid(f"{where}: must be one or more tables [[sources]]: what the list rests on")
    sources = []
    for number, one in enumerate(value, 1):
        here = f"{where} {number}"
        table = _table(one, here)
        _only(table, {"id", "kind", "published"}, here)
        name = _text(table.get("id", f"list-{number}"), f"{here}.id")
        if not re.fullmatch(SLUG, name) or len(name) > 48:
            raise Invalid(f"{here}.id: must be up to 48 lower-case letters, digits and hyphens")
        kind, published = table.get("kind"), table.get("published")
        sources.append(
            SourceMap(
                name,
                _text(kind, f"{here}.kind") if type(kind) is not dict else _column(kind, here, ""),
                _column(published, here, "")
                if type(published) is dict
                else _optional(published, f"{here}.published"),
            )
        )
    if len({one.id for one in sources}) != len(sources):
        raise Invalid(f"{where}: an id names one source only")
    return tuple(sources)


def _flat(value: Any, where: str, *, leaves: bool = False) -> dict[str, Any]:
    """`[fields.place] name = …` as well as `"place.name" = …`, by the dotted name."""
    found: dict[str, Any] = {}
    for name, member in _table(value, where).items():
        if name in _PARTS and type(member) is dict:
            for part, inner in member.items():
                found[f"{name}.{part}"] = inner
        elif leaves and type(member) is dict:
            raise Invalid(f"{where}.{name}: a constant is no table")
        else:
            found[name] = member
    for name in found:
        if name not in FIELDS:
            raise Invalid(
                f"{where}: {name!r} is no field of a claim; known: {', '.join(sorted(FIELDS))}"
            )
    return found


def normal(text: str) -> str:
    """A cell's text as it is compared: composed (NFC), without spaces at its ends."""
    return unicodedata.normalize("NFC", text).strip()


def _encoding(value: Any, where: str) -> str | None:
    encoding = _optional(value, where)
    if encoding is None:
        return None
    try:
        found = codecs.lookup(encoding)
    except LookupError:
        raise Invalid(f"{where}: {encoding!r} is no encoding that Python knows") from None
    if not getattr(found, "_is_text_encoding", True):
        raise Invalid(f"{where}: {encoding!r} is no encoding of text")
    return encoding


def _delimiter(value: Any, where: str) -> str | None:
    if value is None:
        return None
    if type(value) is not str or len(value) != 1 or value in '"\r\n':
        raise Invalid(f'{where}: must be one character, such as ";" or "\\t"')
    return value


def _table(value: Any, where: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise Invalid(f"{where}: must be a table")
    return value


def _optional(value: Any, where: str) -> str | None:
    return None if value is None else _text(value, where)


def _text(value: Any, where: str) -> str:
    if type(value) is not str or not value.strip() or len(value) > 500:
        raise Invalid(f"{where}: must be text of 1 to 500 characters")
    text = normal(value)
    check_text(text, where)
    return text


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise Invalid(f"{where}: {name!r} is unknown; known: {', '.join(sorted(known))}")
