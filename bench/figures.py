"""Freezing 30 grouped figures over 226,247 civilian deaths, and verifying what comes of it.

Beside every time stands the time that hashing the same bytes takes in the same run.
"""

from __future__ import annotations

import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from eventsourcing.persistence import StoredEvent

from api.freeze import Frozen, freeze
from api.plan import ReportPlan, read_plan
from audit.container import read_container
from bench.ledger import AT, CLAIM, DOCUMENTER, LOG, ORIGIN, ROOT, founded_ledger
from domain.rules import shipped_document
from ledger.author import Head, compose, new_stream
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.entry import format_entry, text_hash, utc_now
from ledger.ledger import Ledger
from ledger.signer import Ed25519Signer
from projections.registry import Registry

_T = TypeVar("_T")

CIVILIANS = 226_247
_OTHERS = 0.1  # of all deaths: combatants, whom the figures leave out
_REVISED = 0.1  # of all deaths: revised once
_IN_INCIDENTS = 0.2
_BATCH = 5_000
_ROUNDS = 5
PUBLISHER = Ed25519Signer.from_seed("publisher-1", bytes([1] * 32))

# Thirty ways in which yearly reports break one number down.
_GROUPINGS = (
    *("party", "party-group", "governorate", "origin", "sex", "age-group", "category"),
    *("profession", "cause", "weapon", "review", "mode", "month", "district"),
)
_FILTERS = {
    "all": "",
    "children": ', "age-group" = "child"',
}


def plan_of_thirty(name: str = "nine-years") -> ReportPlan:
    """A report of 30 grouped figures over the whole time."""
    figures = "".join(
        f'[[figures]]\nname = "{who}-by-{facet}"\n'
        f'where = {{ status = "civilian"{more} }}\nby = ["{facet}"]\n'
        for who, more in _FILTERS.items()
        for facet in _GROUPINGS
    )
    figures += "".join(
        f'[[figures]]\nname = "massacres-by-{facet}"\nmeasure = "massacres"\nby = ["{facet}"]\n'
        for facet in ("party", "governorate")
    )
    return read_plan(f'name = "{name}"\n[title]\nen = "Nine years"\nar = "تسع سنوات"\n{figures}')


def main() -> None:
    print()
    with tempfile.TemporaryDirectory() as name, founded_ledger(Path(name)) as ledger:
        events, built = _timed(lambda: fill(ledger, CIVILIANS))
        enroll_publisher(ledger)
        registry = Registry(Path(name) / "projections.db", ledger.recorder)
        _, folded = _timed(registry.rebuild)
        print(f"{CIVILIANS:,} civilian deaths, {events:,} events, 30 grouped figures")
        print(f"  ledger built in {built:.1f} s, folded in {folded:.1f} s, {_memory()} MB")
        frozen, taken = _timed(lambda: freeze(ledger, registry, plan_of_thirty(), PUBLISHER, AT))
        report(ledger, frozen, taken)
        registry.close()


def enroll_publisher(ledger: Ledger) -> None:
    """Enrol the publisher last: the checkpoint that is signed with it covers what was stored."""
    last = ledger.history("authority")[-1]
    head = Head("authority", last.originator_version, text_hash(last.text))
    body = {
        "vkey": str(PUBLISHER.key),
        "holder": {"kind": "person", "label": "publisher-1"},
        "roles": ["publisher"],
        "scope": None,
    }
    note, _ = compose(head, "KeyEnrolled", body, [ROOT], ledger=ORIGIN, at=AT)
    ledger.accept(note)


def report(ledger: Ledger, frozen: Frozen, taken: float) -> None:
    """Print what freezing and verifying cost, each beside hashing the same bytes."""
    bundle = frozen.bundle
    files = read_container(bundle).files
    lines = [
        line
        for name, content in files.items()
        if name.startswith("members/")
        for line in content.splitlines()
    ]
    signatures = sum(content.count(b"\xe2\x80\x94 ") for content in files.values())
    _, hashing = _timed(lambda: hashlib.sha256(bundle).digest())
    _, leaves = _timed(lambda: [hashlib.sha256(b"\0" + line).digest() for line in lines])
    print(
        f"  bundle                                {len(bundle) / 1e6:8.1f} MB, "
        f"{len(files):,} files, {len(lines):,} member lines, {signatures:,} signatures"
    )
    print(f"  SHA-256 of the bundle                 {hashing:8.2f} s")
    print(f"  SHA-256 of each member line           {leaves:8.2f} s")
    print(
        f"  freezing it                           {taken:8.1f} s    "
        f"{taken / leaves:.0f} of hashing its lines; {_memory()} MB at most"
    )


