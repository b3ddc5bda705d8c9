"""What `sijill trace REPORT/FIGURE` prints: a figure's members, and its value ever since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.cli.drifting import followed, movement
from api.cli.output import Format, print_csv, print_json, print_table
from api.cli.session import Session
from api.tables import Table, short
from domain.errors import Invalid


def trace_figure(
    session: Session, figure: str, bundle: Path | None, after: str, limit: int | None
) -> None:
    """Print the trace of one figure of a frozen report."""
    report, slash, name = figure.partition("/")
    if not slash or not name:
        raise Invalid(f"{figure!r}: name a figure as REPORT/FIGURE")
    if limit is not None and limit < 1:
        raise Invalid(f"--limit {limit}: must be 1 or more")
    with session.questions() as ask:
        found = followed(session, ask, report, bundle).trace(name, after=after, limit=limit)
    if session.form is Format.JSON:
        print_json(found)
        return
    rows = list(_members(found))
    if session.form is Format.CSV:
        print_csv(rows)
        return
    more = f"; more: --after {found['next']}" if found["next"] else ""
    print_table(
        Table(
            f"{figure}, frozen at {found['frozen']['size']} entries: {found['sentence']['en']}",
            ("member", "row", "events", "why it counts"),
            tuple(tuple(row.values()) for row in rows),
            note=f"{len(rows)} of its members{more}",
        )
    )
    print_table(
        Table(
            f"Its value in every state since: {found['then']}, now {found['now']}",
            ("entries", "value", "moved by"),
            tuple(_states(found)),
            frozenset({"value"}),
        )
    )


def _members(found: dict[str, Any]) -> Iterator[dict[str, str]]:
    for one in found["members"]:
        events = (f"{event['index']} {event['type']}" for event in one["events"])
        met = (f"{condition['condition']}: {condition['found']}" for condition in one["conditions"])
        yield {
            "member": short(one["member"]),
            "row": ", ".join(one["row"]),
            "events": "; ".join(events),
            "why": "; ".join(met),
        }


def _states(found: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    moved: dict[int, list[str]] = {}
    for step in found["steps"]:
        words = f"{step['type']} of {short(step['member'])} by {step['holder']}: {movement(step)}"
        moved.setdefault(step["index"], []).append(words)
    for run in found["values"]:
        first, last = run["from"], run["to"]
        size = str(first) if first == last else f"{first}–{last}"
        yield size, run["value"], "; ".join(moved.get(first - 1, ()))
