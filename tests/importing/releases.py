"""Invented successive releases of a list, with what each holds: rows added, changed, gone, back."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

HEADER = ("id", "الاسم", "الجنس", "العمر", "status", "date", "place", "party", "source")
SEX = {"ذكر": "male", "أنثى": "female", "": "unknown"}
CATEGORY = {
    ("adult", "male"): "men",
    ("adult", "female"): "women",
    ("adult", "unknown"): "adults-sex-unknown",
    ("child", "male"): "boys",
    ("child", "female"): "girls",
    ("child", "unknown"): "children-sex-unknown",
    ("unknown", "male"): "males-age-unknown",
    ("unknown", "female"): "females-age-unknown",
    ("unknown", "unknown"): "unknown",
}
MAP = """
[list]
name = "invented list"
release = "{release}"
date = "{date}"
record_id = "id"

[constants]
kind = "killing"
documented_on = "release"
attribution.mode = "sole"

[fields]
status = "status"
"place.governorate" = "place"
"attribution.parties" = "party"

[fields.sex]
column = "الجنس"
values = {{ "ذكر" = "male", "أنثى" = "female" }}

[fields.age_group]
column = "العمر"
ranges = {{ child = [0, 17], adult = [18, 130] }}

[fields.happened_on]
column = "date"
dates = ["%d/%m/%Y", "%m/%Y"]

[sealed]
name = "الاسم"
national_id = "id"

[[sources]]
id = "list"
published = "An invented list, of nobody"
[sources.kind]
column = "source"
values = {{ hospital = "medical", family = "family" }}
"""


class Releases:
    """A list of rows by id that changes from release to release."""

    def __init__(self, seed: int, rows: int) -> None:
        self._draw = random.Random(seed)
        self._next = 0
        self.rows: dict[str, list[str]] = {}
        self._gone: dict[str, list[str]] = {}
        self._add(rows)

    def _add(self, count: int) -> None:
        for _ in range(count):
            self._next += 1
            name = f"{800_000_000 + self._next}"
            self.rows[name] = [name, f"اسم مخترع {self._next}", *self._fields()]

    def _fields(self) -> list[str]:
        draw = self._draw
        day = f"{draw.randrange(1, 29):02}/{draw.randrange(1, 13):02}/{draw.randrange(2015, 2019)}"
        return [
            draw.choice(["ذكر", "أنثى", ""]),
            draw.choice(["", "٧", "17", "18", "40", "0.5", "96"]),
            draw.choice(["civilian", "combatant", ""]),
            draw.choice([day, day[3:], ""]),
            draw.choice(["SY07", "SY02", ""]),
            draw.choice(["russian-forces", "isis", ""]),
            draw.choice(["hospital", "family"]),
        ]

    def next_release(self, share: float = 0.1) -> Counter[str]:
        """Change the list; returns how many rows were added, changed, gone and came back."""
        part = max(1, int(len(self.rows) * share))
        back = self._draw.sample(sorted(self._gone), min(len(self._gone), part // 2))
        chosen = self._draw.sample(sorted(self.rows), 2 * part)
        gone, touched = chosen[:part], chosen[part:]
        done = Counter(gone=part, back=len(back), new=part)
        for name in touched:
            before = _meaning(self.rows[name])
            fields = self._fields()
            for place in self._draw.sample(range(7), self._draw.randrange(1, 4)):
                self.rows[name][2 + place] = fields[place]
            done["changed"] += before != _meaning(self.rows[name])
        for name in gone:
            self._gone[name] = self.rows.pop(name)
        for name in back:
            self.rows[name] = self._gone.pop(name)
        self._add(part)
        return done

    def write(self, folder: Path, number: int, *, delimiter: str = ",") -> tuple[Path, Path]:
        """The release as a file and its map."""
        path, listmap = folder / f"release-{number}.csv", folder / f"map-{number}.toml"
        rows = list(self.rows.values())
        self._draw.shuffle(rows)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerow(HEADER)
            writer.writerows(rows)
        text = MAP.format(release=f"r{number}", date=f"2019-{number:02}-01")
        listmap.write_text(text, encoding="utf-8")
        return path, listmap

    def counts(self, *facets: str) -> Counter[tuple[str, ...]]:
        """The release's own counts, taken from the rows by code of their own."""
        found: Counter[tuple[str, ...]] = Counter()
        for row in self.rows.values():
            values = {
                "sex": SEX[row[2]],
                "age-group": _age_group(row[3]),
                "status": row[4] or "unknown",
                "governorate": row[6] or "unknown",
                "party": row[7] or "unknown-party",
                "source": {"hospital": "medical", "family": "family"}[row[8]],
                "category": CATEGORY[_age_group(row[3]), SEX[row[2]]],
            }
            found[tuple(values[facet] for facet in facets)] += 1
        return found


def _age_group(age: str) -> str:
    age = age.replace("٧", "7")
    return "unknown" if not age else "child" if float(age) < 18 else "adult"


def _meaning(row: list[str]) -> list[str]:
    return [*row[:3], _age_group(row[3]), *row[4:]]
