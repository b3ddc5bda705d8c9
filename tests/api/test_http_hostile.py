"""What the HTTP interface does with requests that nobody sends by mistake, and on its bad days."""

import asyncio
import sqlite3

import pytest
from starlette.testclient import TestClient

from api.framing import write_notes
from api.http.app import create_app
from api.http.limits import Limits
from domain.errors import SijillError
from ledger.tiles import new_tiles, partial_tiles
from tests.api.test_http import post

UNLIMITED = Limits(rate=1e9, burst=10**9)
NOTES = "application/vnd.sijill.notes"
PROBLEM = "application/problem+json"
SAFE = ("x-content-type-options", "referrer-policy", "content-security-policy")


@pytest.fixture
def app(office):
    return create_app(office.ledger, office.registry, office.folder.reports, UNLIMITED)


@pytest.fixture
def client(app):
    # As a server does: an error inside is an answer, not an exception in the test.
    with TestClient(app, raise_server_exceptions=False) as found:
        yield found


def send_raw(app, method, path, messages, headers=(), query=b""):
    """The status and body of the answer to a request as no client library would send it."""
    coming, sent = iter(messages), []

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("192.0.2.1", 5),
        "server": ("127.0.0.1", 80),
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent)


def ask_raw(app, path, query=b"", host=b"a"):
    empty = {"type": "http.request", "body": b"", "more_body": False}
    return send_raw(app, "GET", path, [empty], [(b"host", host)], query)


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00%2B23:59",
        "9999-12-31T23:59:59-23:59",
        "-1",
        "%C2%B2",
        "%D9%A1",
        "%00",
        "%ff",
        "1" * 5000,
    ],
)
def test_a_state_that_cannot_be_named_so_is_a_refusal(client, at):
    answer = client.get(f"/tolls?at={at}")
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "query",
    [
        "documented=0000",
        "documented=2020-03%00",
        "documented=%D9%A2%D9%A0%D9%A2%D9%A0",
        "documented=../..",
        "where=month%3D9999-99",
        "where=party%3D" + "%2B" * 60,
        "where=governorate%3D%EF%BF%BF",
        "where=status%3D,,,",
        "where=" + "x" * 5000,
        "by=party,party",
        "by=,,,",
        "&".join(["where=status%3Dcivilian"] * 31),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_refusal(client, query):
    answer = client.get(f"/tolls?{query}")
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("query", [b"at=\xff\xfe", b"where=\xd9\xa1=1", b"\x00=\x80"])
def test_bytes_that_no_address_may_hold_are_a_refusal(app, query):
    status, body = ask_raw(app, "/tolls", query)
    assert status == 400
    assert b'"status":400' in body


@pytest.mark.parametrize("host", [b"[", b"[::1", b"a/x?y#", b"\xff\xfe", b"", b"a:99999999"])
def test_a_malformed_host_changes_neither_answers_nor_refusals(app, host):
    assert ask_raw(app, "/tolls", host=host)[0] == 200
    status, body = ask_raw(app, "/reports/none", host=host)
    assert status == 404
    assert b'"instance":"/reports/none"' in body


@pytest.mark.parametrize("twice", ["at=1&at=2", "documented=2020-03&documented=2020-04"])
def test_a_parameter_given_twice_is_refused_instead_of_one_being_passed_over(client, twice):
    answer = client.get(f"/tolls?{twice}")
    assert answer.status_code == 422
    assert twice.partition("=")[0] in answer.json()["detail"]
    assert client.get("/tolls?by=party&by=sex&where=sex%3Dmale&where=kind%3Dkilling").is_success


def test_a_parameter_of_no_use_is_refused_where_none_is_taken(office, client):
    answer = client.post(
        "/events?dry_run=1", content=office.note(), headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 422
    assert client.get("/health?x=1").status_code == 422
    assert client.get("/health").json()["size"] == office.ledger.recorder.tree_size() == 6


@pytest.mark.parametrize(
    "path",
    [
        "/tile/..%2F..%2Fledger.db",
        "/tile/64/000",
        "/tile/0/000.p/256",
        "/tile/%D9%A0/000",
        "/tile/0/%00",
        "/reports/..%2Fledger/bundle",
        "/reports/%2e%2e/bundle",
        "/reports/a%0A/bundle",
        "/claims/3F1C9A44-0F3E-4C55-9D06-6C1F0A3B2D10",
    ],
)
def test_no_path_leads_out_of_what_is_served(client, path):
    answer = client.get(path)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "body",
    [b"0\n", b"00005\nhello", b"\xd9\xa1\nx", b"+1\nx", b"1_0\nxxxxxxxxxx", b"1\r\nx", b"3\nabc3"],
)
def test_a_length_written_in_any_other_way_is_broken_framing(office, client, body):
    assert post(client, body, NOTES).status_code == 400
    assert office.ledger.recorder.tree_size() == 6


def test_framing_broken_after_good_notes_stores_none_of_them(office, client):
    good = [office.note() for _ in range(3)]
    answer = post(client, write_notes(good) + b"12\nshort", NOTES)
    assert answer.status_code == 400
    assert office.ledger.recorder.tree_size() == 6


def test_a_body_without_a_length_is_read_no_further_than_allowed(office):
    limits = UNLIMITED._replace(stream=100_000)

    def chunks():
        for _ in range(11):
            yield b"x" * 10_000

    app = create_app(office.ledger, office.registry, office.folder.reports, limits)
    with TestClient(app, raise_server_exceptions=False) as client:
        assert "content-length" not in client.build_request("POST", "/", content=chunks()).headers
        assert post(client, chunks(), NOTES).status_code == 413
        assert post(client, chunks(), "text/plain").status_code == 413
        assert post(client, b"x" * 100_001, NOTES).status_code == 413


def test_a_client_that_leaves_in_the_middle_of_a_note_stores_nothing(office, app):
    messages = [
        {"type": "http.request", "body": office.note()[:-1], "more_body": True},
        {"type": "http.disconnect"},
    ]
    # It would raise if it were taken for an error of ours, and be logged with a traceback.
    send_raw(app, "POST", "/events", messages, [(b"content-type", b"text/plain")])
    assert office.ledger.recorder.tree_size() == 6


def test_when_a_stream_stops_half_way_the_answer_says_what_is_in_the_log(office):
    def stopping():
        ticks.append(1)
        if len(ticks) == 2:
            raise SijillError("the clock cannot be read")
        return "2020-04-03T09:00:00.000Z"

    ticks: list[int] = []
    log_keys = office.folder.log_keys(office.ledger.authority, lambda _: "p")
    ledger = office.folder.open_ledger(log_keys, clock=stopping)
    # One transaction of good notes with a bad one among them, and one note more.
    first = office.note()
    notes = [first, b"no note", *[b"nor this"] * 1998, office.note()]
    app = create_app(ledger, office.registry, office.folder.reports, UNLIMITED)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = post(client, write_notes(notes), NOTES)
        assert answer.status_code == 200
        found = answer.json()
        assert [found["outcomes"][n]["status"] for n in (0, 1, 2000)] == [201, 400, 503]
        assert (found["accepted"], found["rejected"]) == (1, 2000)
        assert len(found["receipts"]) == 1
        assert ledger.recorder.tree_size() == found["outcomes"][0]["index"] + 1
        # Nothing stored at all is a plain refusal.
        ticks[:] = [1]
        assert post(client, write_notes([office.note()]), NOTES).status_code == 503
    ledger.close()


def test_a_history_s_etag_changes_when_a_witness_cosigns_without_a_new_entry(office, client):
    uuid = office.record().stream.partition("/")[2]
    before = client.get(f"/claims/{uuid}/history")
    same = client.get(before.url.path, headers={"if-none-match": before.headers["etag"]})
    assert same.status_code == 304
    size = office.ledger.recorder.tree_size()
    office.ledger.recorder.add_cosignature(size, "witness-1", 1_586_000_000, b"a line\n")
    after = client.get(before.url.path, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["events"][0]["existed_by"] is not None
    assert after.headers["etag"] != before.headers["etag"]


def test_a_bundle_is_named_by_its_bytes(office, client):
    office.folder.keep_bundle("march", b"one bundle")
    first = client.get("/reports/march/bundle")
    headers = {"if-none-match": first.headers["etag"]}
    assert client.get("/reports/march/bundle", headers=headers).status_code == 304
    office.folder.keep_bundle("march", b"another")
    assert client.get("/reports/march/bundle", headers=headers).content == b"another"


def test_damage_is_a_503_that_names_no_file(office, client):
    assert client.get("/tolls").status_code == 200
    with sqlite3.connect(office.folder.path / "projections.db") as database:
        # As if the ledger had been rolled back under its projections.
        database.execute("UPDATE tracking SET notification_id = 9999")
    database.close()
    answer = client.get("/tolls")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == PROBLEM
    assert str(office.folder.path) not in answer.text
    assert "projections" not in answer.text


def test_a_stored_checkpoint_that_does_not_hold_is_not_the_client_s_fault(office, client):
    note = office.note()
    with sqlite3.connect(office.folder.path / "ledger.db") as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute(
            "UPDATE checkpoints SET note = CAST(replace(note, 'register', 'registar') AS BLOB)"
        )
    database.close()
    assert client.get("/checkpoint").status_code == 503
    # A ledger opened after the damage looks at what was signed last before it signs more.
    ledger = office.folder.open_ledger(
        office.folder.log_keys(office.ledger.authority, lambda _: "p")
    )
    app = create_app(ledger, office.registry, office.folder.reports, UNLIMITED)
    with TestClient(app, raise_server_exceptions=False) as other:
        assert post(other, note).status_code == 503
    assert ledger.recorder.tree_size() == 6
    ledger.close()


def test_an_unexpected_error_says_nothing_and_has_every_header(office, client):
    with sqlite3.connect(office.folder.path / "projections.db") as database:
        database.execute("DROP TABLE claim_versions")
    database.close()
    answer = client.get("/tolls")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert "claim_versions" not in answer.text
    assert all(name in answer.headers for name in SAFE)
    # The fault may have come after the commit: an answer must not say that nothing was stored.
    assert "nothing was stored" not in answer.text


def test_nothing_sealed_leaves_by_any_route(office, client):
    sealed = {"name": "Secretname", "national_id": "98765432"}
    incident = office.incident().partition("/")[2]
    answers = [post(client, office.note(person=sealed))]
    claim = answers[0].json()["stream"].partition("/")[2]
    size = office.ledger.recorder.tree_size()
    paths = [
        *(f"/claims/{claim}{end}" for end in ("", "/history")),
        *(f"/incidents/{incident}{end}" for end in ("", "/history")),
        *("/claims", "/tolls", "/massacres", "/traces", "/reports", "/keys", "/rules"),
        *("/checkpoint", "/health", "/docs", "/openapi.json"),
        *(f"/{tile.path}" for tile in {*new_tiles(0, size), *partial_tiles(size)}),
    ]
    answers += [client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [201] + [200] * len(paths)
    assert any("entries" in path for path in paths)
    for answer in answers:
        assert b"Secretname" not in answer.content
        assert b"98765432" not in answer.content


def test_no_other_site_s_page_is_allowed_to_post(office, client):
    asked = client.options(
        "/events",
        headers={"origin": "https://elsewhere.example", "access-control-request-method": "POST"},
    )
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
    answer = client.post(
        "/events",
        content=office.note(),
        headers={"content-type": "text/plain", "origin": "https://elsewhere.example"},
    )
    assert "access-control-allow-origin" not in answer.headers
