"""Having checkpoints watched goes on, whatever went wrong once."""

import threading

import pytest
from eventsourcing.persistence import OperationalError

from api.cosign import Answers, Asked, Policy, Word
from api.watching import Watching
from tests.api.test_cosign import KEY

POLICY = Policy((Asked(KEY, "http://127.0.0.1:1"),), 1)


@pytest.mark.parametrize("where", ["asking", "looking"])
def test_a_database_that_is_busy_once_does_not_end_it(office, monkeypatch, where):
    asked, tries = threading.Event(), []

    def busy():
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("database is locked")

    def asking(ledger, policy):
        if where == "asking":
            busy()
        asked.set()
        return Answers(ledger.checkpoint().size, (Word(KEY.name, "now", None),))

    true_size = office.ledger.recorder.tree_size

    def looking():
        if where == "looking":
            busy()
        return true_size()

    monkeypatch.setattr("api.watching.ask_witnesses", asking)
    monkeypatch.setattr(type(office.ledger.recorder), "tree_size", lambda _: looking())
    with Watching(office.ledger, POLICY, interval=0.01):
        assert asked.wait(5)
    assert len(tries) > 1
