"""Reading a list: every encoding, delimiter and format gives the same rows, or is named."""

import codecs
import csv
import json
import zipfile
from datetime import datetime

import pytest

from api.importing.tables import Broken, Cells, open_table
from domain.errors import Invalid

COLUMNS = ("id", "الاسم")
ROWS = [("1", "اسم مخترع"), ("2", 'مع "فاصلة"، و;و,و\tو|'), ("3", "سطر\nآخر"), ("4", "")]
WIDE = [("id", "other", "الاسم"), *((name, "x", text) for name, text in ROWS)]


def written(path, encoding, delimiter=",", mark=b""):
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(WIDE)
    path.write_bytes(mark + path.read_bytes())
    return path


def read(path, columns=COLUMNS, **options):
    rows = []
    for row in open_table(path, columns, **options).rows:
        assert isinstance(row, Cells)
        rows.append(tuple(row.texts[name] for name in columns))
    return rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1256", b"", "cp1256"),
    ],
)
def test_encoding_and_delimiter_are_detected(tmp_path, encoding, mark, said, delimiter):
    path = written(tmp_path / "list.csv", encoding, delimiter, mark)
    assert read(path) == ROWS
    assert said in open_table(path, COLUMNS).form


def test_utf_8_that_begins_far_down_is_not_mistaken(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("id,الاسم\n".replace("الاسم", "name") + "1,x\n" * 200_000 + "2,اسم\n", "utf-8")
    assert open_table(path, ("id", "name")).form.startswith("CSV, utf-8,")


@pytest.mark.parametrize(
    "raw", ["id,name\n1,café à Genève\n".encode("latin-1"), b"id,name\n1,\xff\xfe\x81\n"]
)
def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path, raw):
    path = tmp_path / "list.csv"
    path.write_bytes(raw)
    with pytest.raises(Invalid, match="say its encoding in the map"):
        open_table(path, ("id", "name"))
    assert len(read(path, ("id", "name"), encoding="latin-1")) == 1


def test_lines_are_numbered_as_an_editor_does(tmp_path):
    path = written(tmp_path / "list.csv", "utf-8")
    assert [row.line for row in open_table(path, COLUMNS).rows] == [2, 3, 5, 6]


def test_a_row_with_too_few_cells_is_broken_and_the_rest_is_read(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("id,name\n1\n2,x\n\n3,y,z\n", "utf-8")
    rows = list(open_table(path, ("id",)).rows)
    assert [type(row) for row in rows] == [Broken, Cells, Broken]
    assert rows[0] == Broken(2, "1 cells where the header has 2")


def test_json_lines_are_read_whatever_type_a_value_has(tmp_path):
    path = tmp_path / "list.jsonl"
    lines = [
        json.dumps({"id": 1, "name": "اسم"}),
        "",
        '{"id": 2.0}',
        "[]",
        '{"id": ["x"]}',
        "{",
    ]
    path.write_text("\n".join(lines), "utf-8")
    rows = list(open_table(path, ("id", "name")).rows)
    assert rows == [
        Cells(1, {"id": "1", "name": "اسم"}),
        Cells(3, {"id": "2", "name": ""}),
        Broken(4, "not one JSON object"),
        Broken(5, "id holds no single value"),
        Broken(6, "not one JSON object"),
    ]


def test_a_spreadsheet_is_read_by_its_cells_types(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["id", "name", "day"])
    book.active.append([801, "اسم", datetime(2018, 3, 5)])
    book.active.append([None, None, None])
    book.active.append([802.0, None, "2018"])
    book.create_sheet("second").append(["id"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    columns = ("id", "name", "day")
    assert read(path, columns) == [("801", "اسم", "2018-03-05"), ("802", "", "2018")]
    assert [row.line for row in open_table(path, columns).rows] == [2, 4]
    assert read(path, ("id",), sheet="second") == []
    with pytest.raises(Invalid, match="has no sheet 'third'; there: Sheet, second"):
        open_table(path, columns, sheet="third")


def test_a_spreadsheet_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("openpyxl")
    monkeypatch.setattr("api.importing.workbook._MAX_UNPACKED", 1 << 20)
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * (2 << 20))
    assert path.stat().st_size < 1 << 14
    with pytest.raises(Invalid, match="unpacks to more than"):
        open_table(path, ("id",))


def test_parquet_is_read_by_its_columns_types(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "list.parquet"
    columns = {"id": [801, 802], "name": ["اسم", None], "day": [datetime(2018, 3, 5), None]}
    parquet.write_table(arrow.table(columns), path)
    assert read(path, ("id", "name", "day")) == [("801", "اسم", "2018-03-05"), ("802", "", "")]
    with pytest.raises(Invalid, match="has no column 'sex'; its columns are: id, name, day"):
        open_table(path, ("sex",))


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("a.csv", b"", "has no column 'id'"),
        ("a.csv", b"name\n1\n", "has no column 'id'; its columns are: name"),
        ("a.csv", b"id,id\n1,2\n", "has more than one column 'id'"),
        ("a.xlsx", b"PK\x03\x04", "no readable XLSX"),
        ("a.xlsx", b"", "no readable XLSX"),
        ("a.parquet", b"PAR1", "no readable Parquet"),
    ],
)
def test_what_is_no_list_is_named(tmp_path, name, raw, message):
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(Invalid, match=message):
        read(path, ("id",))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Invalid, match="there is no such file"):
        open_table(tmp_path / "none.csv", ("id",))


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_how_far_a_text_is_read_grows_to_its_length(tmp_path, name):
    path = tmp_path / name
    line = '{"id": "1", "other": "x"}' if name.endswith("jsonl") else "1,x"
    head = "" if name.endswith("jsonl") else "id,other\n"
    path.write_text(head + f"{line}\n" * 100_000, encoding="utf-8")
    table = open_table(path, ("id",))
    assert table.progress(0) == (0, path.stat().st_size)
    seen = [table.progress(number)[0] for number, _ in enumerate(table.rows) if number % 9000 == 0]
    assert 0 < seen[0] < seen[5] < path.stat().st_size
    assert seen == sorted(seen)
    assert table.progress(100_000) == (path.stat().st_size,) * 2
