"""Sealed fields over HTTP: digests come in, values never; an erasure erases before it is kept."""

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.sealing import compose_erasure, compose_sealing

WHY = {"reason_code": "correction", "reason": "misread"}
ERASURE = {"reason_code": "safety", "reason": "the family asked"}


@pytest.fixture
def client(office):
    with TestClient(create_app(office.ledger, office.registry, office.folder.reports)) as found:
        yield found


@pytest.fixture
def claim(office):
    return office.record().stream


def post(client, note):
    return client.post("/events", content=note, headers={"content-type": "text/plain"})


def revealed(office, claim):
    with office.folder.revealing(office.ledger, lambda _: "p") as reveal:
        return reveal(claim)


def composed(office, claim, kind, body, signer="reviewer-1"):
    return office.desk.compose(office.desk.head(claim), kind, body, [office.signers[signer]])[0]


def test_a_sealing_is_posted_and_read_back_as_its_digest(office, client, claim):
    signer = office.signers["documenter-1"]
    sealing = compose_sealing(office.desk, claim, "name", "اسم آخر", signer=signer, why=WHY)
    assert post(client, sealing.note).status_code == 201
    state = client.get(f"/claims/{claim.removeprefix('claim/')}").json()["state"]
    assert state["person"] == {"name": {"sealed": sealing.digest}}
    assert state["erased"] is False
    assert revealed(office, claim) == {"name": "اسم آخر"}


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        ("FieldSealed", {"to": "اسم آخر"}, "sealed-field-in-clear"),
        ("FieldSealed", {"to": {"sealed": "اسم آخر"}}, "malformed-field"),
        ("FieldSealed", {"to": {"sealed": "A" * 43, "value": "اسم آخر"}}, "sealed-field-in-clear"),
        ("FieldSealed", {"from": {"sealed": "A" * 43}, "to": None}, "from-mismatch"),
        ("FieldSealed", {"field": "اسم آخر"}, "malformed-field"),
        ("Disclosed", {"fields": {"name": "اسم آخر"}}, "sealed-field-in-clear"),
        ("Disclosed", {"fields": {"Zaynab": {"sealed": "A" * 43}}}, "malformed-field"),
        ("Erased", {"reason_code": "why"}, "unknown-term"),
    ],
)
def test_what_is_refused_is_a_problem_that_repeats_no_value(
    office, client, claim, kind, changes, rule
):
    was = client.get(f"/claims/{claim.removeprefix('claim/')}").json()["state"]["person"]["name"]
    bodies = {
        "FieldSealed": {"field": "name", "from": was, "to": {"sealed": "A" * 43}, **WHY},
        "Disclosed": {
            "fields": {"name": was},
            "to": "A court",
            "key": None,
            "reason_code": "consent",
            "reason": "in writing",
        },
        "Erased": ERASURE,
    }
    size = client.get("/health").json()["size"]
    answer = post(client, composed(office, claim, kind, bodies[kind] | changes))
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["rule"] == rule
    assert "آخر" not in answer.text
    assert "Zaynab" not in answer.text
    assert client.get("/health").json()["size"] == size
    assert revealed(office, claim) == {"name": "اسم مخترع"}


def test_a_posted_erasure_has_erased_when_it_is_answered(office, client, claim):
    note = compose_erasure(office.desk, claim, office.signers["reviewer-1"], ERASURE)
    assert revealed(office, claim) == {"name": "اسم مخترع"}
    assert post(client, note).status_code == 201
    assert revealed(office, claim) == {}
    assert post(client, note).status_code == 200
    assert post(client, composed(office, claim, "Erased", ERASURE)).status_code == 422
    assert client.get(f"/claims/{claim.removeprefix('claim/')}").json()["state"]["erased"] is True


def test_a_refused_erasure_erases_nothing(office, client, claim):
    note = compose_erasure(office.desk, claim, office.signers["documenter-1"], ERASURE)
    assert 400 <= post(client, note).status_code < 500
    assert revealed(office, claim) == {"name": "اسم مخترع"}
