"""A figure as a page shows it: its sentence, its number, its rows as a table, and what to draw.

Read from the files of a bundle that was verified. Whatever the definition groups by becomes a
table: one facet with its shares, two as a table across, more as a list. What is drawn beside it
follows from the grouping too: months over time, governorates on a map, every other facet as bars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.pages.words import number, words
from audit.bundle import definition_file, members_file, note_file
from audit.cells import HiddenRow, hidden_words, is_hidden, read_hidden
from audit.figure_note import FigureNote, read_figure
from audit.lines import read_members
from audit.verdict import ShownFigure
from domain import canonical
from domain.errors import SijillError
from domain.facets import UNKNOWN
from domain.figure import Definition, read_definition
from domain.measures import MASSACRES
from domain.phrases import MONTH, facet_phrase, value_phrase
from domain.rules import Rules
from ledger.note import parse_note

BARS, MONTHS, MAP = "bars", "months", "map"
_DRAWN = {"month": MONTHS, "governorate": MAP, "origin": MAP}
MOST_DRAWN = 40  # bars in a chart; what has more rows is a table
MOST_MONTHS = 1200  # between which months of nobody are filled in
MOST_ACROSS = 9  # columns of a table across
MOST_LISTED = 500  # massacres in the list; the rest is in the bundle


class Row(NamedTuple):
    """A row of a figure: its values by the grouping, their labels, and its number as committed.

    `value` is None for a row that is hidden, and `said` then "fewer than 5" or "withheld".
    """

    values: tuple[str, ...]
    labels: tuple[str, ...]
    value: int | None
    said: str

    @property
    def unknown(self) -> bool:
        return set(self.values) == {UNKNOWN}


class Table(NamedTuple):
    """A table for people: `foot` is its last line, empty for none; numbers begin at `numeric`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...]
    numeric: int
    note: str = ""


class Shown(NamedTuple):
    """A figure in one language. `drawn` is one of the kinds above, or empty; `note` the signed one.

    `said` is the number in words of the page, `value` as it was committed to (-1: unreadable);
    `told` says of a sum that it is one.
    """

    name: str
    sentence: str
    value: int
    said: str
    holds: bool
    note: bytes
    root: str
    told: str
    drawn: str
    rows: tuple[Row, ...]
    table: Table | None
    massacres: Table | None


def show_figure(
    figure: ShownFigure, files: Mapping[str, bytes], rules: Rules, language: str, listed: bool
) -> Shown:
    """One figure of a bundle; `listed` asks for the list of massacres that it counts.

    What cannot be read is left out: the verdict says why, and the figure does not hold.
    """
    sentence = figure.sentence[language != "en"]
    said = number(figure.value) if figure.value >= 0 else words(language)["unreadable"]
    note = files.get(note_file(figure.name), b"")
    try:
        root = note.split(b"\n")[2].decode("ascii")
        definition = read_definition(canonical.parse(files[definition_file(figure.name)]), rules)
        rows = tuple(sorted(_rows(figure.name, definition, files, rules, language), key=_order))
        massacres = None
        if listed and definition.measure == MASSACRES:
            massacres = _massacres(figure.name, definition, files, rules, language)
    except (SijillError, KeyError, IndexError, ValueError):
        return Shown(
            figure.name, sentence, figure.value, said, False, note, "", "", "", (), None, None
        )
    drawn = _drawn(definition, rows)
    if drawn == MONTHS:
        rows = _every_month(rows, rules, language)
    table = _table(definition, rows, figure.value, language) if rows else None
    return Shown(
        figure.name,
        sentence,
        figure.value,
        said,
        figure.holds,
        note,
        root,
        _told(read_figure(parse_note(note).text), definition, rules, language),
        drawn,
        rows,
        table,
        massacres,
    )


def _told(note: FigureNote, definition: Definition, rules: Rules, language: str) -> str:
    """Of a sum: that it is one, over how many, and how its addends are qualified."""
    if note.sum is None:
        return ""
    said, of = words(language), "sum-stated" if definition.of_estimates else "sum"
    qualifiers = [rules.label("qualifier", one, language) for one in note.sum.qualifiers]
    if not qualifiers:
        return said[of].format(size=number(note.size))
    listed = ("، " if language == "ar" else ", ").join(qualifiers)
    return said[f"{of}-qualified"].format(size=number(note.size), qualifiers=listed)


def _rows(
    figure: str, definition: Definition, files: Mapping[str, bytes], rules: Rules, language: str
) -> Iterator[Row]:
    """The rows of a figure with their values, as their notes state them."""
    for name in files:
        if not name.startswith(f"figures/{figure}/"):
            continue
        text = parse_note(files[name]).text
        hidden = read_hidden(text) if is_hidden(text) else None
        note = hidden or read_figure(text)
        values = tuple(note.identity.partition(f"/{figure}/")[2].split(","))
        labels = tuple(
            label(rules, facet, value, language)
            for facet, value in zip(definition.by, values, strict=True)
        )
        if isinstance(note, HiddenRow):
            yield Row(values, labels, None, hidden_words(note, language))
        else:
            yield Row(values, labels, note.value, number(note.value))


