"""The receipt of a figure: what a bundle has about it, as one text file that verifies by itself.

    sijill/receipt/v1
    <origin>/figures/<report>/<figure>[/<row>]
    <file> <bytes>                                for each file, in this order:
    <its content>

    checkpoint                                    of the log, with the cosignatures at hand
    consistency                                   the frozen state grew into it
    authority/<index>.entry, .tlog-proof          the founding, the rotations, the report's signers
    report/<index>.entry, .tlog-proof             every entry of the report
    definitions/<figure>.json, figures/<figure>.note
    definitions/<figure>/<row>.json, figures/<figure>/<row>.note, .proof    when it is of a row

Files and formats are those of a bundle (docs/formats/bundle.md); `consistency` and the proofs leave
out the checkpoint that they end with there.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from audit.alone import read_alone, sentence_alone
from audit.bundle import CHECKPOINT, CONSISTENCY, definition_file, note_file
from audit.figure_note import FigureNote, figure_identity, open_figure
from audit.keychain import check_chain
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.publication import Chain
from audit.verdict import SOUND, Checks, ShownFigure, Verdict, unusable
from domain.errors import Invalid, SijillError, Unverified
from domain.figure import Definition, row_definition
from domain.report import FrozenFigure
from ledger.merkle import MAX_PROOF, leaf_hash, verify_inclusion
from ledger.note import VerifierKey

RECEIPT = "sijill/receipt/v1"
MAX_RECEIPT = 256 << 10
MAX_FILES = 400

NOT_PROVED = (
    "that the figure is true, nor that it was counted as its definition says: the bundle has the "
    "lines, and an audit of the whole ledger recounts them (sijill audit)",
    "that the key of its publisher was not revoked: of the entries about keys only those are here "
    "that lead from the founding to that key",
    "that the report was not corrected since the checkpoint: ask the organisation",
)

_HEAD = re.compile(rb"([A-Za-z0-9._,+/-]{1,240}) (0|[1-9][0-9]{0,6})")
_FILE = re.compile(
    rf"{CHECKPOINT}|{CONSISTENCY}|(?:authority|report)/[0-9]{{10}}\.(?:entry|tlog-proof)"
    r"|definitions/[^/]+(?:/[^/]+)?\.json|figures/[^/]+(?:/[^/]+)?\.note|figures/[^/]+/[^/]+\.proof"
)
_ORDER = (CHECKPOINT, CONSISTENCY, "authority", "report", "definitions", "figures")
_ROW = re.compile(r"row (0|[1-9][0-9]{0,15}) of ([1-9][0-9]{0,15})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")


class Receipt(NamedTuple):
    """`identity` is of the figure or of the row; `files` as in a bundle."""

    identity: str
    files: Mapping[str, bytes]


def is_receipt(raw: bytes) -> bool:
    return raw.startswith(f"{RECEIPT}\n".encode())


def row_definition_file(figure: str, row: Sequence[str]) -> str:
    return note_file(figure, row).replace("figures/", "definitions/", 1)[: -len("note")] + "json"


def row_proof_file(figure: str, row: Sequence[str]) -> str:
    return note_file(figure, row)[: -len("note")] + "proof"


def format_receipt(receipt: Receipt) -> bytes:
    """Write a receipt; the same for the same files, whatever their order."""
    parts = [f"{RECEIPT}\n{receipt.identity}\n".encode()]
    for name in sorted(receipt.files, key=_place):
        content = receipt.files[name]
        if name == CONSISTENCY or name.endswith(".tlog-proof"):
            content = content.removesuffix(receipt.files[CHECKPOINT])
        parts.append(f"{name} {len(content)}\n".encode() + content + b"\n")
    return b"".join(parts)


def parse_receipt(raw: bytes) -> Receipt:
    """Read a receipt strictly: what `format_receipt` would not write is Invalid."""
    if len(raw) > MAX_RECEIPT:
        raise Invalid(f"receipt: {len(raw)} bytes, of which at most {MAX_RECEIPT} are allowed")
    kind, identity, rest = (*raw.split(b"\n", 2), b"", b"")[:3]
    if kind != RECEIPT.encode():
        raise Invalid(f"receipt: the first line must be {RECEIPT}")
    at = len(raw) - len(rest)
    files: dict[str, bytes] = {}
    while at < len(raw):
        end = raw.find(b"\n", at, at + 300)
        head = _HEAD.fullmatch(raw[at:end]) if end >= 0 else None
        if head is None:
            raise Invalid(f"receipt: no line '<file> <bytes>' at byte {at}")
        name, length = head[1].decode(), int(head[2])
        at = end + 1 + length + 1
        if len(files) == MAX_FILES or name in files or not _FILE.fullmatch(name):
            raise Invalid(f"receipt: {name} is there twice, or is no file of a receipt")
        if raw[at - 1 : at] != b"\n":
            raise Invalid(f"receipt: {name} is cut short, or longer than it says")
        files[name] = raw[end + 1 : at - 1]
    checkpoint = files.get(CHECKPOINT, b"")
    if list(files) != sorted(files, key=_place):
        raise Invalid("receipt: its files are not in their order")
    for name in files:
        if name == CONSISTENCY or name.endswith(".tlog-proof"):
            files[name] += checkpoint
    return Receipt(_text(identity), files)


def verify_figure_receipt(
    raw: bytes, trust: Sequence[VerifierKey], policy: Policy = NO_POLICY
) -> Verdict:
    """Verify a receipt with the log's public key, or with enough root keys of its founding.

    Never raises for what is in `raw`; exit codes as of a bundle.
    """
    try:
        receipt = parse_receipt(raw)
    except Invalid as error:
        return unusable(str(error), "the file is a receipt")
    checks, files = Checks(), receipt.files
    checks.holds("the receipt has its one form", f"{len(files)} parts, {len(raw)} bytes")
    report = receipt.identity.partition("/figures/")[2].partition("/")[0]
    chain = check_chain(files, trust, checks, policy.together, report=report, cut=True)
    check_policy(files.get(CHECKPOINT, b""), policy, checks)
    shown = _Cut(receipt, chain, checks).check()
    sound = all(check.outcome in SOUND for check in checks.made)
    return Verdict(
        f"{chain.origin}/reports/{chain.name}" if chain.report is not None else "",
        ("", "") if chain.report is None else (chain.report.title.en, chain.report.title.ar),
        tuple(checks.made),
        (shown._replace(holds=sound),),
        exit_code(checks),
        chain.status,
    )


class _Cut:
    """The checks of the one figure, and of its row when the receipt is of a row."""

    def __init__(self, receipt: Receipt, chain: Chain, checks: Checks) -> None:
        self.files, self.chain, self.checks = receipt.files, chain, checks
        self.identity = receipt.identity
        # A report that could not be read has no name, and no figure of it will hold.
        own = receipt.identity.partition("/figures/")[2].partition("/")[2]
        self.name, _, self.row = own.partition("/")
        self.seen: set[str] = set()
        self.words = ("", "")  # what was last read as a definition, in English and Arabic

    def check(self) -> ShownFigure:
        note = self._note("the figure's note", note_file(self.name), None)
        definition = self._definition("the definition", definition_file(self.name), note)
        stated = None if note is None else self._stated(note)
        if self.row:
            self.words = ("", "")
            note = self._row_of(definition, stated)
        for file in self.files:
            if figure_of_receipt(file) is not None and file not in self.seen:
                self._fail("the receipt is of one figure", "is not of it", file)
        shown = f"{self.name}/{self.row}" if self.row else self.name
        return ShownFigure(shown, -1 if note is None else note.value, self.words, False)

    def _hold(self, what: str, detail: str, file: str, **more: str) -> None:
        self.checks.holds(what, detail, file=file, figure=self.name, **more)

    def _fail(self, what: str, detail: object, file: str) -> None:
        self.checks.fails(what, detail, file=file, figure=self.name)

    def _content(self, file: str) -> bytes:
        self.seen.add(file)
        if file not in self.files:
            raise Invalid("it is missing")
        return self.files[file]

    def _note(self, what: str, file: str, row: Sequence[str] | None) -> FigureNote | None:
        publisher, report = self.chain.publisher, self.chain.report
        try:
            raw = self._content(file)
            if publisher is None or report is None:
                self.checks.skips(
                    what, "nobody knows whose signature counts", file=file, figure=self.name
                )
                return None
            note = open_figure(raw, publisher)
            expected = figure_identity(self.chain.origin, self.chain.name, self.name, row)
            if note.identity != expected or note.ledger != report.ledger:
                raise Invalid(f"it is the note of {note.identity} at {note.ledger.size} entries")
            if (row is not None or not self.row) and note.identity != self.identity:
                raise Invalid(f"the receipt is of {self.identity}")
        except SijillError as error:
            self._fail(what, error, file)
            return None
        key = f"{publisher.name}+{publisher.key_id.hex()}"
        as_of = f"{note.ledger.size} entries"
        self._hold(what, f"{note.identity}: {note.value}", file, key=key, as_of=as_of)
        return note

    def _definition(self, what: str, file: str, note: FigureNote | None) -> Definition | None:
        try:
            raw = self._content(file)
            if note is not None and sha256(raw).digest() != note.definition:
                raise Unverified("the note names another definition")
            definition = read_alone(raw)
        except SijillError as error:
            self._fail(what, error, file)
            return None
        self.words = (sentence_alone(definition, "en"), sentence_alone(definition, "ar"))
        self._hold(what, self.words[0], file)
        return definition

    def _stated(self, note: FigureNote) -> FrozenFigure | None:
        what = "the report's entry states this figure"
        report = self.chain.report
        figures = () if report is None else report.figures
        stated = next((one for one in figures if one.name == self.name), None)
        if stated is None:
            self._fail(what, "it does not name it", self.chain.report_file)
            return None
        noted = (note.value, _base64(note.root), _base64(note.definition))
        if noted == (stated.value, stated.root, stated.definition):
            self._hold(what, f"value {stated.value}", self.chain.report_file)
        else:
            self._fail(what, f"it states {stated.value}, the note {note.value}", "")
        return stated

    def _row_of(self, whole: Definition | None, stated: FrozenFigure | None) -> FigureNote | None:
        """The row's own note and definition, and that it is one of the figure's rows."""
        what, place = "the row is one of the figure's", [self.row]
        definition_name = row_definition_file(self.name, place)
        try:
            narrowed = read_alone(self._content(definition_name))
            row = _values(whole, narrowed)
        except SijillError as error:
            self._fail(what, error, definition_name)
            return None
        note = self._note("the row's note", note_file(self.name, place), row)
        self._definition("the row's definition", definition_name, note)
        file = row_proof_file(self.name, place)
        try:
            index, size, hashes = parse_row_proof(self._content(file))
            if stated is None or stated.rows is None:
                raise Unverified("the report's entry states no rows for this figure")
            if note is None:
                raise Unverified("its note does not hold")
            verify_inclusion(
                index=index,
                size=size,
                leaf_hash=leaf_hash(note.to_text()),
                proof=hashes,
                root=b64decode(stated.rows),
            )
        except SijillError as error:
            self._fail(what, error, file)
        else:
            self._hold(what, f"row {index + 1} of {size}", file)
        return note


def read_row_definition(whole: bytes, row: Sequence[str]) -> bytes:
    """The canonical definition of one row of a figure, from the figure's."""
    return row_definition(read_alone(whole), row).to_bytes()


