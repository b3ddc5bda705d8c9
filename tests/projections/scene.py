"""Drawn histories: steps are played on a ledger, and what the domain refuses is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from domain.errors import Rejected
from domain.rules import shipped_document
from ledger.signer import Ed25519Signer
from tests.scene import (
    DOCUMENTER,
    REVIEWER,
    ROOTS,
    WHY,
    Scene,
    claim_body,
    claim_name,
    estimate_body,
    incident_body,
    incident_name,
)

PARTIES = ("russian-forces", "syrian-regime-forces", "hayat-tahrir-al-sham")
ATTRIBUTIONS = (
    *({"confidence": None, "mode": "sole", "parties": [party]} for party in PARTIES),
    {"confidence": None, "mode": "joint-coordinated", "parties": list(PARTIES[:2])},
    {"confidence": "likely", "mode": "unresolved-between", "parties": list(PARTIES[:2])},
    {"confidence": None, "mode": "unidentified", "parties": []},
    {
        "confidence": "confirmed",
        "mode": "joint-undetermined",
        "parties": ["a-brigade", "hayat-tahrir-al-sham", "russian-forces"],
    },
    {"confidence": None, "mode": "sole", "parties": ["a-brigade"]},
)
KINDS = (
    *("killing", "killing", "torture-death", "detention", "killing", "torture-death"),
    *("looting", "injury", "torture", "sexual-violence", "killing", "killing"),
)
DATES = (None, "2020-02", "2020-03-05", "2020-03", "2020-02-20/2020-03-10", "2020-03-31", "2019/..")
PLACES = (
    None,
    {"governorate": "SY07", "name": None},
    {"governorate": "SY02", "name": "Anadan"},
    {"governorate": "SY07", "name": None, "district": "SY0703"},
    {"governorate": "SY02", "name": None, "district": "SY0203"},
    {"governorate": "SY02", "name": "Anadan", "district": None},
)

HELD_OR_FREED = ("detention", "enforced-disappearance", "release")
CUSTODIES = (
    *(None, {"detained_on": "2020-02"}, {"status": "released", "released_on": "2020-03-05"}),
    *({"status": "died"}, {"status": "still-held", "detained_on": "2020-03"}),
)
RELATIONS = ("died", "same-death", "continued", "released")

QUANTITIES = (
    None,
    {"value": 19, "qualifier": "at-least"},
    {"value": 0, "qualifier": "exact"},
    {"value": 7, "qualifier": "exact"},
)
SECOND_REVIEWER = Ed25519Signer.from_seed("reviewer-2", b"w" * 32)

# A step: what to do, to which claim or incident, with which of the values there are for it.
Step = tuple[int, int, int]
steps = st.lists(
    st.tuples(st.integers(0, 29), st.integers(0, 5), st.integers(0, 11)), min_size=1, max_size=40
)


def rules_document() -> dict[str, Any]:
    """The shipped rules with a smaller massacre, and a party at the third level of the tree."""
    document = deepcopy(shipped_document()) | {"massacre_threshold": 2}
    brigade = {"en": "A brigade", "ar": "لواء", "parent": "hayat-tahrir-al-sham"}
    document["vocabularies"]["party"]["a-brigade"] = brigade
    return document


class Played(Scene):
    """A ledger on which two deaths make a massacre, with the claims and incidents recorded."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, rules_document())
        self.enroll(SECOND_REVIEWER, "reviewer")
        self.claims: list[str] = []
        self.incidents: list[str] = []
        self.estimates: list[str] = []

    def try_to_say(self, stream: str, kind: str, body: dict[str, Any], by: Ed25519Signer) -> bool:
        try:
            self.say(stream, kind, body, by)
        except Rejected:
            return False
        return True

    def play(self, played: Sequence[Step]) -> None:
        for what, which, value in played:
            _ACTS[what % len(_ACTS)](self, which, value)

    def revise(self, stream: str, kind: str, was: Any, now: Any, **named: str) -> None:
        written = was.to_json() if hasattr(was, "to_json") else was
        self.try_to_say(stream, kind, {**named, "from": written, "to": now, **WHY}, REVIEWER)


