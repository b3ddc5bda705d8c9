"""Cross-footing: what stated figures must obey among themselves, and where they do not.

Rows sum to their whole, or leave a residual that is named; a part never exceeds its whole; deaths
in massacres never exceed all deaths of the same party, period and basis. A finding hides nothing
and changes nothing: contradictions in a publication are recorded as found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.estimate import EstimateStated
from domain.rules import Rules

# part -> whole: categories of persons, and measures that count a part of another measure.
_CATEGORY_PARTS = {"children": "total", "women": "total", "boys": "children", "girls": "children"}
_MEASURE_PARTS = {"massacre-deaths": "deaths"}

Key = tuple[str, str | None, str]  # measure, party, category


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
    """Figures are comparable within one publication, population, period, basis and place."""

    publisher: str
    publication: str
    population: str
    basis: str | None
    period: str | None


def cross_foot(stated: Iterable[EstimateStated], rules: Rules) -> list[Finding]:
    """Apply every rule to every group of comparable figures, in the order they were stated."""
    scopes: dict[_Scope, dict[Key, int]] = {}
    for figure in stated:
        scope = _Scope(
            figure.publisher, figure.publication, figure.population, figure.basis, figure.period
        )
        if figure.place is None:
            key = (figure.measure, figure.party, figure.category)
            scopes.setdefault(scope, {}).setdefault(key, figure.value.best)
    findings: list[Finding] = []
    for values in scopes.values():
        findings += _partitions(values, rules)
        findings += _subsets(values, rules)
    return findings


def _partitions(values: Mapping[Key, int], rules: Rules) -> list[Finding]:
    """The rows of each table sum to the row they divide; not every row need be stated."""
    findings = []
    for measure, whole, category in values:
        rows = [
            party
            for other, party, same in values
            if (other, same) == (measure, category)
            and party is not None
            and _next_stated(values, measure, party, category, rules) == whole
            and party != whole
        ]
        if len(rows) < 2:
            continue
        total = sum(values[measure, row, category] for row in rows)
        wanted = values[measure, whole, category]
        numbers = " + ".join(str(values[measure, row, category]) for row in rows)
        verdict = f"= {total}"
        if total < wanted:
            verdict += f", which leaves {wanted - total} of {wanted} in no row"
        elif total > wanted:
            verdict += f", but only {wanted} are stated altogether"
        name = _name(measure, whole, category, rules)
        findings.append(
            Finding(
                "rows-within-total", total <= wanted, f"{name}: {numbers} {verdict}", total, wanted
            )
        )
    return findings


def _next_stated(
    values: Mapping[Key, int], measure: str, party: str, category: str, rules: Rules
) -> str | None:
    """The nearest party above that has a row of its own in the same table; None is the total."""
    parties = rules.vocabulary("party")
    above = parties[party].parent if party in parties else None
    while above is not None and (measure, above, category) not in values:
        above = parties[above].parent
    return above


def _subsets(values: Mapping[Key, int], rules: Rules) -> list[Finding]:
    findings = []
    for (measure, party, category), part in values.items():
        wholes = []
        if category in _CATEGORY_PARTS:
            wholes.append(("part-within-whole", (measure, party, _CATEGORY_PARTS[category])))
        if measure in _MEASURE_PARTS:
            whole = (_MEASURE_PARTS[measure], party, category)
            wholes.append(("massacre-deaths-within-deaths", whole))
        for rule, key in wholes:
            if key not in values:
                continue
            left = _name(measure, party, category, rules)
            right = _name(*key, rules)
            relation = "are within" if part <= values[key] else "exceed"
            findings.append(
                Finding(
                    rule,
                    part <= values[key],
                    f"{left}: {part} {relation} {right}: {values[key]}",
                    part,
                    values[key],
                )
            )
    return findings


def _name(measure: str, party: str | None, category: str, rules: Rules) -> str:
    words = [measure.replace("-", " ")]
    if category != "total":
        words.append(f"of {category}")
    if party is not None:
        words.append(f"by {rules.label('party', party)}")
    return " ".join(words)
