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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from api.plan import ReportPlan, read_plan
from api.record import Record, read_record, read_toml
from domain.canonical import check_text
from domain.errors import Invalid

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
    """Read a whole case file; raises Invalid."""
    rows = list(_rows(folder / "claims.csv"))
    claims = tuple(_claim(row, where) for where, row in rows)
    return CaseFile(
        claims,
        tuple(_incidents(folder / "incidents.toml")),
        tuple(_stated(folder / "stated-figures.toml")),
        tuple(_steps(folder / "revisions.toml", {row["ref"]: row for _, row in rows})),
        read_plan((folder / "report.toml").read_text(encoding="utf-8")),
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if set(reader.fieldnames or ()) != {*_COPIED, *_READ}:
            columns = ", ".join(sorted((*_COPIED, *_READ)))
            raise Invalid(f"{path.name}: the columns must be these: {columns}")
        seen = set()
        for row in reader:
            where = f"{path.name} line {reader.line_num}"
            if None in row or None in row.values():
                raise Invalid(f"{where}: has more or fewer cells than columns")
            if row["ref"] in seen:
                raise Invalid(f"{where}: the ref {row['ref']} is there twice")
            seen.add(row["ref"])
            for column, cell in row.items():
                check_text(cell, f"{where}, {column}")
            yield where, row


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
        table["custody"] = {"status": "died", **custody}
    table["person"] = {"name": row["name"]}
    table["sources"] = [{"kind": row["source"]}]
    return Written(read_record("claim", table, where), row["documenter"])


def _incidents(path: Path) -> Iterator[Written]:
    for where, table in _tables(path, "incident"):
        author = _take(table, "documenter", where)
        yield Written(read_record("incident", table, where), author)


def _stated(path: Path) -> Iterator[Written]:
    document = read_toml(path)
    shared = {name: document.get(name) for name in ("publisher", "publication")}
    author = document.get("documenter")
    if not isinstance(author, str):
        raise Invalid(f"{path.name}: documenter must name a key")
    for where, table in _tables(path, "figures"):
        written = {**shared, **document.get("defaults", {}), **table}
        # In an estimate `ref` numbers the figure in its publication: it is a member of the event.
        record = read_record("estimate", {k: v for k, v in written.items() if k != "ref"}, where)
        yield Written(record._replace(body=record.body | {"ref": table.get("ref")}), author)


def _steps(path: Path, rows: Mapping[str, Mapping[str, str]]) -> Iterator[Step]:
    for where, table in _tables(path, "steps"):
        say, at, author, event = (
            _take(table, name, where) for name in ("say", "at", "author", "event")
        )
        things = table.pop("thing", [])
        names = (things,) if isinstance(things, str) else tuple(things)
        if event == "ClaimRecorded":
            new = _new_claim(table, rows, where)
            yield Step(say, at, author, event, (), {}, new)
        elif event == "IncidentRecorded":
            new = read_record("incident", table, where)
            yield Step(say, at, author, event, (), {}, new)
        else:
            yield Step(say, at, author, event, names, table, None)


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
