"""The words of a case file in English and Arabic: sections, labels, and what is said of unknowns.

The sections are those that the model questionnaire of the UN Special Rapporteur on extrajudicial,
summary or arbitrary executions asks for, in words of our own.
"""

from __future__ import annotations

LANGUAGES = ("en", "ar")

_WORDS = {
    "title": ("Case file", "ملف حالة"),
    "of-ledger": (
        "From the register {origin}, as it stood with {size} entries, of this root:",
        "من السجل {origin} كما كان وفيه {size} قيداً، وجذره:",
    ),
    "stamp": (
        "CONFIDENTIAL: for {to} only. Holds what the register keeps sealed.",
        "سرّي: لـ {to} فقط. فيه ما يحفظه السجل مختوماً.",
    ),
    # What stands at the top.
    "retracted": (
        "This claim was retracted and counts in no figure.",
        "سُحب هذا الادعاء ولا يدخل في أي حصيلة.",
    ),
    "merged": (
        "This claim was merged into {into}: both are of one person.",
        "دُمج هذا الادعاء في {into}: كلاهما عن شخص واحد.",
    ),
    "suspect": (
        "The key that recorded this claim was revoked as suspect; it counts in no figure.",
        "أُلغي المفتاح الذي سُجّل به هذا الادعاء للاشتباه فيه؛ ولا يدخل في أي حصيلة.",
    ),
    "erased": (
        "What was sealed of this person was erased for good.",
        "مُحي نهائياً ما كان مختوماً عن هذا الشخص.",
    ),
    "challenged": (
        "Challenges that are not answered yet: {count}.",
        "اعتراضات لم يُجب عنها بعد: {count}.",
    ),
    # Sections.
    "person": ("1. The person", "1. الشخص المعني"),
    "happened": ("2. What happened", "2. ما حدث"),
    "perpetrators": ("3. Who is held responsible", "3. الجهة المنسوب إليها الانتهاك"),
    "steps": ("4. Steps taken since", "4. ما اتُّخذ من خطوات"),
    "sources": ("5. Sources of the allegation, and consent", "5. مصادر الادعاء والموافقة"),
    "review": ("6. Review by the organisation", "6. المراجعة لدى المنظمة"),
    "linked": ("7. Other claims about this person", "7. ادعاءات أخرى عن هذا الشخص"),
    "history": ("8. History: every event, as signed", "8. التاريخ: كل قيد كما وُقّع"),
    "proofs": ("9. Proofs", "9. البراهين"),
    # Values.
    "unknown": ("unknown", "غير معروف"),
    "not-recorded": ("not recorded", "غير مسجّل"),
    "sealed": ("held sealed; not given here", "محفوظ مختوماً؛ لم يُسلَّم هنا"),
    "was-erased": ("erased", "مُحي"),
    "none": ("none", "لا يوجد"),
    "holds": ("holds", "صحيح"),
    "not-holds": ("DOES NOT HOLD", "غير صحيح"),
    "key-suspect": ("key suspect", "المفتاح مشتبه فيه"),
    # The person.
    "name": ("Name", "الاسم"),
    "name_latin": ("Name in Latin letters", "الاسم بالأحرف اللاتينية"),
    "date_of_birth": ("Date of birth", "تاريخ الميلاد"),
    "national_id": ("National id", "الرقم الوطني"),
    "family": ("Family", "العائلة"),
    "contact": ("Contact", "وسيلة الاتصال"),
    "exact_place": ("Exact place", "المكان بالتحديد"),
    "sex": ("Sex", "الجنس"),
    "age_group": ("Age group at the time", "الفئة العمرية حينها"),
    "status": ("Status", "الصفة"),
    "profession": ("Profession", "المهنة"),
    "origin": ("Governorate of origin", "محافظة الأصل"),
    # What happened.
    "kind": ("Violation", "الانتهاك"),
    "happened_on": ("Date", "التاريخ"),
    "documented_on": ("Documented by the organisation", "تاريخ التوثيق لدى المنظمة"),
    "governorate": ("Governorate", "المحافظة"),
    "district": ("District", "المنطقة"),
    "place": ("Place", "المكان"),
    "cause": ("Cause", "السبب"),
    "weapon": ("Weapon", "السلاح"),
    "control": ("Who controlled the area", "الجهة المسيطرة على المنطقة"),
    "custody_status": ("Custody", "الاحتجاز"),
    "custody_party": ("Held by", "الجهة المحتجزة"),
    "custody_place": ("Place of custody", "مكان الاحتجاز"),
    "detained_on": ("Detained", "تاريخ الاحتجاز"),
    "last_seen": ("Last seen", "آخر مشاهدة"),
    "released_on": ("Released", "تاريخ الإفراج"),
    "incident": ("Incident", "الحادثة"),
    "incident_kind": ("Kind of incident", "نوع الحادثة"),
    "time": ("Time", "الوقت"),
    "facilities": ("Facilities hit", "المنشآت المستهدفة"),
    "injured": ("Injured in it", "المصابون فيها"),
    "munitions": ("Munitions", "الذخائر"),
    "narrative": ("Circumstances", "الظروف"),
    # Who is held responsible.
    "parties": ("Forces or groups", "القوات أو الجماعات"),
    "mode": ("How it is attributed", "نمط الإسناد"),
    "confidence": ("Confidence", "درجة الثقة"),
    "individuals": ("Names and ranks of individuals", "أسماء الأفراد ورتبهم"),
    # Steps.
    "complaint": ("Complaint by the family or others", "شكوى من العائلة أو غيرها"),
    "investigation": ("Investigation, autopsy, prosecution", "التحقيق والتشريح والملاحقة"),
    "steps-note": (
        "The register has no field for these; the submitting organisation adds them.",
        "ليس في السجل حقل لهذه؛ تضيفها المنظمة التي تقدّم الملف.",
    ),
    "challenge": ("Challenge", "اعتراض"),
    "answer": ("Answer", "جواب"),
    # Sources.
    "source": ("Source {id}", "المصدر {id}"),
    "consent": ("Consent", "الموافقة"),
    "disclosed-under": (
        "Sealed fields given to {to}: {basis}, {reason} (entry {index})",
        "سُلّمت الحقول المختومة إلى {to}: {basis}، {reason} (القيد {index})",
    ),
    # Review.
    "review_level": ("Level", "المستوى"),
    "recorder": ("Recorded by", "سجّله"),
    "standing": ("Standing", "الحالة"),
    "open": ("stands", "قائم"),
    # Tables.
    "col-claim": ("claim", "الادعاء"),
    "col-kind": ("violation", "الانتهاك"),
    "col-when": ("when", "متى"),
    "col-became": ("what became of it", "ما آل إليه"),
    "col-standing": ("standing", "الحالة"),
    "col-index": ("entry", "القيد"),
    "col-received": ("received (UTC)", "وقت الورود (UTC)"),
    "col-holder": ("signed by", "الموقّع"),
    "col-event": ("event", "الحدث"),
    "col-change": ("what it says", "ما يقوله"),
    "col-why": ("why", "السبب"),
    "col-signature": ("signature", "التوقيع"),
    "col-file": ("file", "الملف"),
    "col-sha": ("SHA-256", "SHA-256"),
    "more-linked": ("More claims are linked than are shown.", "هناك ادعاءات مرتبطة أكثر مما عُرض."),
    "proofs-note": (
        "Each file holds every event of a claim with its proof in the log. To check one offline, "
        "with the register's public key from its organisation: sijill verify FILE --trust VKEY",
        "في كل ملف جميع قيود ادعاء مع برهانها في السجل. للتحقق منها دون اتصال، بالمفتاح العلني "
        "للسجل من المنظمة نفسها: sijill verify FILE --trust VKEY",
    ),
    "not-proved": (
        "The proofs show who stated what, and that nothing of it was changed since; not that it is "
        "true, and not that nothing came later.",
        "تبيّن البراهين من قال ماذا، وأن شيئاً منه لم يتغير منذئذ؛ ولا تثبت أنه صحيح، ولا أن شيئاً "
        "لم يرد بعدها.",
    ),
    # Dates.
    "between": ("between {first} and {last}", "بين {first} و{last}"),
    "until": ("by {last}", "حتى {last}"),
    "since": ("from {first} on", "من {first} فصاعداً"),
    "within": ("some day from {first} to {last}", "يوم ما بين {first} و{last}"),
    "uncertain": ("{day}, uncertain", "{day}، غير مؤكد"),
    "approximate": ("{day}, approximately", "{day} تقريباً"),
    "uncertain-and-approximate": (
        "{day}, uncertain and approximately",
        "{day} تقريباً، غير مؤكد",
    ),
}


def word(name: str, language: str, **values: object) -> str:
    """A phrase in one language, with its values filled in."""
    return _WORDS[name][LANGUAGES.index(language)].format(**values)
