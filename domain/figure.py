"""What a figure counts: a definition with one canonical form and one plain sentence.

Measure, filters, grouping, counting basis and period (or, of a stock, the day), the rule for dates
that straddle an edge of it, the way of counting joint attacks, the level of the party tree, the
least level of review, and the version of the counting rules. Equal meaning gives equal bytes: all
that can be said is said, in one spelling, and what means nothing for a measure is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain import canonical
from domain.choice import choose
from domain.dates import Dates, canonical_period, parse_dates, parse_day
from domain.errors import Invalid
from domain.facets import INCIDENT_FACETS, PARTY_FACETS, REVIEWS
from domain.filters import check_facets, one_spelling
from domain.measures import (
    ADDENDS,
    BASES,
    DOCUMENTED,
    ESTIMATES,
    INCIDENTS,
    MASSACRES,
    OF_ESTIMATES,
    OF_INCIDENTS,
    STOCKS,
    Measure,
    measure_of,
)
from domain.parties import EACH_PARTY, JOINTS, OWN_ROW, SHARED, TOP, depth
from domain.phrases import (
    facet_phrase,
    list_phrase,
    period_phrase,
    point_phrase,
    value_phrase,
)
from domain.rules import Rules

WHOLE = "whole-interval"
EARLIEST = "earliest"
LATEST = "latest"
POSSIBLE = "possible"
STRADDLINGS = (WHOLE, EARLIEST, LATEST, POSSIBLE)
# A stated period is no uncertain date: a figure is of all of it, within the period or equal to it.
EQUAL = "equal"
STRADDLINGS_OF_STATED = (WHOLE, EQUAL)

_REPORTED = REVIEWS[0]


class Definition(NamedTuple):
    """`where` holds sorted (facet, sorted values): any of the values, and every facet.

    `straddling` says when a claim is in the period: when every possible day of its date is, when
    its earliest or its latest is, or when any may be (of a stated figure: when its period
    is within, or equal). `level` is of the party tree, 1 its top; None
    is parties as attributed. `on` is the day of a stock, at whose end its members stood.
    """

    measure: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    by: tuple[str, ...]
    basis: str
    period: str | None
    rules: int
    straddling: str = WHOLE
    joint: str = OWN_ROW
    level: int | None = None
    review: str = _REPORTED
    on: str | None = None

    @property
    def facets(self) -> tuple[str, ...]:
        """The facets of a member that the definition uses, sorted: all that its line discloses."""
        used = {*self.by, *(facet for facet, _ in self.where)}
        if self.review != _REPORTED:
            used.add("review")
        return tuple(sorted(used & INCIDENT_FACETS if self.measure == MASSACRES else used))

    @property
    def of_incidents(self) -> bool:
        """Whether its members are incidents."""
        return self.measure in OF_INCIDENTS

    @property
    def of_estimates(self) -> bool:
        """Whether its members are stated figures."""
        return self.measure in OF_ESTIMATES

    @property
    def addend(self) -> str | None:
        """What of each incident or stated figure is summed; None for a count."""
        return ADDENDS.get(self.measure)

    @property
    def stock(self) -> bool:
        """Whether it counts what stood at the end of the day `on`."""
        return self.measure in STOCKS

    @property
    def dates(self) -> Dates | None:
        return None if self.period is None else parse_dates(self.period)

    def to_json(self) -> dict[str, Any]:
        return {
            "basis": self.basis,
            "by": list(self.by),
            "joint": self.joint,
            "level": self.level,
            "measure": self.measure,
            "on": self.on,
            "period": self.period,
            "review": self.review,
            "rules": self.rules,
            "straddling": self.straddling,
            "where": {facet: list(values) for facet, values in self.where},
        }

    def to_bytes(self) -> bytes:
        """The canonical form, without a line ending: what the definition hash is over."""
        return canonical.dumps(self.to_json())


def define(
    rules: Rules,
    *,
    measure: str = "deaths",
    where: Mapping[str, Sequence[str]] | None = None,
    by: Sequence[str] = (),
    basis: str | None = None,
    period: str | None = None,
    straddling: str = WHOLE,
    joint: str = OWN_ROW,
    level: int | str | None = None,
    review: str = _REPORTED,
    on: str | None = None,
) -> Definition:
    """Make a definition; raises Invalid naming the nearest valid word for an unknown one.

    `basis` None is the measure's own; `level` is a number, `top`, or `party` for as attributed.
    """
    counted = measure_of(rules, measure)
    period, on = _times(counted, period, on)
    filters, grouped, seen_from = _seen_from(rules, level, where or {}, by)
    choose("joint", joint, JOINTS)
    check_facets(rules, counted, filters, grouped, level=seen_from, joint=joint)
    stated = counted.of == ESTIMATES
    choose("straddling", straddling, STRADDLINGS_OF_STATED if stated else STRADDLINGS)
    # A month has edges of its own, which a date can straddle.
    by_month = straddling in (EARLIEST, LATEST) and "month" in {*grouped, *filters}
    if straddling != WHOLE and period is None and on is None and not by_month:
        raise Invalid(f"straddling {straddling}: there is no edge to straddle; give a period")
    choose("review", review, REVIEWS)
    if counted.of in (INCIDENTS, ESTIMATES) and review != _REPORTED:
        raise Invalid(f"review {review}: {counted.of} are not reviewed; count claims")
    asked = {facet: one_spelling(facet, values) for facet, values in filters.items()}
    if joint != OWN_ROW and not {*grouped, *asked} & {*PARTY_FACETS}:
        raise Invalid(f"joint {joint}: no party is asked for; filter or group by party")
    review, asked = _reviews(review, asked)
    return Definition(
        measure,
        tuple(sorted(asked.items())),
        tuple(grouped),
        _basis(counted, basis, period, {*grouped, *asked}),
        period,
        rules.version,
        straddling,
        joint,
        seen_from,
        review,
        on,
    )


def _times(counted: Measure, period: str | None, on: str | None) -> tuple[str | None, str | None]:
    if not counted.stock:
        if on is not None:
            raise Invalid(f"on {on}: {counted.name} are counted over a period, not on a day")
        return None if period is None else canonical_period(period), None
    if period is not None:
        raise Invalid(f"period {period}: {counted.name} are counted at the end of a day; give on")
    if on is None:
        raise Invalid(f"{counted.name}: give the day at whose end they are counted (on)")
    parse_day(on)
    return None, on


def _basis(counted: Measure, basis: str | None, period: str | None, facets: set[str]) -> str:
    if basis is not None:
        choose("basis", basis, BASES)
        if basis not in counted.bases and (period is not None or counted.stock):
            raise Invalid(f"basis {basis}: {counted.name} are counted by {counted.bases[0]}")
    dated = period is not None or "month" in facets
    # Where no date is asked for, both bases mean the same.
    if basis is None or not dated or basis not in counted.bases:
        return counted.bases[0]
    return basis


def _seen_from(
    rules: Rules, level: int | str | None, where: Mapping[str, Sequence[str]], by: Sequence[str]
) -> tuple[dict[str, Sequence[str]], list[str], int | None]:
    """Filters, groupings and level in their one spelling: parties at the top are party-group."""
    deepest = depth(rules)
    names = {"party": None, "top": TOP} | {str(one): one for one in range(1, deepest + 1)}
    if level is None:
        return dict(where), list(by), None
    if type(level) is bool:
        raise Invalid("level: must be a number from 1")
    choose("level", str(level), names)
    seen_from = names[str(level)]
    if seen_from is None:
        return dict(where), list(by), None
    if "party" not in {*where, *by}:
        raise Invalid(f"level {level}: no party is asked for; filter or group by party")
    if seen_from > TOP:
        return dict(where), list(by), seen_from if seen_from < deepest else None
    if any("party" in words and "party-group" in words for words in (where, by)):
        raise Invalid("level top: party is party-group then, which is asked for already")
    renamed = {"party-group" if facet == "party" else facet: v for facet, v in where.items()}
    return renamed, ["party-group" if facet == "party" else facet for facet in by], None


def _reviews(
    least: str, where: dict[str, tuple[str, ...]]
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The least level and the filter on review in their one spelling: a filter up to the highest
    level is a least level, and every other is a filter.
    """
    if "review" not in where:
        return least, where
    above = REVIEWS[REVIEWS.index(least) :]
    asked = [one for one in above if one in where["review"]]
    if not asked:
        raise Invalid(f"review {' or '.join(where['review'])}: none is at least {least}")
    others = {facet: values for facet, values in where.items() if facet != "review"}
    if tuple(asked) == REVIEWS[-len(asked) :]:
        return asked[0], others
    return _REPORTED, others | {"review": tuple(sorted(asked))}


