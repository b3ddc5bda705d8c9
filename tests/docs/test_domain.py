"""The page on the domain: its tables are those of the code and of the shipped rules."""

from pathlib import Path

import pytest

from domain.catalogue import CATALOGUE
from domain.fields import SEALED_FIELDS
from domain.kinds import KINDS, PARTICULAR
from domain.outcome import RELATIONS
from domain.rules import shipped_document

PAGE = (Path(__file__).parents[2] / "docs" / "domain.md").read_text(encoding="utf-8")
RULES = shipped_document()
VOCABULARIES = RULES["vocabularies"]


def rows(heading):
    """The cells of the table under a heading, each row as written."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(names):
    return ", ".join(f"`{name}`" for name in names) or "–"


def test_each_kind_has_its_row():
    expected = []
    for name, kind in KINDS.items():
        outcomes = [one for one, (earlier, _) in RELATIONS.items() if name in earlier]
        counted = [one for one, kinds in RULES["measures"].items() if name in kinds]
        expected.append(
            [
                f"`{name}`",
                VOCABULARIES["claim-kind"][name]["en"],
                kind.unit,
                words(field for field in PARTICULAR if field in kind.fields),
                words(outcomes),
                words([*counted, "violations"]),
            ]
        )
    assert rows("Kinds of claims") == expected


def test_each_relation_has_its_row():
    assert rows("Outcomes") == [
        [f"`{one}`", VOCABULARIES["outcome"][one]["en"], words(earlier), words(later)]
        for one, (earlier, later) in RELATIONS.items()
    ]


@pytest.mark.parametrize("kind", ["claim", "incident", "estimate"])
def test_each_event_has_its_row_with_who_signs_it(kind):
    found = {row[0].strip("`"): row[1] for row in rows(f"Events of {kind}s")}
    signers = {name: ", ".join(sorted(one.roles)) for name, one in CATALOGUE[kind].items()}
    assert found == signers


def test_each_vocabulary_has_its_row_with_its_terms():
    found = {row[0].strip("`"): row[1] for row in rows("Vocabularies")}
    assert found == {
        name: str(len(terms)) if len(terms) > 20 else words(terms)
        for name, terms in VOCABULARIES.items()
    }


def test_each_sealed_field_is_named():
    assert all(f"`{field}`" in PAGE for field in SEALED_FIELDS)
