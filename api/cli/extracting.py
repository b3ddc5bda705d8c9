"""`sijill extract`: claims, incidents, massacres, tolls and members as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.asking import At, By, Documented, Happened, Where
from api.cli.output import Format, print_json, say
from api.cli.session import Session
from api.extract import rows
from api.extract.files import FORMATS, Options, check_options, write_file
from api.extract.rows import Asked, Extract
from api.questions import Filters, Questions


def add_to(app: typer.Typer) -> None:
    app.command("extract", rich_help_panel="Publishing and checking")(extract)


def extract(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help=f"what the rows are: {', '.join(rows.KINDS)}")
    ],
    out: Annotated[Path, typer.Option(help=f"the file to write: {', '.join(FORMATS)}")],
    documented: Documented = None,
    happened: Happened = None,
    where: Where = None,
    by: By = None,
    at: At = None,
    measure: Annotated[str, typer.Option(help="members: of which measure")] = "deaths",
    language: Annotated[str, typer.Option(help="the language of names: en or ar")] = "en",
    hxl: Annotated[
        bool, typer.Option("--hxl", help="csv, xlsx: HXL hashtags in the second row")
    ] = False,
    boundaries: Annotated[
        Path | None,
        typer.Option(help="geojson of a toll: a GeoJSON file with the boundaries, by p-code"),
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option(help="of the rows of a .zip; of the boundaries, and whose they are"),
    ] = None,
) -> None:
    """Take rows out into a file for other tools, as of one state of the ledger.

    Examples: sijill extract claims --out march.csv --documented 2020-03 --hxl
    | sijill extract toll --by governorate --out toll.geojson
    """
    session: Session = context.obj
    options = Options(hxl, boundaries, licence)
    check_options(kind, out.suffix, options)
    filters = Filters(documented, happened, where or (), by or (), at)
    with session.questions() as ask:
        taken = rows.extract(ask, Asked(kind, filters, measure, language))
        _write(ask, taken, out, options)
    if session.form is Format.JSON:
        print_json({"file": str(out), "bytes": out.stat().st_size} | taken.to_json())
        return
    ledger = taken.state
    say(f"{out}: {taken.words}")
    say(f"Ledger {ledger.origin} at {ledger.size} entries, root {ledger.root}.")


def _write(ask: Questions, taken: Extract, out: Path, options: Options) -> None:
    """Write the whole file or none of it: beside its place first."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            write_file(ask, taken, out.suffix, file, options)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
