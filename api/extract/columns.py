"""The columns of extracts: each named once, with its HXL hashtag, its type and what it holds.

Names are stable: a column is added, never renamed. Hashtags are of the HXL standard 1.1, whose
attributes are free; p-codes are `+code` of `#adm1` and `#adm2`.
"""

from __future__ import annotations

from typing import NamedTuple

TEXT, INTEGER, DATE = "string", "integer", "date"  # as a Frictionless table schema names them


class Column(NamedTuple):
    """`en` and `ar` are titles for people; `type` is one of TEXT, INTEGER, DATE."""

    name: str
    hxl: str
    en: str
    ar: str
    type: str = TEXT

    def title(self, language: str) -> str:
        return self.ar if language == "ar" else self.en


# facet -> hashtag, English, Arabic; its code and its label are two columns.
_FACETS = {
    "kind": ("#event+type", "kind of violation", "نوع الانتهاك"),
    "party": ("#org+responsible", "responsible party", "الجهة المسؤولة"),
    "party-group": (
        "#org+responsible+group",
        "group of responsible parties",
        "مجموعة الجهات المسؤولة",
    ),
    "mode": ("#org+responsible+mode", "mode of attribution", "نمط إسناد المسؤولية"),
    "governorate": ("#adm1", "governorate of death", "محافظة الوفاة"),
    "district": ("#adm2", "district of death", "منطقة الوفاة"),
    "origin": ("#adm1+origin", "governorate of origin", "محافظة الأصل"),
    "sex": ("#affected+sex", "sex", "الجنس"),
    "age-group": ("#affected+age", "age group", "الفئة العمرية"),
    "category": ("#affected+category", "category", "الفئة"),
    "status": ("#affected+status", "status", "الصفة"),
    "profession": ("#affected+profession", "profession", "المهنة"),
    "cause": ("#cause", "cause", "السبب"),
    "weapon": ("#cause+weapon", "weapon", "السلاح"),
    "review": ("#status+review", "level of review", "مستوى المراجعة"),
    "confidence": ("#org+responsible+confidence", "confidence of attribution", "درجة الثقة"),
    "incident-kind": ("#event+kind", "kind of incident", "نوع الحادثة"),
    "source": ("#meta+source", "kinds of sources", "أنواع المصادر"),
    "month": ("#date+month", "month", "الشهر"),
    "incident": ("#event+id", "incident", "الحادثة"),
    "stated-measure": ("#indicator+stated", "stated measure", "المقياس المذكور"),
    "stated-category": ("#affected+stated+category", "stated category", "الفئة المذكورة"),
    "stated-party": ("#org+stated", "stated party", "الجهة المذكورة"),
    "unit": ("#indicator+unit", "unit", "الوحدة"),
    "population": ("#population+stated", "population", "الفئة السكانية"),
    "grade": ("#status+grade", "grade", "درجة التوثيق"),
    "publisher": ("#org+publisher", "publisher", "الناشر"),
    "publication": ("#meta+publication", "publication", "المنشور"),
}

# Facets whose words are no codes.
_TEXTS = ("month", "incident", "publisher", "publication")

NUMBERS = (
    Column("deaths", "#affected+killed", "deaths", "القتلى", INTEGER),
    Column("children", "#affected+killed+children", "children", "الأطفال", INTEGER),
    Column("women", "#affected+killed+f+adults", "women", "النساء", INTEGER),
    Column("men", "#affected+killed+m+adults", "men", "الرجال", INTEGER),
    Column("boys", "#affected+killed+m+children", "boys", "الأطفال الذكور", INTEGER),
    Column("girls", "#affected+killed+f+children", "girls", "الطفلات", INTEGER),
    Column(
        "unknown",
        "#affected+killed+unknown",
        "age group, or as adults sex, unknown",
        "غير معروفي الفئة العمرية أو الجنس",
        INTEGER,
    ),
)

# Hex, because base64 may begin with a plus, which a spreadsheet would run.
LEDGER = (
    Column(
        "ledger_size",
        "#meta+ledger+size",
        "entries of the ledger at which this was taken",
        "عدد قيود السجل عند الاستخراج",
        INTEGER,
    ),
    Column(
        "ledger_root_hex",
        "#meta+ledger+root",
        "root of the ledger at that size (SHA-256, hex)",
        "جذر السجل عند هذا العدد",
    ),
)

INDEX = Column(
    "index",
    "#meta+index",
    "log index of the last event that shaped it",
    "رقم آخر قيد غيّرها في السجل",
    INTEGER,
)
CLAIM = Column("claim", "#meta+id+claim", "claim", "الانتهاك المسجل")
MEMBER = Column("member", "#meta+id+member", "claim or incident counted", "ما جرى عدّه")
INCIDENT = Column("incident", "#event+id", "incident", "الحادثة")
PLACE = Column("place", "#loc+name", "public name of the place", "اسم المكان المعلن")
STANDING = Column(
    "standing",
    "#status+standing",
    "open, merged, retracted or suspect: only what is open counts",
    "الحالة في السجل",
)
OUTCOME = Column(
    "outcome",
    "#status+outcome+code",
    "what became of the person, or none",
    "ما آل إليه الشخص",
)
MERGED_INTO = Column(
    "merged_into", "#event+id+merged", "incident it is merged into", "الحادثة التي ضُمت إليها"
)
KILLED = Column(
    "killed",
    "#affected+killed+incident",
    "all deaths that make the incident a massacre",
    "مجموع القتلى الذين جعلوا الحادثة مجزرة",
    INTEGER,
)


def code(facet: str) -> Column:
    """The column of a facet's words; for places p-codes, empty where the place is not known."""
    hxl, en, ar = _FACETS[facet]
    return Column(facet.replace("-", "_"), hxl if facet in _TEXTS else f"{hxl}+code", en, ar)


def label(facet: str, language: str) -> Column:
    """The column of a facet's words as people read them, in the language asked for."""
    hxl, en, ar = _FACETS[facet]
    return Column(
        f"{facet.replace('-', '_')}_name", f"{hxl}+name+i_{language}", f"{en}, name", f"{ar}: الاسم"
    )


def dates(basis: str) -> tuple[Column, Column, Column]:
    """A date as it was signed (EDTF), and its earliest and latest possible day."""
    en, ar = {
        "ended": ("ended", "تاريخ الانتهاء"),
        "happened": ("happened", "تاريخ الوقوع"),
        "documented": ("documented", "تاريخ التوثيق"),
    }[basis]
    return (
        Column(basis, f"#date+{basis}+edtf", f"{en} (EDTF)", f"{ar} (EDTF)"),
        Column(
            f"{basis}_earliest", f"#date+{basis}+start", f"{en}, earliest", f"{ar}: أبكر يوم", DATE
        ),
        Column(f"{basis}_latest", f"#date+{basis}+end", f"{en}, latest", f"{ar}: آخر يوم", DATE),
    )
