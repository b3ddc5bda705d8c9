"""The map is read strictly: what is odd in it is named by its key before any row is read."""

import pytest

from api.importing.listmap import read_map
from api.importing.rows import RowReader
from domain.errors import Invalid
from domain.rules import read_rules, shipped_document
from tests.importing.releases import MAP

TEXT = MAP.format(release="r1", date="2019-01-01")


def read(tmp_path, text):
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    found = read_map(path)
    RowReader(found, read_rules(shipped_document()), "2020-04-02T09:00:00.000Z")
    return found


def test_a_map_names_each_column_once_and_which_are_confidential(tmp_path):
    found = read(tmp_path, TEXT)
    assert sorted(found.columns) == sorted(
        ["id", "status", "place", "party", "الجنس", "العمر", "date", "الاسم", "source"]
    )
    assert found.secret_columns == {"id", "الاسم"}
    assert found.reason == "release r1 of list invented list"


def test_what_is_written_of_a_whole_may_stand_in_a_table_of_its_own(tmp_path):
    text = TEXT.replace('"place.governorate" = "place"', 'place = { governorate = "place" }')
    assert read(tmp_path, text) == read(tmp_path, TEXT)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[list]", "[lists]", "'lists' is unknown"),
        ('record_id = "id"', "", "list.record_id: must be text"),
        ('"2019-01-01"', '"2019"', "list.date: must be a day"),
        ('"2019-01-01"', '"2019-02-30"', "has no day 30"),
        ('kind = "killing"', "", "constants.kind is missing"),
        ('kind = "killing"', 'kind = "murder"', "'murder' is not in the vocabulary"),
        ('kind = "killing"', 'kind = "killing"\nstatus = "civilian"', "both a constant and a"),
        ('status = "status"', 'rank = "status"', "'rank' is no field of a claim"),
        ('status = "status"', "status = 3", "fields.status: must be a table"),
        ('status = "status"', 'status = { column = "x", form = "y" }', "'form' is unknown"),
        ('"male", "أنثى"', '"man", "أنثى"', "'man' is not in the vocabulary"),
        ("[0, 17]", "[0, 18]", "adult and child overlap"),
        ("[0, 17]", "[17]", "the least and the greatest"),
        ("[0, 17]", "[17, 0]", "the least and the greatest"),
        ("%d/%m/%Y", "%d/%b/%Y", "further only"),
        ("%d/%m/%Y", "%d/%Y", "%m where it has %d"),
        ("%d/%m/%Y", "%m/%m/%Y", "twice"),
        ('dates = ["%d', 'values = { a = "2019" }\ndates = ["%d', "read in one way"),
        ('status = "status"', 'status = { column = "s", dates = "%Y" }', "status is no date"),
        ('status = "status"', 'status = { column = "s", split = ";" }', "hold several values"),
        ('attribution.mode = "sole"', "", "attribution needs attribution.mode"),
        ('national_id = "id"', 'passport = "id"', "'passport' is unknown"),
        ("[[sources]]", "[[sauces]]", "'sauces' is unknown"),
        ('id = "list"', 'id = "The List"', "lower-case letters"),
        ('hospital = "medical"', 'hospital = "clinic"', "'clinic' is not in the vocabulary"),
        ('record_id = "id"', 'record_id = "id"\nreason_code = "whim"', "list.reason_code"),
        ("[constants]", '[file]\nencoding = "klingon"\n[constants]', "no encoding that Python"),
        ("[constants]", '[file]\nencoding = "hex"\n[constants]', "no encoding of text"),
        ("[constants]", '[file]\ndelimiter = "ab"\n[constants]', "must be one character"),
        ('"invented list"', '"invented\\u202elist"', "U\\+202E"),
        ('"invented list"', '"' + "x" * 501 + '"', "1 to 500 characters"),
    ],
)
def test_what_is_odd_in_a_map_is_named(tmp_path, old, new, message):
    assert old in TEXT
    with pytest.raises(Invalid, match=message):
        read(tmp_path, TEXT.replace(old, new, 1))
