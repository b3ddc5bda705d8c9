"""Cross-footing: what stated figures must obey among themselves, and where they do not.

Rows sum to their whole, or leave a residual that is named; a part never exceeds its whole, alone
or with another part that shares nobody with it; deaths in massacres or of a profession never
exceed all deaths of the same party, period and basis; a figure has one value. A rule is broken
only when no reading of the qualifiers keeps it: a part of nine contradicts a whole of five, and
not one of at least five. A finding hides nothing and changes nothing: contradictions in a
publication are recorded as found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from domain.estimate import EstimateStated
from domain.fields import Place
from domain.rules import Rules

# part -> whole: categories of persons, and measures that count a part of another measure.
_CATEGORY_PARTS = {"children": "total", "women": "total", "boys": "children", "girls": "children"}
_MEASURE_PARTS = {
    "massacre-deaths": "deaths",
    "medical-deaths": "deaths",
    "media-deaths": "deaths",
    "civil-defence-deaths": "deaths",
}
# Two parts of one whole that nobody is in twice.
_DISJOINT = {"total": ("children", "women"), "children": ("boys", "girls")}

# What the qualifiers leave open: at least five has no upper bound, nearly five no lower one.
_BOUNDED_BELOW = {"exact": 0, "at-least": 0, "more-than": 1}
_BOUNDED_ABOVE = frozenset({"exact", "nearly", "up-to"})


class Key(NamedTuple):
    """What a figure counts, within its scope; `party` None is all parties."""

    measure: str
    party: str | None
    category: str


class Finding(NamedTuple):
    """A rule with the figures it set side by side. `excess` is how far it is from holding."""

    rule: str
    holds: bool
    sentence: str
    left: int
    right: int

    @property
    def excess(self) -> int:
        return self.left - self.right


class _Scope(NamedTuple):
    """Figures are comparable when all of this is the same."""

    publisher: str
    publication: str
    population: str
    basis: str | None
    period: str | None
    place: Place | None
    grade: str
    unit: str


class _Quantity(NamedTuple):
    """A value with the least and the most it can mean; `most` None is no upper bound."""

    best: int
    least: int
    most: int | None
    words: str

    def fits(self, whole: _Quantity) -> bool:
        return whole.most is None or self.least <= whole.most


_Figures = Mapping[Key, _Quantity]


def cross_foot(stated: Iterable[EstimateStated], rules: Rules) -> list[Finding]:
    """Apply every rule to every group of comparable figures, in the order they were stated."""
    scopes: dict[_Scope, dict[Key, _Quantity]] = {}
    twice: dict[_Scope, list[Finding]] = {}
    for figure in stated:
        scope = _Scope(*(getattr(figure, name) for name in _Scope._fields))
        key = Key(figure.measure, figure.party, figure.category)
        quantity = _quantity(figure, rules)
        first = scopes.setdefault(scope, {}).setdefault(key, quantity)
        if first != quantity:
            twice.setdefault(scope, []).append(_repeated(key, first, quantity, rules))
    findings: list[Finding] = []
    for scope, figures in scopes.items():
        findings += twice.get(scope, ())
        findings += _partitions(figures, rules)
        findings += _subsets(figures, rules)
        findings += _disjoint_parts(figures, rules)
    return findings


def _quantity(figure: EstimateStated, rules: Rules) -> _Quantity:
    best, low, high = figure.value
    qualifier = figure.qualifier
    least = best + _BOUNDED_BELOW[qualifier] if qualifier in _BOUNDED_BELOW else 0
    most = best if qualifier in _BOUNDED_ABOVE else None
    words = str(best)
    if qualifier != "exact":
        words = f"{rules.label('qualifier', qualifier).lower()} {words}"
    if (low, high) != (None, None):
        words += f" ({best if low is None else low} to {best if high is None else high})"
    if low is not None:
        least = min(least, low)
    if high is not None and most is not None:
        most = max(most, high)
    return _Quantity(best, least, most, words)


def _repeated(key: Key, first: _Quantity, again: _Quantity, rules: Rules) -> Finding:
    sentence = f"{_name(key, rules)}: {first.words} stated, and {again.words} as well"
    holds = first.fits(again) and again.fits(first)
    return Finding("one-value", holds, sentence, again.best, first.best)


def _partitions(figures: _Figures, rules: Rules) -> Iterator[Finding]:
    """The rows of each table sum to the row they divide; not every row need be stated."""
    for whole, wanted in figures.items():
        rows = [
            row
            for key, row in figures.items()
            if (key.measure, key.category) == (whole.measure, whole.category)
            and key.party not in (None, whole.party)
            and _next_stated(figures, key, rules) == whole.party
        ]
        if not rows:
            continue
        total = _sum(rows)
        verdict = f"{total.words} = {total.best}" if len(rows) > 1 else f"{total.words} in one row"
        holds = total.fits(wanted)
        if not holds:
            verdict += f", but only {wanted.words} are stated altogether"
        elif total.best < wanted.best:
            left = wanted.best - total.best
            verdict += f", which leaves {left} of {wanted.words} in no row"
        elif total.best > wanted.best:
            verdict += f", which can be within {wanted.words}"
        sentence = f"{_name(whole, rules)}: {verdict}"
        yield Finding("rows-within-total", holds, sentence, total.best, wanted.best)


def _next_stated(figures: _Figures, key: Key, rules: Rules) -> str | None:
    """The nearest party above that has a row of its own in the same table; None is the total."""
    parties = rules.vocabulary("party")
    above = None if key.party is None or key.party not in parties else parties[key.party].parent
    while above is not None and key._replace(party=above) not in figures:
        above = parties[above].parent
    return above


def _subsets(figures: _Figures, rules: Rules) -> Iterator[Finding]:
    """A category is within the nearest wider one that is stated; some deaths within all deaths."""
    for key, part in figures.items():
        wider = _CATEGORY_PARTS.get(key.category)
        while wider in _CATEGORY_PARTS and key._replace(category=wider) not in figures:
            wider = _CATEGORY_PARTS[wider]
        measure = _MEASURE_PARTS.get(key.measure)
        wholes = []
        if wider is not None:
            wholes.append(("part-within-whole", key._replace(category=wider)))
        if measure is not None:
            wholes.append((f"{key.measure}-within-{measure}", key._replace(measure=measure)))
        for rule, whole in wholes:
            if whole in figures:
                yield _within(rule, _name(key, rules), part, _name(whole, rules), figures[whole])


def _disjoint_parts(figures: _Figures, rules: Rules) -> Iterator[Finding]:
    for whole, wanted in figures.items():
        categories = _DISJOINT.get(whole.category, ())
        keys = [whole._replace(category=category) for category in categories]
        if keys and all(key in figures for key in keys):
            both = whole._replace(category=" and ".join(categories))
            total = _sum([figures[key] for key in keys])
            rule = "disjoint-parts-within-whole"
            yield _within(rule, _name(both, rules), total, _name(whole, rules), wanted)


def _within(rule: str, left: str, part: _Quantity, right: str, whole: _Quantity) -> Finding:
    """Hold a part, named `left`, against its whole, named `right`."""
    holds = part.fits(whole)
    relation = "exceed"
    if holds:
        relation = "are within" if part.best <= whole.best else "can be within"
    sentence = f"{left}: {part.words} {relation} {right}: {whole.words}"
    return Finding(rule, holds, sentence, part.best, whole.best)


def _sum(rows: list[_Quantity]) -> _Quantity:
    bounds = [row.most for row in rows if row.most is not None]
    return _Quantity(
        sum(row.best for row in rows),
        sum(row.least for row in rows),
        sum(bounds) if len(bounds) == len(rows) else None,
        " + ".join(row.words for row in rows),
    )


def _name(key: Key, rules: Rules) -> str:
    words = [key.measure.replace("-", " ")]
    if key.category != "total":
        words.append(f"of {key.category}")
    if key.party is not None:
        words.append(f"by {rules.label('party', key.party)}")
    return " ".join(words)
