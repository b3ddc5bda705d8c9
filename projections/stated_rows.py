"""The row of a stated figure: what its events make of it, without the suspect ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from domain.facets import UNKNOWN
from domain.life import OPEN, WITHDRAWN
from domain.suspicion import SUSPECT
from ledger.application import RecordedEvent
from projections.rows import STANDING, Row, codes

BEARING_ON_ESTIMATES = frozenset({"EstimateStated", "EstimateRevised", "EstimateWithdrawn"})


def estimate_row(index: int, events: Sequence[RecordedEvent], suspects: Collection[int]) -> Row:
    """The row of estimate_versions that stands from the entry `index` on.

    `events` are all of the stream up to there, `suspects` the versions to leave out.
    """
    stated = events[0].event.body
    value, standing = stated["value"], SUSPECT if 1 in suspects else OPEN
    for one in events[1:]:
        if one.originator_version in suspects:
            continue
        if one.event.type == "EstimateRevised":
            value = one.event.body["to"]
        elif one.event.type == "EstimateWithdrawn" and standing == OPEN:
            standing = WITHDRAWN
    return [
        *(events[0].originator_id, index, STANDING, standing),
        *(stated["measure"], stated["category"], stated["party"] or UNKNOWN, stated["unit"]),
        *(stated["population"], stated["grade"], stated["publisher"], stated["publication"]),
        *(codes(stated["place"])[0], stated["period"]),
        *(value["best"], value["low"], value["high"], stated["qualifier"]),
    ]
