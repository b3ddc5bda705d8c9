"""What a release changed of sealed fields: seen by their marks, without a key that reads them.

A field that the list itself had sealed is sealed anew; what a person sealed since stays; of who was
erased nothing is sealed again. A column that the map does not name any more says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from api.importing.changes import Step
from api.importing.listmap import ListMap
from api.importing.memory import Remembered
from domain.claim import Claim
from domain.listed import release_text
from domain.sealing import FIELD_SEALED, digests
from ledger.application import RecordedEvent

PENDING = "sealed"  # in what is remembered as on the way: field -> its new mark and digest


class Resealing(NamedTuple):
    """`values` are to be sealed, None where the list says nothing any more; `marks` are what is to
    be remembered of them; `kept` are fields that a person sealed.
    """

    values: Mapping[str, str | None]
    marks: Mapping[str, str]
    kept: Sequence[str]

    def __repr__(self) -> str:
        return f"Resealing({', '.join(self.values)})"


def settled_marks(last: Remembered, claim: Claim) -> tuple[dict[str, str], list[str]]:
    """The marks of what had arrived when an import was cut short, and the digests of what had not:
    nothing holds those, and they are dropped.
    """
    marks, dropped = dict(last.marks), []
    stated = digests(claim)
    for field, (mark, digest) in (last.pending or {}).get(PENDING, {}).items():
        if stated.get(field) != digest:
            if digest is not None:
                dropped.append(digest)
        elif mark is None:
            marks.pop(field, None)
        else:
            marks[field] = mark
    return marks, dropped


def differing(last: Mapping[str, str], now: Mapping[str, str], listmap: ListMap) -> list[str]:
    """The sealed fields that a release says otherwise than the one before it."""
    return [field for field in sorted(listmap.sealed) if last.get(field) != now.get(field)]


def reseal(
    claim: Claim,
    *,
    last: Mapping[str, str],
    now: Mapping[str, str],
    secrets: Mapping[str, str],
    listmap: ListMap,
    history: Callable[[], Sequence[RecordedEvent]],
) -> Resealing:
    """What is to be sealed anew of a claim; `last` and `now` are the marks of both releases,
    `history` gives the claim's events, if it is asked.
    """
    if claim.erased:
        return Resealing({}, {}, [])
    fields = differing(last, now, listmap)
    stated = digests(claim)
    events = history() if fields else ()
    theirs = [field for field in fields if not _is_of_list(field, events, listmap.name)]
    values = {field: secrets.get(field) for field in fields if field not in theirs}
    # What is said of nothing and stands for nothing needs no event.
    values = {field: one for field, one in values.items() if one is not None or field in stated}
    kept = {field: mark for field, mark in last.items() if field not in listmap.sealed}
    return Resealing(values, kept | dict(now), theirs)


def _is_of_list(field: str, events: Sequence[RecordedEvent], name: str) -> bool:
    """Whether what stands, or nothing, was put there by the list."""
    sealed = [
        one.event.body["reason"]
        for one in events
        if one.event.type == FIELD_SEALED and one.event.body["field"] == field
    ]
    return not sealed or release_text(sealed[-1], name) is not None


def sealing_steps(
    stated: Mapping[str, str], to: Mapping[str, dict[str, str] | None], why: Mapping[str, str]
) -> list[Step]:
    """The events that say so, from the digests that stand to the new ones."""
    return [
        Step(
            FIELD_SEALED,
            {
                "field": field,
                "from": {"sealed": stated[field]} if field in stated else None,
                "to": now,
                **why,
            },
        )
        for field, now in to.items()
    ]


def pending(marks: Mapping[str, str], to: Mapping[str, dict[str, str] | None]) -> dict[str, Any]:
    """What is to be remembered of sealings that are on the way."""
    return {
        PENDING: {
            field: [marks.get(field), None if now is None else now["sealed"]]
            for field, now in to.items()
        }
    }


def held_by(step: Step) -> list[str]:
    """The digests that were to be held by an event that the ledger refused."""
    if step.event_type != FIELD_SEALED or step.body["to"] is None:
        return []
    return [step.body["to"]["sealed"]]
