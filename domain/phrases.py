"""The words of a definition's sentence, in English and Arabic: facets, values, periods, rules.

An Arabic sentence has Arabic words only, but for what an organisation gave no Arabic label.
"""

from __future__ import annotations

import re

from domain.dates import FIRST_DAY, LAST_DAY, parse_dates
from domain.facets import FACETS, UNKNOWN
from domain.rules import Rules

MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_MONTHS = {
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
    "ar": (
        "كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|"
        "تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول"
    ),
}
_PROPER_NAMES = ("party", "governorate", "district")
_FACETS = {
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
    "cause": ("cause", "السبب"),
    "weapon": ("weapon", "السلاح"),
    "review": ("level of review", "مستوى المراجعة"),
    "mode": ("mode of attribution", "نمط إسناد المسؤولية"),
    "confidence": ("confidence of attribution", "درجة الثقة في إسناد المسؤولية"),
    "source": ("kinds of sources", "أنواع المصادر"),
    "month": ("month", "الشهر"),
    "incident": ("incident", "الحادثة"),
    "incident-kind": ("kind of incident", "نوع الحادثة"),
    "stated-measure": ("stated measure", "المقياس المذكور"),
    "stated-category": ("stated category", "الفئة المذكورة"),
    "stated-party": ("stated party", "الجهة المذكورة"),
    "unit": ("unit", "الوحدة"),
    "population": ("population", "الفئة السكانية"),
    "grade": ("grade", "درجة التوثيق"),
    "publisher": ("publisher", "الناشر"),
    "publication": ("publication", "المنشور"),
}
# Only of deaths is a place the place of death.
_PLACES = {
    "governorate": ("governorate", "المحافظة"),
    "district": ("district", "المنطقة"),
}
_VALUES = {
    "men": ("men", "رجال"),
    "women": ("women", "نساء"),
    "boys": ("boys", "أطفال ذكور"),
    "girls": ("girls", "طفلات"),
    "children-sex-unknown": ("children of unknown sex", "أطفال غير معروف جنسهم"),
    "adults-sex-unknown": ("adults of unknown sex", "بالغون غير معروف جنسهم"),
    "males-age-unknown": ("males of unknown age", "ذكور غير معروفة أعمارهم"),
    "females-age-unknown": ("females of unknown age", "إناث غير معروفة أعمارهن"),
    UNKNOWN: ("unknown", "غير معروف"),
}


# before a year, a month, a day, by the length of its text
_PREPOSITIONS = {"en": {4: "in", 7: "in", 10: "on"}, "ar": {4: "في عام", 7: "في", 10: "في"}}


def facet_phrase(facet: str, language: str, *, of_deaths: bool = True) -> str:
    words = _FACETS[facet] if of_deaths else _PLACES.get(facet, _FACETS[facet])
    return words[language != "en"]


def value_phrase(rules: Rules, facet: str, value: str, language: str) -> str:
    """A value of a facet in words: its label, lower-case where it is no name."""
    vocabulary = FACETS[facet]
    if vocabulary is None or value == UNKNOWN:
        if MONTH.fullmatch(value):
            return point_phrase(value, language)
        return _VALUES[value][language != "en"] if value in _VALUES else value
    label = rules.label(vocabulary, value, language)
    return label if vocabulary in _PROPER_NAMES else label.lower()


def point_phrase(point: str, language: str) -> str:
    """A year, a month or a day: `2020`, `March 2020`, `5 March 2020`."""
    year, _, rest = point.partition("-")
    if not rest:
        return year
    month, _, day = rest.partition("-")
    named = f"{_MONTHS[language].split('|')[int(month) - 1]} {year}"
    return f"{int(day)} {named}" if day else named


def period_phrase(period: str, language: str) -> str:
    """A period with its preposition: `in March 2020`, `on 5 March 2020`, `from … to …`."""
    english = language == "en"
    start, slash, end = period.partition("/")
    if not slash:
        return f"{_PREPOSITIONS[language][len(start)]} {point_phrase(start, language)}"
    dates = parse_dates(period)
    from_ = ("from", "من")[not english] + f" {point_phrase(start, language)}"
    to = ("to", "إلى")[not english] + f" {point_phrase(end, language)}"
    if dates.first == FIRST_DAY:
        return to if english is False else f"up {to}"
    if dates.last == LAST_DAY:
        return f"{from_} {'on' if english else 'فصاعداً'}"
    return f"{from_} {to}"


def list_phrase(words: list[str], language: str) -> str:
    """Alternatives: `a or b`."""
    return (" or " if language == "en" else " أو ").join(words)
