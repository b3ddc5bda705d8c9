"""The HTTP interface: what comes in, what is asked, what is refused."""

import orjson
import pytest
from starlette.testclient import TestClient

from api.framing import write_notes
from api.freeze import freeze
from api.http.app import create_app
from api.http.limits import Limits
from api.plan import read_plan
from audit.verify import verify_bundle
from domain.errors import Rejected
from ledger.acceptance import open_acceptance
from ledger.checkpoint import open_checkpoint
from ledger.export import export, open_target
from ledger.merkle import leaf_hash
from ledger.note import VerifierKey, verifier

PLAN = """
name = "march"
period = "2020-03"
[title]
en = "March"
ar = "آذار"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party"]
"""


@pytest.fixture
def client(office):
    with TestClient(create_app(office.ledger, office.registry, office.folder.reports)) as found:
        yield found


def post(client, note, media="text/plain"):
    return client.post("/events", content=note, headers={"content-type": media})


def test_a_posted_note_is_answered_with_its_place_and_the_log_s_promise(office, client):
    answer = post(client, office.note())
    assert answer.status_code == 201
    found = answer.json()
    log = verifier(office.ledger.authority.log)
    promised = open_acceptance(found["acceptance"].encode(), log)
    assert promised.leaves == ((found["index"], leaf_hash(found["entry"].encode())),)
    assert open_checkpoint(found["checkpoint"].encode(), log).size == found["index"] + 1


def test_the_same_note_again_is_success_and_stores_nothing(office, client):
    note = office.note()
    first = post(client, note).json()
    again = post(client, note)
    assert again.status_code == 200
    assert again.json()["again"] is True
    assert again.json()["index"] == first["index"]
    assert client.get("/health").json()["size"] == first["index"] + 1


def test_a_conflict_says_the_current_version_and_who_signed_it(office, client):
    claim = office.record().stream
    revision = {"reason_code": "new-evidence", "reason": "seen"}
    one, other = (
        office.desk.compose_revision(claim, "sex", sex, office.signers[name], **revision)[0]
        for sex, name in (("female", "documenter-1"), ("male", "reviewer-1"))
    )
    assert post(client, one).status_code == 201
    answer = post(client, other)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["rule"] == "version-taken"
    assert problem["version"] == 2
    assert problem["signed_by"].startswith("documenter-1+")


def test_many_notes_are_judged_each_on_its_own(office, client):
    good = [office.note() for _ in range(3)]
    bad = good[0].replace(b"killing", b"killinq")
    answer = post(client, write_notes([*good, bad]), "application/vnd.sijill.notes")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["accepted"], found["rejected"]) == (3, 1)
    assert [one["status"] for one in found["outcomes"]] == [201, 201, 201, 403]
    assert found["outcomes"][3]["rule"] == "bad-signature"


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", "text/plain", 400),
        (b"hello\n", "text/plain", 400),
        (b"\xff\xfe", "application/octet-stream", 400),
        (b"x" * 70_000, "text/plain", 413),
        (b"sijill", "application/json", 415),
        (b"", "application/vnd.sijill.notes", 400),
        (b"12\nshort", "application/vnd.sijill.notes", 400),
        (b"99999999\nshort", "application/vnd.sijill.notes", 400),
        (b"-5\nshort", "application/vnd.sijill.notes", 400),
    ],
)
def test_bad_bodies_are_problems_and_store_nothing(office, client, body, media, status):
    before = office.ledger.recorder.tree_size()
    answer = post(client, body, media)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert office.ledger.recorder.tree_size() == before


def test_tolls_are_those_of_the_questions_and_have_etags(office, client):
    office.record()
    query = "/tolls?documented=2020-03&where=status%3Dcivilian&by=party"
    first = client.get(query)
    assert first.json()["total"] == 1
    assert first.json()["rows"][0]["party"] == "russian-forces"
    same = client.get(query, headers={"if-none-match": first.headers["etag"]})
    assert same.status_code == 304
    office.record()
    later = client.get(query, headers={"if-none-match": first.headers["etag"]})
    assert later.status_code == 200
    assert later.json()["total"] == 2


