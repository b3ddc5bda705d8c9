"""What a figure can count: each measure with its unit, what its members are, and its words.

A measure counts claims, incidents, or massacres, or sums what estimates state. Which kinds of
claims it counts is data of the adopted rules (`measures`), so that an organisation that adds a kind
of violation counts it without touching code; its words are then those of the vocabulary `measure`.
A flow counts what was documented or happened in a period, a stock what stood at the end of a day.

A measure without an `addend` is a count: its value is the number of its members. One with an addend
is a sum over its members, of what the addend names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from domain.choice import choose
from domain.rules import Rules

CLAIMS = "claims"
INCIDENTS = "incidents"
MASSACRES = "massacres"
ESTIMATES = "estimates"

DOCUMENTED = "documented"
HAPPENED = "happened"
BASES = (DOCUMENTED, HAPPENED)


class Words(NamedTuple):
    """A measure in one language: what is counted, and the verb before a period on each basis."""

    noun: str
    documented: str
    happened: str


class Measure(NamedTuple):
    """`of` says what its members are; `bases` begins with the one that is meant if none is said.

    `kinds` are terms of the vocabulary claim-kind, ascending; None is every kind.
    """

    name: str
    unit: str
    of: str
    en: Words
    ar: Words
    bases: tuple[str, ...] = BASES
    kinds: tuple[str, ...] | None = None
    stock: bool = False
    addend: str | None = None

    def words(self, language: str) -> Words:
        return self.en if language == "en" else self.ar


_CASES_AR = ("التي وُثِّقت", "التي وقعت")

# Measures of claims that the rules give no kinds: every claim there is.
_EVERY_KIND = "violations"

_TABLE = {
    one.name: one
    for one in (
        Measure(
            "deaths",
            "persons",
            CLAIMS,
            Words("Persons killed", "documented", "who died"),
            Words("القتلى", "الذين وُثِّق مقتلهم", "الذين قُتلوا"),
        ),
        Measure(
            "detentions",
            "cases",
            CLAIMS,
            Words("Cases of detention or enforced disappearance", "documented", "that began"),
            Words("حالات الاحتجاز أو الاختفاء القسري", "التي وُثِّقت", "التي بدأت"),
        ),
        Measure(
            "still-detained",
            "persons",
            CLAIMS,
            Words("Persons still detained or forcibly disappeared", "documented", "that began"),
            Words("المحتجزون أو المختفون قسراً", "الذين وُثِّقت حالاتهم", "الذين احتُجزوا"),
            bases=(HAPPENED,),
            stock=True,
        ),
        Measure(
            "injuries",
            "persons",
            CLAIMS,
            Words("Persons injured", "documented", "who were injured"),
            Words("المصابون", "الذين وُثِّقت إصابتهم", "الذين أُصيبوا"),
        ),
        Measure(
            "torture",
            "persons",
            CLAIMS,
            Words("Persons tortured or ill-treated", "documented", "who suffered it"),
            Words("ضحايا التعذيب أو سوء المعاملة", "الذين وُثِّقت حالاتهم", "الذين عُذِّبوا"),
        ),
        Measure(
            "sexual-violence",
            "persons",
            CLAIMS,
            Words("Victims of sexual violence", "documented", "who suffered it"),
            Words("ضحايا العنف الجنسي", "الذين وُثِّقت حالاتهم", "الذين تعرضوا له"),
        ),
        Measure(
            "looting",
            "cases",
            CLAIMS,
            Words("Cases of looting", "documented", "that happened"),
            Words("حالات النهب", *_CASES_AR),
        ),
        Measure(
            _EVERY_KIND,
            "cases",
            CLAIMS,
            Words("Violations of every kind", "documented", "that happened"),
            Words("الانتهاكات بكل أنواعها", *_CASES_AR),
        ),
        Measure(
            "incidents",
            "incidents",
            INCIDENTS,
            Words("Incidents", "documented", "that happened"),
            Words("الحوادث", *_CASES_AR),
            bases=(HAPPENED,),
        ),
        Measure(
            "massacres",
            "incidents",
            MASSACRES,
            Words("Massacres", "documented", "that happened"),
            Words("المجازر", *_CASES_AR),
        ),
        Measure(
            "munitions",
            "munitions",
            INCIDENTS,
            Words("Munitions used, summed over incidents", "documented", "that happened"),
            Words("الذخائر المستخدمة، مجموعةً من الحوادث", *_CASES_AR),
            bases=(HAPPENED,),
            addend="munitions",
        ),
        Measure(
            "injured",
            "persons",
            INCIDENTS,
            Words("Persons injured, summed over incidents", "documented", "that happened"),
            Words("المصابون، مجموعين من الحوادث", *_CASES_AR),
            bases=(HAPPENED,),
            addend="injured",
        ),
        Measure(
            "facilities",
            "hits",
            INCIDENTS,
            Words("Hits on facilities, summed over incidents", "documented", "that happened"),
            Words("الإصابات في المرافق، مجموعةً من الحوادث", *_CASES_AR),
            bases=(HAPPENED,),
            addend="facilities",
        ),
        Measure(
            "stated",
            "units",
            ESTIMATES,
            Words("Stated figures, summed", "documented", "whose stated period lies"),
            Words("أرقام مذكورة، مجموعةً", "التي وُثِّقت", "التي تقع فترتها المذكورة"),
            bases=(HAPPENED,),
            addend="value",
        ),
    )
}

OF_INCIDENTS = frozenset(one.name for one in _TABLE.values() if one.of in (INCIDENTS, MASSACRES))
OF_ESTIMATES = frozenset(one.name for one in _TABLE.values() if one.of == ESTIMATES)
# Measures that are sums, each with what it sums of a member.
ADDENDS = {one.name: one.addend for one in _TABLE.values() if one.addend is not None}
STOCKS = frozenset(one.name for one in _TABLE.values() if one.stock)


def measures(rules: Rules) -> Mapping[str, Measure]:
    """Every measure that can be counted under the rules, by name."""
    known = {
        name: one
        for name, one in _TABLE.items()
        if one.of != CLAIMS or one.addend or name == _EVERY_KIND or name in rules.measures
    }
    for name, kinds in rules.measures.items():
        known[name] = (_TABLE.get(name) or _added(rules, name))._replace(kinds=kinds)
    return known


def measure_of(rules: Rules, name: str) -> Measure:
    """One measure under the rules; raises Invalid, naming near ones, when there is none."""
    known = measures(rules)
    choose("measure", name, known)
    return known[name]


def _added(rules: Rules, name: str) -> Measure:
    """A measure that an organisation added to its rules, in the words of its vocabulary."""
    english, arabic = (rules.label("measure", name, language) for language in ("en", "ar"))
    return Measure(
        name,
        "cases",
        CLAIMS,
        Words(english, "documented", "that happened"),
        Words(arabic, *_CASES_AR),
    )
