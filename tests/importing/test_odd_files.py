"""Files as people make them: titles, blank rows, hidden sheets, merged cells, lost columns."""

import datetime
import zipfile
from typing import Any

import openpyxl
import pytest

from api.importing.listmap import read_map
from api.importing.tables import Broken, Cells, columns_of, open_table
from domain.errors import Invalid
from tests.importing.releases import HEADER
from tests.importing.test_import import ROW, Lists, changed


@pytest.fixture
def lists(tmp_path):
    made = Lists(tmp_path)
    yield made
    made.close()


def workbook(path, *rows, before=(), hidden=False, more=lambda sheet: None):
    book = openpyxl.Workbook()
    sheet = book.active
    if hidden:
        sheet.append(["nothing"])
        sheet.sheet_state = "hidden"
        sheet = book.create_sheet("القائمة")
    for row in [*before, *rows]:
        sheet.append(row)
    more(sheet)
    book.save(path)
    return path


def every(path, columns) -> list[Any]:
    return list(open_table(path, columns).rows)


def texts(path, columns, **options):
    found: list[Any] = list(open_table(path, columns, **options).rows)
    assert all(isinstance(one, Cells) for one in found), found
    return [(one.line, *one.texts.values()) for one in found]


BLANK = "\n,,\n \n"


def test_blank_rows_and_a_title_before_the_header_are_passed_over(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        f"قائمة,,\n{BLANK}id,sex,\n{BLANK}1,male\n,,\n2,female,\n{BLANK}", encoding="utf-8"
    )
    rows = every(path, ("id", "sex"))
    assert rows[0] == Broken(9, "2 cells where the header has 3")
    path.write_text(
        f"قائمة,,\n{BLANK}id,sex\n{BLANK}1,male\n,,\n2,female,\n{BLANK}", encoding="utf-8"
    )
    assert [one.texts for one in every(path, ("id", "sex"))] == [
        {"id": "1", "sex": "male"},
        {"id": "2", "sex": "female"},
    ]
    assert columns_of(path) == ["id", "sex"]


