"""The events that are suspect, as of any state: signed by keys that were revoked as suspect."""

from __future__ import annotations

from typing import Any, NamedTuple

from projections.registry import Registry


class SuspectEvent(NamedTuple):
    """An event that counts for nothing since the revocation at index `since`."""

    log_index: int
    stream: str
    version: int
    type: str
    signer: str
    since: int

    def to_json(self) -> dict[str, Any]:
        written = self._asdict()
        return {"index": written.pop("log_index"), **written}


def suspects(registry: Registry, size: int) -> list[SuspectEvent]:
    """The suspect events in the state of the first `size` entries, in log order."""
    with registry.reading() as cursor:
        cursor.execute(
            "SELECT log_index, stream, version, type, signer, valid_from FROM suspects "
            "WHERE valid_from < ? AND valid_to >= ? ORDER BY log_index",
            (size, size),
        )
        return [SuspectEvent(*row) for row in cursor.fetchall()]
