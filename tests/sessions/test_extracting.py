"""Rows taken out into files, at the command line."""

import csv
import json
from base64 import b64decode

import duckdb
import pytest
from openpyxl import load_workbook

from domain.dates import parse_dates


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def take(march, tmp_path):
    """Take an extract; gives its path."""

    def take(kind, name, *arguments, **options):
        path = tmp_path / name
        march.run("extract", kind, "--out", path, *arguments, **options)
        return path

    return take


def test_claims_are_those_of_the_registry_with_the_state_they_were_taken_at(march, take):
    asked = ("--where", "party=russian-forces", "--at", "200")
    listed = march.json("claims", *asked, "--limit", "1000")
    rows = read_csv(take("claims", "claims.csv", *asked))
    assert [row["claim"] for row in rows] == [one["id"] for one in listed["claims"]]
    assert rows
    for row, one in zip(rows, listed["claims"], strict=True):
        assert row["ledger_size"] == "201"
        assert row["ledger_root_hex"] == b64decode(listed["ledger"]["root"]).hex()
        assert row["cause"] == one["cause"]
        assert row["documented"] == one["documented"]
        days = parse_dates(one["documented"])
        assert (row["documented_earliest"], row["documented_latest"]) == (days.first, days.last)


def test_csv_ends_its_lines_as_its_standard_says_and_has_no_mark_before_them(take):
    raw = take("incidents", "incidents.csv").read_bytes()
    assert raw.startswith(b"incident,index,happened,happened_earliest,happened_latest,party,")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 5


def test_hashtags_stand_in_the_second_row(take):
    names, hashtags = take("claims", "claims.csv", "--hxl").read_text().splitlines()[:2]
    tagged = dict(zip(names.split(","), hashtags.split(","), strict=True))
    assert tagged["governorate"] == "#adm1+code"
    assert tagged["district_name"] == "#adm2+name+i_en"
    assert all(tag.startswith("#") for tag in tagged.values())


def test_the_formats_hold_the_same_rows(take):
    lines = read_lines(take("incidents", "incidents.jsonl"))
    written = json.loads(take("incidents", "incidents.geojson").read_text())
    assert [feature["properties"] for feature in written["features"]] == lines
    assert {feature["geometry"] for feature in written["features"]} == {None}
    assert b64decode(written["ledger"]["root"]).hex() == lines[0]["ledger_root_hex"]
    told = [
        {name: "" if value is None else str(value) for name, value in line.items()}
        for line in lines
    ]
    assert read_csv(take("incidents", "incidents.csv")) == told


def test_places_are_p_codes_with_their_names_in_the_language_asked_for(take):
    english, arabic = (
        [
            (row["governorate"], row["governorate_name"])
            for row in read_csv(take("incidents", f"{one}.csv", "--language", one))
        ]
        for one in ("en", "ar")
    )
    assert ("SY07", "Idleb") in english
    assert ("SY07", "إدلب") in arabic
    assert ("", "Unknown") in english
    assert ("", "غير معروف") in arabic


def test_a_toll_has_the_rows_and_the_total_of_the_question(march, take):
    asked = ("--documented", "2020-03", "--by", "party")
    rows = read_lines(take("toll", "toll.jsonl", *asked))
    toll = march.json("toll", *asked)
    assert [(row["party"], row["deaths"]) for row in rows] == [
        (row["party"], row["deaths"]) for row in toll["rows"]
    ]
    assert sum(row["deaths"] for row in rows) == toll["total"]
    written = take("toll", "toll.geojson", "--by", "governorate").read_text()
    assert written == march.run("toll", "--by", "governorate", "--format", "geojson")


def test_members_are_those_that_are_counted(march, take):
    asked = ("--documented", "2020-03", "--where", "status=civilian")
    rows = read_lines(take("members", "members.jsonl", *asked))
    assert len(rows) == march.json("toll", *asked)["total"]
    assert {row["status"] for row in rows} == {"civilian"}
    assert all(row["documented"].startswith("2020-03") for row in rows)


