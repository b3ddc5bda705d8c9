"""A toll by place as GeoJSON (RFC 7946), for maps: one feature for each place, counted or not.

The boundaries are read from a file that its user names, under a licence that its user names; those
of governorates come with the project. Without any, features are unlocated (RFC 7946 §3.2) and join
a map by their p-code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from api import boundaries as shipped
from domain.errors import Invalid
from domain.facets import FACETS, UNKNOWN
from domain.parties import SHARED
from domain.rules import Rules

PLACES = ("governorate", "district", "origin")
MOST_BYTES = 64 << 20

_SHIPPED = frozenset(f"SY{number:02d}" for number in range(1, 15))

# Decimals kept of a coordinate: about a metre, and finer than any boundary is known.
_DECIMALS = 5
_CRS84 = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84")

Position = tuple[float, float]
Geometries = Mapping[str, Mapping[str, Any]]  # p-code -> Polygon or MultiPolygon


def vocabulary_of(answer: Mapping[str, Any]) -> str:
    """The vocabulary of the places that a toll is by; Invalid when it is by anything else."""
    by = answer["definition"]["by"]
    vocabulary = FACETS[by[0]] if len(by) == 1 and by[0] in PLACES else None
    if vocabulary is None:
        raise Invalid(f"geojson: give one --by, of {', '.join(PLACES)}")
    return vocabulary


def feature_collection(
    answer: Mapping[str, Any], rules: Rules, boundaries: Geometries, licence: str | None
) -> dict[str, Any]:
    """The answer to a toll by one kind of place; raises Invalid when it is by anything else.

    Deaths whose place is not known are on no map: `unplaced` counts them, and with the features'
    counts they sum to `total`.
    """
    vocabulary = vocabulary_of(answer)
    (facet,) = answer["definition"]["by"]
    definition = answer["definition"]
    if definition["joint"] == SHARED:
        raise Invalid("geojson: --joint shared gives fractions, and a map counts whole numbers")
    counts = {row[facet]: row[definition["measure"]] for row in answer["rows"]}
    unplaced = counts.pop(UNKNOWN, 0)
    ledger = answer["ledger"]
    # A code that has since left the rules still has its deaths.
    codes = [*rules.vocabulary(vocabulary), *sorted(counts.keys() - rules.vocabulary(vocabulary))]
    features = [
        {
            "type": "Feature",
            "id": code,
            "geometry": boundaries.get(code),
            "properties": {
                "pcode": code,
                "name_en": rules.label(vocabulary, code, "en"),
                "name_ar": rules.label(vocabulary, code, "ar"),
                "count": counts.get(code, 0),
                "ledger_size": ledger["size"],
                "ledger_root": ledger["root"],
            },
        }
        for code in codes
    ]
    kept = ("ledger", "definition", "sentence", "total", "possible", "undated")
    told = {name: answer[name] for name in kept} | {"unplaced": unplaced}
    return (
        {"type": "FeatureCollection"}
        | told
        | ({} if licence is None else {"licence": licence})
        | {"features": features}
    )


def boundaries_for(
    vocabulary: str, rules: Rules, path: Path | None, licence: str | None
) -> tuple[Geometries, str | None]:
    """What to draw places with, and its licence: the user's file, or what the project has."""
    if path is not None:
        return read_boundaries(path, rules, vocabulary), licence
    # An organisation may have adopted governorates of another country.
    if vocabulary == "governorate" and not _SHIPPED.isdisjoint(rules.vocabulary(vocabulary)):
        drawn = _features(shipped.GOVERNORATES, _SHIPPED, vocabulary)
        return drawn, shipped.GOVERNORATES_LICENCE
    return {}, None


def read_boundaries(path: Path, rules: Rules, vocabulary: str) -> Geometries:
    """The boundaries of a vocabulary's places, from a GeoJSON file; Invalid says what is wrong.

    A feature is of the place whose p-code one of its properties is, whatever the property is
    called. Rings are wound by the right-hand rule and coordinates rounded; nothing is simplified.
    """
    places = rules.vocabulary(vocabulary)
    found = _features(path, places.keys(), vocabulary)
    missing = sorted(places.keys() - found.keys())
    if missing:
        raise Invalid(f"{path.name}: no boundary of {', '.join(missing)}")
    return found


