"""A case file: a folder of CSV and TOML that the demo records, revises and freezes.

    claims.csv          one person a row; empty cells are unknown
    incidents.toml      [[incident]] tables with a ref and a documenter
    stated-figures.toml what a publication states, figure by figure
    revisions.toml      [[steps]] to replay afterwards
    report.toml         the plan of the report (api/plan.py)

Everything is read before anything is recorded; errors name file and line or table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from api.plan import ReportPlan, read_plan
from api.record import Record, read_record, read_toml, stated_figures
from domain.canonical import check_text
from domain.catalogue import CATALOGUE
from domain.errors import Invalid
from domain.event import is_utc_time
from domain.kinds import of_kind

_COPIED = (
    "ref",
    "kind",
    "sex",
    "age_group",
    "status",
    "profession",
    "happened_on",
    "documented_on",
    "origin",
    "cause",
    "weapon",
    "incident",
)
_READ = (
    "name",
    "governorate",
    "place",
    "mode",
    "parties",
    "confidence",
    "control",
    "detained_on",
    "last_seen",
    "documenter",
    "source",
)
# What a step makes, by the event that makes it; every other event happens to something.
_MADE = {"ClaimRecorded": "claim", "IncidentRecorded": "incident"}
_A = {"claim": "a claim", "incident": "an incident"}


class Written(NamedTuple):
    """A record with the name of the key that signs it; a claim's incident is a ref or None."""

    record: Record
    author: str


class Step(NamedTuple):
    """A step of the revisions: what is done at what time by whom, to which refs.

    `new` is a record to make; otherwise `event` happens to each of `things`, with `body`.
    """

    say: str
    at: str
    author: str
    event: str
    things: tuple[str, ...]
    body: Mapping[str, Any]
    new: Record | None


class CaseFile(NamedTuple):
    claims: tuple[Written, ...]
    incidents: tuple[Written, ...]
    stated: tuple[Written, ...]
    steps: tuple[Step, ...]
    plan: ReportPlan


def read_case_file(folder: Path) -> CaseFile:
    """Read a whole case file; raises Invalid. Terms and dates are judged by `Record.check`."""
    rows = list(_rows(folder / "claims.csv"))
    claims = tuple(_claim(row, where) for where, row in rows)
    incidents = tuple(_incidents(folder / "incidents.toml"))
    kinds: dict[str, str] = {}
    for written in (*incidents, *claims):
        _name(written.record, kinds)
    return CaseFile(
        claims,
        incidents,
        tuple(read_stated(folder / "stated-figures.toml")),
        tuple(_steps(folder / "revisions.toml", {row["ref"]: row for _, row in rows}, kinds)),
        read_plan(_text(folder / "report.toml")),
    )


def read_claims(path: Path) -> list[Written]:
    """The claims of a CSV file alone; raises Invalid."""
    return [_claim(row, where) for where, row in _rows(path)]


def _name(record: Record, kinds: dict[str, str]) -> None:
    """Enter a record's ref among those known so far, with the kind of thing it names."""
    if not record.ref:
        raise Invalid(f"{record.where}: the ref is empty; every record of a case file has one")
    if record.ref in kinds:
        raise Invalid(f"{record.where}: the ref {record.ref} is there twice")
    incident = record.body.get("incident")
    if incident is not None and kinds.get(incident) != "incident":
        raise Invalid(f"{record.where}: no incident has the ref {incident!r}")
    kinds[record.ref] = record.kind


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise Invalid(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name}: not UTF-8: {error}") from None


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        if set(reader.fieldnames or ()) != {*_COPIED, *_READ}:
            columns = ", ".join(sorted((*_COPIED, *_READ)))
            raise Invalid(f"{path.name}: the columns must be these: {columns}")
        for row in reader:
            where = f"{path.name} line {reader.line_num}"
            if None in row or None in row.values():
                raise Invalid(f"{where}: has more or fewer cells than columns")
            for column, cell in row.items():
                check_text(cell, f"{where}, {column}")
            if not row["documenter"]:
                raise Invalid(f"{where}: the documenter is empty; name the key that signs")
            yield where, row
    except csv.Error as error:
        raise Invalid(f"{path.name} line {reader.reader.line_num}: not CSV: {error}") from None