def _every_month(rows: Sequence[Row], rules: Rules, language: str) -> tuple[Row, ...]:
    """In the order of time, with the months between in which nobody is counted."""
    found = {row.values[0]: row for row in rows if not row.unknown}
    # What does not verify may name anything as a month, or months of ten thousand years.
    if not all(map(MONTH.fullmatch, found)) or _span(found) > MOST_MONTHS:
        return tuple(rows)
    every = []
    for month in _months(min(found), max(found)) if found else ():
        none = Row((month,), (label(rules, "month", month, language),), 0, number(0))
        every.append(found.get(month, none))
    return (*every, *(row for row in rows if row.unknown))


def _span(months: Iterable[str]) -> int:
    years = [int(month[:4]) for month in months]
    return 12 * (max(years, default=0) - min(years, default=0))


def _months(first: str, last: str) -> Iterator[str]:
    """From one `YYYY-MM` to another."""
    at = int(first[:4]) * 12 + int(first[5:]) - 1
    while (month := f"{at // 12:04}-{at % 12 + 1:02}") <= last:
        yield month
        at += 1


def _order(row: Row) -> tuple[bool, int, tuple[str, ...]]:
    """The greatest first, and what is not known at all last."""
    return row.unknown, -(row.value or 0), row.values


def label(rules: Rules, facet: str, value: str, language: str) -> str:
    """A value of a facet as it stands by itself, in a table or at a bar."""
    said = value_phrase(rules, facet, value, language)
    return said[:1].upper() + said[1:]


def _drawn(definition: Definition, rows: Sequence[Row]) -> str:
    if len(definition.by) != 1 or not rows:
        return ""
    kind = _DRAWN.get(definition.by[0], BARS)
    if kind == MAP:
        return kind
    return kind if len(rows) > 1 and (kind == MONTHS or len(rows) <= MOST_DRAWN) else ""


def _table(definition: Definition, rows: Sequence[Row], total: int, language: str) -> Table:
    heads = tuple(
        _title(facet_phrase(facet, language, of_deaths=definition.measure == "deaths"))
        for facet in definition.by
    )
    said = words(language)
    if len(definition.by) == 2 and all(row.value is not None for row in rows):
        across = dict.fromkeys(row.values[1] for row in rows)
        if len(across) <= MOST_ACROSS:
            return _across(heads, rows, total, language)
    blank = ("",) * (len(heads) - 1)
    return Table(
        (*heads, said["value"], said["share"].format(total=number(total))),
        tuple((*row.labels, row.said, _share(row.value, total)) for row in rows),
        (said["total"], *blank, number(total), ""),
        len(heads),
    )


def _across(heads: Sequence[str], rows: Sequence[Row], total: int, language: str) -> Table:
    """Two facets: the first downwards, the second across, with the sums of both."""
    said = words(language)["total"]
    cells = {row.values: row.said for row in rows}
    down, across = (_by_sum(rows, place) for place in (0, 1))
    lines = tuple(
        (name, *(cells.get((one, other), number(0)) for other in across), number(whole))
        for one, (name, whole) in down.items()
    )
    foot = (said, *(number(whole) for _, whole in across.values()), number(total))
    head = (f"{heads[0]} / {heads[1]}", *(name for name, _ in across.values()), said)
    return Table(head, lines, foot, 1)


def _by_sum(rows: Sequence[Row], place: int) -> dict[str, tuple[str, int]]:
    """The values of one facet with label and sum, the greatest first and unknown last."""
    found: dict[str, tuple[str, int]] = {}
    for row in rows:
        so_far = found.get(row.values[place], ("", 0))[1]
        found[row.values[place]] = (row.labels[place], so_far + (row.value or 0))
    return dict(sorted(found.items(), key=lambda one: (one[0] == UNKNOWN, -one[1][1], one[0])))


def _share(value: int | None, total: int) -> str:
    """A percentage with two decimals, halves away from zero, as the reports have it."""
    if total <= 0 or value is None:
        return ""
    hundredths = (value * 20_000 + total) // (2 * total)
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def _massacres(
    figure: str, definition: Definition, files: Mapping[str, bytes], rules: Rules, language: str
) -> Table:
    said = words(language)
    facets = definition.facets
    heads = (_title(facet_phrase(facet, language, of_deaths=False)) for facet in facets)
    found: list[tuple[int, str, Mapping[str, Any]]] = [
        (len(member.claims), member.id, member.facets)
        for member in read_members(files[members_file(figure)])
    ]
    found.sort(key=lambda one: (-one[0], one[1]))
    rows = tuple(
        (
            identity.partition("/")[2][:8],
            *(label(rules, facet, of[facet], language) for facet in facets),
            number(deaths),
        )
        for deaths, identity, of in found[:MOST_LISTED]
    )
    more = len(found) - MOST_LISTED
    note = said["more"].format(more=number(more), file=members_file(figure)) if more > 0 else ""
    return Table((said["incident"], *heads, said["deaths"]), rows, (), 1 + len(facets), note)


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]