def test_massacres_are_taken_with_the_claims_that_make_them(march, take):
    listed = march.json("massacres")["massacres"]
    rows = read_lines(take("massacres", "massacres.jsonl"))
    assert [(row["incident"], row["deaths"]) for row in rows] == [
        (one["incident"], one["deaths"]) for one in listed
    ]
    members = read_lines(take("members", "members.jsonl", "--measure", "massacres"))
    assert [(row["member"], row["claim"]) for row in members] == [
        (one["incident"], claim) for one in listed for claim in one["claims"]
    ]


def test_incidents_are_chosen_by_what_they_have_of_their_own(take):
    some = read_lines(take("incidents", "i.jsonl", "--where", "governorate=SY07"))
    assert {row["governorate"] for row in some} == {"SY07"}
    in_march = read_lines(take("incidents", "i.jsonl", "--happened", "2020-03"))
    assert in_march
    assert all(row["happened"].startswith("2020-03") for row in in_march)
    assert not read_lines(take("incidents", "i.jsonl", "--happened", "2019"))


def test_what_was_taken_is_told(march, tmp_path):
    told = march.json(
        "extract", "claims", "--out", tmp_path / "c.csv", "--where", "sex=female", "--at", "150"
    )
    assert told["ledger"]["size"] == 151
    assert told["definition"]["measure"] == "claims"
    assert told["sentence"]["en"] == "Claims of every kind and standing (sex female)"
    assert len(told["definition_sha256"]) == 64
    assert told["bytes"] == (tmp_path / "c.csv").stat().st_size


def test_a_workbook_says_what_it_is_and_holds_the_rows(march, take):
    lines = read_lines(take("incidents", "i.jsonl"))
    book = load_workbook(take("incidents", "i.xlsx", "--hxl"))
    rows, about = book.worksheets
    assert (rows.title, about.title) == ("incidents", "about")
    assert not rows.sheet_view.rightToLeft
    _, hashtags, *written = rows.iter_rows(values_only=True)
    assert "#adm1+code" in hashtags
    assert [
        tuple(one.date().isoformat() if hasattr(one, "date") else one for one in row)
        for row in written
    ] == [tuple(line.values()) for line in lines]
    told = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    assert told["root of the ledger"] == march.json("toll")["ledger"]["root"]
    assert told["entries of the ledger"] == 235
    assert told["what the rows are"] == "Incidents of every standing"


def test_sheets_of_an_arabic_workbook_are_read_from_right_to_left(take):
    book = load_workbook(take("toll", "t.xlsx", "--by", "party", "--language", "ar"))
    assert all(sheet.sheet_view.rightToLeft for sheet in book.worksheets)
    titles = [cell.value for cell in book.worksheets[0][1]]
    assert titles[:2] == ["الجهة المسؤولة", "الجهة المسؤولة: الاسم"]


