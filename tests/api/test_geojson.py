"""A toll as GeoJSON: every place has its feature, and every ring is what RFC 7946 asks for."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.geojson import boundaries_for, feature_collection, read_boundaries
from domain.errors import Invalid
from domain.facets import FACETS
from domain.figure import define
from domain.rules import read_rules, shipped_document

RULES = read_rules(shipped_document())
CODES = list(RULES.vocabulary("governorate"))
SQUARE = [[36, 35], [37, 35], [37, 36], [36, 36], [36, 35]]
HOLE = [[36.2, 35.2], [36.2, 35.4], [36.4, 35.4], [36.4, 35.2], [36.2, 35.2]]
LEDGER = {"origin": "register.example/x", "size": 7, "root": "AAAA"}


def toll_by(*by, **counts):
    """The answer to a toll, as far as a map is made of it."""
    return {
        "ledger": LEDGER,
        "definition": define(RULES, by=by).to_json(),
        "sentence": {"ar": "القتلى", "en": "Persons killed"},
        "rows": [{by[0]: code, "deaths": deaths} for code, deaths in counts.items()] if by else [],
        "total": sum(counts.values()),
        "possible": 0,
        "undated": 0,
    }


def square(number):
    """Squares side by side, one for each governorate."""
    return [[x + number, y] for x, y in SQUARE]


def feature(code, coordinates, kind="Polygon", **properties):
    geometry = {"type": kind, "coordinates": coordinates}
    properties = {"ADM1_PCODE": code} | properties
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(**changes):
    """A file of boundaries, whole but for what is changed of the first feature."""
    features = [feature(code, [square(number)]) for number, code in enumerate(CODES)]
    features[0] = features[0] | changes
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def read(tmp_path):
    def read(document, vocabulary="governorate"):
        path = tmp_path / "boundaries.geojson"
        path.write_text(document if type(document) is str else json.dumps(document))
        return read_boundaries(path, RULES, vocabulary)

    return read


def winding(ring):
    """The shoelace sum: positive is counterclockwise."""
    return sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))


def rings_of(geometry):
    """Every ring of a geometry, with whether it is an exterior one."""
    whole = geometry["coordinates"]
    for polygon in [whole] if geometry["type"] == "Polygon" else whole:
        yield from ((ring, number == 0) for number, ring in enumerate(polygon))


@pytest.mark.parametrize("facet", ["governorate", "district", "origin"])
def test_every_place_has_a_feature_whether_anyone_died_there_or_not(facet):
    places = RULES.vocabulary(FACETS[facet] or "")
    code = list(places)[3]
    made = feature_collection(toll_by(facet, **{code: 5, "unknown": 2}), RULES, {}, None)
    assert [one["id"] for one in made["features"]] == list(places)
    assert len(made["features"]) == (62 if facet == "district" else 14)
    counts = {one["id"]: one["properties"]["count"] for one in made["features"]}
    assert counts == dict.fromkeys(places, 0) | {code: 5}
    assert sum(counts.values()) + made["unplaced"] == made["total"] == 7


def test_a_feature_says_the_place_in_both_languages_and_the_state_of_the_ledger():
    made = feature_collection(toll_by("governorate", SY07=3), RULES, {}, None)
    (idleb,) = [one for one in made["features"] if one["id"] == "SY07"]
    assert idleb["geometry"] is None
    assert idleb["properties"] == {
        "pcode": "SY07",
        "name_en": "Idleb",
        "name_ar": "إدلب",
        "count": 3,
        "ledger_size": 7,
        "ledger_root": "AAAA",
    }
    assert "licence" not in made
    assert made["ledger"] == LEDGER


def test_a_code_that_has_left_the_rules_keeps_its_deaths():
    made = feature_collection(toll_by("governorate", SY07=3, SY77=1), RULES, {}, None)
    assert made["features"][-1]["properties"]["count"] == 1
    assert made["features"][-1]["properties"]["name_en"] == "SY77"
    assert len(made["features"]) == 15


@pytest.mark.parametrize("by", [(), ("party",), ("governorate", "sex"), ("month",)])
def test_only_a_toll_by_one_kind_of_place_is_drawn(by):
    with pytest.raises(Invalid, match="give one --by, of governorate, district, origin"):
        feature_collection(toll_by(*by), RULES, {}, None)


def test_boundaries_are_joined_by_p_code_whatever_the_property_is_called(read):
    document = collection(properties={"shapeName": "Dimashq", "code": CODES[0], "area": 118.5})
    drawn = read(document)
    assert list(drawn) == CODES
    made = feature_collection(toll_by("governorate", SY07=3), RULES, drawn, "OCHA, CC BY 3.0 IGO")
    assert made["licence"] == "OCHA, CC BY 3.0 IGO"
    for number, one in enumerate(made["features"]):
        assert json.loads(json.dumps(one["geometry"]["coordinates"])) == [square(number)]


def test_a_file_of_districts_is_read_by_the_codes_of_districts(read):
    districts = RULES.vocabulary("district")
    features = [
        feature(one.parent, [square(number)], ADM2_PCODE=code)
        for number, (code, one) in enumerate(districts.items())
    ]
    document = {"type": "FeatureCollection", "features": features}
    assert list(read(document, "district")) == list(districts)
    with pytest.raises(Invalid, match=r"feature 3: SY02 has a boundary already"):
        read(document)


@st.composite
def triangles(draw):
    """A closed ring of three corners, either way round."""
    west, south = draw(st.floats(-170, 170)), draw(st.floats(-80, 80))
    width, height = draw(st.floats(0.01, 5)), draw(st.floats(0.01, 5))
    ring = [[west, south], [west + width, south], [west, south + height], [west, south]]
    return ring if draw(st.booleans()) else ring[::-1]


@given(
    polygons=st.lists(st.lists(triangles(), min_size=1, max_size=3), min_size=1, max_size=3),
    data=st.data(),
)
def test_exterior_rings_are_counterclockwise_and_holes_clockwise(tmp_path_factory, polygons, data):
    whole = data.draw(st.booleans())
    document = collection(
        geometry={"type": "Polygon", "coordinates": polygons[0]}
        if whole
        else {"type": "MultiPolygon", "coordinates": polygons}
    )
    path = tmp_path_factory.mktemp("map") / "boundaries.json"
    path.write_text(json.dumps(document))
    geometry = read_boundaries(path, RULES, "governorate")[CODES[0]]
    found = list(rings_of(geometry))
    assert len(found) == (len(polygons[0]) if whole else sum(map(len, polygons)))
    for ring, exterior in found:
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        # From a corner: the plain shoelace sum of a small ring far away loses its sign.
        moved = [(x - ring[0][0], y - ring[0][1]) for x, y in ring]
        assert (winding(moved) > 0) == exterior
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
        assert all(round(number, 5) == number for position in ring for number in position)


def test_an_altitude_and_a_position_said_twice_are_left_out(read):
    ring = [[36, 35, 200], [37, 35, 0], [37.000001, 35.000001, 0], [37, 36, 5], [36, 35, 200]]
    drawn = read(collection(geometry={"type": "Polygon", "coordinates": [ring]}))
    assert drawn[CODES[0]]["coordinates"] == [[(36, 35), (37, 35), (37, 36), (36, 35)]]


def test_a_file_that_says_it_is_of_wgs_84_is_read(read):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read(collection() | {"crs": crs})) == 14


def polygon(*rings):
    return {"geometry": {"type": "Polygon", "coordinates": list(rings)}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[" * 5000, "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a GeoJSON FeatureCollection"),
        ({"type": "Feature"}, "not a GeoJSON FeatureCollection"),
        ({"type": "FeatureCollection"}, "features must be a list"),
        ({"type": "FeatureCollection", "features": []}, "no boundary of SY01, SY02"),
        ({"type": "FeatureCollection", "features": [3]}, "feature 1: must be a Feature"),
        (collection() | {"crs": {"properties": {"name": "EPSG:3857"}}}, "longitude and latitude"),
        (collection() | {"crs": "EPSG:4326"}, "longitude and latitude"),
        (collection(properties=None), "feature 1: must be a Feature with properties"),
        (collection(properties={"name": "Damascus"}), "no p-code of a governorate"),
        (collection(properties={"a": "SY01", "b": "SY02"}), "more than one p-code"),
        (collection(properties={"a": "SY02"}), "SY02 has a boundary already"),
        (collection(geometry=None), "feature 1 .SY01.: its geometry must be a Polygon"),
        (collection(geometry={"type": "Point", "coordinates": [36, 35]}), "must be a Polygon"),
        (collection(geometry={"type": "Polygon"}), "coordinates must be a list"),
        (collection(geometry={"type": ["Polygon"]}), "must be a Polygon"),
        (collection(**polygon()), "coordinates must be a list"),
        (collection(**polygon([])), "coordinates must be a list"),
        (collection(**polygon(SQUARE[:-1])), "a ring ends where it began"),
        (collection(**polygon(SQUARE, HOLE[1:])), "a ring ends where it began"),
        (collection(**polygon([[36, 35], [37, 36], [36, 35]])), "four positions"),
        (collection(**polygon([[36, 35], [37, 36], [38, 37], [36, 35]])), "and an area"),
        (collection(**polygon([[x * 1e-7, y * 1e-7] for x, y in SQUARE])), "four positions"),
        (collection(**polygon([[4e6, 3e6], *SQUARE])), "no longitude and latitude"),
        (collection(**polygon([[35, 136], *SQUARE])), "no longitude and latitude"),
        (collection(**polygon([["36", 35], *SQUARE])), "no longitude and latitude"),
        (collection(**polygon([[True, 35], *SQUARE])), "no longitude and latitude"),
        (collection(**polygon([[36], *SQUARE])), "a longitude and a latitude"),
        (collection(**polygon([36, 35])), "a longitude and a latitude"),
    ],
)
def test_boundaries_that_no_map_could_be_made_of_are_refused(read, document, message):
    with pytest.raises(Invalid, match=message):
        read(document)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(Invalid, match=r"nowhere.json: cannot be read"):
        read_boundaries(tmp_path / "nowhere.json", RULES, "governorate")


# Longitude and latitude of each governorate's capital, to a hundredth of a degree.
CAPITALS = {
    "SY01": (36.30, 33.51),
    "SY02": (37.16, 36.20),
    "SY03": (36.40, 33.57),  # Douma
    "SY04": (36.72, 34.73),
    "SY05": (36.75, 35.13),
    "SY06": (35.78, 35.53),
    "SY07": (36.63, 35.93),
    "SY08": (40.75, 36.50),
    "SY09": (40.14, 35.34),
    "SY10": (35.89, 34.89),
    "SY11": (39.01, 35.95),
    "SY12": (36.10, 32.62),
    "SY13": (36.57, 32.71),
    "SY14": (35.87, 33.12),
}


def crossings(point, ring):
    x, y = point
    return sum(
        (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
        for (x1, y1), (x2, y2) in pairwise(ring)
    )


def test_each_capital_lies_in_the_boundary_of_its_governorate_that_comes_with_the_project():
    drawn, licence = boundaries_for("governorate", RULES, None, None)
    assert licence is not None
    assert "public domain" in licence
    assert sorted(drawn) == sorted(CODES) == sorted(CAPITALS)
    for capital, point in CAPITALS.items():
        around = []
        for code, geometry in drawn.items():
            coordinates = geometry["coordinates"]
            polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
            # Outside of holes too: an even number of crossings is outside.
            if any(sum(crossings(point, ring) for ring in rings) % 2 for rings in polygons):
                around.append(code)
        assert around == [capital]


def test_what_comes_with_the_project_is_drawn_for_governorates_alone_and_gives_way_to_a_file(
    tmp_path,
):
    assert boundaries_for("district", RULES, None, None) == ({}, None)
    path = tmp_path / "boundaries.geojson"
    path.write_text(json.dumps(collection()))
    drawn, licence = boundaries_for("governorate", RULES, path, "CC0")
    assert (drawn, licence) == (read_boundaries(path, RULES, "governorate"), "CC0")
