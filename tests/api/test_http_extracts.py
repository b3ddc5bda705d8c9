"""Extracts over HTTP: the bytes of the command's files, within limits, named by their state."""

import io
import zipfile

import pytest
from openpyxl import load_workbook
from pyarrow import parquet
from starlette.testclient import TestClient

from api.extract.files import FORMATS, Options, write_file
from api.extract.rows import Asked, extract
from api.http.app import create_app
from api.http.limits import Limits
from api.questions import Filters, Questions
from audit.extract import verify_extract
from ledger.note import verifier


@pytest.fixture
def served(office):
    """Three deaths; gives a client with the limits asked for."""
    for _ in range(3):
        office.record()

    def client(**limits):
        app = create_app(office.ledger, office.registry, office.folder.reports, Limits(**limits))
        return TestClient(app)

    return client


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        (kind, suffix)
        for kind in ("claims", "toll", "members")
        for suffix in FORMATS
        if (kind, suffix) != ("members", ".geojson")
    ],
)
def test_a_file_is_byte_for_byte_the_command_s(office, served, kind, suffix):
    by = ["governorate"] if kind == "toll" else []
    answer = served().get(f"/extracts/{kind}{suffix}", params={"by": by, "language": "ar"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == FORMATS[suffix]
    assert answer.headers["content-disposition"] == f'attachment; filename="{kind}{suffix}"'
    ask, made = Questions(office.ledger, office.registry), io.BytesIO()
    taken = extract(ask, Asked(kind, Filters(by=by), "deaths", "ar"))
    write_file(ask, taken, suffix, made, Options())
    assert answer.content == made.getvalue()
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_package_verifies_and_a_workbook_and_a_parquet_open(office, served):
    client = served()
    log = verifier(office.ledger.authority.log)
    raw = client.get("/extracts/claims.zip", params={"licence": "CC BY 4.0"}).content
    assert verify_extract(raw, [log]).verified
    assert "data/claims.csv" in zipfile.ZipFile(io.BytesIO(raw)).namelist()
    book = load_workbook(io.BytesIO(client.get("/extracts/claims.xlsx?hxl=true").content))
    assert book.worksheets[0].max_row == 5
    table = parquet.read_table(io.BytesIO(client.get("/extracts/claims.parquet").content))
    assert table.num_rows == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("people.csv", 422),
        ("claims.exe", 422),
        ("claims", 422),
        ("../ledger.csv", 404),
        ("claims.csv?hxl=true&hxl=true", 422),
        ("claims.jsonl?hxl=true", 400),
        ("claims.csv?licence=CC0", 400),
        ("claims.csv?by=sex", 400),
        ("claims.csv?where=sex=neither", 400),
        ("claims.csv?filter=all", 422),
        ("claims.csv?measure=massacres", 400),
        ("toll.geojson", 400),
        ("members.geojson", 400),
        ("incidents.csv?documented=2020", 400),
        ("claims.csv?at=9999", 404),
    ],
)
def test_what_cannot_be_taken_out_is_refused_as_a_problem(served, path, status):
    answer = served().get(f"/extracts/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_extract_beyond_the_limit_is_refused_in_every_format(served):
    client = served(extract=100)
    for suffix in FORMATS:
        answer = client.get(f"/extracts/claims{suffix}")
        assert (answer.status_code, answer.json()["rule"]) == (413, "oversize"), suffix


def test_only_so_many_are_made_at_a_time(served):
    answer = served(extracts=0).get("/extracts/claims.csv")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_refused_extract_leaves_its_place_to_others(served):
    client = served(extracts=1, extract=2000)
    for _ in range(3):
        assert client.get("/extracts/claims.csv").status_code == 200
        assert client.get("/extracts/claims.zip").status_code == 413


def test_the_same_file_is_not_sent_twice(office, served):
    client = served()
    first = client.get("/extracts/claims.csv")
    again = client.get("/extracts/claims.csv", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    office.record()
    later = client.get("/extracts/claims.csv", headers={"if-none-match": first.headers["etag"]})
    assert later.status_code == 200
    size = int(first.text.splitlines()[1].split(",")[-2])
    old = client.get("/extracts/claims.csv", params={"at": str(size - 1)})
    assert old.content == first.content
    assert "immutable" in old.headers["cache-control"]


def test_head_says_how_long_it_is(served):
    client = served()
    whole = client.get("/extracts/claims.csv")
    head = client.head("/extracts/claims.csv")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
