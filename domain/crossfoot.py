"""Cross-footing: what stated figures must obey among themselves, and where they do not.

Rows sum to their whole, or leave a residual that is named; a part never exceeds its whole, alone
or with other parts that share nobody with it: categories, populations, periods; deaths in massacres
or of a profession never exceed all deaths of the same party, period and basis; a share is the share
of the figures beside it; a figure has one value, and a place one governorate. A rule is broken only
when no reading of the qualifiers keeps it: a part of nine contradicts a whole of five, and not one
of at least five. A finding hides nothing and changes nothing: contradictions in a publication are
recorded as found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from domain.bounds import Bounds, bounds, summed
from domain.dates import Dates, parse_dates
from domain.estimate import EstimateStated
from domain.fields import Place
from domain.rules import Rules

SHARE = "per-ten-thousand"  # the unit of percentages: 52.41 % is 5241
# What stands at a time or is the same at any: a longer period need not have more of it.
STANDING = frozenset(
    {
        "still-detained",
        "disappeared",
        "displaced",
        "awaiting-reconciliation",
        "foreign-fighters-held",
        "attacks-in-a-day",
        "barrel-bomb-pause-length",
        "torture-methods",
        "massacre-threshold",
        "term-of-inquiry",
        "length",
    }
)

# part -> whole: categories of persons, and measures that count a part of another measure.
_CATEGORY_PARTS = {
    "children": "total",
    "women": "total",
    "men": "total",
    "females": "total",
    "boys": "children",
    "girls": "children",
}
_MEASURE_PARTS = {
    "massacre-deaths": "deaths",
    "medical-deaths": "deaths",
    "media-deaths": "deaths",
    "civil-defence-deaths": "deaths",
    "siege-deaths": "deaths",
    "cluster-munition-deaths": "deaths",
    "cluster-remnant-deaths": "deaths",
    "chemical-deaths": "deaths",
    "disappeared": "still-detained",
}
# Parts of one whole that nobody is in twice, and that need not make it up.
_DISJOINT = {"total": ("children", "women", "men"), "children": ("boys", "girls")}
# Categories that a whole is divided into, as a table is into rows.
_ROWS = (
    ("total", ("places-of-worship", "schools", "medical-facilities", "markets")),
    ("total", ("inside-the-country", "abroad")),
    ("females", ("women", "girls")),
)
_SUMS = {"women-and-children": ("women", "children")}
_ALL_PERSONS = "all-persons"
# Every rule that a finding can be of.
RULES = (
    "one-place",
    "one-value",
    "rows-within-total",
    "part-within-whole",
    "part-within-parts",
    "disjoint-parts-within-whole",
    "populations-within-all",
    "periods-within-period",
    "share-of-whole",
    *(f"{part}-within-{whole}" for part, whole in _MEASURE_PARTS.items()),
)
_POPULATIONS = ("civilians", "combatants", "prisoners", "security-personnel")


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

    @property
    def residual(self) -> int:
        """What the rows of a table leave of their total, in no row."""
        return max(0, -self.excess) if self.rule == "rows-within-total" else 0


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
    scope: str | None


_Figures = Mapping[Key, Bounds]
_Scopes = Mapping[_Scope, _Figures]


def cross_foot(stated: Iterable[EstimateStated], rules: Rules) -> list[Finding]:
    """Apply every rule to every group of comparable figures, in the order they were stated.

    Where one figure is stated with several values, the first stands for it in the other rules.
    """
    scopes: dict[_Scope, dict[Key, Bounds]] = {}
    values: dict[tuple[_Scope, Key], list[Bounds]] = {}
    twice: dict[_Scope, list[Finding]] = {}
    for figure in stated:
        scope = _Scope(*(getattr(figure, name) for name in _Scope._fields))
        key = Key(figure.measure, figure.party, figure.category)
        value = bounds(figure, rules)
        scopes.setdefault(scope, {}).setdefault(key, value)
        earlier = values.setdefault((scope, key), [])
        if value not in earlier:
            twice.setdefault(scope, []).extend(_repeated(key, one, value, rules) for one in earlier)
            earlier.append(value)
    findings: list[Finding] = []
    for scope, figures in scopes.items():
        findings += twice.get(scope, ())
        if scope.unit == SHARE:
            findings += _shares(scope, figures, scopes, rules)
            continue
        findings += _partitions(figures, rules)
        findings += _subsets(figures, rules)
        findings += _disjoint_parts(figures, rules)
    counts = {scope: figures for scope, figures in scopes.items() if scope.unit != SHARE}
    findings += _populations(counts, rules)
    findings += _periods(counts, rules)
    findings += _places(counts, rules)
    return findings


def _repeated(key: Key, first: Bounds, again: Bounds, rules: Rules) -> Finding:
    sentence = f"{_name(key, rules)}: {first.words} stated, and {again.words} as well"
    return Finding("one-value", first.meets(again), sentence, again.best, first.best)


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
        if rows:
            yield _rows_within(_name(whole, rules), rows, wanted)
        for category, parts in _ROWS:
            rows = [
                figures[whole._replace(category=part)]
                for part in parts
                if whole._replace(category=part) in figures
            ]
            if category == whole.category and len(rows) > 1:
                yield _rows_within(_name(whole, rules), rows, wanted)


def _rows_within(name: str, rows: list[Bounds], wanted: Bounds) -> Finding:
    total = summed(rows)
    verdict = f"{total.words} = {total.best}" if len(rows) > 1 else f"{total.words} in one row"
    holds = total.fits(wanted)
    if not holds:
        verdict += f", but only {wanted.words} are stated altogether"
    elif total.best < wanted.best:
        left = wanted.best - total.best
        verdict += f", which leaves {left} of {wanted.words} in no row"
    elif total.best > wanted.best:
        verdict += f", which can be within {wanted.words}"
    return Finding("rows-within-total", holds, f"{name}: {verdict}", total.best, wanted.best)


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
        keys = _stated_among(figures, whole, _DISJOINT.get(whole.category, ()))
        if len(keys) > 1:
            left, right = _joined(keys, rules), _name(whole, rules)
            total = summed([figures[key] for key in keys])
            yield _within("disjoint-parts-within-whole", left, total, right, wanted)
        keys = _stated_among(figures, whole, _SUMS["women-and-children"])
        if whole.category == "females" and len(keys) == 2:
            # Females of any age are women and girls, and girls are children.
            left, right = _name(whole, rules), _joined(keys, rules)
            total = summed([figures[key] for key in keys])
            yield _within("part-within-parts", left, wanted, right, total)


def _stated_among(figures: _Figures, whole: Key, categories: Iterable[str]) -> list[Key]:
    keys = [whole._replace(category=category) for category in categories]
    return [key for key in keys if key in figures]


def _shares(scope: _Scope, shares: _Figures, scopes: _Scopes, rules: Rules) -> Iterator[Finding]:
    """A share of all is its part over the total, as far as both are stated."""
    for other, figures in scopes.items():
        if other.unit == SHARE or other._replace(unit=SHARE) != scope:
            continue
        for key, share in shares.items():
            keys = [key._replace(category=one) for one in _SUMS.get(key.category, (key.category,))]
            whole = figures.get(Key(key.measure, None, "total"))
            if whole is None or not whole.best or any(one not in figures for one in keys):
                continue
            part = summed([figures[one] for one in keys])
            ratio = _ratio(part.best, whole.best)
            low = _ratio(part.least, whole.most) if whole.most else 0
            high = _ratio(part.most, whole.least) if part.most is not None and whole.least else None
            holds = (high is None or share.least <= high) and (
                share.most is None or low <= share.most
            )
            sentence = (
                f"{_name(key, rules)}: {part.words} of {whole.words} are {ratio} per ten "
                f"thousand, {share.words} stated"
            )
            yield Finding("share-of-whole", holds, sentence, share.best, ratio)


def _ratio(part: int, whole: int) -> int:
    """Per ten thousand, to the nearest."""
    return (20_000 * part + whole) // (2 * whole)


def _populations(scopes: _Scopes, rules: Rules) -> Iterator[Finding]:
    """Civilians, combatants and prisoners are within all persons, together."""
    for key, found in _aligned(scopes, "population"):
        parts = [one for one in _POPULATIONS if one in found]
        if _ALL_PERSONS not in found or not parts:
            continue
        total = summed([found[one] for one in parts])
        # One population alone is told only when it cannot be a part.
        if len(parts) > 1 or not total.fits(found[_ALL_PERSONS]):
            words = " and ".join(rules.label("population", one).lower() for one in parts)
            name = _name(key, rules)
            left, right = f"{name}, {words}", f"{name}, all persons"
            yield _within("populations-within-all", left, total, right, found[_ALL_PERSONS])


def _periods(scopes: _Scopes, rules: Rules) -> Iterator[Finding]:
    """What happened in a period happened in every longer one; periods apart are added."""
    for key, found in _aligned(scopes, "period"):
        if key.measure in STANDING:
            continue
        stated = [parse_dates(text) for text in found if text is not None]
        periods = [period for period in stated if period.certain]
        within: dict[Dates, list[Dates]] = {}
        for one in sorted(periods, key=lambda one: (one.first, one.last)):
            around = _nearest_around(one, periods)
            if around is not None:
                within.setdefault(around, []).append(one)
        for whole, inside in within.items():
            apart = all(one.last < later.first for one, later in pairwise(inside))
            for parts in [inside] if apart else [[one] for one in inside]:
                total = summed([found[one.text] for one in parts])
                left = f"{_name(key, rules)} in {' and '.join(one.text for one in parts)}"
                right = f"{_name(key, rules)} in {whole.text}"
                yield _within("periods-within-period", left, total, right, found[whole.text])


def _nearest_around(period: Dates, periods: Iterable[Dates]) -> Dates | None:
    """The shortest of the periods that this one lies in and is not."""
    around = [
        one
        for one in periods
        if period.within(one) and (one.first, one.last) != (period.first, period.last)
    ]
    # Of two periods around it, the one that begins later or ends earlier is nearer.
    return max(around, key=lambda one: (one.first, _before(one.last)), default=None)


def _before(day: str) -> int:
    return -int(day.replace("-", ""))


def _places(scopes: _Scopes, rules: Rules) -> Iterator[Finding]:
    """One figure of one place, which the publication puts in two governorates."""
    for key, found in _aligned(scopes, "place"):
        placed = [(place, value) for place, value in found.items() if place and place.name]
        for number, (place, value) in enumerate(placed):
            for other, again in placed[:number]:
                if (place.name, value) == (other.name, again):
                    one, two = (rules.label("governorate", p.governorate) for p in (other, place))
                    sentence = (
                        f"{_name(key, rules)} at {place.name}: in {one}, and in {two} as well"
                    )
                    yield Finding("one-place", False, sentence, value.best, value.best)


def _aligned(scopes: _Scopes, field: str) -> Iterator[tuple[Key, dict[Any, Bounds]]]:
    """Each key with its values by one field of the scope, all else being the same."""
    groups: dict[tuple[_Scope, Key], dict[Any, Bounds]] = {}
    for scope, figures in scopes.items():
        other: dict[str, Any] = {field: None}
        rest = scope._replace(**other)
        for key, value in figures.items():
            groups.setdefault((rest, key), {})[getattr(scope, field)] = value
    for (_, key), found in groups.items():
        if len(found) > 1:
            yield key, found


def _within(rule: str, left: str, part: Bounds, right: str, whole: Bounds) -> Finding:
    """Hold a part, named `left`, against its whole, named `right`."""
    holds = part.fits(whole)
    relation = "exceed"
    if holds:
        relation = "are within" if part.best <= whole.best else "can be within"
    sentence = f"{left}: {part.words} {relation} {right}: {whole.words}"
    return Finding(rule, holds, sentence, part.best, whole.best)


def _joined(keys: list[Key], rules: Rules) -> str:
    return _name(keys[0]._replace(category=" and ".join(key.category for key in keys)), rules)


def _name(key: Key, rules: Rules) -> str:
    words = [key.measure.replace("-", " ")]
    if key.category != "total":
        words.append(f"of {key.category}")
    if key.party is not None:
        words.append(f"by {rules.label('party', key.party)}")
    return " ".join(words)
