"""The registry: folding, rebuilding and asking, beside what reading and parsing alone cost."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from eventsourcing.persistence import StoredEvent

from bench.ledger import AT, CLAIM, DOCUMENTER, ORIGIN, founded_ledger
from domain.figure import define
from domain.rules import shipped_document
from ledger.author import Head, compose, new_stream
from ledger.entry import event_line, format_entry, utc_now
from ledger.ledger import Ledger
from projections.registry import Registry
from projections.toll import toll

SIZES = (1_000, 10_000, 100_000)
_REVISED = 0.2  # of all events
_BATCH = 5_000


def main() -> None:
    print()
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name, founded_ledger(Path(name)) as ledger:
            events = fill(ledger, size)
            registry = Registry(Path(name) / "projections.db", ledger.recorder)
            report(ledger, registry, size, events)
            registry.close()


def fill(ledger: Ledger, claims: int) -> int:
    """Store claims and revisions of them as if they had been accepted; returns how many events."""
    draw = random.Random(claims)
    events = 0
    batch: list[StoredEvent] = []
    for stored in _events(draw, claims):
        batch.append(stored)
        events += 1
        if len(batch) == _BATCH:
            ledger.recorder.insert_events(batch)
            batch = []
    ledger.recorder.insert_events(batch)
    return events


def _events(draw: random.Random, claims: int) -> Iterator[StoredEvent]:
    vocabularies = shipped_document()["vocabularies"]
    words = {name: list(terms) for name, terms in vocabularies.items()}
    heads: list[tuple[Head, str]] = []
    recorded = 0
    while recorded < claims:
        if heads and draw.random() < _REVISED:
            head, was = heads.pop(draw.randrange(len(heads)))
            now = "adult" if was == "child" else "child"
            body: dict[str, Any] = {"field": "age_group", "from": was, "to": now}
            body |= {"reason_code": "new-evidence", "reason": "a second document"}
            note, after = compose(
                head, "ClassificationRevised", body, [DOCUMENTER], ledger=ORIGIN, at=AT
            )
            yield _stored(after, "ClassificationRevised", note)
            heads.append((after, now))
            continue
        day = f"20{draw.randrange(11, 20)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        party = _skewed(draw, words["party"])
        attribution = {"confidence": None, "mode": "sole", "parties": [party]}
        age_group = draw.choice(["adult", "child", "unknown"])
        body = CLAIM | {
            "sex": draw.choice(["female", "male", "unknown"]),
            "age_group": age_group,
            "cause": _skewed(draw, words["cause"]),
            "happened_on": None,
            "documented_on": day,
            "place": {"governorate": _skewed(draw, words["governorate"]), "name": None},
            "attribution": attribution,
        }
        head, recorded = new_stream("claim"), recorded + 1
        note, after = compose(head, "ClaimRecorded", body, [DOCUMENTER], ledger=ORIGIN, at=AT)
        heads.append((after, age_group))
        yield _stored(after, "ClaimRecorded", note)


def _skewed(draw: random.Random, words: list[str]) -> str:
    """A word, early ones far more often than late ones, as parties and causes are in a war."""
    return words[min(int(draw.expovariate(0.6)), len(words) - 1)]


def _stored(head: Head, kind: str, note: bytes) -> StoredEvent:
    return StoredEvent(head.stream, head.version, kind, format_entry(utc_now(), note))


def report(ledger: Ledger, registry: Registry, claims: int, events: int) -> None:
    """Print what one ledger costs."""
    entries = ledger.recorder.select_entries(0, 5_000)
    parse = _rate(lambda: [orjson.loads(event_line(entry[4])) for entry in entries], len(entries))
    read = _rate(lambda: sum(len(page) for page in _pages(ledger)), events)
    start = time.perf_counter()
    registry.catch_up()
    caught_up = events / (time.perf_counter() - start)
    rebuilt = _rate(registry.rebuild, events)
    rules, size = ledger.rules, registry.size
    civilians = {"status": ["civilian"]}
    month = define(rules, where=civilians, by=["party"], period="2015-03")
    years = define(rules, where=civilians, by=["party", "sex"], period="2012/2018")
    everything = define(rules, where=civilians, by=["governorate", "cause"])
    cells = registry.digests()["cells"][0]
    print(f"{claims:,} claims, {events:,} events, {cells:,} combinations of facets")
    print(f"  reading entries                       {read:10,.0f} /s")
    print(f"  reading and parsing them, at most     {1 / (1 / read + 1 / parse):10,.0f} /s")
    print(f"  projection catch-up                   {caught_up:10,.0f} /s")
    print(
        f"  projection rebuild                    {rebuilt:10,.0f} /s   "
        f"{rebuilt * (1 / read + 1 / parse):.2f} of reading and parsing alone"
    )
    for words, definition in (
        ("by party, one month", month),
        ("by party and sex, seven years", years),
        ("by governorate and cause, all", everything),
    ):
        now = _milliseconds(lambda d=definition: toll(registry, d, rules, size))  # type: ignore[misc]
        then = _milliseconds(lambda d=definition: toll(registry, d, rules, size // 2))  # type: ignore[misc]
        print(f"  toll {words:32} {now:8.1f} ms   as of half the log {then:8.1f} ms")


def _pages(ledger: Ledger) -> Iterator[list[Any]]:
    start = 0
    while page := ledger.recorder.select_entries(start, 4_000):
        start += len(page)
        yield page


def _rate(work: Callable[[], object], size: int, rounds: int = 3) -> float:
    return statistics.median(size / _seconds(work) for _ in range(rounds))


def _milliseconds(work: Callable[[], object], rounds: int = 7) -> float:
    return statistics.median(_seconds(work) for _ in range(rounds)) * 1000


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
