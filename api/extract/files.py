"""An extract as the file of one format, by the ending of its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from api.extract import text
from api.extract.package import package_parts
from api.extract.rows import Extract
from api.questions import Questions
from domain.errors import Invalid

FORMATS = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".jsonl": "application/jsonl",
    ".geojson": "application/geo+json",
    ".zip": "application/zip",
}
_TAGGED = (".csv", ".xlsx")
_EXTRA = ("xlsxwriter", "pyarrow")


class Options(NamedTuple):
    """`hxl` adds hashtags to CSV and XLSX; `licence` is of the rows of a data package, or of the
    `boundaries` of a toll for maps.
    """

    hxl: bool = False
    boundaries: Path | None = None
    licence: str | None = None


def check_options(kind: str, suffix: str, options: Options) -> None:
    """Raise Invalid for options that the format has no use for."""
    hxl, boundaries, licence = options
    if suffix not in FORMATS:
        raise Invalid(f"--out: its name must end in one of {', '.join(FORMATS)}")
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


def write_file(
    ask: Questions, taken: Extract, suffix: str, file: BinaryIO, options: Options
) -> None:
    """Write the extract row by row; raises Invalid for what the format cannot hold."""
    if suffix in (".xlsx", ".parquet"):
        _write_typed(file, taken, suffix, hxl=options.hxl)
        return
    parts: Iterable[bytes]
    if suffix == ".csv":
        parts = text.csv_lines(taken, hxl=options.hxl)
    elif suffix == ".jsonl":
        parts = text.json_lines(taken)
    elif suffix == ".zip":
        parts = package_parts(ask.ledger, taken, options.licence)
    elif taken.asked.kind == "toll":
        parts = [text.geojson_toll(ask, taken, options.boundaries, options.licence)]
    else:
        parts = text.geojson_parts(taken)
    for part in parts:
        file.write(part)


def _write_typed(file: BinaryIO, taken: Extract, suffix: str, *, hxl: bool) -> None:
    """What an optional extra writes."""
    try:
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
