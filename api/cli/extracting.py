"""`sijill extract`: claims, incidents, massacres, tolls and members as files for other tools."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from api.cli.asking import At, By, Documented, Happened, Where
from api.cli.output import Format, print_json, say
from api.cli.session import Session
from api.extract import rows, text
from api.extract.package import write_package
from api.extract.rows import Asked, Extract
from api.questions import Filters, Questions
from domain.errors import Invalid

_FORMATS = (".csv", ".xlsx", ".parquet", ".jsonl", ".geojson", ".zip")
_TAGGED = (".csv", ".xlsx")
_EXTRA = ("xlsxwriter", "pyarrow")


def add_to(app: typer.Typer) -> None:
    app.command("extract", rich_help_panel="Publishing and checking")(extract)


def extract(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help=f"what the rows are: {', '.join(rows.KINDS)}")
    ],
    out: Annotated[Path, typer.Option(help=f"the file to write: {', '.join(_FORMATS)}")],
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
    _check_options(kind, out.suffix, hxl=hxl, boundaries=boundaries, licence=licence)
    filters = Filters(documented, happened, where or (), by or (), at)
    with session.questions() as ask:
        taken = rows.extract(ask, Asked(kind, filters, measure, language))
        _write(ask, taken, out, hxl=hxl, boundaries=boundaries, licence=licence)
    if session.form is Format.JSON:
        print_json({"file": str(out), "bytes": out.stat().st_size} | taken.to_json())
        return
    ledger = taken.state
    say(f"{out}: {taken.words}")
    say(f"Ledger {ledger.origin} at {ledger.size} entries, root {ledger.root}.")


def _check_options(
    kind: str, suffix: str, *, hxl: bool, boundaries: Path | None, licence: str | None
) -> None:
    if suffix not in _FORMATS:
        raise Invalid(f"--out: its name must end in one of {', '.join(_FORMATS)}")
    if hxl and suffix not in _TAGGED:
        raise Invalid(f"--hxl is for {' and '.join(_TAGGED)}")
    on_map = suffix == ".geojson" and kind == "toll"
    if boundaries is not None and not on_map:
        raise Invalid("--boundaries is for a toll as .geojson")
    if licence is not None and not on_map and suffix != ".zip":
        raise Invalid("--licence is for .zip, and for the boundaries of a toll as .geojson")
    if licence is not None and not licence.strip():
        raise Invalid("--licence: is empty; leave it out to state none")
    if on_map and (boundaries is None) != (not licence):
        raise Invalid("--boundaries needs --licence, which names their source, and it them")


def _write(
    ask: Questions,
    taken: Extract,
    out: Path,
    *,
    hxl: bool,
    boundaries: Path | None,
    licence: str | None,
) -> None:
    """Write the whole file or none of it: beside its place first."""
    part = out.with_name(f".{out.name}.part")
    try:
        if out.suffix == ".csv":
            _write_parts(part, text.csv_lines(taken, hxl=hxl))
        elif out.suffix == ".jsonl":
            _write_parts(part, text.json_lines(taken))
        elif out.suffix in (".xlsx", ".parquet"):
            _write_typed(part, taken, out.suffix, hxl=hxl)
        elif out.suffix == ".zip":
            _write_parts(part, [write_package(ask.ledger, taken, licence)])
        elif taken.asked.kind == "toll":
            _write_parts(part, [text.geojson_toll(ask, taken, boundaries, licence)])
        else:
            _write_parts(part, text.geojson_parts(taken))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _write_parts(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for one in parts:
            file.write(one)


def _write_typed(path: Path, taken: Extract, suffix: str, *, hxl: bool) -> None:
    """What an optional extra writes."""
    try:
        with path.open("wb") as file:
            if suffix == ".xlsx":
                from api.extract.workbook import write_workbook  # noqa: PLC0415 - an optional extra

                write_workbook(taken, file, hxl=hxl)
            else:
                from api.extract.parquet import write_parquet  # noqa: PLC0415 - an optional extra

                write_parquet(taken, file)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise Invalid(
            f"writing {suffix} needs a library that is not installed: pip install 'sijill[exports]'"
        ) from None
