"""An extract as Parquet, in row groups: typed columns, and in the schema what they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.extract.columns import DATE, INTEGER, TEXT, Column
from api.extract.rows import Extract, Row

_GROUP = 20_000  # rows in memory at once
_TYPES = {TEXT: pa.string(), INTEGER: pa.int64(), DATE: pa.date32()}


def write_parquet(taken: Extract, file: BinaryIO) -> None:
    """Write the file; its metadata `sijill` is JSON that names ledger and definition."""
    schema = pa.schema(
        [_field(column, taken.asked.language) for column in taken.columns],
        metadata={"sijill": orjson.dumps(taken.to_json())},
    )
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        rows = taken.rows()
        while group := list(islice(rows, _GROUP)):
            writer.write_table(_table(group, taken.columns, schema))


def _field(column: Column, language: str) -> Any:
    about = {"hxl": column.hxl, "title": column.title(language)}
    return pa.field(column.name, _TYPES[column.type], metadata=about)


def _table(rows: Sequence[Row], columns: Sequence[Column], schema: Any) -> Any:
    arrays = []
    for column, values in zip(columns, zip(*rows, strict=True), strict=True):
        told: Sequence[object] = values
        if column.type == DATE:
            told = [None if one is None else date.fromisoformat(str(one)) for one in values]
        arrays.append(pa.array(told, _TYPES[column.type]))
    return pa.Table.from_arrays(arrays, schema=schema)
