"""Freezing 30 grouped figures over 226,247 civilian deaths, and verifying what comes of it.

Beside every time stands the time that hashing the same bytes takes in the same run.
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from eventsourcing.persistence import StoredEvent

from api.freeze import freeze
from api.plan import ReportPlan, read_plan
from api.receipt import figure_receipt, receipt
from audit.bundle import members_file
from audit.container import read_container
from audit.figure_receipt import verify_figure_receipt
from audit.receipt import verify_receipt
from audit.verdict import Verdict
from audit.verify import verify_bundle
from bench.ledger import AT, CLAIM, DOCUMENTER, LOG, ORIGIN, ROOT, founded_ledger
from domain.rules import shipped_document
from ledger.author import Head, compose, new_stream
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.entry import format_entry, text_hash, utc_now
from ledger.ledger import Ledger
from ledger.merkle import leaf_hash
from ledger.note import parse_note, verify_ed25519
from ledger.signer import Ed25519Signer
from projections.registry import Registry

_T = TypeVar("_T")

CIVILIANS = 226_247
_OTHERS = 0.1  # of all deaths: combatants, whom the figures leave out
_REVISED = 0.1  # of all deaths: revised once
_IN_INCIDENTS = 0.2
_BATCH = 5_000
_NAMES = {"receipt": "a figure's receipt", "row": "a row's", "member": "a family's proof"}
_BUNDLE = "report.sijill"
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


def main(civilians: int = CIVILIANS) -> None:
    """Build, freeze and verify, and print what each costs."""
    print()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built, folded, events = _phase("build", folder, civilians)
        print(f"{civilians:,} civilian deaths, {events:,.0f} events, 30 grouped figures")
        print(f"  ledger built in {built:.1f} s, folded in {folded:.1f} s")
        frozen, memory = _phase("freeze", folder)
        size, lines, whole, leaves, signatures, checking = _phase("raw", folder)
        print(f"  the bundle                            {size / 1e6:8.1f} MB, {lines:,.0f} lines")
        print(f"  SHA-256 of it                         {whole:8.2f} s")
        print(f"  SHA-256 of each of its lines          {leaves:8.2f} s")
        print(f"  checking its {signatures:,.0f} signatures           {checking:8.2f} s")
        _tell("freezing it", frozen, "s", frozen / leaves, "its lines", memory)
        took, memory = _phase("verify", folder)
        bound = took / (whole + leaves + checking)
        _tell("verifying it", took, "s", bound, "the three together", memory)
        for what in ("receipt", "row", "member"):
            took, size, hashing, started = _phase(what, folder)
            name_of = {
                "receipt": "a figure's receipt",
                "row": "a row's",
                "member": "a family's proof",
            }
            print(
                f"  verifying {name_of[what]:27} {took * 1000:8.2f} ms   "
                f"{size:,.0f} bytes, {took / hashing:,.0f} of hashing them; "
                f"with the command's start {started * 1000:.0f} ms"
            )


def _tell(what: str, took: float, unit: str, ratio: float, of: str, memory: float) -> None:
    print(f"  {what:37} {took:8.2f} {unit}    {ratio:.1f} of hashing {of}; {memory:.0f} MB at most")


def _phase(name: str, folder: Path, *words: object) -> list[float]:
    """Run one phase in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.figures", name, str(folder), *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    numbers: list[float] = json.loads(done.stdout)
    return numbers


def _build(folder: Path, civilians: str) -> list[float]:
    with founded_ledger(folder) as ledger:
        events, built = _timed(lambda: fill(ledger, int(civilians)))
        enroll_publisher(ledger)
        registry = Registry(folder / "projections.db", ledger.recorder)
        _, folded = _timed(registry.rebuild)
        registry.close()
    return [built, folded, events]


def _freeze(folder: Path) -> list[float]:
    ledger = Ledger(folder / "ledger.db", log_keys=[LOG])
    registry = Registry(folder / "projections.db", ledger.recorder)
    plan = plan_of_thirty()
    frozen, took = _timed(lambda: freeze(ledger, registry, plan, PUBLISHER, AT))
    (folder / _BUNDLE).write_bytes(frozen.bundle)
    memory = _memory()
    first = plan.figures[0].name
    receipts = {
        "receipt": figure_receipt(ledger, plan.name, frozen.bundle, first),
        "row": figure_receipt(ledger, plan.name, frozen.bundle, first, "russian-forces"),
    }
    lines = read_container(frozen.bundle).files[members_file(first)]
    claim = json.loads(lines[: lines.index(b"\n")])["id"]
    receipts["member"] = receipt(frozen.bundle, first, claim)
    for name, raw in receipts.items():
        (folder / name).write_bytes(raw)
    registry.close()
    ledger.close()
    return [took, memory]


def _raw(folder: Path) -> list[float]:
    """What any verification of the bundle's bytes must cost."""
    bundle = (folder / _BUNDLE).read_bytes()
    _, whole = _timed(lambda: hashlib.sha256(bundle).digest())
    count, leaves, notes = 0, 0.0, []
    for name, content in read_container(bundle).files.items():
        if name.startswith("members/"):
            lines = content.splitlines()
            _, took = _timed(lambda lines=lines: [leaf_hash(line) for line in lines])  # type: ignore[misc]
            count, leaves = count + len(lines), leaves + took
        elif name.endswith(".note"):
            notes.append(parse_note(content))
    key = PUBLISHER.key.public_key
    _, checking = _timed(
        lambda: [verify_ed25519(key, one.text, one.signatures[0].signature) for one in notes]
    )
    return [len(bundle), count, whole, leaves, len(notes), checking]


def _verify(folder: Path) -> list[float]:
    raw = (folder / _BUNDLE).read_bytes()
    verdict, took = _timed(lambda: verify_bundle(raw, [LOG.key]))
    if not verdict.verified:
        raise SystemExit(f"the bundle does not verify: {verdict.failures[:3]}")
    return [took, _memory()]


def _verify_cut(what: str, folder: Path) -> list[float]:
    raw = (folder / what).read_bytes()
    key = PUBLISHER.key if what == "member" else LOG.key

    def verify() -> Verdict:
        if what == "member":
            return verify_receipt(raw, [key])
        return verify_figure_receipt(raw, [key])

    if not verify().verified:
        raise SystemExit(f"{what} does not verify: {verify().failures[:3]}")
    times = [_timed(verify)[1] for _ in range(_ROUNDS)]
    hashing = statistics.median(_timed(lambda: hashlib.sha256(raw).digest())[1] for _ in range(99))
    command = [sys.executable, "-m", "api.cli", "verify", str(folder / what), "--trust", str(key)]
    run = lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: E731
    started = min(_timed(run)[1] for _ in range(3))
    return [statistics.median(times), len(raw), hashing, started]


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


if __name__ == "__main__":
    phase, where, *words = sys.argv[1:]
    phases: dict[str, Callable[..., list[float]]] = {
        "build": _build,
        "freeze": _freeze,
        "raw": _raw,
        "verify": _verify,
        **{what: partial(_verify_cut, what) for what in ("receipt", "row", "member")},
    }
    print(json.dumps(phases[phase](Path(where), *words)))
