"""The rows that are folded: which column is what, and what each event changes in one.

A claim's row has its facets in a cell that claims share; an incident's row has its own columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.attribution import row_of
from domain.facets import UNKNOWN, source_row
from domain.life import MERGED, OPEN, RETRACTED

# The valid_to of a version that stands now.
STANDING = 2**63 - 1

# The columns of `cells` that events set, in their order; `category` follows from them.
FACETS = (
    "kind",
    "party",
    "mode",
    "governorate",
    "district",
    "origin",
    "sex",
    "age_group",
    "status",
    "profession",
    "cause",
    "weapon",
    "review",
    "standing",
    "outcome",
    "confidence",
    "source",
)
AT = {facet: position for position, facet in enumerate(FACETS)}

Cell = tuple[str, ...]
# A row of claim_versions or incident_versions, mutable until it is written: a version that is
# closed in its own page is written closed.
Row = list[Any]
ID, VALID_FROM, VALID_TO, NUMBER = 0, 1, 2, 3
CELL, DOCUMENTED, HAPPENED, INCIDENT, ENDED = 4, 5, 6, 7, 8
DATES = {"documented": DOCUMENTED, "happened": HAPPENED}
_PARTY, _MODE, _CONFIDENCE, _GOVERNORATE, _DISTRICT, _PLACE = 5, 6, 7, 8, 9, 10
_CIRCUMSTANCES = {"cause": 11, "weapon": 12}
_WHEN, STATE, INTO = 13, 14, 15
# A quantity takes two columns, its number and its qualifier.
_QUANTITIES = {"munitions": 16, "injured": 18}
_FACILITIES = 20


def recorded_incident(index: int, body: dict[str, Any]) -> Row:
    place, attribution = body["place"], body["attribution"]
    return [
        0,
        index,
        STANDING,
        index,
        body["kind"],
        row_of(attribution["mode"], attribution["parties"]),
        attribution["mode"],
        attribution["confidence"] or UNKNOWN,
        *codes(place),
        None if place is None else place["name"],
        body["cause"],
        body["weapon"],
        body["happened_on"],
        OPEN,
        None,
        *_quantity(body["munitions"]),
        *_quantity(body["injured"]),
        len(body["facilities"]),
    ]


def _quantity(stated: dict[str, Any] | None) -> tuple[int | None, str | None]:
    return (None, None) if stated is None else (stated["value"], stated["qualifier"])


def codes(place: dict[str, Any] | None) -> tuple[str, str]:
    """The governorate and the district of a place as it was signed."""
    if place is None:
        return UNKNOWN, UNKNOWN
    return place["governorate"], place.get("district") or UNKNOWN


def _standing(standing: str) -> Callable[[list[Any], dict[str, Any]], None]:
    def change(cell: list[Any], body: dict[str, Any]) -> None:
        cell[AT["standing"]] = standing

    return change


def _review(grade: str) -> Callable[[list[Any], dict[str, Any]], None]:
    def change(cell: list[Any], body: dict[str, Any]) -> None:
        cell[AT["review"]] = grade

    return change


def _attribution(cell: list[Any], body: dict[str, Any]) -> None:
    mode, parties = body["to"]["mode"], body["to"]["parties"]
    cell[AT["party"]], cell[AT["mode"]] = row_of(mode, parties), mode
    cell[AT["confidence"]] = body["to"]["confidence"] or UNKNOWN


def _place(cell: list[Any], body: dict[str, Any]) -> None:
    if body["place"] == "origin":
        cell[AT["origin"]] = body["to"] or UNKNOWN
    else:
        cell[AT["governorate"]], cell[AT["district"]] = codes(body["to"])


def _linked(cell: list[Any], body: dict[str, Any]) -> None:
    known = {*cell[AT["source"]].split("+")} - {UNKNOWN}
    cell[AT["source"]] = source_row(known | {body["source"]["kind"]})


def _classification(cell: list[Any], body: dict[str, Any]) -> None:
    # `control` is recorded too, but no count asks for it.
    if body["field"] in AT:
        cell[AT[body["field"]]] = body["to"] or UNKNOWN


CELL_CHANGES: dict[str, Callable[[list[Any], dict[str, Any]], None]] = {
    "AttributionChanged": _attribution,
    "PlaceRevised": _place,
    "ClassificationRevised": _classification,
    "Corroborated": _review("corroborated"),
    "Verified": _review("verified"),
    "MergedInto": _standing(MERGED),
    "Unmerged": _standing(OPEN),
    "Retracted": _standing(RETRACTED),
    "Reinstated": _standing(OPEN),
    "SourceLinked": _linked,
}
CLAIM_CHANGES = frozenset(
    {
        *("DateRevised", "IncidentAssigned", "CustodyStatusChanged", "SourceUnlinked"),
        *("OutcomeLinked", "OutcomeUnlinked"),
        *CELL_CHANGES,
    }
)
ON_HELD = frozenset({"DateRevised", "CustodyStatusChanged"})
BEARING_ON_CLAIMS = CLAIM_CHANGES | {"ClaimRecorded"}


def _incident_attribution(row: Row, body: dict[str, Any]) -> None:
    mode, parties = body["to"]["mode"], body["to"]["parties"]
    row[_PARTY], row[_MODE] = row_of(mode, parties), mode
    row[_CONFIDENCE] = body["to"]["confidence"] or UNKNOWN


def _incident_place(row: Row, body: dict[str, Any]) -> None:
    place = body["to"]
    row[_GOVERNORATE], row[_DISTRICT] = codes(place)
    row[_PLACE] = None if place is None else place["name"]


def _incident_classification(row: Row, body: dict[str, Any]) -> None:
    if body["field"] in _CIRCUMSTANCES:
        row[_CIRCUMSTANCES[body["field"]]] = body["to"]
    elif body["field"] == "facilities":
        row[_FACILITIES] = len(body["to"])


def _incident_quantity(row: Row, body: dict[str, Any]) -> None:
    at = _QUANTITIES[body["quantity"]]
    row[at : at + 2] = _quantity(body["to"])


def _incident_hit(row: Row, body: dict[str, Any]) -> None:
    row[_FACILITIES] += 1


def _incident_date(row: Row, body: dict[str, Any]) -> None:
    row[_WHEN] = body["to"]


def _incident_standing(standing: str) -> Callable[[Row, dict[str, Any]], None]:
    def change(row: Row, body: dict[str, Any]) -> None:
        row[STATE], row[INTO] = standing, None

    return change


ROW_CHANGES: dict[str, Callable[[Row, dict[str, Any]], None]] = {
    "AttributionChanged": _incident_attribution,
    "PlaceRevised": _incident_place,
    "ClassificationRevised": _incident_classification,
    "DateRevised": _incident_date,
    "QuantityRevised": _incident_quantity,
    "FacilityHit": _incident_hit,
    "Unmerged": _incident_standing(OPEN),
    "Retracted": _incident_standing(RETRACTED),
    "Reinstated": _incident_standing(OPEN),
}
INCIDENT_CHANGES = frozenset({"MergedInto", *ROW_CHANGES})
BEARING_ON_INCIDENTS = INCIDENT_CHANGES | {"IncidentRecorded"}
