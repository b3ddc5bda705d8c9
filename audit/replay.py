"""The full audit of a ledger: every entry again, from its bytes, with nothing taken on trust.

Bytes to leaf hashes to root to every checkpoint ever signed; each event's signatures, its authority
at its own index, its place in its stream and the domain's rules; each frozen report recounted with
the plain fold. The file is opened read-only. The first entry that fails is named, and the audit
goes on to the rest. Memory grows with the claims, not with the entries.
"""

from __future__ import annotations

import hashlib
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from audit.container import read_container
from audit.reading import Reading, Row, StoredEntry
from audit.recount import Recount
from audit.verdict import NOT_VERIFIED, VERIFIED, AuditVerdict, Failure
from domain import canonical
from domain.authority import key_name
from domain.errors import Invalid, Rejected, SijillError, Unverified
from domain.figure import read_definition
from domain.report import ReportFrozen
from domain.rules import Rules
from ledger import merkle
from ledger.admission import (
    State,
    Submission,
    judge,
    read_submission,
    signatures_to_check,
    verifier,
)
from ledger.application import Stream
from ledger.checkpoint import open_checkpoint
from ledger.entry import split_entry, text_hash
from ledger.note import VerifierKey
from ledger.signatures import CHUNK, SignatureChecker, verify_chunk

MOST_FAILURES = 100

Progress = Callable[[int, int], None]


