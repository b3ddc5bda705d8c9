"""A founded ledger on which drawn histories are played: every step is an event that is accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from audit.recount import Recount
from domain.errors import Rejected
from domain.event import parse_event
from domain.rules import Rules, read_rules, shipped_document
from ledger.author import Head, compose
from ledger.entry import split_entry
from ledger.ledger import Ledger
from ledger.note import parse_note
from ledger.signer import Ed25519Signer

ORIGIN = "register.example/tests"
AT = "2020-05-02T09:15:00Z"
RULES = shipped_document() | {"massacre_threshold": 2}

LOG = Ed25519Signer.from_seed(ORIGIN, b"l" * 32)
ROOT = Ed25519Signer.from_seed("root-1", b"r" * 32)
DOCUMENTER = Ed25519Signer.from_seed("documenter-1", b"d" * 32)
REVIEWER = Ed25519Signer.from_seed("reviewer-1", b"v" * 32)

PARTIES = ("russian-forces", "syrian-regime-forces", "hayat-tahrir-al-sham")
ATTRIBUTIONS = (
    *({"confidence": None, "mode": "sole", "parties": [party]} for party in PARTIES),
    {"confidence": None, "mode": "joint-coordinated", "parties": list(PARTIES[:2])},
    {"confidence": "likely", "mode": "unresolved-between", "parties": list(PARTIES[:2])},
    {"confidence": None, "mode": "unidentified", "parties": []},
)
DATES = (None, "2020-02", "2020-03-05", "2020-03", "2020-02-20/2020-03-10", "2020-03-31", "2019/..")
PLACES = (None, {"governorate": "SY07", "name": None}, {"governorate": "SY02", "name": "Anadan"})
WHY = {"reason_code": "new-evidence", "reason": "a second document"}

# A step: what to do, to which claim or incident, with which of the values there are for it.
Step = tuple[int, int, int]
steps = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 5), st.integers(0, 11)), min_size=1, max_size=40
)


class Scene:
    """Plays steps; what the domain would refuse is left out, so that all that is said is stored."""

    def __init__(self, folder: Path) -> None:
        self.ticks = 0
        self.ledger = Ledger(folder / "ledger.db", log_key=LOG, clock=self._clock, create=True)
        self.heads: dict[str, Head] = {}
        founding = {
            "origin": ORIGIN,
            "roots": [str(ROOT.key)],
            "threshold": 1,
            "log": str(LOG.key),
            "witnesses": [],
            "quorum": 0,
        }
        self.say("authority", "LedgerFounded", founding, ROOT)
        self.say("rules", "RulesAdopted", RULES, ROOT)
        for key, role in ((DOCUMENTER, "documenter"), (REVIEWER, "reviewer")):
            enrolment = {
                "vkey": str(key.key),
                "holder": {"kind": "person", "label": key.key.name},
                "roles": [role],
                "scope": None,
            }
            self.say("authority", "KeyEnrolled", enrolment, ROOT)
        self.claims: list[str] = []
        self.incidents: list[str] = []

    @property
    def rules(self) -> Rules:
        return read_rules(RULES)

    @property
    def size(self) -> int:
        return self.ledger.recorder.tree_size()

    def _clock(self) -> str:
        self.ticks += 1
        return f"2020-05-03T10:{self.ticks // 60:02}:{self.ticks % 60:02}.000Z"

    def say(self, stream: str, kind: str, body: dict[str, Any], signer: Ed25519Signer) -> bool:
        """Have one event accepted; False when the domain refuses it."""
        head = self.heads.get(stream, Head(stream))
        note, after = compose(head, kind, body, [signer], ledger=ORIGIN, at=AT)
        try:
            self.ledger.accept(note)
        except Rejected:
            return False
        self.heads[stream] = after
        return True

    def play(self, played: Sequence[Step]) -> None:
        for what, which, value in played:
            _ACTS[what % len(_ACTS)](self, which, value)

    def recount(self, size: int) -> Recount:
        """The plain fold of the first `size` entries."""
        fold = Recount()
        for index, _, _, _, entry in self.ledger.recorder.select_entries(0, size):
            fold.take(index, parse_event(parse_note(split_entry(entry)[1]).text))
        return fold

    def state(self, stream: str) -> Any:
        found = self.ledger.stream(stream)
        assert found is not None
        return found.state

    def revise(self, stream: str, kind: str, was: Any, now: Any, **named: str) -> None:
        written = was.to_json() if hasattr(was, "to_json") else was
        self.say(stream, kind, {**named, "from": written, "to": now, **WHY}, REVIEWER)


def claim_body(value: int, incident: str | None) -> dict[str, Any]:
    return {
        "kind": ("killing", "killing", "torture-death", "injury")[value % 4],
        "sex": ("female", "male", "unknown")[value % 3],
        "age_group": ("adult", "child", "unknown")[(value // 2) % 3],
        "status": ("civilian", "civilian", "combatant")[(value // 3) % 3],
        "profession": "unknown",
        "cause": "unknown",
        "weapon": "unknown",
        "control": [],
        "happened_on": None,
        "documented_on": DATES[value % len(DATES)],
        "place": PLACES[value % 3],
        "origin": None,
        "attribution": ATTRIBUTIONS[value % len(ATTRIBUTIONS)],
        "incident": incident,
        "custody": None,
        "sources": [{"id": "s1", "kind": "published-report"}],
        "person": {},
    }


def incident_body(value: int) -> dict[str, Any]:
    return {
        "kind": "attack",
        "happened_on": None,
        "time": None,
        "place": PLACES[value % 3],
        "attribution": ATTRIBUTIONS[value % len(ATTRIBUTIONS)],
        "cause": "unknown",
        "weapon": "unknown",
        "control": [],
        "facilities": [],
        "injured": None,
        "munitions": None,
        "narrative": None,
    }


def _of(names: list[str], which: int) -> str | None:
    return names[which % len(names)] if names else None


def _record_claim(scene: Scene, which: int, value: int) -> None:
    name = f"claim/{UUID(int=len(scene.claims) + 1, version=4)}"
    incident = _of(scene.incidents, which) if value % 3 else None
    if scene.say(name, "ClaimRecorded", claim_body(value, incident), DOCUMENTER):
        scene.claims.append(name)


def _record_incident(scene: Scene, which: int, value: int) -> None:
    name = f"incident/{UUID(int=len(scene.incidents) + 1, version=4)}"
    if scene.say(name, "IncidentRecorded", incident_body(value), DOCUMENTER):
        scene.incidents.append(name)


def _on_claim(act: Callable[[Scene, str, int], object]) -> Callable[[Scene, int, int], None]:
    def run(scene: Scene, which: int, value: int) -> None:
        name = _of(scene.claims, which)
        if name is not None:
            act(scene, name, value)

    return run


def _on_incident(act: Callable[[Scene, str, int], object]) -> Callable[[Scene, int, int], None]:
    def run(scene: Scene, which: int, value: int) -> None:
        name = _of(scene.incidents, which)
        if name is not None:
            act(scene, name, value)

    return run


def _reclassify(scene: Scene, claim: str, value: int) -> None:
    field, now = (
        ("sex", "female"),
        ("sex", "unknown"),
        ("age_group", "child"),
        ("status", "civilian"),
        ("status", "combatant"),
        ("profession", "medical"),
    )[value % 6]
    was = getattr(scene.state(claim), field)
    scene.revise(claim, "ClassificationRevised", was, now, field=field)


def _redate(scene: Scene, claim: str, value: int) -> None:
    field = ("happened", "documented")[value % 2]
    was = getattr(scene.state(claim), f"{field}_on")
    scene.revise(claim, "DateRevised", was, DATES[value % len(DATES)], date=field)


def _replace_place(scene: Scene, claim: str, value: int) -> None:
    scene.revise(claim, "PlaceRevised", scene.state(claim).place, PLACES[value % 3], place="death")


def _attribute(scene: Scene, thing: str, value: int) -> None:
    now = ATTRIBUTIONS[value % len(ATTRIBUTIONS)]
    scene.revise(thing, "AttributionChanged", scene.state(thing).attribution, now)


def _assign(scene: Scene, claim: str, value: int) -> None:
    now = None if value % 5 == 4 else _of(scene.incidents, value)
    scene.revise(claim, "IncidentAssigned", scene.state(claim).incident, now)


def _merge(scene: Scene, thing: str, value: int) -> None:
    names = scene.claims if thing.startswith("claim") else scene.incidents
    body = {"into": names[value % len(names)], "nature": "duplicate", "reason": "one source twice"}
    scene.say(thing, "MergedInto", body, REVIEWER)


def _act(kind: str, body: dict[str, Any]) -> Callable[[Scene, str, int], object]:
    return lambda scene, thing, value: scene.say(thing, kind, body, REVIEWER)


_RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}
_GRADING = {"sources": ["s1"], "reason": "read and signed"}

_ACTS: tuple[Callable[[Scene, int, int], None], ...] = (
    _record_claim,
    _record_claim,
    _record_claim,
    _record_incident,
    _on_claim(_reclassify),
    _on_claim(_redate),
    _on_claim(_replace_place),
    _on_claim(_attribute),
    _on_claim(_assign),
    _on_claim(_merge),
    _on_claim(_act("Unmerged", WHY)),
    _on_claim(_act("Retracted", _RETRACTION)),
    _on_claim(_act("Reinstated", WHY)),
    _on_claim(_act("Verified", _GRADING)),
    _on_incident(_merge),
    _on_incident(
        lambda scene, incident, value: (
            _attribute,
            _act("Retracted", _RETRACTION),
            _act("Reinstated", WHY),
            _act("Unmerged", WHY),
        )[value % 4](scene, incident, value)
    ),
)
