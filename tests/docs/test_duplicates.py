"""The numbers that docs/duplicates.md states are those that the bench measures."""

import re
from pathlib import Path

import pytest

from api.matching.linkage import propose
from bench.duplicates import CLAIMS, DUPLICATES, SEED, THRESHOLDS, measure
from bench.people import sample

PAGE = (Path(__file__).parents[2] / "docs" / "duplicates.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (0\.\d+) \| ([\d,]+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)


@pytest.mark.slow
def test_the_page_states_what_is_measured():
    assert [float(row[0]) for row in ROWS] == list(THRESHOLDS)
    assert f"{CLAIMS:,} claims of invented people, of which {DUPLICATES:,}" in PAGE
    drawn = sample(CLAIMS, DUPLICATES, SEED)
    pairs = propose(drawn.persons, THRESHOLDS[0])
    for least, proposed, precision, recall in ROWS:
        found = measure(drawn, pairs, float(least))
        assert found.proposed == pytest.approx(int(proposed.replace(",", "")), abs=2)
        assert found.precision == pytest.approx(float(precision), abs=0.001)
        assert found.recall == pytest.approx(float(recall), abs=0.001)
