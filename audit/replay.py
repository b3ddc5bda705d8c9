"""The full audit of a ledger: every entry again, from its bytes, with nothing taken on trust.

Bytes to leaf hashes to root to every checkpoint ever signed; each event's signatures, its authority
at its own index, its place in its stream and the domain's rules; each frozen report recounted with
the plain fold. The file is opened read-only, and nothing is left beside it. The first entry that
fails is named, and the audit goes on to the rest; what only follows from a failure that was told
(every checkpoint over a changed entry) is not told again. Memory grows with the claims, and by 64
bytes for each entry.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from audit.footing import check_footing, stated_at
from audit.hidden import Hiding
from audit.keychain import trusted_roots
from audit.reading import Reading, Row, StoredEntry
from audit.recount import Past, Recount
from audit.reports import Recounting, read_definitions
from audit.tree import StoredNodes, Tree
from audit.verdict import NOT_VERIFIED, VERIFIED, AuditVerdict, Failure, RecountedFigure
from domain.authority import key_name
from domain.errors import Invalid, Rejected, SijillError, Unverified
from domain.footing import Counted
from domain.report import AuditAttested, ReportFrozen
from domain.rules import Rules
from ledger.admission import (
    State,
    judge,
    read_submission,
    signatures_to_check,
)
from ledger.application import Stream, follow
from ledger.checkpoint import Checkpoint, open_own_checkpoint
from ledger.database import UNREADABLE
from ledger.entry import split_entry
from ledger.note import Note, VerifierKey
from ledger.signatures import CHUNK, SignatureChecker, verify_chunk

MOST_FAILURES = 100

Progress = Callable[[int, int], None]


def audit_folder(
    folder: Path,
    trust: Sequence[VerifierKey] = (),
    *,
    bundles: Sequence[bytes] = (),
    openings: Sequence[bytes] = (),
    together: int = 1,
    progress: Progress = lambda done, whole: None,
) -> AuditVerdict:
    """Audit the ledger in a folder; raises Invalid when there is none.

    `trust` are the log's or root keys that the reader trusts; without any the ledger's own founding
    is taken at its word, which the verdict says. `bundles` are reports to recount: a report's entry
    holds only the hash of what each figure counts, the bundle has it in words. `openings` show
    what the bundles hide.
    """
    path = folder / "ledger.db"
    if not path.is_file():
        raise Invalid(f"{folder} holds no ledger.db")
    return audit_file(
        path, trust, bundles=bundles, openings=openings, together=together, progress=progress
    )


def audit_file(
    path: Path,
    trust: Sequence[VerifierKey] = (),
    *,
    bundles: Sequence[bytes] = (),
    openings: Sequence[bytes] = (),
    together: int = 1,
    progress: Progress = lambda done, whole: None,
) -> AuditVerdict:
    """Audit a ledger's database wherever it lies, a backup for one; as `audit_folder`."""
    published = (read_definitions(bundles), Hiding(bundles, openings))
    before = _stamp(path)
    failed: Exception | None = None
    with closing(open_untouched(path)) as connection:
        try:
            verdict = _Audit(connection, trust, published, together).run(progress)
        except UNREADABLE as error:
            failed = error
    if (failed or verdict.failures) and _stamp(path) != before:
        raise Invalid(f"{path} was written to while it was audited: audit it again")
    if failed:
        raise Invalid(f"{path} cannot be read as a ledger ({failed})")
    return verdict


def open_untouched(path: Path) -> sqlite3.Connection:
    """Open a ledger's database to read, leaving nothing beside it.

    A reader of a database in WAL mode makes files of its own beside it, and cannot read one in a
    folder that it may not write to. A database that nobody has open has no such file: it is read as
    one that does not change.
    """
    real = path.resolve()
    still = "" if real.with_name(f"{real.name}-wal").exists() else "&immutable=1"
    connection = sqlite3.connect(f"{real.as_uri()}?mode=ro{still}", uri=True)
    # A text that is no UTF-8 is the failure of its row, not of the audit.
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    return connection


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


