"""Successive releases through the command: what is recorded, and what is as of each of them."""

import json

from tests.importing.releases import Releases

KEYS = ("--key", "documenter-1", "--reviewer-key", "reviewer-1")
FACETS = (("party",), ("sex", "age-group", "status"))


def take(shell, file, listmap, *options, code=0):
    """Import; returns the answer."""
    said = shell.run("import", file, "--map", listmap, *options, "--format", "json", code=code)
    return json.loads(said)


def size(shell):
    return int(shell.run("checkpoint").splitlines()[1])


def toll(shell, facets, at):
    by = [option for facet in facets for option in ("--by", facet)]
    rows = shell.json("toll", *by, "--at", at)["rows"]
    return {tuple(row[facet] for facet in facets): row["deaths"] for row in rows}


def test_the_toll_as_of_each_release_is_the_release_s_own_count(founded):
    releases = Releases(1, 200)
    ends, counted = [], []
    for number in range(1, 4):
        done = releases.next_release() if number > 1 else None
        file, listmap = releases.write(founded.folder, number)
        answer = take(founded, file, listmap, *KEYS)
        counts = answer["counts"]
        if done is None:
            assert (counts["new"], answer["events"]) == (200, {"ClaimRecorded": 200})
        else:
            assert counts["new"] == done["new"]
            assert counts["retracted"] == done["gone"] == answer["events"]["Retracted"]
            assert counts["returned"] == done["back"]
            assert counts["changed"] == done["changed"] > 0
        assert counts["rejected"] == counts["not_imported"] == 0
        ends.append(size(founded) - 1)
        counted.append({facets: releases.counts(*facets) for facets in FACETS})
        again = take(founded, file, listmap, *KEYS)
        assert (again["events"], again["counts"]["unchanged"]) == ({}, len(releases.rows))
        assert size(founded) - 1 == ends[-1]
    assert {"Reinstated", "SourceLinked", "SourceUnlinked", "DateRevised"} <= set(answer["events"])
    for end, expected in zip(ends, counted, strict=True):
        for facets in FACETS:
            assert toll(founded, facets, end) == expected[facets], (end, facets)
    assert "SOUND" in founded.run("audit", founded.folder / "records")