def _claim(row: Mapping[str, str], where: str) -> Written:
    table: dict[str, Any] = {name: row[name] for name in _COPIED if row[name]}
    if row["governorate"]:
        table["place"] = {"governorate": row["governorate"]}
        if row["place"]:
            table["place"]["name"] = row["place"]
    table["attribution"] = {"mode": row["mode"], "parties": row["parties"].split()}
    if row["confidence"]:
        table["attribution"]["confidence"] = row["confidence"]
    table["control"] = row["control"].split()
    custody = {name: row[name] for name in ("detained_on", "last_seen") if row[name]}
    if custody:
        died = {"status": "died"} if of_kind(row["kind"]).death else {}
        table["custody"] = died | custody
    table["person"] = {"name": row["name"]}
    table["sources"] = [{"kind": row["source"]}]
    return Written(read_record("claim", table, where), row["documenter"])


def _incidents(path: Path) -> Iterator[Written]:
    for where, table in _tables(path, "incident"):
        author = _take(table, "documenter", where)
        yield Written(read_record("incident", table, where), author)


def read_stated(path: Path) -> list[Written]:
    """What one publication states: figures with what they share written once, and who signs."""
    document = read_toml(path)
    records = stated_figures(document, path.name)
    author = document.get("documenter")
    if not isinstance(author, str):
        raise Invalid(f"{path.name}: documenter must name a key")
    return [Written(record, author) for record in records]


def _steps(
    path: Path, rows: Mapping[str, Mapping[str, str]], kinds: dict[str, str]
) -> Iterator[Step]:
    """The steps in order; each may name what stands in `kinds` or what an earlier step made."""
    for where, table in _tables(path, "steps"):
        say, at, author, event = (
            _take(table, name, where) for name in ("say", "at", "author", "event")
        )
        if not is_utc_time(at):
            raise Invalid(f"{where}.at: {at!r} is no time such as 2020-04-02T08:40:00Z")
        if event in _MADE:
            kind = _MADE[event]
            new = (
                _new_claim(table, rows, where)
                if kind == "claim"
                else read_record(kind, table, where)
            )
            _name(new, kinds)
            yield Step(say, at, author, event, (), {}, new)
            continue
        things = table.pop("thing", [])
        names = things if isinstance(things, list) else [things]
        if not names:
            raise Invalid(f"{where}.thing: must name one or more refs")
        for kind in [_kind(name, kinds, f"{where}.thing") for name in names]:
            if event not in CATALOGUE[kind]:
                raise Invalid(f"{where}: {event!r} is no event of {_A[kind]}")
        for name in ("into", "claim"):
            if name in table:
                _kind(table[name], kinds, f"{where}.{name}")
        if event == "IncidentAssigned":
            kind = _kind(table.get("to"), kinds, f"{where}.to")
            if kind != "incident":
                raise Invalid(f"{where}.to: {table['to']!r} is {_A[kind]}, not an incident")
        yield Step(say, at, author, event, tuple(names), table, None)


def _kind(ref: Any, kinds: Mapping[str, str], where: str) -> str:
    """The kind of thing that a ref names; raises Invalid when nothing so far has that ref."""
    if not isinstance(ref, str) or ref not in kinds:
        raise Invalid(f"{where}: {ref!r} is the ref of nothing recorded so far")
    return kinds[ref]


def _new_claim(table: dict[str, Any], rows: Mapping[str, Mapping[str, str]], where: str) -> Record:
    """A claim written out, or one `like` a row of claims.csv but for what it says itself."""
    like = table.pop("like", None)
    if like is not None:
        if like not in rows:
            raise Invalid(f"{where}: like {like!r} names no row of claims.csv")
        return _claim({**rows[like], **table}, where).record
    name = _take(table, "name", where)
    return read_record(
        "claim",
        {**table, "person": {"name": name}, "sources": [{"kind": "witness"}]},
        where,
    )


def _tables(path: Path, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = read_toml(path).get(name)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise Invalid(f"{path.name}: must hold tables [[{name}]]")
    for number, table in enumerate(tables, 1):
        yield f"{path.name}: {name} {number}", dict(table)


def _take(table: dict[str, Any], name: str, where: str) -> str:
    value = table.pop(name, None)
    if not isinstance(value, str):
        raise Invalid(f"{where}.{name}: must be text")
    return value