def fill(ledger: Ledger, civilians: int) -> int:
    """Store deaths and revisions of them as if they had been accepted; returns how many events."""
    draw = random.Random(civilians)
    events = 0
    batch: list[StoredEvent] = []
    for stored in _events(draw, civilians):
        batch.append(stored)
        events += 1
        if len(batch) == _BATCH:
            ledger.recorder.insert_events(batch)
            batch = []
    ledger.recorder.insert_events(batch)
    # Signed as if it had been accepted, so that what is accepted now stands on it.
    size = ledger.recorder.tree_size()
    checkpoint = Checkpoint(ORIGIN, size, ledger.recorder.root_at(size))
    ledger.recorder.restore_checkpoint(size, sign_checkpoint(checkpoint, LOG))
    return events


def _events(draw: random.Random, civilians: int) -> Iterator[StoredEvent]:
    vocabularies = shipped_document()["vocabularies"]
    words = {name: list(terms) for name, terms in vocabularies.items()}
    districts = [(term["parent"], name) for name, term in vocabularies["district"].items()]
    incidents: list[tuple[str, str, tuple[str, str]]] = []
    recorded = 0
    while recorded < civilians:
        if len(incidents) < 2 or draw.random() < _IN_INCIDENTS / 20:
            party, place = _skewed(draw, words["party"]), draw.choice(districts)
            head, note = _incident(party, place)
            incidents.append((head.stream, party, place))
            yield _stored(head, "IncidentRecorded", note)
        civilian = draw.random() >= _OTHERS
        recorded += civilian
        party, place, incident = _skewed(draw, words["party"]), draw.choice(districts), None
        if draw.random() < _IN_INCIDENTS:
            incident, party, place = draw.choice(incidents[-20:])
        day = f"20{draw.randrange(11, 20)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        age_group = _skewed(draw, ["adult", "child", "unknown"])
        body = CLAIM | {
            "sex": draw.choice(["female", "male", "unknown"]),
            "age_group": age_group,
            "status": "civilian" if civilian else "combatant",
            "profession": _skewed(draw, words["profession"]),
            "cause": _skewed(draw, words["cause"]),
            "weapon": _skewed(draw, words["weapon"]),
            "happened_on": day,
            "documented_on": day,
            "place": {"governorate": place[0], "district": place[1], "name": None},
            "attribution": {"confidence": None, "mode": "sole", "parties": [party]},
            "incident": incident,
        }
        head, note = _composed(new_stream("claim"), "ClaimRecorded", body)
        yield _stored(head, "ClaimRecorded", note)
        if draw.random() < _REVISED:
            now = "adult" if age_group == "child" else "child"
            change: dict[str, Any] = {"field": "age_group", "from": age_group, "to": now}
            change |= {"reason_code": "new-evidence", "reason": "a second document"}
            head, note = _composed(head, "ClassificationRevised", change)
            yield _stored(head, "ClassificationRevised", note)


def _incident(party: str, place: tuple[str, str]) -> tuple[Head, bytes]:
    body = {
        **dict.fromkeys(("happened_on", "time", "injured", "munitions", "narrative")),
        "kind": "attack",
        "place": {"governorate": place[0], "district": place[1], "name": None},
        "attribution": {"confidence": None, "mode": "sole", "parties": [party]},
        "cause": "airstrike",
        "weapon": "unknown",
        "control": [],
        "facilities": [],
    }
    return _composed(new_stream("incident"), "IncidentRecorded", body)


def _composed(head: Head, kind: str, body: dict[str, Any]) -> tuple[Head, bytes]:
    note, after = compose(head, kind, body, [DOCUMENTER], ledger=ORIGIN, at=AT)
    return after, note


def _skewed(draw: random.Random, words: list[str]) -> str:
    """A word, early ones far more often than late ones, as parties and causes are in a war."""
    return words[min(int(draw.expovariate(0.6)), len(words) - 1)]


def _stored(head: Head, kind: str, note: bytes) -> StoredEvent:
    return StoredEvent(head.stream, head.version, kind, format_entry(utc_now(), note))


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def _memory() -> int:
    """The most resident memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
