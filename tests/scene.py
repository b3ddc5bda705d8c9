"""A founded ledger with fixed keys: what the tests of the ledger and of the folds stand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.recount import Past, Recount
from domain.rules import Rules, read_rules, shipped_document
from ledger.admission import read_submission
from ledger.author import Head, compose
from ledger.entry import split_entry
from ledger.ledger import Ledger
from ledger.signer import Ed25519Signer
from ledger.view import Accepted

ORIGIN = "register.example/tests"
AT = "2020-05-02T09:15:00Z"

LOG = Ed25519Signer.from_seed(ORIGIN, b"l" * 32)
ROOTS = [Ed25519Signer.from_seed(f"root-{n}", bytes([n]) * 32) for n in (1, 2, 3)]
DOCUMENTER = Ed25519Signer.from_seed("documenter-1", b"d" * 32)
OTHER_DOCUMENTER = Ed25519Signer.from_seed("documenter-2", b"e" * 32)
REVIEWER = Ed25519Signer.from_seed("reviewer-1", b"v" * 32)
PUBLISHER = Ed25519Signer.from_seed("publisher-1", b"p" * 32)
STRANGER = Ed25519Signer.from_seed("stranger-1", b"s" * 32)
WHY = {"reason_code": "new-evidence", "reason": "a second document"}


def claim_name(number: int) -> str:
    return f"claim/{UUID(int=number, version=4)}"


def incident_name(number: int) -> str:
    return f"incident/{UUID(int=number, version=4)}"


def claim_body(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "killing",
        "sex": "unknown",
        "age_group": "unknown",
        "status": "civilian",
        "profession": "unknown",
        "cause": "unknown",
        "weapon": "unknown",
        "control": [],
        "happened_on": None,
        "documented_on": "2020-03",
        "place": None,
        "origin": None,
        "attribution": {"confidence": None, "mode": "sole", "parties": ["russian-forces"]},
        "incident": None,
        "custody": None,
        "sources": [{"id": "s1", "kind": "published-report"}],
        "person": {},
    } | changes


def incident_body(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "attack",
        "happened_on": None,
        "time": None,
        "place": None,
        "attribution": {"confidence": None, "mode": "sole", "parties": ["russian-forces"]},
        "cause": "unknown",
        "weapon": "unknown",
        "control": [],
        "facilities": [],
        "injured": None,
        "munitions": None,
        "narrative": None,
    } | changes


def estimate_body(**changes: Any) -> dict[str, Any]:
    return {
        "publisher": "An organisation",
        "publication": "A report",
        "ref": "1",
        "label": "Persons killed",
        "measure": "deaths",
        "unit": "persons",
        "value": {"best": 145, "low": None, "high": None},
        "qualifier": "exact",
        "grade": "documented",
        "population": "civilians",
        "category": "total",
        "party": None,
        "basis": "documented",
        "period": "2020-03",
        "place": None,
        "section": None,
        "quote": "145 civilians",
    } | changes


class Scene:
    """The ledger, and the place that each stream's next event goes to."""

    def __init__(self, folder: Path, rules: dict[str, Any] | None = None) -> None:
        self.ticks = 0
        self.path = folder / "ledger.db"
        self.document = shipped_document() if rules is None else rules
        self.ledger = Ledger(self.path, log_keys=[LOG], clock=self.clock, create=True)
        self.heads: dict[str, Head] = {}
        founding = {
            "origin": ORIGIN,
            "roots": [str(root.key) for root in ROOTS],
            "threshold": 2,
            "log": str(LOG.key),
            "witnesses": [],
            "quorum": 0,
        }
        self.say("authority", "LedgerFounded", founding, *ROOTS[:2])
        self.say("rules", "RulesAdopted", self.document, *ROOTS[:2])
        for key, role in (
            (DOCUMENTER, "documenter"),
            (OTHER_DOCUMENTER, "documenter"),
            (REVIEWER, "reviewer"),
            (PUBLISHER, "publisher"),
        ):
            self.enroll(key, role)

    @property
    def rules(self) -> Rules:
        return read_rules(self.document)

    @property
    def size(self) -> int:
        return self.ledger.recorder.tree_size()

    def clock(self) -> str:
        self.ticks += 1
        return f"2020-05-03T10:{self.ticks // 60:02}:{self.ticks % 60:02}.000Z"

    def note(self, stream: str, kind: str, body: dict[str, Any], *signers: Ed25519Signer) -> bytes:
        """A note at the place that is next, not posted."""
        return self.compose(stream, kind, body, signers)[0]

    def compose(
        self, stream: str, kind: str, body: dict[str, Any], signers: Sequence[Ed25519Signer]
    ) -> tuple[bytes, Head]:
        head = self.heads.get(stream, Head(stream))
        return compose(head, kind, body, signers, ledger=ORIGIN, at=AT)

    def say(
        self, stream: str, kind: str, body: dict[str, Any], *signers: Ed25519Signer
    ) -> Accepted:
        """Have one event accepted; raises what the ledger raises."""
        note, after = self.compose(stream, kind, body, signers)
        accepted = self.ledger.accept(note)[0]
        self.heads[stream] = after
        return accepted

    def enroll(self, key: Ed25519Signer, role: str) -> Accepted:
        body = {
            "vkey": str(key.key),
            "holder": {"kind": "person", "label": key.key.name},
            "roles": [role],
            "scope": None,
        }
        return self.say("authority", "KeyEnrolled", body, *ROOTS[:2])

    def claim(self, number: int = 1, **changes: Any) -> str:
        """Record a claim; returns its name."""
        self.say(claim_name(number), "ClaimRecorded", claim_body(**changes), DOCUMENTER)
        return claim_name(number)

    def incident(self, number: int = 1, **changes: Any) -> str:
        self.say(incident_name(number), "IncidentRecorded", incident_body(**changes), DOCUMENTER)
        return incident_name(number)

    def state(self, stream: str) -> Any:
        found = self.ledger.stream(stream)
        assert found is not None
        return found.state

    def recount(self, size: int | None = None) -> Recount:
        """The plain fold of the first `size` entries, or of all."""
        fold = Recount(self._reread)
        for one in self._reread(0, self.size if size is None else size, None):
            fold.take(one.log_index, one.event)
        return fold

    def _reread(self, first: int, end: int, stream: str | None) -> Iterator[Past]:
        for index, name, *_, entry in self.ledger.recorder.select_entries(first, end - first):
            if stream in (None, name):
                submission = read_submission(split_entry(entry)[1])
                yield Past(index, submission.event, submission.signers)

    def close(self) -> None:
        self.ledger.close()