def audit_folder(
    folder: Path,
    trust: Sequence[VerifierKey] = (),
    *,
    bundles: Sequence[bytes] = (),
    progress: Progress = lambda done, whole: None,
) -> AuditVerdict:
    """Audit the ledger in a folder; raises Invalid when there is none.

    `trust` are the log's or root keys that the reader trusts; without any the ledger's own founding
    is taken at its word, which the verdict says. `bundles` are reports to recount: a report's entry
    holds only the hash of what each figure counts, the bundle has it in words.
    """
    path = folder / "ledger.db"
    if not path.is_file():
        raise Invalid(f"{folder} holds no ledger.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            return _Audit(connection, trust, bundles).run(progress)
        except sqlite3.DatabaseError as error:
            raise Invalid(f"{path} cannot be read as a ledger ({error})") from None


class _Audit:
    def __init__(
        self,
        connection: sqlite3.Connection,
        trust: Sequence[VerifierKey],
        bundles: Sequence[bytes],
    ) -> None:
        self._connection = connection
        self._trust = trust
        self._definitions = _definitions(bundles)
        self._failures: list[Failure] = []
        self._streams: dict[str, Stream | None] = {}
        self._rules: dict[int, Rules] = {}
        self._roots: dict[int, str] = {}
        self._founding: Submission | None = None
        self._checkpoints = connection.execute(
            "SELECT size, CAST(note AS BLOB) FROM checkpoints ORDER BY size"
        )
        self._next: tuple[int, bytes] | None = self._checkpoints.fetchone()
        self._checked = 0
        self._fold = Recount()
        self._frontier: list[bytes] = []
        self._size = 0
        self._received = ""
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
                    progress(self._size, whole)
        finally:
            checker.close()
        self._check_end()
        self._check_nodes()
        return self._verdict(self._check_trust())

    def _rows(self) -> Iterator[Row]:
        yield from self._connection.execute(
            "SELECT rowid - 1, originator_id, originator_version, topic, CAST(state AS BLOB) "
            "FROM stored_events ORDER BY rowid"
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
        if index != self._size:
            self._fail(read.row, "dense", f"index {self._size} is missing before this entry")
        try:
            self._judge(read, verdicts)
        except SijillError as error:
            rule = error.rule if isinstance(error, Rejected) else "damaged"
            message = str(error.args[0]) if isinstance(error, Rejected) else str(error)
            self._fail(read.row, rule, message)
        merkle.append_nodes(self._size, self._frontier, [merkle.leaf_hash(entry)])
        self._size += 1
        while self._next is not None and self._next[0] <= self._size:
            self._check_checkpoint(*self._next)
            self._next = self._checkpoints.fetchone()

    def _judge(self, read: StoredEntry, verdicts: list[bool] | None) -> None:
        index, stream, version, topic, entry = read.row
        if isinstance(read.submission, SijillError):
            raise read.submission
        submission, event = read.submission, read.submission.event
        if (stream, version, topic) != (event.stream, event.version, event.type):
            raise Invalid(
                f"the table calls it {topic} of {stream} version {version}; signed is {event.type} "
                f"of {event.stream} version {event.version}"
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
        self._streams[event.stream] = Stream(
            event.stream, event.version, text_hash(submission.note.text), author.key, index, after
        )
        self._fold.take(index, event)
        if event.type == "LedgerFounded":
            self._founding = submission
        elif event.type == "RulesAdopted":
            self._rules[index] = fact
        elif event.type == "ReportFrozen":
            self._recount(event.stream.partition("/")[2], fact, read.row)

    # --- reports

    def _recount(self, name: str, report: ReportFrozen, row: Row) -> None:
        """Count a report's figures again; the ledger may have grown since it was frozen."""
        rules = [rules for index, rules in self._rules.items() if index < report.ledger.size]
        fold = self._fold
        if report.ledger.size != row[0]:
            fold = Recount()
            for entry in self._rows():
                if entry[0] >= report.ledger.size:
                    break
                fold.take(entry[0], read_submission(split_entry(entry[4])[1]).event)
        for figure in report.figures:
            label = f"{name}/{figure.name}"
            raw = self._definitions.get(figure.definition)
            if raw is None:
                self._unknown.append(label)
                continue
            try:
                definition = read_definition(canonical.parse(raw), rules[-1])
                lines = fold.lines(definition, rules[-1])
            except (SijillError, IndexError) as error:
                self._fail(row, "recount", f"{figure.name} cannot be counted: {error}")
                continue
            root = _base64(merkle.tree_root(merkle.leaf_hash(line) for line in lines))
            if (len(lines), root) == (figure.value, figure.root):
                self._recounted.append(f"{label} = {figure.value}")
            else:
                self._fail(
                    row,
                    "recount",
                    f"{figure.name} is stated as {figure.value} with root {figure.root}; the "
                    f"entries make {len(lines)} with root {root}",
                )

    # --- the tree

    def _root_at(self, size: int) -> str:
        """The root of a prefix, from the stored nodes: these are checked against the entries."""
        if size not in self._roots:
            self._roots[size] = _base64(merkle.root_at(size, self._nodes))
        return self._roots[size]

    def _nodes(self, positions: Sequence[int]) -> list[bytes]:
        marks = ",".join("?" * len(positions))
        found = dict(
            self._connection.execute(
                f"SELECT position, hash FROM merkle_nodes WHERE position IN ({marks})",  # noqa: S608
                tuple(positions),
            )
        )
        if len(found) != len(positions):
            raise Invalid("a stored Merkle node is missing")
        return [found[position] for position in positions]

    def _check_checkpoint(self, size: int, note: bytes) -> None:
        """A checkpoint that was signed is over exactly the first entries, as they are here."""
        self._checked += 1
        authority = self._authority()
        try:
            if authority is None:
                raise Unverified("no founding entry names the log's key")
            signed = open_checkpoint(note, verifier(authority.log))
            root = merkle.root_of_frontier(self._frontier)
            if size != self._size or signed.size != size:
                raise Invalid(f"it is stored as of {size} entries and signed as of {signed.size}")
            if signed.root != root:
                raise Invalid(
                    f"its signed root is {_base64(signed.root)}, the first {size} entries have "
                    f"{_base64(root)}"
                )
        except SijillError as error:
            self._fail_at(None, f"checkpoint of {size} entries: {error}", "checkpoint")

    def _check_end(self) -> None:
        """The newest checkpoint is over all entries: none was taken from the end, none added."""
        if self._next is not None:
            self._fail_at(
                None,
                f"{self._next[0]} entries were signed for; only {self._size} are there",
                "checkpoint",
            )
            return
        last = self._connection.execute("SELECT max(size) FROM checkpoints").fetchone()[0]
        if last != self._size:
            self._fail_at(
                None, f"the newest checkpoint is of {last} entries, not {self._size}", "checkpoint"
            )

    def _check_nodes(self) -> None:
        """The stored Merkle nodes are those of the entries: proofs are made from them."""
        frontier: list[bytes] = []
        stored = self._connection.execute(
            "SELECT position, hash FROM merkle_nodes ORDER BY position"
        )
        for size, row in enumerate(self._rows()):
            for node in merkle.append_nodes(size, frontier, [merkle.leaf_hash(row[4])]):
                found = stored.fetchone()
                if found is None or found[1] != node:
                    self._fail_at(row, "its Merkle node is missing or another", "merkle-node")
                    return
        if stored.fetchone() is not None:
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
        if authority.log in trusted:
            return f"the log key {key_name(authority.log)}, given by you"
        # Whoever lists a trusted key among his own roots has not its signature.
        roots = {key_name(root) for root in authority.roots if root in trusted}
        signed = roots.intersection(self._founding.signers if self._founding else ())
        if len(signed) < authority.threshold:
            self._fail_at(
                None,
                f"neither its log key nor {authority.threshold} of the root keys that signed its "
                "founding are among the keys you trust",
                "trust",
            )
            return "nobody whom you trust"
        return f"the founding that {', '.join(sorted(signed))} signed, given by you"

    # --- the end

    def _fail(self, row: Row, rule: str, message: str) -> None:
        self._fail_at(row, message, rule)

    def _fail_at(self, row: Row | None, message: str, rule: str) -> None:
        index, stream, version = (None, "", 0) if row is None else row[:3]
        if len(self._failures) < MOST_FAILURES:
            self._failures.append(Failure(index, stream, version, rule, message))

    def _verdict(self, trusted: str) -> AuditVerdict:
        authority = self._authority()
        origin = "" if authority is None else authority.origin
        root = _base64(merkle.root_of_frontier(self._frontier)) if self._size else ""
        lines = [
            f"Audited {origin}: {self._size} entries, root {root}",
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
            self._size,
            root,
            self._checked,
            tuple(self._recounted),
            tuple(self._failures),
            NOT_VERIFIED if self._failures else VERIFIED,
            tuple(lines),
        )


def _definitions(bundles: Sequence[bytes]) -> Mapping[str, bytes]:
    """Definitions by their base64 SHA-256: a report's entry says which of them it counted."""
    found = {}
    for raw in bundles:
        for name, content in read_container(raw).files.items():
            if name.startswith("definitions/"):
                found[_base64(hashlib.sha256(content).digest())] = content
    return found


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