def read_definition(document: Any, rules: Rules) -> Definition:
    """Read the JSON form strictly: exactly its members, and equal to what it means."""
    if type(document) is not dict:
        raise Invalid("definition: must be an object")
    where, by = document.get("where"), document.get("by")
    if type(where) is not dict or type(by) is not list:
        raise Invalid("definition: where is an object and by is a list")
    asked = {name: document[name] for name in document if name != "rules"}
    try:
        definition = define(rules, **asked)
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"definition: malformed ({error})") from None
    # As bytes: to Python, true equals 1.
    if definition.to_bytes() != canonical.dumps(document):
        raise Invalid(
            "definition: has other members, another spelling or another rules version than "
            f"{definition.to_bytes().decode()}"
        )
    return definition


def check_notable(definition: Definition) -> None:
    """That a figure note can carry it: a whole number whose rows are a partition; else Invalid."""
    if definition.joint == SHARED:
        raise Invalid(
            "joint shared: shares are fractions, and a figure note is the number of its members; "
            "freeze own-row, or ask for the toll"
        )
    if definition.joint == EACH_PARTY and {*definition.by} & {*PARTY_FACETS}:
        raise Invalid(
            "joint each-party: a joint attack would stand in several rows, and the rows of a "
            "figure note are a partition; freeze own-row, or one figure for each party"
        )


