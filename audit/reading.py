"""Reading a ledger's rows ahead of judging them, so that signatures are checked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from domain.errors import Rejected, SijillError
from ledger.admission import Submission, read_submission, signatures_to_check
from ledger.entry import split_entry
from ledger.signatures import CHUNK, Check

Row = tuple[int, str, int, str, bytes]  # index, stream, version, type, entry


class StoredEntry(NamedTuple):
    """A stored row as read; `checks` is how many signatures it is checked for, None: later."""

    row: Row
    submission: Submission | SijillError
    checks: int | None


class Reading:
    """Reads rows chunk by chunk, ahead of the judging, and gives out their signature checks."""

    def __init__(self, rows: Iterator[Row], authority: Callable[[], Any]) -> None:
        self._rows = rows
        self._authority = authority
        self.taken: list[list[StoredEntry]] = []

    def __iter__(self) -> Iterator[list[Check]]:
        chunk: list[StoredEntry] = []
        checks: list[Check] = []
        for row in self._rows:
            submission = _read(row)
            found = self._checks(submission)
            chunk.append(StoredEntry(row, submission, None if found is None else len(found)))
            checks += found or ()
            if len(chunk) == CHUNK:
                self.taken.append(chunk)
                yield checks
                chunk, checks = [], []
        if chunk:
            self.taken.append(chunk)
            yield checks

    def _checks(self, submission: Submission | SijillError) -> list[Check] | None:
        if isinstance(submission, SijillError):
            return None
        try:
            return signatures_to_check(submission, self._authority())
        except Rejected:
            # Judged again in its turn, when earlier entries may have enrolled the key.
            return None


def _read(row: Row) -> Submission | SijillError:
    try:
        return read_submission(split_entry(row[4])[1])
    except SijillError as error:
        return error