def _features(path: Path, places: Set[str], vocabulary: str) -> dict[str, Mapping[str, Any]]:
    document = _load(path)
    if type(document) is not dict or document.get("type") != "FeatureCollection":
        raise Invalid(f"{path.name}: not a GeoJSON FeatureCollection")
    _check_crs(document.get("crs"), path.name)
    features = document.get("features")
    if type(features) is not list:
        raise Invalid(f"{path.name}: features must be a list")
    found: dict[str, Mapping[str, Any]] = {}
    for number, feature in enumerate(features, 1):
        where = f"{path.name}: feature {number}"
        if type(feature) is not dict or type(feature.get("properties")) is not dict:
            raise Invalid(f"{where}: must be a Feature with properties")
        values = feature["properties"].values()
        codes = {value for value in values if type(value) is str and value in places}
        if len(codes) != 1:
            what = "more than one p-code" if codes else "no p-code"
            raise Invalid(f"{where}: {what} of a {vocabulary} is among its properties")
        (code,) = codes
        if code in found:
            raise Invalid(f"{where}: {code} has a boundary already")
        found[code] = _geometry(feature.get("geometry"), f"{where} ({code})")
    return found


def _load(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > MOST_BYTES:
        raise Invalid(f"{path.name}: larger than {MOST_BYTES} bytes; simplify it")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"{path.name}: not JSON: {error}") from None


def _check_crs(crs: Any, name: str) -> None:
    """RFC 7946 §4 knows WGS 84 alone; an older file may say so, and no other system."""
    if crs is None:
        return
    said = crs.get("properties") if type(crs) is dict else None
    if type(said) is not dict or said.get("name") not in _CRS84:
        raise Invalid(f"{name}: its coordinates are not longitude and latitude of WGS 84 (crs)")


def _geometry(geometry: Any, where: str) -> dict[str, Any]:
    kind = geometry.get("type") if type(geometry) is dict else None
    coordinates = geometry["coordinates"] if kind and "coordinates" in geometry else None
    if kind == "Polygon":
        return {"type": kind, "coordinates": _polygon(coordinates, where)}
    if kind == "MultiPolygon":
        return {"type": kind, "coordinates": _each(coordinates, where, _polygon)}
    raise Invalid(f"{where}: its geometry must be a Polygon or a MultiPolygon")


def _polygon(rings: Any, where: str) -> list[list[Position]]:
    """RFC 7946 §3.1.6: the exterior ring counterclockwise, the holes after it clockwise."""
    read = _each(rings, where, _ring)
    return [
        ring if (_twice_area(ring) > 0) == (number == 0) else ring[::-1]
        for number, ring in enumerate(read)
    ]


def _ring(positions: Any, where: str) -> list[Position]:
    read = _each(positions, where, _position)
    ring = [one for number, one in enumerate(read) if number == 0 or one != read[number - 1]]
    if ring[0] != ring[-1]:
        raise Invalid(f"{where}: a ring ends where it began")
    if len(ring) < 4 or _twice_area(ring) == 0:
        raise Invalid(f"{where}: a ring has four positions or more, and an area")
    return ring


def _position(numbers: Any, where: str) -> Position:
    if type(numbers) is not list or not 2 <= len(numbers) <= 3:
        raise Invalid(f"{where}: a position is a longitude and a latitude")
    longitude, latitude = numbers[:2]
    for number, most in ((longitude, 180), (latitude, 90)):
        if type(number) not in (int, float) or not math.fabs(number) <= most:
            raise Invalid(f"{where}: {numbers[:2]} is no longitude and latitude in degrees")
    return round(float(longitude), _DECIMALS), round(float(latitude), _DECIMALS)


def _each(members: Any, where: str, read: Callable[[Any, str], Any]) -> list[Any]:
    if type(members) is not list or not members:
        raise Invalid(f"{where}: coordinates must be a list, not empty")
    return [read(member, where) for member in members]


def _twice_area(ring: list[Position]) -> float:
    """Twice the signed area, positive counterclockwise; from a corner, to lose no digits."""
    west, south = ring[0]
    moved = [(x - west, y - south) for x, y in ring]
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(moved))
