"""A map is proposed from what the columns hold, and is one that is taken once it is completed."""

import csv

import pytest

from api.importing.listmap import Column, read_map
from api.importing.rows import RowReader
from api.importing.suggest import suggest
from api.importing.tables import columns_of
from domain.errors import Invalid
from domain.rules import read_rules, shipped_document
from tests.importing.releases import Releases

RULES = read_rules(shipped_document())
PLACES = {"إدلب": "SY07", "حلب": "SY02"}


def proposed(tmp_path, file):
    text = suggest(file, RULES).replace('"CHANGE: such as 2024-03-31"', '"2024-03-31"')
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    found = read_map(tmp_path / "map.toml")
    RowReader(found, RULES, "2024-04-02T09:00:00.000Z")
    return found, text


def test_arabic_and_english_columns_are_recognised_by_what_they_hold(tmp_path):
    path = tmp_path / "list.csv"
    header = ["المعرف", "الاسم الكامل", "الجنس", "العمر", "المحافظة", "party", "day", "remarks"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        for number in range(40):
            sex, place = ("ذكر", "أنثى")[number % 2], ("إدلب", "حلب", "؟")[number % 3]
            day = f"{number % 28 + 1:02}/03/2018"
            words = [
                number,
                f"اسم مخترع {number % 7}",
                sex,
                number,
                place,
                "ISIS",
                day,
                "free words",
            ]
            writer.writerow(words)
    found, text = proposed(tmp_path, path)
    assert found.record_id == "المعرف"
    assert found.sealed == {"name": "الاسم الكامل"}
    assert found.fields["sex"].values == {"ذكر": "male", "أنثى": "female"}
    assert found.fields["place.governorate"].values == PLACES
    assert found.fields["attribution.parties"].values == {"ISIS": "isis"}
    assert found.fields["happened_on"] == Column("day", dates=("%d/%m/%Y",))
    assert found.fields["age_group"].ranges == (("child", 0, 17), ("adult", 18, 130))
    assert '# without a term: "؟"' in text
    assert '# "remarks"' in text
    assert "مخترع" not in text


def test_the_invented_list_is_proposed_as_it_is_mapped_by_hand(tmp_path):
    file, by_hand = Releases(5, 100).write(tmp_path, 1)
    found, _ = proposed(tmp_path, file)
    known = read_map(by_hand)
    assert found.record_id == known.record_id
    for field in ("sex", "age_group", "status", "place.governorate", "attribution.parties"):
        assert found.fields[field].column == known.fields[field].column


@pytest.mark.parametrize("raw", [b"", b"\n", b",,\n"])
def test_a_file_without_columns_is_named(tmp_path, raw):
    path = tmp_path / "list.csv"
    path.write_bytes(raw)
    with pytest.raises(Invalid, match="has no column"):
        columns_of(path)


def test_columns_of_json_lines_are_the_members_of_its_objects(tmp_path):
    path = tmp_path / "list.jsonl"
    path.write_text('{"id": 1}\n[]\n{\n{"id": 2, "name": "x"}\n', "utf-8")
    assert columns_of(path) == ["id", "name"]
