"""The five example reports: each figure as printed, and what their figures say of one another."""

from pathlib import Path

import pytest

from api.casefile import read_stated
from domain.catalogue import CATALOGUE
from domain.rules import read_rules, shipped_document

EXAMPLES = Path(__file__).parents[2] / "examples"
RULES = read_rules(shipped_document())
READ = CATALOGUE["estimate"]["EstimateStated"].shape.read
# folder: its number in the reference of published figures
REPORTS = {
    "2025-left-to-their-fate": "000",
    "2025-03-coast": "001",
    "2020-03": "002",
    "2019-05-idlib": "003",
    "2020-03-anniversary": "004",
}


def stated(folder):
    records = [written.record for written in read_stated(EXAMPLES / folder / "stated-figures.toml")]
    return [READ(record.body, record.where, RULES) for record in records]


FIGURES = {folder: stated(folder) for folder in REPORTS}


@pytest.mark.parametrize(("folder", "number"), REPORTS.items())
def test_each_figure_is_numbered_once_and_has_its_sentence(folder, number):
    refs = [figure.ref for figure in FIGURES[folder]]
    assert len(set(refs)) == len(refs)
    assert all(ref.startswith(f"{number}-") for ref in refs)
    assert all(figure.quote for figure in FIGURES[folder])
