"""Extracts of places and dates that the demonstration does not have."""

import csv
import io
import zipfile
from datetime import date

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from api.extract.cells import harmless
from api.extract.parquet import write_parquet
from api.extract.rows import KINDS, Asked, extract
from api.extract.text import csv_lines, json_lines
from api.extract.workbook import write_workbook
from api.questions import Filters, Questions
from domain.errors import Invalid
from projections.registry import Registry
from tests.scene import Scene, claim_name, incident_name

FORMULA = '=HYPERLINK("http://x.example","y")'


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ask(scene, tmp_path):
    registry = Registry(tmp_path / "projections.db", scene.ledger.recorder)
    yield Questions(scene.ledger, registry)
    registry.close()


def in_place(name):
    return {"governorate": "SY07", "name": name}


def as_csv(taken):
    text = b"".join(csv_lines(taken)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_text(first):
    assert harmless(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("value", ["Idleb", "'Ayn", "a=b", "", None, -5, 0, "2020-03"])
def test_what_it_would_not_run_stays_as_it_is(value):
    assert harmless(value) == value


def test_a_place_that_reads_as_a_formula_is_neutralised_in_csv_alone(scene, ask):
    scene.incident(1, place=in_place(FORMULA))
    taken = extract(ask, Asked("incidents", Filters()))
    assert as_csv(taken)[0]["place"] == f"'{FORMULA}"
    assert FORMULA.replace('"', '\\"').encode() in b"".join(json_lines(taken))


def test_an_open_end_has_no_day(scene, ask):
    for number, text in enumerate((None, "2018-07/2020-03-19", "../2020-03", "201X", "2020-03~")):
        scene.claim(number, happened_on=text, documented_on="2020-04")
    days = [
        (row["happened"], row["happened_earliest"], row["happened_latest"])
        for row in as_csv(extract(ask, Asked("claims", Filters())))
    ]
    assert days == [
        ("", "", ""),
        ("2018-07/2020-03-19", "2018-07-01", "2020-03-19"),
        ("../2020-03", "", "2020-03-31"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("2020-03~", "2020-03-01", "2020-03-31"),
    ]


def test_more_claims_than_a_page_are_all_read_once(scene, ask, monkeypatch):
    monkeypatch.setattr("api.extract.rows.MOST", 2)
    monkeypatch.setattr("projections.incidents._PAGE", 2)
    for number in range(5):
        scene.claim(number)
        scene.incident(number)
    for kind, name in (("claims", claim_name), ("incidents", incident_name)):
        rows = list(extract(ask, Asked(kind, Filters())).rows())
        assert [row[0] for row in rows] == [name(number) for number in range(5)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_extract_of_a_state_stays_what_it_was(scene, ask, kind):
    scene.incident(1, place=in_place("Invented town"))
    for number in range(5):
        scene.claim(number, incident=incident_name(1))
    at = str(scene.ledger.recorder.tree_size() - 1)
    before = b"".join(csv_lines(extract(ask, Asked(kind, Filters(at=at)))))
    for number in range(5, 9):
        scene.claim(number, incident=incident_name(1))
    assert b"".join(csv_lines(extract(ask, Asked(kind, Filters(at=at))))) == before
    later = b"".join(csv_lines(extract(ask, Asked(kind, Filters()))))
    assert later.count(b"\n") >= before.count(b"\n") > 1
    assert later != before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_column_is_named_once_and_every_row_has_it(scene, ask, kind, language):
    scene.claim()
    by = ("party", "month", "category") if kind in ("toll", "members") else ()
    taken = extract(ask, Asked(kind, Filters(by=by), language=language))
    for of in (lambda one: one.name, lambda one: one.title(language)):
        names = [of(column) for column in taken.columns]
        assert len(set(names)) == len(names)
        assert all(names)
    assert all(len(row) == len(taken.columns) for row in taken.rows())
    assert taken.words == taken.sentence[language]


def as_workbook(taken, **options):
    file = io.BytesIO()
    write_workbook(taken, file, **options)
    return file.getvalue()


def test_a_workbook_holds_a_formula_as_text_and_old_days_too(scene, ask):
    scene.incident(1, place=in_place(FORMULA), happened_on="1899-12")
    raw = as_workbook(extract(ask, Asked("incidents", Filters())))
    sheet = load_workbook(io.BytesIO(raw)).worksheets[0]
    head, row = (list(one) for one in sheet.iter_rows())
    cells = {title.value: cell for title, cell in zip(head, row, strict=True)}
    place = cells["public name of the place"]
    assert (place.value, place.data_type) == (f"'{FORMULA}", "s")
    assert cells["happened, earliest"].value == "1899-12-01"
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        assert all(b"<f>" not in package.read(name) for name in package.namelist())


def test_a_workbook_taken_again_has_the_same_bytes(scene, ask):
    scene.claim()
    taken = extract(ask, Asked("claims", Filters(), language="ar"))
    assert as_workbook(taken, hxl=True) == as_workbook(taken, hxl=True)


def test_more_rows_than_a_sheet_holds_are_refused(scene, ask, monkeypatch):
    monkeypatch.setattr("api.extract.workbook.MOST_ROWS", 60)
    for number in range(59):
        scene.claim(number)
    taken = extract(ask, Asked("claims", Filters()))
    assert as_workbook(taken)
    with pytest.raises(Invalid, match="a sheet holds 60 rows"):
        as_workbook(taken, hxl=True)


def test_parquet_is_written_group_by_group(scene, ask, monkeypatch):
    monkeypatch.setattr("api.extract.parquet._GROUP", 2)
    for number in range(5):
        scene.claim(number, happened_on=None if number else "1899-12-24")
    file = io.BytesIO()
    write_parquet(extract(ask, Asked("claims", Filters())), file)
    read = pq.ParquetFile(file)
    assert read.num_row_groups == 3
    days = read.read().column("happened_earliest").to_pylist()
    assert days == [date(1899, 12, 24), None, None, None, None]
