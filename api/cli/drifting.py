"""`sijill drift`, `why` and `receipt`: what became of a report, and who is counted in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.asking import At
from api.cli.output import Format, print_csv, print_json, print_table, say
from api.cli.session import Session
from api.drift import Followed
from api.questions import Questions
from api.receipt import figure_receipt
from api.receipt import receipt as make_receipt
from api.tables import Table, short
from domain.errors import Invalid, NotFound

Bundle = Annotated[
    Path | None, typer.Option(help="the report's bundle; the one kept with the ledger if not given")
]


def add_to(app: typer.Typer) -> None:
    for command in (drift, why, receipt):
        app.command(command.__name__, rich_help_panel="Publishing and checking")(command)


def drift(
    context: typer.Context,
    report: Annotated[str, typer.Argument(metavar="REPORT", help="the name of a frozen report")],
    bundle: Bundle = None,
) -> None:
    """Every figure of a report then and now, and each event in between that moved it.

    Counted by the rules that the report was frozen under; --format atom is a feed (RFC 4287).
    Example: sijill drift march-2020
    """
    session: Session = context.obj
    with session.questions() as ask:
        report_now = followed(session, ask, report, bundle)
        if session.form is Format.ATOM:
            sys.stdout.write(report_now.feed().decode())
            return
        found = report_now.drift()
    if session.form is Format.JSON:
        print_json(found)
        return
    events = list(_events(found))
    if session.form is Format.CSV:
        print_csv(events)
        return
    print_table(
        Table(
            f"{report}, frozen at {found['frozen']['size']} entries, {found['status']}",
            ("figure", "then", "now", "change"),
            tuple(
                (one["name"], one["then"], one["now"], f"{one['now'] - one['then']:+d}")
                for one in found["figures"]
            ),
            frozenset({"then", "now", "change"}),
            f"now: {found['ledger']['size']} entries",
        )
    )
    for what, correction in (
        ("It corrects", found["corrects"]),
        ("SUPERSEDED by", found["superseded_by"]),
    ):
        if correction is not None:
            say(f"{what} {correction['report']} ({correction['reason']}):")
            for one in correction["changes"]:
                say(f"  {one['figure']} {one['from']} → {one['to']}")
    if not events:
        say("Nothing has moved since.")
        return
    columns = ("index", "received", "author", "claim", "event", "moved")
    rows = tuple(tuple(str(event[column]) for column in columns) for event in events)
    print_table(Table("What moved them", columns, rows))


def why(
    context: typer.Context,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="a claim; its first 8 characters")],
    figure: Annotated[str, typer.Argument(metavar="REPORT/FIGURE", help="a figure of a report")],
    bundle: Bundle = None,
    at: At = None,
) -> None:
    """Why a claim counts in a figure, or does not: condition by condition, as it was frozen.

    With --at, in another state of the ledger. Example: sijill why 1f0c9a44 march-2020/civilians
    """
    session: Session = context.obj
    report, slash, name = figure.partition("/")
    if not slash or not name:
        raise Invalid(f"{figure!r}: name a figure as REPORT/FIGURE")
    with session.questions() as ask:
        report_now = followed(session, ask, report, bundle)
        size = None if at is None else ask.as_of(at).size
        found = report_now.why(name, ask.resolve(claim), size)
    if session.form is Format.JSON:
        print_json(found)
        return
    rows = found["conditions"]
    if session.form is Format.CSV:
        print_csv(rows)
        return
    print_table(
        Table(
            f"{short(found['claim'])} in {figure}: {found['sentence']['en']}",
            ("condition", "found", "holds"),
            tuple(
                (one["condition"], one["found"], "yes" if one["holds"] else "NO") for one in rows
            ),
            note=f"in the first {found['size']} entries",
        )
    )
    say("It counts." if found["counts"] else "It does not count.")


def receipt(
    context: typer.Context,
    report: Annotated[str, typer.Argument(metavar="REPORT", help="the name of a frozen report")],
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="one of its figures")],
    out: Annotated[Path, typer.Option(help="a file to give away")],
    claim: Annotated[
        str | None,
        typer.Option("--claim", help="prove that this claim is counted; its first 8 characters"),
    ] = None,
    row: Annotated[
        str | None, typer.Option("--row", help="one row of a grouped figure: its values, a,b")
    ] = None,
    bundle: Bundle = None,
) -> None:
    """Cut one figure out of a report, or one row of it, as a small file that verifies by itself.

    It verifies offline with the log's public key, or enough of the roots'. With --claim it proves
    instead to a family that their relative is counted: that file shows nobody else, and verifies
    with the publisher's public key.
    Examples: sijill receipt march-2020 women --out women.receipt
    | sijill receipt march-2020 women --claim 1f0c9a44 --out counted.tlog-proof
    """
    session: Session = context.obj
    kept = _bundle(session, report, bundle)
    if claim is not None and row is not None:
        raise Invalid("--claim and --row: a proof of a claim is of the whole figure")
    if claim is not None:
        raw, key, whose = make_receipt(kept, figure, claim), "PUBLISHER_KEY", "publisher's"
    else:
        with session.reading() as ledger:
            raw = figure_receipt(ledger, report, kept, figure, row)
            key, whose = ledger.authority.log, "log's"
    out.write_bytes(raw)
    if session.form is Format.JSON:
        print_json({"file": str(out), "bytes": len(raw)})
    else:
        say(f"{out}: {len(raw)} bytes. It verifies offline with the {whose} public key:")
        say(f"  sijill verify {out} --trust {key}")


def _bundle(session: Session, report: str, bundle: Path | None) -> bytes:
    path = session.folder.bundle(report) if bundle is None else bundle
    if not path.is_file():
        raise NotFound(f"{path}: no bundle is there; name the report's with --bundle")
    return path.read_bytes()


def followed(session: Session, ask: Questions, report: str, bundle: Path | None) -> Followed:
    """The report beside the ledger, its definitions from its bundle."""
    return Followed(ask, report, _bundle(session, report, bundle))


def _events(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each event once, with every figure that it moved."""
    moved: dict[tuple[int, str], list[str]] = {}
    steps: dict[tuple[int, str], dict[str, Any]] = {}
    for figure in found["figures"]:
        for step in figure["steps"]:
            key = step["index"], step["member"]
            steps[key] = step
            moved.setdefault(key, []).append(f"{figure['name']} {movement(step)}")
    for key in sorted(steps):
        step = steps[key]
        reason = f" · {step['reason']}" if step["reason"] else ""
        yield {
            "index": step["index"],
            "received": step["received"][:19],
            "author": step["holder"],
            "claim": short(step["member"]),
            "event": f"{step['type']}: {step['what']}{reason}",
            "moved": ", ".join(moved[key]),
        }


def movement(step: dict[str, Any]) -> str:
    """How a step moved a figure: by so many, or from row to row."""
    if step["change"]:
        return f"{step['change']:+d}"
    return f"{'/'.join(step['left'])} → {'/'.join(step['entered'])}"
