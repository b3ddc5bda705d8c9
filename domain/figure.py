"""What a figure counts: a definition with one canonical form and one plain sentence.

Measure, filters, grouping, counting basis and period, and the version of the counting rules. Equal
meaning gives equal bytes: filters and their values are sorted, and nothing is left to a default.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain import canonical
from domain.dates import Dates, parse_dates, parse_period
from domain.errors import Invalid
from domain.facets import CATEGORIES, FACETS, INCIDENT_FACETS, UNKNOWN
from domain.rules import JOINT, Rules

MEASURES = ("deaths", "massacres")
BASES = ("documented", "happened")

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_MONTHS = {
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
    "ar": (
        "كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|"
        "تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول"
    ),
}
_PROPER_NAMES = ("party", "governorate", "district")
_FACET_WORDS = {
    "kind": ("kind of violation", "نوع الانتهاك"),
    "party": ("responsible party", "الجهة المسؤولة"),
    "party-group": ("group of responsible parties", "مجموعة الجهات المسؤولة"),
    "governorate": ("governorate of death", "محافظة الوفاة"),
    "district": ("district of death", "منطقة الوفاة"),
    "origin": ("governorate of origin", "محافظة الأصل"),
    "sex": ("sex", "الجنس"),
    "age-group": ("age group", "الفئة العمرية"),
    "category": ("category", "الفئة"),
    "status": ("status", "الصفة"),
    "profession": ("profession", "المهنة"),
    "cause": ("cause", "سبب الوفاة"),
    "weapon": ("weapon", "السلاح"),
    "review": ("level of review", "مستوى المراجعة"),
    "mode": ("mode of attribution", "نمط إسناد المسؤولية"),
    "month": ("month", "الشهر"),
    "incident": ("incident", "الحادثة"),
}


class Definition(NamedTuple):
    """`where` holds sorted (facet, sorted values): any of the values, and every facet.

    A claim falls in a period when every possible day of its date does (the rule whole-interval).
    """

    measure: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    by: tuple[str, ...]
    basis: str
    period: str | None
    rules: int

    @property
    def facets(self) -> tuple[str, ...]:
        """The facets of a member that the definition uses, sorted: all that its line discloses."""
        used = {*self.by, *(facet for facet, _ in self.where)}
        return tuple(sorted(used & INCIDENT_FACETS if self.measure == "massacres" else used))

    @property
    def dates(self) -> Dates | None:
        return None if self.period is None else parse_dates(self.period)

    def to_json(self) -> dict[str, Any]:
        return {
            "basis": self.basis,
            "by": list(self.by),
            "measure": self.measure,
            "period": self.period,
            "rules": self.rules,
            "straddling": "whole-interval",
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
    basis: str = "documented",
    period: str | None = None,
) -> Definition:
    """Make a definition; raises Invalid naming the nearest valid word for an unknown one."""
    choose("measure", measure, MEASURES)
    choose("basis", basis, BASES)
    if period is not None:
        parse_period(period)
    filters = []
    for facet, values in sorted((where or {}).items()):
        choose("facet", facet, FACETS)
        if not values:
            raise Invalid(f"where {facet}: no value given; name one or leave the facet out")
        for value in values:
            _check_value(rules, facet, value)
        filters.append((facet, tuple(sorted(set(values)))))
    groupings = INCIDENT_FACETS if measure == "massacres" else FACETS.keys()
    for facet in by:
        choose(f"facet of {measure}", facet, sorted(groupings))
    if len(set(by)) != len(by):
        raise Invalid("by: a facet groups once")
    return Definition(measure, tuple(filters), tuple(by), basis, period, rules.version)


def read_definition(document: Any, rules: Rules) -> Definition:
    """Read the JSON form strictly: exactly its members, and equal to what it means."""
    if type(document) is not dict or document.get("straddling") != "whole-interval":
        raise Invalid("definition: not a definition of this version")
    where, by = document.get("where"), document.get("by")
    if type(where) is not dict or type(by) is not list:
        raise Invalid("definition: where is an object and by is a list")
    try:
        definition = define(
            rules,
            measure=document["measure"],
            where=where,
            by=by,
            basis=document["basis"],
            period=document["period"],
        )
    except (KeyError, TypeError) as error:
        raise Invalid(f"definition: malformed ({error})") from None
    # As bytes: to Python, true equals 1.
    if definition.to_bytes() != canonical.dumps(document):
        raise Invalid("definition: has other members, another order or another rules version")
    return definition


def choose(what: str, word: str, words: Any) -> None:
    """Raise Invalid, naming near ones, when a word is none of the words."""
    if word not in words:
        near = difflib.get_close_matches(str(word), list(words), n=3, cutoff=0.4) or list(words)
        raise Invalid(f"{what} {word!r}: unknown; did you mean {', '.join(near)}?")


def _check_value(rules: Rules, facet: str, value: str) -> None:
    # What is read from a file can be any JSON, and `split` is asked of it below.
    if type(value) is not str:
        raise Invalid(f"{facet} {value!r}: must be a word")
    if facet == "category":
        choose("category", value, (*CATEGORIES.values(), UNKNOWN))
    elif facet == "month":
        if value != UNKNOWN and not _MONTH.fullmatch(value):
            raise Invalid(f"month {value!r}: must be like 2020-03")
    elif facet in ("party", "party-group"):
        for part in value.split("+"):
            choose(facet, part, (*rules.vocabulary("party"), JOINT))
    elif vocabulary := FACETS[facet]:
        choose(facet, value, (*rules.vocabulary(vocabulary), UNKNOWN))


def sentence(definition: Definition, rules: Rules, language: str = "en") -> str:
    """The definition in one plain sentence of English or Arabic."""
    english = language == "en"
    measure = {
        "deaths": ("Persons killed", "القتلى"),
        "massacres": ("Massacres", "المجازر"),
    }[definition.measure][0 if english else 1]
    filters = [
        f"{_FACET_WORDS[facet][0 if english else 1]} "
        + (" or " if english else " أو ").join(_value(rules, facet, v, language) for v in values)
        for facet, values in definition.where
    ]
    parts = [measure + (f" ({'; '.join(filters)})" if filters else "")]
    if definition.period is not None:
        verb = {
            "documented": ("documented", "الموثقة"),
            "happened": ("that happened", "التي وقعت"),
        }[definition.basis][0 if english else 1]
        parts.append(f"{verb} {'in' if english else 'في'} {_period(definition.period, language)}")
    if definition.by:
        words = [_FACET_WORDS[facet][0 if english else 1] for facet in definition.by]
        parts.append(("by " if english else "بحسب ") + (" and " if english else " و").join(words))
    return (", " if english else "، ").join(parts)


def _value(rules: Rules, facet: str, value: str, language: str) -> str:
    vocabulary = FACETS[facet]
    if vocabulary is None:
        return value
    label = rules.label(vocabulary, value, language)
    return label if vocabulary in _PROPER_NAMES else label.lower()


def _period(period: str, language: str) -> str:
    if not _MONTH.fullmatch(period):
        return period
    return f"{_MONTHS[language].split('|')[int(period[5:]) - 1]} {period[:4]}"


def row_definition(total: Definition, row: Sequence[str]) -> Definition:
    """The definition of one row of a grouped figure: the total's, narrowed to the row's values."""
    where = dict(total.where) | {
        facet: (value,) for facet, value in zip(total.by, row, strict=True)
    }
    return total._replace(where=tuple(sorted(where.items())), by=())


def member_line(
    identity: str, log_index: int, facets: Mapping[str, str], date: str | None, **more: Any
) -> bytes:
    """One member of a count, a canonical JSON line with its ending.

    `identity` is the claim (or, for massacres, the incident), `log_index` the last event that
    shaped it, `facets` those that the definition uses. `date` is said when a period was counted.
    """
    line = {"facets": dict(facets), "id": identity, "index": log_index, **more}
    if date is not None:
        line["date"] = date
    return canonical.dumps(line) + b"\n"
