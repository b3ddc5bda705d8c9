"""The bundle, `.sijill`: a frozen report with everything that is needed to verify it offline.

    README.txt                          what this is and how to verify it, in English and Arabic
    manifest                            signed by the publisher: the SHA-256 of every other file
    checkpoint                          note signed by the log key
    consistency                         proof that the frozen state grew into that checkpoint
    authority/<index>.entry             every entry of the authority stream up to the checkpoint
    rules/<index>.entry                 every entry of the rules stream likewise
    report/<index>.entry                the ReportFrozen entry
    .../<index>.tlog-proof              beside each entry: its proof in that checkpoint
    definitions/<figure>.json           the canonical definition of each figure
    members/<figure>.jsonl              the lines that were counted, ascending by id
    figures/<figure>.note               the figure note, signed by the publisher
    figures/<figure>/<row>.note         the note of each row of a grouped figure

Indexes have ten digits. A row is named by its values joined with commas, each slash written `_`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from audit.container import write_container
from audit.spooled import Content, sha256_of
from domain.errors import Invalid
from ledger.signer import Signer, sign_note

MANIFEST_KIND = "sijill/manifest/v1"
README, MANIFEST, CHECKPOINT, CONSISTENCY = "README.txt", "manifest", "checkpoint", "consistency"

_LINE = re.compile(r"([0-9a-f]{64}) ([!-~]+)")
_OF_FIGURE = re.compile(
    r"(?:definitions/(?P<a>[^/]+)\.json|members/(?P<b>[^/]+)\.jsonl"
    r"|figures/(?P<c>[^/]+)\.note|figures/(?P<d>[^/]+)/[^/]+\.note)"
)

_TEXT = """\
{identity}

This is a frozen report of a sijill ledger: its figures, the lines that each figure counts, and the
signatures and proofs that tie them to one public, append-only history. To verify it you need this
file, the public key of the ledger (from its organisation, never from this file), and one command:

    sijill verify FILE.sijill --trust VKEY

No network is needed. Exit code 0 means verified, 1 that something in it does not hold, 2 that the
file could not be used. Any byte changed anywhere in it is found and named. The files are plain
text: each figure in figures/ states its value, members/ has the lines it counts, by identifier;
nobody is named.

هذا تقرير مجمّد من سجل «سِجِلّ»: أرقامه، والسطور التي يعدّها كل رقم، والتواقيع والبراهين التي تربطها
بتاريخ واحد علني لا يُضاف إليه إلا في آخره. للتحقق منه تحتاج إلى هذا الملف، وإلى المفتاح العلني للسجل
(من المنظمة نفسها، لا من هذا الملف)، وإلى أمر واحد:

    sijill verify FILE.sijill --trust VKEY

لا حاجة إلى الشبكة. رمز الخروج 0 يعني أنه تحقّق، و1 أن شيئاً فيه لا يصح، و2 أن الملف غير صالح
للاستعمال. وكل تغيير في أي بايت منه يُكتشف ويُسمّى. الملفات نصوص عادية: كل رقم في figures/ يذكر
قيمته، وفي members/ السطور المعدودة بمعرّفاتها؛ ولا يُسمّى أحد.
"""


class Logged(NamedTuple):
    """An entry with its index and its tlog-proof."""

    log_index: int
    entry: bytes
    proof: bytes


class BundledFigure(NamedTuple):
    """A figure's files; `rows` are (row values, signed note), ascending by values."""

    name: str
    definition: bytes
    members: bytes
    note: bytes
    rows: tuple[tuple[tuple[str, ...], bytes], ...]


class Bundle(NamedTuple):
    """What goes into a bundle beside its README and manifest. `identity`: origin/reports/name."""

    identity: str
    checkpoint: bytes
    consistency: bytes
    authority: tuple[Logged, ...]
    rules: tuple[Logged, ...]
    report: Logged
    figures: tuple[BundledFigure, ...]


def write_bundle(bundle: Bundle, publisher: Signer) -> bytes:
    """The bundle's bytes, the manifest signed by the publisher: the same for the same content."""
    files = {
        README: _TEXT.format(identity=bundle.identity).encode(),
        CHECKPOINT: bundle.checkpoint,
        CONSISTENCY: bundle.consistency,
    }
    for folder, entries in (
        ("authority", bundle.authority),
        ("rules", bundle.rules),
        ("report", (bundle.report,)),
    ):
        for one in entries:
            files |= entry_files(folder, one)
    for figure in bundle.figures:
        files[definition_file(figure.name)] = figure.definition
        files[members_file(figure.name)] = figure.members
        files[note_file(figure.name)] = figure.note
        for row, note in figure.rows:
            files[note_file(figure.name, row)] = note
    files[MANIFEST] = sign_note(format_manifest(bundle.identity, files), publisher)
    return write_container(files)


def entry_files(folder: str, one: Logged) -> dict[str, bytes]:
    """The two files of an entry: its bytes, and its proof."""
    path = f"{folder}/{one.log_index:010}"
    return {f"{path}.entry": one.entry, f"{path}.tlog-proof": one.proof}


def definition_file(figure: str) -> str:
    return f"definitions/{figure}.json"


def members_file(figure: str) -> str:
    return f"members/{figure}.jsonl"


def note_file(figure: str, row: Sequence[str] | None = None) -> str:
    if row is None:
        return f"figures/{figure}.note"
    return f"figures/{figure}/{','.join(row).replace('/', '_')}.note"


def figure_of_file(name: str) -> str | None:
    """The figure that a file of a bundle belongs to, or None."""
    found = _OF_FIGURE.fullmatch(name)
    return found[found.lastgroup] if found and found.lastgroup else None


def format_manifest(identity: str, files: Mapping[str, Content]) -> bytes:
    """The manifest's text over every file but the manifest itself."""
    lines = [f"{sha256_of(files[name])} {name}" for name in sorted(files) if name != MANIFEST]
    return "\n".join([MANIFEST_KIND, identity, *lines, ""]).encode()


def read_manifest(text: bytes) -> tuple[str, dict[str, str]]:
    """The identity and the hex SHA-256 by file name; raises Invalid for any other form."""
    lines = text.decode(errors="replace").split("\n")
    if len(lines) < 4 or lines[0] != MANIFEST_KIND or lines[-1]:
        raise Invalid(f"manifest: must begin with {MANIFEST_KIND}, then name the report and files")
    listed: dict[str, str] = {}
    for line in lines[2:-1]:
        found = _LINE.fullmatch(line)
        if not found:
            raise Invalid(f"manifest: {line[:80]!a} is not a SHA-256 and a file name")
        if found[2] in listed:
            raise Invalid(f"manifest: {found[2]} is listed twice")
        listed[found[2]] = found[1]
    if list(listed) != sorted(listed):
        raise Invalid("manifest: its files are not in ascending order")
    return lines[1], listed
