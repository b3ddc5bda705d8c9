"""The one write transaction: event rows, Merkle nodes and the signed checkpoint, or none of them.

Subclasses of the eventsourcing library's SQLite recorder, pool and factory. What they add: a table
that is append-only and whose ids are our own dense counter, the Merkle nodes of RFC 6962, durable
pragmas, and writes that take SQLite's lock before they read, so that two processes never decide on
the same state. What is true on disk after a crash: either a commit is there whole, with a
checkpoint over exactly its entries, or nothing of it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, NamedTuple

from eventsourcing.persistence import DatabaseError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteFactory

from domain.errors import Damaged, NotFound
from ledger import merkle
from ledger.database import UNREADABLE, prepare, statements
from ledger.entry import split_entry

RawEntry = tuple[int, str, int, str, bytes]  # index, stream, version, type, entry

_PRAGMAS = (
    "PRAGMA synchronous=FULL",  # an acknowledged event survives a power cut
    "PRAGMA recursive_triggers=ON",  # so that REPLACE cannot delete behind the triggers
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=4000",
)
_MOST_VARIABLES = 500


class LoggedEvent(StoredEvent):
    """A stored event that knows its index in the log."""

    index: int

    def __init__(
        self, originator_id: Any, originator_version: int, topic: str, state: bytes, index: int
    ) -> None:
        super().__init__(originator_id, originator_version, topic, state)
        # The base is a frozen dataclass.
        object.__setattr__(self, "index", index)


class TreeHead(NamedTuple):
    """`frontier` are the roots of the maximal complete subtrees, left to right."""

    size: int
    frontier: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        return merkle.root_of_frontier(list(self.frontier))


def schema() -> list[str]:
    """The statements that make the tables of an empty ledger."""
    script = resources.files("ledger").joinpath("schema.sql").read_text(encoding="utf-8")
    return list(statements(script))


class LedgerRecorder(SQLiteApplicationRecorder):
    """Reads take `SELECT`s of their own; all writes go through `appending`."""

    _head: TreeHead | None = None

    def construct_create_table_statements(self) -> list[str]:
        return schema()

    # --- writing

    @contextmanager
    def appending(self) -> Iterator[Appending]:
        """A write transaction that holds the database's lock from its first moment."""
        with self.datastore.transaction(commit=True) as cursor:
            appending = Appending(self, cursor)
            yield appending
        if appending.head_after is not None:
            self._head = appending.head_after

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """The library's way in, without a checkpoint; `Ledger.accept` is ours."""
        with self.appending() as appending:
            appending.append(stored_events)
            return range(appending.size + 1, appending.size + len(stored_events) + 1)

    def head_at(self, cursor: SQLiteCursor) -> TreeHead:
        """The tree head as this transaction sees it; the last one committed here is remembered."""
        size = self._max_size(cursor)
        if self._head is None or self._head.size != size:
            positions = merkle.frontier_positions(size)
            self._head = TreeHead(size, tuple(_nodes(cursor, positions)))
        return self._head

    # --- reading

    def tree_size(self) -> int:
        with self.datastore.transaction(commit=False) as cursor:
            return self._max_size(cursor)

    def root_at(self, size: int) -> bytes:
        """The 32-byte root of the first `size` entries, in O(log n) reads."""
        with self.datastore.transaction(commit=False) as cursor:
            return self._root_at(cursor, size)

    def nodes(self, positions: Sequence[int]) -> list[bytes]:
        """Stored Merkle nodes by position; raises Damaged when one is missing."""
        with self.datastore.transaction(commit=False) as cursor:
            return _nodes(cursor, positions)

    def select_entries(self, start: int, limit: int) -> list[RawEntry]:
        """Up to `limit` entries from log index `start` on, as plain tuples."""
        with self.datastore.transaction(commit=False) as cursor:
            raw = cursor.sqlite_cursor
            raw.row_factory = None
            raw.execute(
                "SELECT rowid - 1, originator_id, originator_version, topic, state "
                "FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT ?",
                (start, limit),
            )
            return raw.fetchall()

    def entry_at(self, index: int) -> RawEntry:
        entries = self.select_entries(index, 1) if index >= 0 else []
        if not entries or entries[0][0] != index:
            raise NotFound(f"there is no entry {index}: the log has {self.tree_size()} entries")
        return entries[0]

    def received_at(self, index: int) -> str:
        """RFC 3339 UTC time at which the entry was received."""
        return split_entry(self.entry_at(index)[4])[0]

    def size_at(self, time: str) -> int:
        """How many entries had been received by an RFC 3339 UTC time (times never fall)."""
        low, high = 0, self.tree_size()
        while low < high:
            middle = (low + high) // 2
            if self.received_at(middle) <= time:
                low = middle + 1
            else:
                high = middle
        return low

    def select_stream(self, stream: str) -> list[RawEntry]:
        """Every entry of a stream, by version."""
        with self.datastore.transaction(commit=False) as cursor:
            return _streams(cursor, [stream])

    def select_streams(self, streams: Sequence[str]) -> list[RawEntry]:
        """Every entry of those streams, ordered by stream and version."""
        with self.datastore.transaction(commit=False) as cursor:
            return _streams(cursor, streams)

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The version of each of those streams that exists."""
        found: dict[str, int] = {}
        with self.datastore.transaction(commit=False) as cursor:
            for start in range(0, len(streams), _MOST_VARIABLES):
                chunk = streams[start : start + _MOST_VARIABLES]
                cursor.execute(
                    "SELECT originator_id, max(originator_version) FROM stored_events "  # noqa: S608
                    f"WHERE originator_id IN ({_marks(chunk)}) GROUP BY originator_id",
                    tuple(chunk),
                )
                found.update((row[0], row[1]) for row in cursor.fetchall())
        return found

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """As the library's, with each event's log index."""
        rows = [
            LoggedEvent(stream, version, topic, state, index)
            for index, stream, version, topic, state in self.select_stream(originator_id)
            if (gt is None or version > gt) and (lte is None or version <= lte)
        ]
        if desc:
            rows.reverse()
        return rows[:limit]

    def streams_with(self, types: Sequence[str], start: int) -> list[str]:
        """The streams that have an event of one of these types at or after an index."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT DISTINCT originator_id FROM stored_events "  # noqa: S608
                f"WHERE rowid > ? AND topic IN ({_marks(types)})",
                (start, *types),
            )
            return [row[0] for row in cursor.fetchall()]

    def streams_of(self, kind: str) -> list[str]:
        """The names of every stream of a kind, in the order in which they were opened."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT originator_id FROM stored_events WHERE originator_version = 1 "
                "AND originator_id >= ? AND originator_id < ? ORDER BY rowid",
                (f"{kind}/", f"{kind}0"),
            )
            return [row[0] for row in cursor.fetchall()]

    def streams_like(self, beginning: str) -> list[str]:
        """The names of at most two streams that begin so."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT originator_id FROM stored_events WHERE originator_version = 1 "
                "AND originator_id >= ? AND originator_id < ? ORDER BY originator_id LIMIT 2",
                (beginning, beginning + "\U0010ffff"),
            )
            return [row[0] for row in cursor.fetchall()]

    def checkpoint(self, size: int | None = None) -> bytes | None:
        """The signed checkpoint of that size, or the newest; None when there is none."""
        with self.datastore.transaction(commit=False) as cursor:
            return _checkpoint(cursor, size)

    def restore_checkpoint(self, size: int, note: bytes) -> None:
        """Put back a checkpoint that was signed before; `Ledger.accept` signs new ones itself."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("INSERT OR IGNORE INTO checkpoints VALUES (?, ?)", (size, note))

    def add_cosignature(self, size: int, witness: str, time: int, line: bytes) -> None:
        """Keep what a witness said of a checkpoint; the first word of each witness counts."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO cosignatures VALUES (?, ?, ?, ?)",
                (size, witness, time, line),
            )

    def cosignatures(self, size: int) -> list[bytes]:
        """The signature lines of witnesses under the checkpoint of that size, by witness."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT line FROM cosignatures WHERE size = ? ORDER BY witness", (size,))
            return [row[0] for row in cursor.fetchall()]

    def witnessed_by(self, index: int) -> int | None:
        """The earliest time (unix seconds) by which a witness had seen an entry, or None."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT min(time) FROM cosignatures WHERE size > ?", (index,))
            found: int | None = cursor.fetchone()[0]
            return found

    def checkpoint_sizes(self) -> list[int]:
        """The sizes for which a checkpoint was signed, ascending."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT size FROM checkpoints ORDER BY size")
            return [row[0] for row in cursor.fetchall()]

    def _max_size(self, cursor: SQLiteCursor) -> int:
        cursor.execute("SELECT max(rowid) FROM stored_events")
        return cursor.fetchone()[0] or 0

    def _root_at(self, cursor: SQLiteCursor, size: int) -> bytes:
        if not 0 <= size <= self._max_size(cursor):
            raise NotFound(f"there is no state of {size} entries")
        return merkle.root_of_frontier(_nodes(cursor, merkle.frontier_positions(size)))


class Appending:
    """What a write may ask of the state it builds on, and the one append at its end."""

    def __init__(self, recorder: LedgerRecorder, cursor: SQLiteCursor) -> None:
        self._recorder = recorder
        self._cursor = cursor
        self.head = recorder.head_at(cursor)
        self.head_after: TreeHead | None = None

    @property
    def size(self) -> int:
        return self.head.size

    def changed_since(self, size: int) -> list[str]:
        """Streams that other processes appended to after the first `size` entries."""
        self._cursor.execute(
            "SELECT DISTINCT originator_id FROM stored_events WHERE rowid > ?", (size,)
        )
        return [row[0] for row in self._cursor.fetchall()]

    def streams(self, names: Sequence[str]) -> list[RawEntry]:
        """Every entry of those streams, ordered by stream and version."""
        return _streams(self._cursor, names)

    def root_at(self, size: int) -> bytes:
        return self._recorder._root_at(self._cursor, size)

    def last_entry(self) -> bytes | None:
        self._cursor.execute("SELECT state FROM stored_events WHERE rowid = ?", (self.size,))
        row = self._cursor.fetchone()
        return None if row is None else row[0]

    def last_checkpoint(self) -> bytes | None:
        return _checkpoint(self._cursor, None)

    def append(
        self,
        stored_events: Sequence[StoredEvent],
        sign: Callable[[int, bytes], bytes] | None = None,
    ) -> bytes | None:
        """Insert rows, nodes and the checkpoint that `sign` makes of the new size and root."""
        size, frontier = self.head.size, list(self.head.frontier)
        self._cursor.executemany(
            "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)",
            [
                (row, s.originator_id, s.originator_version, s.topic, s.state)
                for row, s in enumerate(stored_events, size + 1)
            ],
        )
        leaves = [merkle.leaf_hash(s.state) for s in stored_events]
        nodes = merkle.append_nodes(size, frontier, leaves)
        self._cursor.executemany(
            "INSERT INTO merkle_nodes VALUES (?, ?)",
            list(enumerate(nodes, merkle.stored_count(size))),
        )
        self.head_after = TreeHead(size + len(leaves), tuple(frontier))
        if sign is None:
            return None
        # Stored before it is given out: no two checkpoints of ours can ever disagree.
        note = sign(self.head_after.size, self.head_after.root)
        self._cursor.execute("INSERT INTO checkpoints VALUES (?, ?)", (self.head_after.size, note))
        return note


class LedgerFactory(SQLiteFactory):
    """Wires the recorder and the pool above into the library's Application."""

    application_recorder_class = LedgerRecorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        prepare(self.datastore, _PRAGMAS)

    def application_recorder(self) -> LedgerRecorder:
        recorder = LedgerRecorder(datastore=self.datastore)
        try:
            recorder.create_table()
        except (*UNREADABLE, DatabaseError) as error:
            raise Damaged(
                f"{self.datastore.pool.db_name} cannot be opened as a ledger ({error}); restore a "
                "backup, or repair it from an export"
            ) from None
        return recorder


