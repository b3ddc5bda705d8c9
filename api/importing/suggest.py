"""A map proposed from the columns and values of a list, for a person to check line by line.

A column is proposed for a field when most of its values are words of that field's vocabulary, in
Arabic or English, or dates of one form; a name or a number of a person is proposed to be sealed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from api.importing.listmap import normal
from api.importing.rows import VOCABULARIES
from api.importing.tables import Cells, columns_of, open_table
from domain.rules import Rules

_ROWS = 5000
_MOST_WORDS = 60
_NO_ID = "CHANGE: no column has a value of its own in each row"
_ENOUGH = 0.6  # of the rows that say something
# Tried in this order; a field takes one column, a column goes to one field.
_FIELDS = (
    *("sex", "age_group", "status", "cause", "weapon", "profession"),
    *("attribution.parties", "place.governorate", "place.district", "custody.status"),
)
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m")
_ALSO = {
    "sex": {"m": "male", "f": "female", "man": "male", "woman": "female", "انثى": "female"},
}
_SEALED = (
    ("name_latin", re.compile(r"latin|english name|name.?en|\ben.?name", re.IGNORECASE)),
    ("date_of_birth", re.compile(r"birth|\bdob\b|ميلاد|ولادة", re.IGNORECASE)),
    ("national_id", re.compile(r"national|identity|هوية|رقم وطني|الرقم الوطني", re.IGNORECASE)),
    ("contact", re.compile(r"phone|mobile|email|هاتف|جوال", re.IGNORECASE)),
    ("name", re.compile(r"name|الاسم|اسم", re.IGNORECASE)),
)
_AGE = re.compile(r"\bage\b|العمر|عمر", re.IGNORECASE)
_ID = re.compile(r"id\b|\bno\b|number|رقم|معرف", re.IGNORECASE)
_DAY = (
    ("documented_on", re.compile(r"document|record|publish|توثيق", re.IGNORECASE)),
    ("happened_on", re.compile(r"", re.IGNORECASE)),
)


class _Seen(NamedTuple):
    """What the first rows hold in one column."""

    column: str
    values: Counter[str]

    @property
    def filled(self) -> int:
        return self.values.total()


def suggest(path: Path, rules: Rules) -> str:
    """The text of a map for the list, with what is left to be said marked `CHANGE`."""
    columns = columns_of(path)
    rows = [row for row in islice(open_table(path, columns).rows, _ROWS) if isinstance(row, Cells)]
    left = [
        _Seen(name, Counter(text for row in rows if (text := normal(row.texts[name]))))
        for name in columns
    ]
    record_id = _record_id(left, len(rows))
    sealed: list[str] = []
    for field, pattern in _SEALED:
        found = next((one for one in left if pattern.search(one.column)), None)
        if found is not None:
            left.remove(found)
            sealed.append(f"{field} = {_quoted(found.column)}")
    left = [one for one in left if one.column != record_id]
    fields = [*_ages(left), *_terms(left, rules), *_dates(left)]
    parties = any(one.startswith("[fields.attribution") for one in fields)
    lines = [
        "# Proposed from the list's first rows; check every line. docs/import.md explains them.",
        "[list]",
        'name = "CHANGE: the same in every release"',
        'release = "CHANGE"',
        'date = "CHANGE: such as 2024-03-31"',
        f"record_id = {_quoted(record_id or _NO_ID)}",
        "",
        "[constants]",
        'kind = "killing"  # CHANGE if it is another',
        *(['attribution.mode = "sole"  # CHANGE if it is another'] if parties else []),
        *fields,
        *(["", "[sealed]", *sealed] if sealed else []),
        "",
        "[[sources]]",
        'kind = "published-report"  # CHANGE if it is another',
        'published = "CHANGE: the citation"',
        *(["", "# Not mapped:"] if left else []),
        *(f"# {_quoted(one.column)}" for one in left),
    ]
    return "\n".join(lines) + "\n"


def _record_id(seen: Sequence[_Seen], rows: int) -> str | None:
    """A column with a value of its own in each row, by preference one that is called an id."""
    own = [one.column for one in seen if rows and len(one.values) == one.filled == rows]
    return next((name for name in own if _ID.search(name)), own[0] if own else None)


def _ages(left: list[_Seen]) -> list[str]:
    for one in left:
        numbers = sum(n for text, n in one.values.items() if re.fullmatch(r"\d{1,3}", text))
        if _AGE.search(one.column) and numbers >= _ENOUGH * max(1, one.filled):
            left.remove(one)
            ranges = "ranges = { child = [0, 17], adult = [18, 130] }"
            return ["", "[fields.age_group]", f"column = {_quoted(one.column)}", ranges]
    return []


def _terms(left: list[_Seen], rules: Rules) -> list[str]:
    lines: list[str] = []
    for field in _FIELDS:
        words = _words(rules, VOCABULARIES[field], field)
        if field == "age_group" and not any(_AGE.search(one.column) for one in left):
            continue
        for one in left:
            known = {
                text: words[text.casefold()] for text in one.values if text.casefold() in words
            }
            said = sum(one.values[text] for text in known)
            if len(one.values) > _MOST_WORDS or said < _ENOUGH * max(1, one.filled):
                continue
            left.remove(one)
            lines += ["", f"[fields.{field}]", f"column = {_quoted(one.column)}"]
            if any(text != term for text, term in known.items()):
                pairs = ", ".join(f"{_quoted(a)} = {_quoted(b)}" for a, b in sorted(known.items()))
                lines.append(f"values = {{ {pairs} }}")
            odd = sorted(one.values.keys() - known.keys())
            if odd:
                lines.append(f"# without a term: {', '.join(map(_quoted, odd))}")
            break
    return lines


def _words(rules: Rules, vocabulary: str, field: str) -> dict[str, str]:
    """Identifiers and labels of a vocabulary, case folded, each leading to its term."""
    found = {}
    for name, term in rules.vocabulary(vocabulary).items():
        for word in (term.en, term.ar, name):
            found[word.casefold()] = name
    return found | _ALSO.get(field, {})


def _dates(left: list[_Seen]) -> list[str]:
    lines: list[str] = []
    free = dict(_DAY)
    for one in list(left):
        forms = {form: sum(n for t, n in one.values.items() if _is(t, form)) for form in _FORMS}
        best = max(forms, key=lambda form: forms[form])
        field = next((name for name, pattern in free.items() if pattern.search(one.column)), None)
        if field is None or forms[best] < _ENOUGH * max(1, one.filled):
            continue
        del free[field]
        left.remove(one)
        lines += ["", f"[fields.{field}]", f"column = {_quoted(one.column)}"]
        lines.append(f"dates = [{_quoted(best)}]")
    return lines


def _is(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
