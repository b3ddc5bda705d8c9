"""The README of a bundle, in English and Arabic, made from the report and nothing else.

It is for people, and the publisher's word like the rest of the bundle: what is verified is what a
verifier shows, not what this text says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from audit.bundle import definition_file, members_file
from audit.cells import HiddenRow, hidden_words, is_hidden, read_hidden
from audit.figure_note import read_figure
from domain import canonical
from domain.facets import FACETS
from domain.figure import Definition, read_definition, sentence
from domain.report import Correction, Footed, Report, describe_change
from domain.rules import Rules
from ledger.note import parse_note

_MOST_LISTED = 500  # massacres in the list; the rest is in the figure's member lines

_WORDS = {
    "en": {
        "what": "A frozen report of a sijill ledger: its figures, the lines that each figure "
        "counts, and the signatures and proofs that tie them to one public, append-only history.",
        "frozen": "Frozen by {label} with the key {key}, as entry {entry} of the log, from its "
        "first {size} entries.",
        "published": "Published by {label}, a second person, with the key {key}, as entry {entry}.",
        "unpublished": "Not published: one person has frozen it, and no second one has published "
        "it as of this bundle.",
        "attested": "Attested by {label}, an auditor, with the key {key}, as entry {entry}: the "
        "first {size} entries of the log were audited and sound, and every figure here was "
        "recounted. That rules were followed on this data, not that the data are true.",
        "superseded": "SUPERSEDED by the report {report}: {changes}. Reason: {reason} ({events})",
        "corrects": "It corrects the report {report}: {changes}. Reason: {reason} ({events})",
        "events": "entries {events}",
        "period": "Period: {period}",
        "figures": "Figures",
        "massacres": "Massacres",
        "deaths": "{deaths} killed",
        "more": "and {more} more, in {file}",
        "footing": "Cross-footing rules",
        "stated": "over the stated figures of: {publication}",
        "holds": "{rule}: holds, {compared} compared",
        "waived": "{rule}: BROKEN, and waived by the publisher: {waiver}",
        "verify": "To verify it",
        "how": "You need this file, the public key of the ledger (from its organisation, never "
        "from this file), and one command:",
        "exit": "No network is needed. Exit code 0: verified; 1: something in it does not hold; "
        "2: the file could not be used; 3: fewer or older cosignatures than you ask for; 4: two "
        "histories of one log. Any byte changed anywhere in it is found and named.",
        "page": "verify.html is the same for browsers. Do not trust the copy in this bundle: "
        "whoever made a false bundle can put a false page into it, which shows anything. Take the "
        "page, like the key, from somebody you trust. sijill verify says whether this copy is the "
        "one that it would write.",
        "plain": "The files are plain text: each figure in figures/ states its value, members/ has "
        "the lines it counts, by identifier; nobody is named. This text is made from the report: "
        "what counts is what the verifier shows.",
    },
    "ar": {
        "what": "تقرير مجمّد من سجل «سِجِلّ»: أرقامه، والسطور التي يعدّها كل رقم، والتواقيع "
        "والبراهين التي تربطها بتاريخ واحد علني لا يُضاف إليه إلا في آخره.",
        "frozen": "جمّده {label} بالمفتاح {key}، في القيد {entry} من السجل، من أول {size} من قيوده.",
        "published": "نشره {label}، وهو شخص ثانٍ، بالمفتاح {key}، في القيد {entry}.",
        "unpublished": "لم يُنشر: جمّده شخص واحد، ولم ينشره شخص ثانٍ حتى هذه الحزمة.",
        "attested": "شهد له {label}، وهو مدقّق، بالمفتاح {key}، في القيد {entry}: دُقّقت أول {size} "
        "من قيود السجل فكانت سليمة، وأُعيد عدّ كل رقم هنا. وهذا يعني أن القواعد اتُّبعت على هذه "
        "البيانات، لا أن البيانات صحيحة.",
        "superseded": "حلّ محله التقرير {report}: {changes}. السبب: {reason} ({events})",
        "corrects": "يصحّح التقرير {report}: {changes}. السبب: {reason} ({events})",
        "events": "القيود {events}",
        "period": "الفترة: {period}",
        "figures": "الأرقام",
        "massacres": "المجازر",
        "deaths": "{deaths} قتيلاً",
        "more": "و{more} غيرها في {file}",
        "footing": "قواعد توافق الأرقام",
        "stated": "على الأرقام المذكورة في: {publication}",
        "holds": "{rule}: صحيحة، بعد {compared} مقارنة",
        "waived": "{rule}: مخالَفة، وتجاوزها الناشر بقوله: {waiver}",
        "verify": "للتحقق منه",
        "how": "تحتاج إلى هذا الملف، وإلى المفتاح العلني للسجل (من المنظمة نفسها، لا من هذا "
        "الملف)، وإلى أمر واحد:",
        "exit": "لا حاجة إلى الشبكة. رمز الخروج 0: تحقّق؛ 1: شيء فيه لا يصح؛ 2: الملف غير صالح "
        "للاستعمال؛ 3: تواقيع الشهود أقل أو أقدم مما تطلب؛ 4: تاريخان لسجل واحد. وكل تغيير في أي "
        "بايت منه يُكتشف ويُسمّى.",
        "page": "الملف verify.html هو المتحقّق نفسه للمتصفحات. لا تثق بالنسخة التي في هذه الحزمة: "
        "فمن يصنع حزمة زائفة يستطيع أن يضع فيها صفحة زائفة تُظهر ما يشاء. خذ الصفحة، كالمفتاح، ممن "
        "تثق به. ويقول sijill verify إن كانت هذه النسخة هي التي يكتبها هو.",
        "plain": "الملفات نصوص عادية: كل رقم في figures/ يذكر قيمته، وفي members/ السطور المعدودة "
        "بمعرّفاتها؛ ولا يُسمّى أحد. وهذا النص مصنوع من التقرير: والعبرة بما يُظهره المتحقّق.",
    },
}


class Signed(NamedTuple):
    """Whose act it was: the holder's label, the key's name, and the index of the entry."""

    label: str
    key: str
    entry: int


class Told(NamedTuple):
    """What a README tells of a report: its state as of the bundle's checkpoint, and by whom.

    `attested` are auditors, each with the size of the ledger that she audited.
    """

    identity: str
    report: Report
    frozen: Signed
    published: tuple[Signed, ...]
    rules: Rules
    attested: tuple[tuple[Signed, int], ...] = ()


def readme(told: Told, figures: Mapping[str, bytes]) -> bytes:
    """The text, the same for the same report; `figures` are the files of its figures by name."""
    halves = ["\n".join(_half(told, figures, language)) for language in ("en", "ar")]
    return ("\n\n" + "─" * 72 + "\n\n").join(halves).encode() + b"\n"


def _half(told: Told, files: Mapping[str, bytes], language: str) -> Iterator[str]:
    words, frozen = _WORDS[language], told.report.frozen
    yield from _head(told, language)
    yield from _heading(words["figures"])
    for figure in frozen.figures:
        definition = read_definition(
            canonical.parse(files[definition_file(figure.name)]), told.rules
        )
        yield f"{figure.name}: {figure.value}"
        yield f"  {sentence(definition, told.rules, language)}"
        for row, value in _rows(figure.name, files, language):
            yield f"    {_row(row, definition, told.rules, language)}: {value}"
    if frozen.massacres is not None:
        yield from _heading(words["massacres"])
        yield from _massacres(frozen.massacres, files, told.rules, language)
    if frozen.crossfoot:
        yield from _heading(words["footing"])
        for publication in frozen.stated or ():
            yield "  " + words["stated"].format(publication=publication)
        for footed in frozen.crossfoot:
            yield from _footed(footed, words)
    yield from _heading(words["verify"])
    yield words["how"]
    yield ""
    yield "    sijill verify FILE.sijill --trust VKEY"
    for paragraph in ("exit", "page", "plain"):
        yield ""
        yield words[paragraph]


def _head(told: Told, language: str) -> Iterator[str]:
    """Title, by whom, and what the report says in words."""
    words, frozen = _WORDS[language], told.report.frozen
    yield getattr(frozen.title, language)
    yield told.identity
    yield ""
    yield words["what"]
    yield ""
    yield words["frozen"].format(**told.frozen._asdict(), size=frozen.ledger.size)
    for one in told.published:
        yield words["published"].format(**one._asdict())
    if not told.published:
        yield words["unpublished"]
    for auditor, size in told.attested:
        yield words["attested"].format(**auditor._asdict(), size=size)
    for what, correction in (
        ("corrects", frozen.corrects),
        ("superseded", told.report.superseded_by),
    ):
        if correction is not None:
            yield _correction(correction, what, language)
    if frozen.period is not None:
        yield words["period"].format(period=frozen.period)
    if frozen.narrative is not None:
        for paragraph in getattr(frozen.narrative, language):
            yield ""
            yield paragraph


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "-" * len(text)


def _correction(correction: Correction, what: str, language: str) -> str:
    words = _WORDS[language]
    events = ", ".join(map(str, correction.events)) or "–"
    return words[what].format(
        report=correction.report,
        changes="; ".join(map(describe_change, correction.changes)),
        reason=correction.reason,
        events=words["events"].format(events=events),
    )


def _rows(
    figure: str, files: Mapping[str, bytes], language: str
) -> Iterator[tuple[list[str], str]]:
    """The rows of a figure with their values, as their notes state them, greatest first."""
    found = []
    # By their names: the files of members are large, and read when they are asked for.
    for name in files:
        if name.startswith(f"figures/{figure}/"):
            text = parse_note(files[name]).text
            hidden = read_hidden(text) if is_hidden(text) else None
            note = hidden or read_figure(text)
            row = note.identity.partition(f"/{figure}/")[2].split(",")
            value = 0 if isinstance(note, HiddenRow) else note.value
            found.append((-value, row, hidden_words(hidden, language) if hidden else str(value)))
    yield from ((row, said) for _, row, said in sorted(found))


def _row(row: list[str], definition: Definition, rules: Rules, language: str) -> str:
    return ", ".join(
        _value(facet, value, rules, language)
        for facet, value in zip(definition.by, row, strict=True)
    )


def _value(facet: str, value: str, rules: Rules, language: str) -> str:
    vocabulary = FACETS.get(facet)
    return value if vocabulary is None else rules.label(vocabulary, value, language)


def _massacres(
    figure: str, files: Mapping[str, bytes], rules: Rules, language: str
) -> Iterator[str]:
    words = _WORDS[language]
    lines = files[members_file(figure)].splitlines()
    for line in lines[:_MOST_LISTED]:
        member = json.loads(line)
        facets = [_value(facet, v, rules, language) for facet, v in member["facets"].items()]
        deaths = words["deaths"].format(deaths=len(member["claims"]))
        yield f"  {'; '.join((member['id'], *facets, deaths))}"
    if len(lines) > _MOST_LISTED:
        more = len(lines) - _MOST_LISTED
        yield "  " + words["more"].format(more=more, file=members_file(figure))


def _footed(one: Footed, words: Mapping[str, str]) -> Iterator[str]:
    if not one.breaks:
        yield "  " + words["holds"].format(rule=one.rule, compared=one.compared)
        return
    yield "  " + words["waived"].format(rule=one.rule, waiver=one.waiver)
    for found in one.breaks:
        yield f"    ✗ {found.sentence}"
