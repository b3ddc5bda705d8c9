"""What the pages of a report say in their own voice, in English and Arabic.

Numbers are in European digits in both languages, as the figures' notes and sentences have them: a
number on a page is then letter for letter the number that was signed. Thousands are set apart by a
comma.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "ar")

_WORDS = {
    "en": {
        "period": "Period",
        "verified": "VERIFIED",
        "not-verified": "NOT VERIFIED",
        "policy": "NOT VERIFIED: it holds, but too few of the witnesses asked for have cosigned it",
        "stamp": "NOT VERIFIED – do not cite",
        "checks": "{made} checks were made; {failed} do not hold.",
        "checks-hold": "{made} checks were made on this report; all of them hold.",
        "log": "Log key {key}: signed the state of {size} entries that all of this is proved in.",
        "trusted": "Trusted by whoever made this page: {keys}.",
        "frozen": "Frozen by the key {key} as entry {entry}, received {received}.",
        "published": "Published by a second person, with the key {key}, as entry {entry}, "
        "received {received}.",
        "counted-from": "Counted from the first {size} entries of the ledger {origin}.",
        "witnessed": "Cosigned by the witness {key}, who saw this state at {time}.",
        "status-frozen": "FROZEN: one person has frozen this report; no second one has published "
        "it as of this bundle.",
        "status-published": "PUBLISHED: frozen by one person, published by a second.",
        "status-superseded": "SUPERSEDED: a newer report corrects this one.",
        "corrects": "This report corrects {report}",
        "corrected": "It is superseded by {report}",
        "change": "{figure}: {was}, now {now}",
        "revised": "{figure}: {now} as before, with others counted",
        "none": "none",
        "reason": "Reason: {reason}",
        "events": "By the entries {events}",
        "figures": "Figures",
        "massacres": "Massacres",
        "footing": "Cross-footing of the figures",
        "footing-holds": "{rule}: holds ({compared} compared)",
        "footing-broken": "{rule}: BROKEN, and waived by the publisher: {waiver}",
        "verification": "Verification",
        "fails": "What does not hold",
        "not-proved": "This does not prove",
        "how": "How to check it",
        "check-bundle": "The bundle of this report, with the ledger's public key from its "
        "organisation and never from this page: {command}",
        "check-receipt": "One figure: the receipt beside this page verifies in the same way.",
        "check-code": "The QR code of a figure holds its note: what it is of, the number, the root "
        "over those counted, the definition's hash, the state of the ledger, and the publisher's "
        "signature. It is, letter for letter, the file figures/NAME.note of the bundle.",
        "receipt": "Receipt",
        "code": "QR code of the signed note of the figure {figure}",
        "root": "Root",
        "name": "Figure",
        "does-not-hold": "THIS FIGURE DOES NOT HOLD",
        "unreadable": "unreadable",
        "total": "Total",
        "value": "Number",
        "share": "Share of {total}",
        "deaths": "Killed",
        "incident": "Incident",
        "more": "and {more} more in the bundle, in {file}",
        "sum": "A sum; incidents added up: {size}.",
        "sum-qualified": "A sum; incidents added up: {size}, each as stated: {qualifiers}.",
        "sum-stated": "A sum; stated figures added up: {size}.",
        "sum-stated-qualified": "A sum; stated figures added up: {size}, each as stated: "
        "{qualifiers}.",
        "hidden": "Rows of few are hidden to protect those counted; they are in the total.",
        "stated": "Over the stated figures of: {publication}",
        "chart": "Chart of: {sentence}. The table after it has the same numbers.",
        "map": "Map of: {sentence}. The table after it has the same numbers.",
        "unplaced": "Not on the map: {told}.",
        "blank": "A place without a number: nobody is counted there.",
        "undated": "Not in the chart: {told}.",
        "boundaries": "Boundaries: {licence}",
        "page": "page {page} of {pages}",
    },
    "ar": {
        "period": "الفترة",
        "verified": "تحقّق",
        "not-verified": "لم يتحقّق",
        "policy": "لم يتحقّق: كل شيء صحيح، لكن الشهود المطلوبين لم يوقّع منهم عدد كافٍ",
        "stamp": "لم يتحقّق – لا يُستشهد به",
        "checks": "جرى {made} فحصاً؛ منها {failed} لا يصح.",
        "checks-hold": "جرى {made} فحصاً على هذا التقرير، وكلها صحيحة.",
        "log": "مفتاح السجل {key}: وقّع الحالة ذات {size} قيداً، وفيها يُبرهَن كل ما هنا.",
        "trusted": "يثق صانع هذه الصفحة بالآتي: {keys}.",
        "frozen": "جُمّد بالمفتاح {key} في القيد {entry}، المستلَم في {received}.",
        "published": "نشره شخص ثانٍ بالمفتاح {key} في القيد {entry}، المستلَم في {received}.",
        "counted-from": "عُدّ من أول {size} قيداً في السجل {origin}.",
        "witnessed": "وقّع عليه الشاهد {key}، وقد رأى هذه الحالة في {time}.",
        "status-frozen": "مجمّد: جمّد هذا التقرير شخص واحد، ولم ينشره شخص ثانٍ حتى هذه الحزمة.",
        "status-published": "منشور: جمّده شخص، ونشره شخص ثانٍ.",
        "status-superseded": "حلّ محله غيره: تقرير أحدث يصحّح هذا التقرير.",
        "corrects": "يصحّح هذا التقرير {report}",
        "corrected": "حلّ محله {report}",
        "change": "{figure}: كان {was}، وصار {now}",
        "revised": "{figure}: {now} كما كان، وتغيّر المعدودون",
        "none": "لا شيء",
        "reason": "السبب: {reason}",
        "events": "بالقيود {events}",
        "figures": "الأرقام",
        "massacres": "المجازر",
        "footing": "توافق الأرقام فيما بينها",
        "footing-holds": "{rule}: صحيحة (بعد {compared} مقارنة)",
        "footing-broken": "{rule}: مخالَفة، وتجاوزها الناشر بقوله: {waiver}",
        "verification": "التحقق",
        "fails": "ما لا يصح",
        "not-proved": "هذا لا يثبت",
        "how": "كيف يُتحقق منه",
        "check-bundle": "حزمة هذا التقرير، بالمفتاح العلني للسجل من المنظمة نفسها لا من هذه "
        "الصفحة: {command}",
        "check-receipt": "رقم واحد: الإيصال المرافق لهذه الصفحة يُتحقق منه بالطريقة نفسها.",
        "check-code": "رمز الاستجابة السريعة لكل رقم يحمل مذكرته: ما هو، والعدد، والجذر فوق "
        "المعدودين، وبصمة التعريف، وحالة السجل، وتوقيع الناشر. وهو حرفاً بحرف الملف "
        "\u200efigures/NAME.note\u200e في الحزمة.",
        "receipt": "الإيصال",
        "code": "رمز الاستجابة السريعة للمذكرة الموقّعة للرقم {figure}",
        "root": "الجذر",
        "name": "الرقم",
        "does-not-hold": "هذا الرقم لا يصح",
        "unreadable": "تتعذر قراءته",
        "total": "المجموع",
        "value": "العدد",
        "share": "النسبة من {total}",
        "deaths": "القتلى",
        "incident": "الحادثة",
        "more": "و{more} غيرها في الحزمة، في {file}",
        "sum": "حاصل جمع؛ عدد الحوادث المجموعة: {size}.",
        "sum-qualified": "حاصل جمع؛ عدد الحوادث المجموعة: {size}، ولكل منها وصفه: {qualifiers}.",
        "sum-stated": "حاصل جمع؛ عدد الأرقام المذكورة المجموعة: {size}.",
        "sum-stated-qualified": "حاصل جمع؛ عدد الأرقام المذكورة المجموعة: {size}، ولكل منها وصفه: "
        "{qualifiers}.",
        "hidden": "حُجبت صفوف قليلة العدد حمايةً للمعدودين؛ وهي ضمن المجموع.",
        "stated": "على الأرقام المذكورة في: {publication}",
        "chart": "رسم بياني: {sentence}. والجدول الذي يليه يحوي الأعداد نفسها.",
        "map": "خريطة: {sentence}. والجدول الذي يليه يحوي الأعداد نفسها.",
        "unplaced": "خارج الخريطة: {told}.",
        "blank": "المكان بلا عدد: لا معدود فيه.",
        "undated": "خارج الرسم: {told}.",
        "boundaries": "الحدود: {licence}",
        "page": "صفحة {page} من {pages}",
    },
}

NOT_PROVED = {
    "en": (
        "that a figure is true: only that this publisher stated it, over these lines, from this "
        "ledger",
        "that the lines are all that the ledger held and are given as it held them: an audit of "
        "the whole ledger recounts them (sijill audit)",
        "that nothing came later: a correction of the report, a revocation of a key; ask the "
        "organisation for its newest checkpoint",
        "that this page is what the bundle says: whoever made the page made these words too; "
        "verify the bundle, or a receipt",
    ),
    "ar": (
        "أن الرقم صحيح في الواقع: بل أن هذا الناشر صرّح به، على هذه السطور، من هذا السجل",
        "أن السطور هي كل ما حواه السجل وكما حواه: تدقيق السجل كاملاً يعيد عدّها (sijill audit)",
        "أن شيئاً لم يأتِ بعدها: تصحيح للتقرير أو إبطال لمفتاح؛ اطلب من المنظمة أحدث نقطة تحقق",
        "أن هذه الصفحة هي ما تقوله الحزمة: فمن صنع الصفحة صنع هذه الكلمات أيضاً؛ تحقّق من الحزمة "
        "أو من إيصال",
    ),
}


def words(language: str) -> Mapping[str, str]:
    """Every phrase of the pages in one language, by its name."""
    return _WORDS[language]


def ltr(text: str) -> str:
    """Keys, names, times and hashes inside of a sentence: kept from left to right in any."""
    mark = "\N{LEFT-TO-RIGHT MARK}"
    return f"{mark}{text}{mark}"


def number(value: int) -> str:
    """A number for people: European digits, thousands set apart by a comma."""
    return f"{value:,}"
