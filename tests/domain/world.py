"""A world in memory: the domain's rules without a log, a signature or a file."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from domain.catalogue import check_place, event_type
from domain.errors import Rejected
from domain.event import Event
from domain.life import Author
from domain.rules import read_rules, shipped_document

DOCUMENTER = "documenter-1+00000001"
REVIEWER = "reviewer-1+00000002"
PUBLISHER = "publisher-1+00000003"


class MemoryWorld:
    """States of streams by name; `say` does to them what an accepted event does."""

    def __init__(self) -> None:
        self.rules = read_rules(shipped_document())
        self.received = "2020-05-03T10:00:00.000Z"
        self.size = 0
        self.stream = ""
        self.states: dict[str, Any] = {}
        self.holders: dict[str, str] = {}
        self.authors: dict[str, list[str]] = {}

    def holder(self, key: str) -> str:
        return self.holders.get(key, key)

    @property
    def signers(self) -> tuple[str, ...]:
        return tuple(self.authors.get(self.stream, ()))

    def state(self, stream: str) -> Any:
        return self.states.get(stream)

    def root_at(self, size: int) -> str:
        return b64encode(sha256(b"%d" % size).digest()).decode()

    def say(self, stream: str, kind: str, body: dict[str, Any], key: str = DOCUMENTER) -> Any:
        """Judge one event and let it happen; returns the new state of its stream."""
        self.states[stream] = self._after(stream, kind, body, key)
        self.authors.setdefault(stream, []).append(key)
        self.size += 1
        return self.states[stream]

    def accepts(self, stream: str, kind: str, body: dict[str, Any], key: str = DOCUMENTER) -> bool:
        try:
            self._after(stream, kind, body, key)
        except Rejected:
            return False
        return True

    def _after(self, stream: str, kind: str, body: dict[str, Any], key: str) -> Any:
        event = Event(kind, stream, 1, None, "", "", None, body)
        row = event_type(event)
        self.stream = stream
        check_place(event, row, stream in self.states)
        fact = row.shape.read(body, "body", self.rules)
        author = Author(key, self.size)
        before = self.states.get(stream)
        row.check(before, fact, author, self)
        return row.evolve(before, fact, author)

    def refuses(
        self, rule: str, stream: str, kind: str, body: dict[str, Any], key: str = DOCUMENTER
    ) -> Rejected:
        """Expect the event to be refused by that rule, and to have changed nothing."""
        states, size = dict(self.states), self.size
        with pytest.raises(Rejected) as caught:
            self.say(stream, kind, body, key)
        assert caught.value.rule == rule, caught.value
        assert (self.states, self.size) == (states, size)
        return caught.value