def _nodes(cursor: SQLiteCursor, positions: Sequence[int]) -> list[bytes]:
    found: dict[int, bytes] = {}
    for start in range(0, len(positions), _MOST_VARIABLES):
        chunk = positions[start : start + _MOST_VARIABLES]
        cursor.execute(
            f"SELECT position, hash FROM merkle_nodes WHERE position IN ({_marks(chunk)})",  # noqa: S608
            tuple(chunk),
        )
        found.update((row[0], row[1]) for row in cursor.fetchall())
    missing = [position for position in positions if position not in found]
    if missing:
        raise Damaged(f"Merkle node {missing[0]} is missing from the ledger: restore a backup")
    return [found[position] for position in positions]


def _streams(cursor: SQLiteCursor, names: Sequence[str]) -> list[RawEntry]:
    rows: list[RawEntry] = []
    for start in range(0, len(names), _MOST_VARIABLES):
        chunk = names[start : start + _MOST_VARIABLES]
        cursor.execute(
            "SELECT rowid - 1, originator_id, originator_version, topic, state "  # noqa: S608
            f"FROM stored_events WHERE originator_id IN ({_marks(chunk)}) "
            "ORDER BY originator_id, originator_version",
            tuple(chunk),
        )
        rows.extend(tuple(row) for row in cursor.fetchall())
    return rows


def _checkpoint(cursor: SQLiteCursor, size: int | None) -> bytes | None:
    if size is None:
        cursor.execute("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1")
    else:
        cursor.execute("SELECT note FROM checkpoints WHERE size = ?", (size,))
    row = cursor.fetchone()
    return None if row is None else row[0]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