def test_a_line_that_is_no_csv_is_told_and_the_rest_is_read(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('id,name\n1,"a"b\n2,c\n3,"open\n4,d\n', encoding="utf-8")
    first, second, third = every(path, ("id",))
    assert (first.line, second.texts, third.line) == (2, {"id": "2"}, 5)
    assert "cannot be read as CSV" in first.reason
    assert "cannot be read as CSV" in third.reason


def test_rows_that_cannot_be_read_keep_what_vanished_from_being_retracted(lists):
    others = [changed(id=f"80{n}") for n in (2, 3)]
    lists.take(1, ROW, *others)
    counts, events = lists.take(2, *others, ("801", "a cell too few"))
    assert (counts["unreadable"], counts["flagged"], events) == (1, 1, {})
    assert lists.state().standing == "open"
    assert lists.take(2, *others)[1] == {"Retracted": 1}


def test_the_first_visible_sheet_is_read_and_the_others_are_named(tmp_path):
    path = workbook(tmp_path / "list.xlsx", ["id", "sex"], [1, "male"], hidden=True)
    assert texts(path, ("id", "sex")) == [(2, "1", "male")]
    assert texts(path, ("nothing",), sheet="Sheet") == []
    with pytest.raises(Invalid, match=r"sheet 'القائمة' \(others: Sheet\): has no column 'name'"):
        open_table(path, ("name",))


def test_a_title_above_the_header_of_a_sheet_is_passed_over(tmp_path):
    path = workbook(
        tmp_path / "list.xlsx",
        *(["id", "sex"], [1, "male"], [], [None, " "], [2, "female"]),
        before=[["قائمة"], []],
        more=lambda sheet: sheet.merge_cells("A1:B1"),
    )
    assert texts(path, ("id", "sex")) == [(4, "1", "male"), (7, "2", "female")]
    assert columns_of(path) == ["id", "sex"]


def test_a_sheet_that_claims_to_be_smaller_than_it_is_is_read_whole(tmp_path):
    path = workbook(tmp_path / "list.xlsx", ["id"], [1], [2])
    altered = tmp_path / "altered.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(altered, "w") as target:
        for one in source.infolist():
            raw = source.read(one)
            target.writestr(one, raw.replace(b'ref="A1:A3"', b'ref="A1:A1"'))
    assert texts(altered, ("id",)) == [(2, "1"), (3, "2")]


def test_merged_cells_and_formulas_never_computed_are_told_by_column(tmp_path):
    path = workbook(
        tmp_path / "list.xlsx",
        *(
            ["id", "place", "age"],
            [1, "SY07", 5],
            [2, None, 6],
            [3, "SY02", "=5+1"],
            [4, "SY01", 7],
        ),
        more=lambda sheet: sheet.merge_cells("B2:B3"),
    )
    first, second, third, fourth = every(path, ("id", "place", "age"))
    assert (first.texts["place"], fourth.texts["age"]) == ("SY07", "7")
    assert (second.line, second.column) == (3, "place")
    assert "merged with another of row 2" in second.reason
    assert (third.line, third.column) == (4, "age")
    assert "never computed" in third.reason


def test_numbers_of_days_are_dates_where_the_map_says_so(lists):
    def change(text):
        return text.replace('"%m/%Y"]', '"excel"]')

    lists.take(1, changed(date="43164"), changed(id="802", date="٤٣١٦٤.5"), change=change)
    assert {lists.state(one).happened_on for one in ("801", "802")} == {"2018-03-05"}
    counts, _ = lists.take(
        1, ROW, changed(id="803", date="12"), changed(id="804", date="99999999"), change=change
    )
    assert counts["rejected"] == 2
    day = (datetime.date(2018, 3, 5) - datetime.date(1899, 12, 30)).days
    assert day == 43164


def test_a_name_twice_in_a_line_of_json_is_refused(tmp_path):
    path = tmp_path / "list.jsonl"
    path.write_text('{"id": "1", "id": "2"}\n{"id": "3", "x": "a\\":b"}\n', encoding="utf-8")
    first, second = every(path, ("id",))
    assert first == Broken(1, "an object that has a name twice")
    assert second.texts == {"id": "3"}


def test_a_column_that_disappears_is_named_and_a_release_may_say_nothing_of_it(lists):
    lists.take(1, ROW)
    path = lists.path / "short.csv"
    at = HEADER.index("الجنس")
    rows = [HEADER, changed(status="")]
    lines = [",".join(cell for n, cell in enumerate(row) if n != at) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = (lists.path / "map.toml").read_text(encoding="utf-8")
    listmap = lists.path / "short.toml"
    listmap.write_text(text.replace("r1", "r2").replace("2019-01", "2019-02"), encoding="utf-8")
    with pytest.raises(Invalid, match="has no column 'الجنس'"):
        lists.take_file(path, listmap)
    start = text.index("[fields.sex]")
    text = text[:start] + text[text.index("[fields.age_group]") :]
    text = text.replace('"r1"', '"r2"').replace("2019-01", "2019-02")
    listmap.write_text(
        text.replace("[list]", '[list]\nsays_nothing_of = ["sex"]'), encoding="utf-8"
    )
    assert lists.take_file(path, listmap)[1] == {"ClassificationRevised": 1}
    assert (lists.state().sex, lists.state().status) == ("male", "unknown")
    for wrong, said in (
        ('["sex"]', "the map says what sex is"),
        ('["kind"]', "is none of"),
        ('"sex"', "must be a list"),
    ):
        path = lists.path / "wrong.toml"
        whole = (lists.path / "map.toml").read_text(encoding="utf-8")
        path.write_text(
            whole.replace("[list]", f"[list]\nsays_nothing_of = {wrong}"), encoding="utf-8"
        )
        with pytest.raises(Invalid, match=said):
            read_map(path)