def test_an_answer_as_of_an_index_never_changes(office, client):
    at = office.record().accepted.log_index
    before = client.get(f"/tolls?at={at}")
    office.record()
    after = client.get(f"/tolls?at={at}")
    assert "immutable" in after.headers["cache-control"]
    assert before.json() == after.json()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("/tolls?wher=status%3Dcivilian", 422),
        ("/tolls?where=status%3Dcivlian", 400),
        ("/tolls?where=status", 400),
        ("/tolls?by=partty", 400),
        ("/tolls?documented=2020-13", 400),
        ("/tolls?documented=2020-03&happened=2020-03", 400),
        ("/tolls?at=99999", 404),
        ("/tolls?at=yesterday", 400),
        ("/tolls?at=%00", 400),
        ("/claims?limit=0", 422),
        ("/claims?limit=99999999999999999999999", 422),
        ("/claims/nobody", 422),
        ("/claims/3f1c9a44-0f3e-4c55-9d06-6c1f0a3b2d10", 404),
        ("/reports/none", 404),
        ("/reports/none/bundle", 404),
        ("/nowhere", 404),
        ("/checkpoint?x=1", 422),
    ],
)
def test_questions_that_cannot_be_answered_are_problems(client, query, status):
    answer = client.get(query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_claims_come_in_pages_with_links(office, client):
    names = sorted(office.record().stream for _ in range(5))
    listed, url = [], "/claims?limit=2"
    while url:
        answer = client.get(url)
        listed += [one["id"] for one in answer.json()["claims"]]
        url = answer.links.get("next", {}).get("url")
    assert listed == names


def test_a_claim_and_its_history_hold_digests_and_never_the_name(office, client):
    done = office.record(person={"name": "Secretname", "national_id": "12345"})
    uuid = done.stream.partition("/")[2]
    for path in (f"/claims/{uuid}", f"/claims/{uuid}/history", "/claims", "/traces", "/tolls"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Secretname" not in answer.text
        assert "12345" not in answer.text
    assert set(client.get(f"/claims/{uuid}").json()["state"]["person"]["name"]) == {"sealed"}


def test_traces_massacres_keys_rules_reports_and_the_checkpoint_are_served(office, client):
    for _ in range(2):
        office.record()
    assert client.get("/traces?limit=1").json()["next"] is not None
    assert client.get("/massacres").json()["threshold"] == 5
    keys = client.get("/keys").json()
    assert next(key["enrolments"][-1]["roles"] for key in keys["keys"]) == ["documenter"]
    assert client.get("/rules").json()["rules"]["version"] == 1
    log = verifier(office.ledger.authority.log)
    assert open_checkpoint(client.get("/checkpoint").content, log).size == 8


def test_a_frozen_report_s_bundle_verifies_as_served(office, client):
    office.record()
    frozen = freeze(
        office.ledger,
        office.registry,
        read_plan(PLAN),
        office.signers["publisher-1"],
        "2020-04-02T10:00:00Z",
    )
    office.folder.keep_bundle("march", frozen.bundle)
    assert client.get("/reports").json()["reports"][0]["id"] == "report/march"
    assert client.get("/reports/march").json()["state"]["frozen"]["figures"][0]["value"] == 1
    report = client.get("/reports/march").json()
    assert (report["status"], report["superseded_by"]) == ("frozen", None)
    history = client.get("/reports/march/history").json()["events"]
    assert [one["type"] for one in history] == ["ReportFrozen"]
    raw = client.get("/reports/march/bundle").content
    assert verify_bundle(raw, [VerifierKey.parse(office.ledger.authority.log)]).verified


def test_the_log_is_the_same_bytes_over_http_and_as_exported_files(office, client, tmp_path):
    for _ in range(20):
        office.record()
    site = tmp_path / "site"
    export(office.ledger, open_target(str(site)))
    names = [path.relative_to(site) for path in site.rglob("*") if path.is_file()]
    assert len(names) == 3
    for name in names:
        answer = client.get(f"/{name}")
        assert answer.content == (site / name).read_bytes()
        immutable = "immutable" in answer.headers["cache-control"]
        assert immutable == (str(name) != "checkpoint")
    assert client.get("/tile/0/000").status_code == 404
    assert client.get("/tile/0/000.p/200").status_code == 404
    assert client.get("/tile/0/0").status_code == 400
    assert client.get("/tile/entries/000.p/3").headers["content-type"] == "application/octet-stream"


def test_a_client_that_asks_too_fast_is_told_to_wait(office):
    limits = Limits(rate=0.001, burst=2)
    app = create_app(office.ledger, office.registry, office.folder.reports, limits)
    with TestClient(app) as client:
        codes = [client.get("/health").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        assert int(client.get("/health").headers["retry-after"]) > 0


def test_all_addresses_of_one_ipv6_network_are_one_client(office):
    limits = Limits(rate=0.001, burst=1)
    app = create_app(office.ledger, office.registry, office.folder.reports, limits)

    def ask(address):
        return TestClient(app, client=(address, 50000)).get("/health").status_code

    asked = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "192.0.2.1"]
    assert [ask(address) for address in asked] == [200, 429, 200, 200]
    assert ask("::ffff:192.0.2.1") == 429


@pytest.mark.parametrize("path", ["/health", "/tolls", "/checkpoint", "/nowhere", "/docs"])
def test_head_is_get_without_the_content(client, path):
    head, got = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == got.headers["content-type"]


def test_every_answer_has_the_headers_and_the_page_has_no_script(client):
    answer = client.get("/docs")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "GET /tolls" in answer.text
    assert "<script" not in answer.text
    assert orjson.loads(client.get("/openapi.json").content)["info"]["title"] == "sijill"


def test_a_ledger_opened_to_read_accepts_nothing(office, tmp_path):
    ledger = office.folder.open_ledger()
    with TestClient(create_app(ledger, office.registry, office.folder.reports)) as client:
        answer = post(client, office.note())
        assert (answer.status_code, answer.json()["rule"]) == (403, "read-only")
    with pytest.raises(Rejected, match="can only be read"):
        ledger.accept(office.note())
    ledger.close()


def test_reconciliation_is_asked_with_the_parameters_of_the_command_line(office, client):
    empty = client.get("/reconciliation")
    assert empty.status_code == 200
    assert empty.json()["figures"] == []
    assert (
        client.get(f"/reconciliation?at={empty.json()['ledger']['size'] - 1}")
        .headers["cache-control"]
        .endswith("immutable")
    )
    assert client.get("/reconciliation?publisher=a&publisher=b&period=2020-03").status_code == 200
    for query, status in (
        ("measure=deats", 400),
        ("period=soon", 400),
        ("measure=deaths&measure=massacres", 422),
        ("measur=deaths", 422),
    ):
        assert client.get(f"/reconciliation?{query}").status_code == status, query
