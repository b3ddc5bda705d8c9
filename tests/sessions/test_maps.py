"""A toll for maps, at the command line."""

import json

import pytest

GEOJSON = ("toll", "--format", "geojson")


@pytest.fixture
def drawn(march):
    """A file of boundaries: invented squares, one for each governorate."""
    codes = [f"SY{number:02d}" for number in range(1, 15)]
    corners = ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))
    features = [
        {
            "type": "Feature",
            "properties": {"ADM1_PCODE": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[30 + number + x, 35 + y] for x, y in corners]],
            },
        }
        for number, code in enumerate(codes)
    ]
    path = march.folder / "squares.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_map_has_every_governorate_and_sums_to_the_toll(march):
    toll = march.json("toll", "--by", "governorate")
    written = json.loads(march.run(*GEOJSON, "--by", "governorate"))
    assert written["type"] == "FeatureCollection"
    assert len(written["features"]) == 14
    counts = {one["id"]: one["properties"]["count"] for one in written["features"]}
    assert sum(counts.values()) + written["unplaced"] == written["total"] == toll["total"]
    assert counts.items() >= {
        (row["governorate"], row["deaths"])
        for row in toll["rows"]
        if row["governorate"] != "unknown"
    }
    assert 0 in counts.values()
    assert "Natural Earth" in written["licence"]
    for one in written["features"]:
        assert one["geometry"]["type"] in ("Polygon", "MultiPolygon")
        assert one["properties"]["ledger_root"] == toll["ledger"]["root"]
    assert "إدلب" in march.run(*GEOJSON, "--by", "origin")


def test_a_map_is_of_the_state_that_is_asked_for(march):
    written = json.loads(march.run(*GEOJSON, "--by", "district", "--at", "50"))
    assert len(written["features"]) == 62
    assert {one["geometry"] for one in written["features"]} == {None}
    assert "licence" not in written
    assert {one["properties"]["ledger_size"] for one in written["features"]} == {51}
    assert written["total"] < march.json("toll")["total"]


def test_the_boundaries_of_a_file_are_drawn_under_the_licence_that_is_named(march, drawn):
    licence = ("--licence", "invented squares, public domain")
    written = json.loads(
        march.run(*GEOJSON, "--by", "governorate", "--boundaries", drawn, *licence)
    )
    assert written["licence"] == "invented squares, public domain"
    ring = written["features"][0]["geometry"]["coordinates"][0]
    assert ring == [[30, 35], [31, 35], [31, 36], [30, 36], [30, 35]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*GEOJSON,), "give one --by"),
        ((*GEOJSON, "--by", "party"), "give one --by"),
        ((*GEOJSON, "--by", "governorate", "--by", "sex"), "give one --by"),
        ((*GEOJSON, "--by", "governorate", "--licence", "CC0"), "--boundaries needs --licence"),
        ((*GEOJSON, "--by", "governorate", "--boundaries", "x"), "--boundaries needs --licence"),
        (
            (*GEOJSON, "--by", "governorate", "--boundaries", "x", "--licence", "CC0"),
            "x: cannot be read",
        ),
        (("toll", "--boundaries", "x", "--licence", "CC0"), "are for --format geojson"),
        (("claims", "--format", "geojson"), "only a toll by place"),
        (("checkpoint", "--format", "geojson"), "only a toll by place"),
    ],
)
def test_what_is_on_no_map_is_refused(march, arguments, message):
    assert message in march.run(*arguments, code=2)