def test_parquet_has_types_and_says_what_it_is(march, take):
    lines = read_lines(take("claims", "c.jsonl", "--documented", "2020-03"))
    path = take("claims", "c.parquet", "--documented", "2020-03")
    ask = duckdb.connect().execute
    types = [row[1] for row in ask(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    assert types[:4] == ["VARCHAR", "BIGINT", "VARCHAR", "DATE"]
    assert [
        tuple(one.isoformat() if hasattr(one, "isoformat") else one for one in row)
        for row in ask(f"SELECT * FROM '{path}'").fetchall()
    ] == [tuple(line.values()) for line in lines]
    ((about,),) = ask(
        f"SELECT value FROM parquet_kv_metadata('{path}') WHERE key = 'sijill'"
    ).fetchall()
    assert json.loads(about)["ledger"] == march.json("toll")["ledger"]


@pytest.mark.parametrize(("ends", "library"), [("xlsx", "xlsxwriter"), ("parquet", "pyarrow")])
def test_without_the_extra_libraries_it_is_said_what_to_install(march, tmp_path, ends, library):
    (tmp_path / f"{library}.py").write_text(f"raise ModuleNotFoundError(name='{library}')")
    path = f"{tmp_path}:{march.environment['PYTHONPATH']}"
    out = tmp_path / f"c.{ends}"
    said = march.run("extract", "claims", "--out", out, code=2, PYTHONPATH=path)
    assert "pip install 'sijill[exports]'" in said
    assert [one.name for one in tmp_path.iterdir() if "c." in one.name] == []
    march.run("extract", "claims", "--out", tmp_path / "c.csv", PYTHONPATH=path)


def outcomes(verdict):
    return {check["what"]: check["outcome"] for check in verdict["checks"]}


AGAIN = "the rows are those of the ledger"


@pytest.mark.parametrize("at", ["100", "234"])
def test_a_package_is_verified_alone_and_against_the_ledger(march, take, at):
    path = take("claims", "march.zip", "--documented", "2020-03", "--at", at)
    trust = ("--trust", march.json("key", "list")["log"])
    told = march.run("verify", path, *trust)
    assert "VERIFIED: the state of the ledger, and not the rows." in told
    assert "nobody signs them" in told
    alone = march.json("verify", path, *trust)
    assert alone["verified"]
    assert AGAIN not in outcomes(alone)
    assert "nobody signs them" in alone["not_proved"][0]
    ledger = march.environment["SIJILL_LEDGER"]
    again = march.json("verify", path, *trust, "--ledger", ledger)
    assert outcomes(again)[AGAIN] == "holds"
    assert not any("nobody signs them" in line for line in again["not_proved"])
    told = march.run("verify", path, *trust, "--ledger", ledger)
    assert "VERIFIED.\n" in told


def test_a_package_whose_rows_were_changed_is_found(march, take):
    path = take("toll", "toll.zip", "--by", "party")
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"russian-forces,", b"Russian-forces,", 1))
    verdict = json.loads(
        march.run(
            *("verify", path, "--trust", march.json("key", "list")["log"]),
            *("--format", "json"),
            code=1,
        )
    )
    assert {check["file"] for check in verdict["checks"] if check["outcome"] == "fails"} == {
        "data/toll.csv",
        "datapackage.json",
    }


def test_a_package_of_another_ledger_is_not_its_own(march, founded, take):
    path = take("claims", "march.zip")
    trust = ("--trust", march.json("key", "list")["log"])
    said = march.run("verify", path, *trust, "--ledger", founded.folder / "records", code=1)
    assert AGAIN in said
    assert "NOT VERIFIED." in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("claims", "--out", "c.txt"), "must end in one of .csv"),
        (("claims", "--out", "c.csv", "--by", "party"), "listed one by one"),
        (("massacres", "--out", "c.csv", "--by", "party"), "listed one by one"),
        (("incidents", "--out", "c.csv", "--documented", "2020-03"), "an incident happened"),
        (("incidents", "--out", "c.csv", "--where", "sex=female"), "of incidents ask"),
        (("claims", "--out", "c.csv", "--measure", "massacres"), "--measure is for members"),
        (("claims", "--out", "c.jsonl", "--hxl"), "--hxl is for"),
        (("members", "--out", "c.geojson"), "members have no place"),
        (("toll", "--out", "c.geojson"), "give one --by"),
        (("claims", "--out", "c.geojson", "--licence", "CC0"), "--licence is for .zip"),
        (("claims", "--out", "c.geojson", "--boundaries", "x"), "is for a toll"),
        (("claims", "--out", "c.zip", "--licence", " "), "--licence: is empty"),
        (("claims", "--out", "c.zip", "--licence", "CC\x1b[2J"), "control"),
        (("claims", "--out", "c.csv", "--language", "fr"), "one of en, ar"),
        (("reports", "--out", "c.csv"), "one of claims, incidents"),
        (("claims", "--out", "c.zip", "--hxl"), "--hxl is for .csv and .xlsx"),
        (("toll", "--out", "c.geojson", "--licence", "CC0"), "--boundaries needs --licence"),
        (("claims", "--out", "c.csv", "--where", "sex=femal"), "did you mean female"),
        (("claims", "--out", "none/c.csv"), "No such file"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_leaves_no_file(march, arguments, message):
    before = sorted(march.folder.iterdir())
    assert message in march.run("extract", *arguments, code=2)
    assert sorted(march.folder.iterdir()) == before
