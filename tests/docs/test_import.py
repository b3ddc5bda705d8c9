"""The map that docs/import.md shows is one that is taken, and the page names every field."""

import re
from pathlib import Path

from api.importing.listmap import FIELDS, read_map
from api.importing.rows import RowReader
from domain.rules import read_rules, shipped_document

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")


def test_the_map_shown_is_one_that_is_taken(tmp_path):
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "map.toml"
    path.write_text(shown, encoding="utf-8")
    found = read_map(path)
    assert found.encoding == "windows-1256"
    assert found.sealed == {"name": "الاسم", "national_id": "id"}
    RowReader(found, read_rules(shipped_document()), "2024-04-02T09:00:00.000Z")


def test_the_page_names_every_field():
    for field in FIELDS:
        assert all(f"`{part}`" in PAGE for part in field.split(".")), field