class _Audit:
    def __init__(
        self,
        connection: sqlite3.Connection,
        trust: Sequence[VerifierKey],
        published: tuple[Mapping[str, bytes], Hiding],
        together: int,
    ) -> None:
        self._connection = connection
        self._trust = trust
        self._together = together
        self._definitions, self._hiding = published
        self._failures: list[Failure] = []
        self._refused: set[int] = set()
        self._streams: dict[str, Stream | None] = {}
        self._rules: dict[int, Rules] = {}
        self._ruling: list[Note] = []
        self._checkpoints = self._select("size, note", "checkpoints", "size")
        self._next = next(self._checkpoints, None)
        self._checked = 0
        self._signed_by: set[str] = set()
        self._fold = Recount(self._reread)
        self._tree = Tree()
        self._nodes = StoredNodes(self._select("position, hash", "merkle_nodes", "position"))
        self._whole = True
        self._expected = 0
        self._received = ""
        self._signatures = 0
        self._figures: list[RecountedFigure] = []
        self._recounted: list[str] = []
        self._unknown: list[str] = []

    def run(self, progress: Progress) -> AuditVerdict:
        # Not count(*): that reads an index, which may be what is damaged.
        whole = self._connection.execute("SELECT max(rowid) FROM stored_events").fetchone()[0] or 0
        checker = SignatureChecker()
        reading = Reading(self._rows(), self._authority)
        try:
            with closing(checker.check(reading, parallel=whole > 10 * CHUNK)) as results:
                for verdicts in results:
                    self._take_chunk(reading.taken.pop(0), verdicts)
                    progress(self._tree.size, whole)
        finally:
            checker.close()
        self._check_end()
        return self._verdict(self._check_trust())

    def _select(self, columns: str, table: str, order: str) -> Iterator[Any]:
        # The types that the schema promises are not relied on: whoever changes rows can change it.
        return iter(self._connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}"))  # noqa: S608

    def _rows(self) -> Iterator[Row]:
        yield from self._select(
            "rowid - 1, originator_id, originator_version, topic, "
            "CAST(coalesce(state, '') AS BLOB)",
            "stored_events",
            "rowid",
        )

    def _authority(self) -> Any:
        found = self._streams.get("authority")
        return None if found is None else found.state

    # --- entries

    def _take_chunk(self, chunk: list[StoredEntry], verdicts: list[bool]) -> None:
        results = iter(verdicts)
        for read in chunk:
            mine = None if read.checks is None else [next(results) for _ in range(read.checks)]
            self._take(read, mine)

    def _take(self, read: StoredEntry, verdicts: list[bool] | None) -> None:
        index, entry = read.row[0], read.row[4]
        if index != self._expected:
            self._whole = False
            self._fail(
                read.row,
                "dense",
                f"entry {self._expected} should stand before this one; it is not there",
            )
        self._expected = index + 1
        try:
            self._judge(read, verdicts)
        except SijillError as error:
            rule = error.rule if isinstance(error, Rejected) else "damaged"
            message = str(error.args[0]) if isinstance(error, Rejected) else str(error)
            self._refused.add(index)
            self._fail(read.row, rule, message)
        if not self._nodes.hold(self._tree.append(entry)):
            self._fail(read.row, "merkle-node", "its Merkle node is missing or another")
        while self._next is not None and not self._is_ahead(self._next[0]):
            self._check_checkpoint(*self._next)
            self._next = next(self._checkpoints, None)

    def _is_ahead(self, size: object) -> bool:
        return type(size) is int and size > self._tree.size

    def _judge(self, read: StoredEntry, verdicts: list[bool] | None) -> None:
        index, stream, version, topic, entry = read.row
        if isinstance(read.submission, SijillError):
            raise read.submission
        submission, event = read.submission, read.submission.event
        if (stream, version, topic) != (event.stream, event.version, event.type):
            # A wrong label is the row's failure; what was signed is judged all the same.
            self._fail(
                read.row,
                "label",
                f"the table calls it {topic} of {stream} version {version}; signed is {event.type} "
                f"of {event.stream} version {event.version}",
            )
        received = split_entry(entry)[0]
        if received < self._received:
            raise Invalid(f"received {received}, before the entry in front of it")
        self._received = received
        state = State(
            size=index,
            received=received,
            streams=self._streams.get,
            root_at=self._root_at,
        )
        if verdicts is None:
            checks = signatures_to_check(submission, state.authority)
            verdicts = verify_chunk(checks)
        author, fact, after = judge(submission, all(verdicts), state)
        self._signatures += len(verdicts)
        self._streams[event.stream] = follow(
            self._streams.get(event.stream), event, submission.note.text, author, after
        )
        self._fold.take(index, event)
        if event.type in ("LedgerFounded", "RootRotated"):
            self._ruling.append(submission.note)
        elif event.type == "RulesAdopted":
            self._rules[index] = fact
        elif event.type == "ReportFrozen":
            self._recount(event.stream.partition("/")[2], fact, read.row)
        elif event.type == "AuditAttested":
            self._check_attested(fact, read.row)

    # --- reports

    def _recount(self, name: str, report: ReportFrozen, row: Row) -> None:
        """Count a report's figures again; the ledger may have grown since it was frozen."""
        rules = [rules for index, rules in self._rules.items() if index < report.ledger.size]
        fold = self._fold
        if report.ledger.size != row[0]:
            fold = self._fold_at(report.ledger.size)
        identity = (self._authority().origin, name)
        recounting = Recounting(identity, report, fold, rules[-1] if rules else None)
        counted: list[Counted] = []
        for figure in report.figures:
            label = f"{name}/{figure.name}"
            definition = self._definitions.get(figure.definition)
            if definition is None:
                self._unknown.append(label)
                continue
            try:
                again = recounting.check(figure, definition, self._hiding)
            except SijillError as error:
                self._fail(row, "recount", str(error))
            else:
                counted.append(again.counted)
                self._figures.append(RecountedFigure(name, figure, again.closed))
                said = f" ({again.closed})" if again.closed else ""
                self._recounted.append(f"{label} = {figure.value}{said}")
        if rules and len(counted) == len(report.figures):
            self._foot(report, counted, rules[-1], row)

    def _foot(
        self, report: ReportFrozen, counted: Sequence[Counted], rules: Rules, row: Row
    ) -> None:
        """Run the report's cross-footing rules again."""
        size = report.ledger.size
        try:
            stated = stated_at(size, self._streams, report.stated or (), self._reread)
            check_footing(report, counted, stated, rules)
        except SijillError as error:
            self._fail(row, "cross-footing", str(error))

    def _check_attested(self, fact: AuditAttested, row: Row) -> None:
        """As many signatures as the auditor says: the ledger took her word for that number."""
        signed = sum(len(one.signers) for one in self._reread(0, fact.ledger.size, None))
        if signed != fact.signatures:
            self._fail(
                row,
                "wrong-count",
                f"{fact.signatures} signatures are stated, the first {fact.ledger.size} entries "
                f"have {signed}",
            )

    def _fold_at(self, size: int) -> Recount:
        """What the first `size` entries make, without those that were refused."""
        fold = Recount(self._reread)
        for one in self._reread(0, size, None):
            fold.take(one.log_index, one.event)
        return fold

    def _reread(self, first: int, end: int, stream: str | None) -> Iterator[Past]:
        """Accepted entries again, in log order: all of them, or those of one stream."""
        of_stream = "" if stream is None else "AND originator_id = ?"
        rows = self._connection.execute(
            "SELECT rowid - 1, CAST(state AS BLOB) FROM stored_events "  # noqa: S608
            f"WHERE rowid > ? AND rowid <= ? {of_stream} ORDER BY rowid",
            (first, end) if stream is None else (first, end, stream),
        )
        for index, entry in rows:
            if index not in self._refused:
                submission = read_submission(split_entry(entry)[1])
                yield Past(index, submission.event, submission.signers)

    # --- the tree

    def _root_at(self, size: int) -> str:
        """The root of a prefix, from the entries.

        Once these are known to be changed, who signed over the true state is not to blame for it:
        then it is the root that the log signed for that size.
        """
        return (not self._whole and self._signed_root(size)) or self._tree.root_at(size)

    def _signed_root(self, size: int) -> str:
        found = self._connection.execute("SELECT note FROM checkpoints WHERE size = ?", (size,))
        try:
            checkpoint = self._open(*found.fetchone())
        except (SijillError, TypeError):
            return ""
        return _base64(checkpoint.root) if checkpoint.size == size else ""

    def _open(self, note: object) -> Checkpoint:
        authority = self._authority()
        if authority is None:
            raise Unverified("no founding entry names the log's key")
        if type(note) is str:
            note = note.encode()
        if type(note) is not bytes:
            raise Invalid("it is no signed note")
        return open_own_checkpoint(note, authority)

    def _check_checkpoint(self, size: object, note: object) -> None:
        """A checkpoint that was signed is over exactly the first entries, as they are here."""
        self._checked += 1
        try:
            signed = self._open(note)
            if signed.size != size:
                raise Invalid(f"it is stored as of {size} entries and signed as of {signed.size}")
            if not self._whole:
                return
            if size != self._tree.size or signed.root != self._tree.root:
                self._whole = False
                raise Invalid(
                    f"its signed root is {_base64(signed.root)}, the first {self._tree.size} "
                    f"entries have {_base64(self._tree.root)}: an entry up to here was changed, or "
                    "one is missing"
                )
            self._signed_by.add(self._authority().log_at(size))
        except SijillError as error:
            self._fail_at(None, f"checkpoint of {size!r} entries: {error}", "checkpoint")

    def _check_end(self) -> None:
        """The newest checkpoint is over all entries: none was taken from the end, none added."""
        size = self._tree.size
        if self._next is not None:
            self._fail_at(
                None,
                f"{self._next[0]} entries were signed for; only {size} are there",
                "checkpoint",
            )
        else:
            last = self._connection.execute("SELECT max(size) FROM checkpoints").fetchone()[0]
            if last != size:
                self._fail_at(
                    None, f"the newest checkpoint is of {last} entries, not {size}", "checkpoint"
                )
        if not self._nodes.end():
            self._fail_at(
                None, "Merkle nodes are stored for entries that are not there", "merkle-node"
            )

    def _check_trust(self) -> str:
        """Whose word the audit rests on, in words."""
        authority = self._authority()
        if authority is None:
            self._fail_at(None, "no founding entry: nothing says whose ledger this is", "founding")
            return "nobody's word"
        if not self._trust:
            return "the ledger's own founding (name a key with --trust to check whose it is)"
        trusted = {str(key) for key in self._trust}
        # Whoever lists a trusted key as his log's, or among his own roots, has not its signature.
        log = [one.vkey for one in authority.log_keys if one.vkey in trusted & self._signed_by]
        if log:
            return f"the log key {key_name(log[-1])}, given by you"
        signed = trusted_roots(authority, self._ruling, self._trust, self._together)
        if isinstance(signed, str):
            self._fail_at(
                None, f"neither its log key nor enough root keys are trusted: {signed}", "trust"
            )
            return "nobody whom you trust"
        names = ", ".join(sorted(f"{key.name}+{key.key_id.hex()}" for key in signed))
        return f"the root keys {names}, given by you"

    # --- the end

    def _fail(self, row: Row, rule: str, message: str) -> None:
        self._fail_at(row, message, rule)

    def _fail_at(self, row: Row | None, message: str, rule: str) -> None:
        index, stream, version = (None, "", 0) if row is None else row[:3]
        if len(self._failures) < MOST_FAILURES:
            stream = stream if type(stream) is str else ascii(stream)
            version = version if type(version) is int else 0
            self._failures.append(Failure(index, stream, version, rule, message))

    def _verdict(self, trusted: str) -> AuditVerdict:
        authority = self._authority()
        origin = "" if authority is None else authority.origin
        root = _base64(self._tree.root) if self._tree.size else ""
        lines = [
            f"Audited {origin}: {self._tree.size} entries, root {root}",
            f"Resting on {trusted}",
            "Checked of every entry: bytes, leaf hash, signatures, authority at its index, place "
            "in its stream, the domain's rules",
            f"Checked: {self._checked} signed checkpoints, the stored Merkle nodes",
            *(f"Recounted: {figure}" for figure in self._recounted),
        ]
        if self._unknown:
            lines.append(
                f"Not recounted, since no bundle given says what they count: "
                f"{', '.join(self._unknown)}"
            )
        return AuditVerdict(
            origin,
            self._tree.size,
            root,
            self._checked,
            tuple(self._recounted),
            tuple(self._failures),
            NOT_VERIFIED if self._failures else VERIFIED,
            tuple(lines),
            self._signatures,
            tuple(self._figures),
        )


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