def sentence(definition: Definition, rules: Rules, language: str = "en") -> str:
    """The definition in one plain sentence of English or Arabic."""
    english = language == "en"
    words = measure_of(rules, definition.measure).words(language)
    of_deaths = definition.measure == "deaths"
    colon, semicolon, comma = (" ", "; ", ", ") if english else (": ", "؛ ", "، ")
    filters = [
        facet_phrase(facet, language, of_deaths=of_deaths)
        + colon
        + list_phrase([value_phrase(rules, facet, v, language) for v in values], language)
        for facet, values in definition.where
    ]
    if definition.review != _REPORTED:
        level = value_phrase(rules, "review", definition.review, language)
        filters.append(f"at least {level}" if english else f"بمستوى مراجعة لا يقل عن: {level}")
    counted = [words.noun + (f" ({semicolon.join(filters)})" if filters else "")]
    if definition.on is not None:
        day = point_phrase(definition.on, language)
        counted.append(f"at the end of {day}" if english else f"في نهاية يوم {day}")
    if definition.period is not None:
        verb = words.documented if definition.basis == DOCUMENTED else words.happened
        counted.append(f"{verb} {period_phrase(definition.period, language)}")
    # In Arabic no comma stands before what says which of them are counted.
    parts = counted if english else [" ".join(counted)]
    if definition.by:
        grouped = [facet_phrase(facet, language, of_deaths=of_deaths) for facet in definition.by]
        parts.append(("by " if english else "بحسب ") + (" and " if english else " و").join(grouped))
    parts += [said[0 if english else 1] for said in _declared(definition)]
    return comma.join(parts)


def _declared(definition: Definition) -> list[tuple[str, str]]:
    """The rules that are declared where they are not the usual ones."""
    said = []
    if definition.level is not None:
        said.append(
            (
                f"parties at level {definition.level} of their tree",
                f"الجهات عند المستوى {definition.level} من شجرتها",
            )
        )
    if definition.joint != OWN_ROW:
        said.append(_JOINT_WORDS[definition.joint])
    if definition.straddling != WHOLE:
        said.append(_STRADDLING_WORDS[definition.straddling])
    return said


_JOINT_WORDS = {
    EACH_PARTY: (
        "a joint attack counted for each of its parties",
        "ويُحتسب الهجوم المشترك لكل جهة من أطرافه",
    ),
    SHARED: (
        "a joint attack shared equally among its parties",
        "ويُقسم الهجوم المشترك بالتساوي بين أطرافه",
    ),
}
_STRADDLING_WORDS = {
    EARLIEST: ("uncertain dates by their earliest day", "والتواريخ غير المؤكدة بأبكر أيامها"),
    LATEST: ("uncertain dates by their latest day", "والتواريخ غير المؤكدة بآخر أيامها"),
    POSSIBLE: (
        "with those whose date only may lie in it",
        "ومعها ما يُحتمل أن يقع تاريخه ضمنها",
    ),
    EQUAL: ("only those of exactly that period", "والمذكورة لهذه الفترة بعينها فقط"),
}


def row_definition(total: Definition, row: Sequence[str]) -> Definition:
    """The definition of one row of a grouped figure: the total's, narrowed to the row's values."""
    where = dict(total.where) | {
        facet: (value,) for facet, value in zip(total.by, row, strict=True)
    }
    review, where = _reviews(total.review, where)
    return total._replace(where=tuple(sorted(where.items())), by=(), review=review)


def member_line(
    identity: str, log_index: int, facets: Mapping[str, str], date: str | None, **more: Any
) -> bytes:
    """One member of a count, a canonical JSON line with its ending.

    `identity` is the claim, incident or stated figure, `log_index` the last event that
    shaped it, `facets` those that the definition uses. `date` is said when a period was counted.
    """
    line = {"facets": dict(facets), "id": identity, "index": log_index, **more}
    if date is not None:
        line["date"] = date
    return canonical.dumps(line) + b"\n"