def _values(whole: Definition | None, narrowed: Definition) -> tuple[str, ...]:
    """The row's values, by the figure's grouping; raises Unverified for what is no row of it."""
    where = dict(narrowed.where)
    if whole is None or not whole.by:
        raise Unverified("the figure has no rows")
    row = tuple(where[facet][0] for facet in whole.by if facet in where)
    if len(row) != len(whole.by) or row_definition(whole, row) != narrowed:
        raise Unverified("it is not the figure's definition narrowed to a row")
    return row


def format_row_proof(index: int, size: int, hashes: Sequence[bytes]) -> bytes:
    """That a row's note is one of a figure's: `row <index> of <rows>`, then the hashes."""
    return "\n".join([f"row {index} of {size}", *map(_base64, hashes), ""]).encode()


def parse_row_proof(raw: bytes) -> tuple[int, int, tuple[bytes, ...]]:
    """The row's index, the number of rows and the hashes; raises Invalid."""
    head, *lines = _text(raw).split("\n")
    found = _ROW.fullmatch(head)
    if found is None or lines[-1:] != [""] or len(lines) > MAX_PROOF + 1:
        raise Invalid("row proof: must be 'row <index> of <rows>' and its hashes, each on a line")
    hashes = tuple(_hash(line) for line in lines[:-1])
    return int(found[1]), int(found[2]), hashes


def _hash(line: str) -> bytes:
    if not _BASE64.fullmatch(line):
        raise Invalid("row proof: a hash is not the base64 of 32 bytes")
    return b64decode(line)


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise Invalid("receipt: a line holds a character that is not ASCII") from None


def figure_of_receipt(file: str) -> str | None:
    """The figure that a file of a receipt belongs to, or None."""
    folder, _, rest = file.partition("/")
    return rest if folder in ("definitions", "figures") else None


def _place(file: str) -> tuple[int, str]:
    """Where a file stands in a receipt."""
    folder = file.partition("/")[0]
    return _ORDER.index(folder), file
