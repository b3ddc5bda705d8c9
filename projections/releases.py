"""The step from one release of a list to another: which events it made, of what kind, and where.

Every event of an import names its release, and is signed: revisions, retractions and returns in
their reason, new claims and new sources in their sources. So this reads the log alone, without the
vault; a release that changed nothing left nothing in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from domain.choice import choose
from domain.errors import Invalid, NotFound
from domain.listed import of_list, release_text
from ledger.entry import event_line
from ledger.recorder import LedgerRecorder

ADDED, REMOVED, RETURNED, CHANGED = "added", "removed", "returned", "changed"
_ORDER = (ADDED, REMOVED, RETURNED, CHANGED)
_PAGE = 4000

_CHANGES = {"ClaimRecorded": ADDED, "Retracted": REMOVED, "Reinstated": RETURNED}
_FIELDS = {
    "AttributionChanged": "attribution",
    "CustodyStatusChanged": "custody",
    "SourceLinked": "source linked",
    "SourceUnlinked": "source unlinked",
}
_NAMED_BY = {
    "ClassificationRevised": "field",
    "DateRevised": "date",
    "PlaceRevised": "place",
    "FieldSealed": "field",
}
_Change = tuple[str, str | None]  # what became of the claim, in which field


class Marked(NamedTuple):
    """An event of an import."""

    log_index: int
    stream: str
    change: str
    field: str | None


class Release(NamedTuple):
    """A release of a list in the log, by the events that name it, in log order."""

    name: str
    events: list[Marked]

    @property
    def first(self) -> int:
        return self.events[0].log_index

    @property
    def last(self) -> int:
        """The index as of which the ledger holds what the release said."""
        return self.events[-1].log_index


class Step(NamedTuple):
    """One kind of change; of all changed claims together, `field` is None.

    `indexes` are ranges of log indexes, both ends included, ascending.
    """

    change: str
    field: str | None
    claims: int
    events: int
    indexes: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, Any]:
        return self._asdict() | {"indexes": [list(one) for one in self.indexes]}


def releases_of(recorder: LedgerRecorder, name: str, size: int) -> list[Release]:
    """The releases of a list in the first `size` entries, in the order of their first events."""
    found: dict[str, Release] = {}
    for release, marked in _marked(recorder, name, size):
        found.setdefault(release, Release(release, [])).events.append(marked)
    if not found:
        raise NotFound(f"no event of this ledger names a release of a list {name!r}")
    return list(found.values())


def between(releases: Sequence[Release], start: str | None, end: str | None) -> list[Release]:
    """Those after one release up to another: without `start` the last alone, without `end` all."""
    names = [one.name for one in releases]
    for release in (start, end):
        if release is not None:
            choose("release", release, names)
    to = len(names) - 1 if end is None else names.index(end)
    after = to - 1 if start is None else names.index(start)
    if after >= to:
        raise Invalid(
            f"from {start} to {names[to]}: in the log, {names[to]} does not follow {start}"
        )
    return list(releases[after + 1 : to + 1])


def steps(releases: Iterable[Release]) -> list[Step]:
    """What these releases changed, taken together; a claim counts once for each kind of change."""
    by_change: dict[_Change, list[Marked]] = {}
    for release in releases:
        for one in release.events:
            by_change.setdefault((one.change, one.field), []).append(one)
            if one.change == CHANGED:
                by_change.setdefault((CHANGED, None), []).append(one)
    ordered = sorted(by_change, key=lambda key: (_ORDER.index(key[0]), key[1] or ""))
    return [_step(key, by_change[key]) for key in ordered]


def _step(change: _Change, events: Sequence[Marked]) -> Step:
    indexes = [one.log_index for one in events]
    return Step(*change, len({one.stream for one in events}), len(events), ranges(indexes))


def ranges(indexes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as ranges, both ends included."""
    found = []
    for _, group in groupby(enumerate(indexes), key=lambda one: one[1] - one[0]):
        run = [index for _, index in group]
        found.append((run[0], run[-1]))
    return tuple(found)


def _marked(recorder: LedgerRecorder, name: str, size: int) -> Iterator[tuple[str, Marked]]:
    # A look at the bytes first: most entries need not be read.
    needle = orjson.dumps(of_list(name))[1:]
    for start in range(0, size, _PAGE):
        for index, stream, _, kind, entry in recorder.select_entries(
            start, min(_PAGE, size - start)
        ):
            if not stream.startswith("claim/") or needle not in entry:
                continue
            body = orjson.loads(event_line(entry))["body"]
            release = _release(kind, body, name)
            if release is not None:
                change = _CHANGES.get(kind, CHANGED)
                yield release, Marked(index, stream, change, _field(kind, body))


def _release(kind: str, body: Mapping[str, Any], name: str) -> str | None:
    if kind == "ClaimRecorded":
        texts = [one.get("release") for one in body["sources"]]
    elif kind == "SourceLinked":
        texts = [body["source"].get("release")]
    else:
        texts = [body.get("reason")]
    found = [release for text in texts if (release := release_text(text, name)) is not None]
    return found[0] if found else None


def _field(kind: str, body: Mapping[str, Any]) -> str | None:
    if kind in _CHANGES:
        return None
    named = _NAMED_BY.get(kind)
    if named is None:
        return _FIELDS.get(kind, kind)
    # The field of a claim that is the place of a death is called place.
    return "place" if (kind, body[named]) == ("PlaceRevised", "death") else str(body[named])