def _drawn_claim(value: int, incident: str | None) -> dict[str, Any]:
    return claim_body(
        kind=KINDS[value % len(KINDS)],
        sex=("female", "male", "unknown")[value % 3],
        age_group=("adult", "child", "unknown")[(value // 2) % 3],
        status=("civilian", "civilian", "combatant")[(value // 3) % 3],
        happened_on="2020-02" if KINDS[value % len(KINDS)] == "detention" else None,
        documented_on=DATES[value % len(DATES)],
        place=PLACES[value % len(PLACES)],
        origin=(None, "SY07", "SY12")[value % 3],
        attribution=ATTRIBUTIONS[value % len(ATTRIBUTIONS)],
        incident=incident,
    )


def _drawn_incident(value: int) -> dict[str, Any]:
    return incident_body(
        place=PLACES[value % len(PLACES)],
        attribution=ATTRIBUTIONS[value % len(ATTRIBUTIONS)],
        happened_on=DATES[value % len(DATES)],
        munitions=QUANTITIES[value % len(QUANTITIES)],
        injured=QUANTITIES[value // 3 % len(QUANTITIES)],
        facilities=["school"] * (value % 3),
    )


def _of(names: list[str], which: int) -> str | None:
    return names[which % len(names)] if names else None


def _record_claim(scene: Played, which: int, value: int) -> None:
    name = claim_name(len(scene.claims) + 1)
    incident = _of(scene.incidents, which) if value % 3 else None
    if scene.try_to_say(name, "ClaimRecorded", _drawn_claim(value, incident), DOCUMENTER):
        scene.claims.append(name)


def _record_held(scene: Played, which: int, value: int) -> None:
    name = claim_name(len(scene.claims) + 1)
    body = _drawn_claim(value, None) | {
        "kind": HELD_OR_FREED[which % len(HELD_OR_FREED)],
        "happened_on": DATES[value % len(DATES)],
        "documented_on": None,
        "custody": CUSTODIES[value % len(CUSTODIES)],
    }
    if scene.try_to_say(name, "ClaimRecorded", body, DOCUMENTER):
        scene.claims.append(name)


def _record_incident(scene: Played, which: int, value: int) -> None:
    name = incident_name(len(scene.incidents) + 1)
    if scene.try_to_say(name, "IncidentRecorded", _drawn_incident(value), DOCUMENTER):
        scene.incidents.append(name)


def _on_claim(act: Callable[[Played, str, int], object]) -> Callable[[Played, int, int], None]:
    def run(scene: Played, which: int, value: int) -> None:
        name = _of(scene.claims, which)
        if name is not None:
            act(scene, name, value)

    return run


def _on_incident(act: Callable[[Played, str, int], object]) -> Callable[[Played, int, int], None]:
    def run(scene: Played, which: int, value: int) -> None:
        name = _of(scene.incidents, which)
        if name is not None:
            act(scene, name, value)

    return run


def _reclassify(scene: Played, claim: str, value: int) -> None:
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


def _redate(scene: Played, claim: str, value: int) -> None:
    field = ("happened", "documented")[value % 2]
    was = getattr(scene.state(claim), f"{field}_on")
    scene.revise(claim, "DateRevised", was, DATES[value % len(DATES)], date=field)


def _replace_place(scene: Played, claim: str, value: int) -> None:
    now = PLACES[value % len(PLACES)]
    scene.revise(claim, "PlaceRevised", scene.state(claim).place, now, place="death")


def _attribute(scene: Played, thing: str, value: int) -> None:
    now = ATTRIBUTIONS[value % len(ATTRIBUTIONS)]
    scene.revise(thing, "AttributionChanged", scene.state(thing).attribution, now)


def _assign(scene: Played, claim: str, value: int) -> None:
    now = None if value % 5 == 4 else _of(scene.incidents, value)
    scene.revise(claim, "IncidentAssigned", scene.state(claim).incident, now)


def _merge(scene: Played, thing: str, value: int) -> None:
    names = scene.claims if thing.startswith("claim") else scene.incidents
    body = {"into": names[value % len(names)], "nature": "duplicate", "reason": "one source twice"}
    scene.try_to_say(thing, "MergedInto", body, REVIEWER)


def _link(scene: Played, claim: str, value: int) -> None:
    """Link the claim to whichever other one may be its outcome, beginning at the drawn one."""
    others = scene.claims[value % len(scene.claims) :] + scene.claims
    for other in others:
        for relation in RELATIONS:
            body = {"relation": relation, "claim": other, "reason": "one person"}
            if scene.try_to_say(claim, "OutcomeLinked", body, REVIEWER):
                return


def _unlink(scene: Played, claim: str, value: int) -> None:
    outcome = scene.state(claim).outcome
    if outcome is not None:
        scene.try_to_say(claim, "OutcomeUnlinked", {"claim": outcome.claim, **WHY}, REVIEWER)


def _hold(scene: Played, claim: str, value: int) -> None:
    now = CUSTODIES[value % len(CUSTODIES)]
    scene.revise(claim, "CustodyStatusChanged", scene.state(claim).custody, now)


def _quantify(scene: Played, incident: str, value: int) -> None:
    quantity = ("munitions", "injured")[value % 2]
    now = QUANTITIES[value // 2 % len(QUANTITIES)]
    was = getattr(scene.state(incident), quantity)
    scene.revise(incident, "QuantityRevised", was, now, quantity=quantity)


def _hit(scene: Played, incident: str, value: int) -> None:
    if value % 3:
        body = {"facility": "school", "reason": "it was hit again"}
        scene.try_to_say(incident, "FacilityHit", body, REVIEWER)
    else:
        was = list(scene.state(incident).facilities)
        now = ["place-of-worship"] * (value % 4)
        scene.revise(incident, "ClassificationRevised", was, now, field="facilities")


def _state_figure(scene: Played, which: int, value: int) -> None:
    name = f"estimate/{len(scene.estimates) + 1:08d}-0000-4000-8000-000000000000"
    body = estimate_body(
        measure=("displaced", "deaths")[which % 2],
        category=("inside-the-country", "abroad", "total")[value % 3],
        publication=("A report, the first", "Another report")[value // 6],
        value={"best": 100 + value, "low": (None, 90)[value % 2], "high": (None, 150)[which % 2]},
        qualifier=("exact", "nearly")[value % 2],
        party=(None, "russian-forces", "isis")[value % 3],
        period=DATES[value % len(DATES)],
        place=PLACES[value % len(PLACES)],
        unit=("persons", "persons", "families")[which % 3],
    )
    if scene.try_to_say(name, "EstimateStated", body, DOCUMENTER):
        scene.estimates.append(name)


def _on_estimate(act: Callable[[Played, str, int], object]) -> Callable[[Played, int, int], None]:
    def on(scene: Played, which: int, value: int) -> None:
        estimate = _of(scene.estimates, which)
        if estimate is not None:
            act(scene, estimate, value)

    return on


def _restate(scene: Played, estimate: str, value: int) -> None:
    if value % 4 == 0:
        scene.try_to_say(estimate, "EstimateWithdrawn", WHY, REVIEWER)
        return
    now = {"best": value, "low": None, "high": 12}
    scene.revise(estimate, "EstimateRevised", scene.state(estimate).value, now)


def _act(kind: str, body: dict[str, Any]) -> Callable[[Played, str, int], object]:
    return lambda scene, thing, value: scene.try_to_say(thing, kind, body, REVIEWER)


def _mistrust(scene: Played, which: int, value: int) -> None:
    """A key is lost, suspect from some index on, and found again."""
    key, role = ((DOCUMENTER, "documenter"), (REVIEWER, "reviewer"))[which % 2]
    body = {
        "vkey": str(key.key),
        "reason_code": "lost",
        "reason": "left in a taxi",
        "suspect_from": scene.size * value // 12,
    }
    scene.say("authority", "KeyRevoked", body, *ROOTS[:2])
    scene.enroll(key, role)


def _reaffirm(scene: Played, thing: str, value: int) -> None:
    found = scene.ledger.stream(thing)
    assert found is not None
    versions = [one for one in range(1, found.version + 1) if value % 3 or one % 2]
    by = (SECOND_REVIEWER, SECOND_REVIEWER, REVIEWER)[value % 3]
    scene.try_to_say(thing, "Reaffirmed", {"versions": versions, "reason": "read again"}, by)


_RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}
_GRADING = {"sources": ["s1"], "reason": "read and signed"}

_ACTS: tuple[Callable[[Played, int, int], None], ...] = (
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
            _reaffirm,
        )[value % 5](scene, incident, value)
    ),
    _mistrust,
    _on_claim(_reaffirm),
    _on_claim(_link),
    _on_claim(_link),
    _on_claim(_unlink),
    _on_claim(_hold),
    _record_held,
    _record_held,
    _on_incident(_quantify),
    _on_incident(_hit),
    _state_figure,
    _state_figure,
    _on_estimate(_restate),
    _on_estimate(_reaffirm),
)
