"""`sijill import`: a release of a list becomes the events that say what it changed."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.cli.output import Format, print_csv, print_json, say
from api.cli.session import Session, now, progress
from api.importing.listmap import ListMap, read_map
from api.importing.memory import Memory
from api.importing.run import Import, Options
from api.importing.suggest import suggest as suggest_map
from api.importing.tables import Table, open_table
from domain.errors import Invalid, SijillError
from ledger.ledger import Ledger

_COUNTED = (
    *("rows", "new", "changed", "returned", "unchanged"),
    *("retracted", "flagged", "not imported", "rejected"),
)


def add_to(app: typer.Typer) -> None:
    app.command("import", rich_help_panel="Documenting")(import_list)


def import_list(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON Lines, XLSX or Parquet")],
    listmap: Annotated[
        Path | None, typer.Option("--map", help="a TOML file: what each column means")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="the name of the key that signs")] = None,
    reviewer_key: Annotated[
        str | None,
        typer.Option("--reviewer-key", help="signs the retraction of vanished rows, and returns"),
    ] = None,
    flag_absent: Annotated[
        bool, typer.Option("--flag-absent", help="only report vanished rows; retract nothing")
    ] = False,
    retract_most: Annotated[
        bool,
        typer.Option("--retract-most", help="retract even if more than half of the list vanished"),
    ] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="take in nothing if one row is rejected")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="record nothing; the report has every event")
    ] = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="only propose a map, from the columns and values")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="what was not taken in, as JSON Lines (FILE.report.jsonl, here)"),
    ] = None,
) -> None:
    """Import a release of a list: new rows, changes, and what vanished, as signed events.

    Exit codes: 0 all rows are in, 1 some are not, 2 nothing could be read or signed.
    Examples: sijill import list.csv --suggest > map.toml
    | sijill import list.csv --map map.toml --key documenter-1 --reviewer-key reviewer-1
    """
    session: Session = context.obj
    if suggest:
        with session.reading() as ledger:
            sys.stdout.write(suggest_map(file, ledger.rules))
        return
    if listmap is None or key is None:
        raise Invalid("an import needs --map and --key; --suggest proposes a map")
    if flag_absent and reviewer_key is not None:
        raise Invalid("--flag-absent and --reviewer-key: vanished rows are flagged or retracted")
    read = read_map(listmap)
    where = report or Path(f"{file.name}.report.jsonl")
    if where.resolve() in (file.resolve(), listmap.resolve()):
        raise Invalid(f"--report {where} is what is read; name another file")
    with session.signing() if dry_run else session.desk() as desk:
        options = Options(
            session.signer(key),
            None if reviewer_key is None else session.signer(reviewer_key),
            dry_run=dry_run or all_or_nothing,
            whole=all_or_nothing,
            retract_most=retract_most,
        )
        memory = Memory(session.folder.path / "vault.db")
        lines = _Report(where)
        try:

            def run(options: Options) -> tuple[Import, Table]:
                lines.begin()
                one = Import(
                    desk.ledger, desk.vault, memory, read, options, clock=now, tell=lines.tell
                )
                table = _open(file, read)
                with progress("importing rows") as moved:
                    one.run(table.rows, lambda done: moved(*table.progress(done)))
                return one, table

            done, table = run(options)
            if all_or_nothing and not dry_run and not done.counts["rejected"]:
                done, table = run(options._replace(dry_run=False))
            if not options.dry_run or all_or_nothing:
                _fold(session, desk.ledger)
        finally:
            lines.close()
            memory.close()
    recorded = not options.dry_run or (
        all_or_nothing and not dry_run and not done.counts["rejected"]
    )
    _say(session, done, table.form, recorded, dry_run, lines)
    left = done.counts["flagged"] and not flag_absent
    if done.counts["rejected"] or left:
        raise typer.Exit(1)


def _fold(session: Session, ledger: Ledger) -> None:
    """So that the next question need not wait; what keeps it from that, the question says."""
    with (
        suppress(SijillError),
        closing(session.folder.open_registry(ledger)) as registry,
        progress("folding entries") as moved,
    ):
        registry.catch_up(moved)


def _open(file: Path, read: ListMap) -> Table:
    return open_table(
        file, read.columns, encoding=read.encoding, delimiter=read.delimiter, sheet=read.sheet
    )


class _Report:
    """The report file: made only when there is something to say."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self._file: Any = None

    def begin(self) -> None:
        self.close()
        self.lines = 0

    def tell(self, line: dict[str, Any]) -> None:
        if self._file is None:
            self._file = self.path.open("wb")
        self._file.write(orjson.dumps(line) + b"\n")
        self.lines += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _say(
    session: Session, done: Import, form: str, recorded: bool, dry_run: bool, lines: _Report
) -> None:
    answer = {
        "read_as": form,
        "recorded": recorded,
        "counts": {name.replace(" ", "_"): done.counts[name] for name in _COUNTED},
        "events": dict(sorted(done.events.items())),
        "report": str(lines.path) if lines.lines else None,
    }
    if session.form is Format.JSON:
        print_json(answer)
        return
    if session.form is Format.CSV:
        print_csv([answer["counts"]])  # type: ignore[list-item]
        return
    say(f"read as {form}")
    say(", ".join(f"{name} {done.counts[name]:,}" for name in _COUNTED if done.counts[name]))
    would = "recorded" if recorded else "would be recorded" if dry_run else "not recorded"
    events = ", ".join(f"{count:,} × {name}" for name, count in sorted(done.events.items()))
    say(f"{would}: {events or 'no event'}")
    if done.counts["unreadable"] and done.counts["flagged"]:
        say(
            "some rows cannot be read, and may be those that vanished: nothing was retracted; "
            "correct them and import again"
        )
    elif done.counts["most absent"]:
        say(
            "more than half of the list vanished and nothing was retracted: is it the right file? "
            "If so, use --retract-most"
        )
    elif done.counts["flagged"]:
        say("vanished rows are only reported; retract their claims with --reviewer-key")
    if lines.lines:
        say(f"{lines.lines:,} lines in {lines.path}")
