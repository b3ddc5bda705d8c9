"""A small ledger, made through the real one: two claims groups, two incidents, fixed keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from api.freeze import Frozen, freeze_counted
from api.plan import read_plan
from audit.recount import Recount
from domain.event import parse_event
from domain.figure import Definition
from ledger.author import Head, compose
from ledger.entry import split_entry
from ledger.ledger import Ledger
from ledger.note import parse_note
from ledger.signer import Ed25519Signer

ORIGIN = "register.example/2020"
AT = "2020-04-02T09:15:00Z"
PLAN = """
name = "monthly-2020-03"
period = "2020-03"
basis = "documented"
[title]
en = "Killed in March 2020"
ar = "قتلى آذار 2020"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party", "sex"]
[[figures]]
name = "women"
where = { status = "civilian", category = ["women"] }
[[figures]]
name = "massacres"
measure = "massacres"
"""


def signer(name: str, number: int) -> Ed25519Signer:
    return Ed25519Signer.from_seed(name, bytes([number]) * 32)


LOG = signer(ORIGIN, 1)
ROOTS = [signer(f"root-{number}", 10 + number) for number in range(3)]
DOCUMENTER = signer("documenter-1", 2)
REVIEWER = signer("reviewer-1", 3)
PUBLISHER = signer("publisher-1", 4)


def words(*terms: str) -> dict[str, dict[str, str]]:
    return {term: {"en": term, "ar": term} for term in terms}


RULES: dict[str, Any] = {
    "version": 1,
    "massacre_threshold": 2,
    "massacre_statuses": ["civilian"],
    "vocabularies": {
        "claim-kind": words("killing", "torture-death", "injury"),
        "incident-kind": words("attack"),
        "sex": words("male", "female", "unknown"),
        "age-group": words("adult", "child", "unknown"),
        "status": words("civilian", "combatant", "unknown"),
        "profession": words("unknown", "medical"),
        "cause": words("artillery", "unknown"),
        "weapon": words("unknown"),
        "party": words("syrian-regime-forces", "russian-forces", "isis"),
        "governorate": words("SY07"),
        "facility": words("market"),
        "attribution-mode": words("sole", "unresolved-between", "joint-coordinated"),
        "confidence": words("likely"),
        "source-kind": words("published-report"),
        "revision-reason": words("new-evidence"),
        "merge-nature": words("duplicate"),
        "retraction-reason": words("precautionary"),
        "qualifier": words("exact"),
    },
}


def claim_name(number: int) -> str:
    return f"claim/{UUID(int=number, version=4)}"


def incident_name(number: int) -> str:
    return f"incident/{UUID(int=1000 + number, version=4)}"


def sole(party: str) -> dict[str, Any]:
    return {"mode": "sole", "parties": [party], "confidence": None}


def claim_body(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "killing",
        "sex": "male",
        "age_group": "adult",
        "status": "civilian",
        "profession": "unknown",
        "cause": "artillery",
        "weapon": "unknown",
        "control": [],
        "happened_on": None,
        "documented_on": "2020-03-05",
        "place": {"governorate": "SY07", "name": None},
        "origin": None,
        "attribution": sole("syrian-regime-forces"),
        "incident": None,
        "custody": None,
        "sources": [{"id": "s1", "kind": "published-report"}],
        "person": {},
    } | changes


def incident_body(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "attack",
        "happened_on": "2020-03-05",
        "time": None,
        "place": {"governorate": "SY07", "name": None},
        "attribution": sole("syrian-regime-forces"),
        "cause": "artillery",
        "weapon": "unknown",
        "control": [],
        "facilities": [],
        "injured": None,
        "munitions": None,
        "narrative": None,
    } | changes


class Scene:
    """Writes events into a ledger of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ticks = 0
        self.ledger = Ledger(folder / "ledger.db", log_key=LOG, clock=self.clock, create=True)
        self.heads: dict[str, Head] = {}

    def clock(self) -> str:
        self.ticks += 1
        return f"2020-04-02T10:{self.ticks // 60:02}:{self.ticks % 60:02}.000Z"

    def say(self, stream: str, kind: str, body: dict[str, Any], *signers: Ed25519Signer) -> bytes:
        """Sign one event at its place and have it accepted; returns the entry."""
        head = self.heads.get(stream, Head(stream))
        note, self.heads[stream] = compose(head, kind, body, signers, ledger=ORIGIN, at=AT)
        return self.ledger.accept(note)[0].entry

    def found(self) -> None:
        founding = {
            "origin": ORIGIN,
            "roots": [str(root.key) for root in ROOTS],
            "threshold": 2,
            "log": str(LOG.key),
            "witnesses": [],
            "quorum": 0,
        }
        self.say("authority", "LedgerFounded", founding, *ROOTS[:2])
        for one, role in (
            (DOCUMENTER, "documenter"),
            (REVIEWER, "reviewer"),
            (PUBLISHER, "publisher"),
        ):
            self.enrol(one, role)
        self.say("rules", "RulesAdopted", RULES, *ROOTS[:2])

    def enrol(self, key: Ed25519Signer, role: str) -> None:
        body = {
            "vkey": str(key.key),
            "holder": {"kind": "person", "label": key.key.name},
            "roles": [role],
            "scope": None,
        }
        self.say("authority", "KeyEnrolled", body, *ROOTS[:2])

    def revoke(self, key: Ed25519Signer, suspect_from: int | None = None) -> None:
        body = {
            "vkey": str(key.key),
            "reason_code": "compromised",
            "reason": "the laptop was taken",
            "suspect_from": suspect_from,
        }
        self.say("authority", "KeyRevoked", body, *ROOTS[:2])

    def claim(self, number: int, **changes: Any) -> None:
        self.say(claim_name(number), "ClaimRecorded", claim_body(**changes), DOCUMENTER)

    def incident(self, number: int, **changes: Any) -> None:
        self.say(incident_name(number), "IncidentRecorded", incident_body(**changes), DOCUMENTER)

    def revise(self, stream: str, kind: str, was: Any, now: Any, **named: str) -> None:
        body = named | {
            "from": was,
            "to": now,
            "reason_code": "new-evidence",
            "reason": "a second source",
        }
        self.say(stream, kind, body, REVIEWER)

    def fill(self) -> None:
        """Six claims of March, of which one is retracted and one a combatant; one massacre."""
        self.incident(1)
        self.incident(2, attribution=sole("russian-forces"))
        self.claim(1, incident=incident_name(1))
        self.claim(2, incident=incident_name(1), sex="female")
        self.claim(3, attribution=sole("russian-forces"), sex="female", age_group="child")
        self.claim(4, status="combatant", incident=incident_name(2))
        self.claim(5, documented_on="2020-02-20", happened_on="2020-02-10")
        self.claim(6, documented_on="2020-03", happened_on="2018-07/2020-03-19")
        self.revise(claim_name(3), "ClassificationRevised", "child", "adult", field="age_group")
        reason = {"reason_code": "precautionary", "reason": "to be looked at"}
        self.say(claim_name(6), "Retracted", reason, REVIEWER)

    def recount(self, size: int) -> Recount:
        fold = Recount()
        for index, _, _, _, entry in self.ledger.recorder.select_entries(0, size):
            fold.take(index, parse_event(parse_note(split_entry(entry)[1]).text))
        return fold

    def close(self) -> None:
        self.ledger.close()


class Line:
    """A member line as a counted member, for freezing by the recount."""

    def __init__(self, line: bytes, facets: dict[str, str]) -> None:
        self.line, self.facets = line, facets

    def to_line(self) -> bytes:
        return self.line + b"\n"
