"""Having each new checkpoint watched without being told to, beside a server's answers."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from api.cosign import Policy, ask_witnesses
from domain.errors import SijillError
from ledger.ledger import Ledger

INTERVAL = 1.0  # seconds between looks at the log's size
LONGEST = 60.0  # seconds between asking again witnesses that did not answer

_log = logging.getLogger("sijill.watching")


class Watching:
    """Asks the witnesses for every new checkpoint, in a thread of its own, until it is left.

    While entries come in faster than witnesses answer, they are asked for the newest checkpoint:
    it covers those before it.
    """

    def __init__(self, ledger: Ledger, policy: Policy, interval: float = INTERVAL) -> None:
        self._ledger = ledger
        self._policy = policy
        self._interval = interval
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def __enter__(self) -> Watching:
        if self._policy.witnesses:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        watched, wait = 0, 0.0
        while not self._left.wait(wait):
            try:
                size = self._ledger.recorder.tree_size()
                done = size == watched or self._ask(size)
            except Exception:
                # A database that is busy or full for once must not end the watching for good.
                _log.exception("the witnesses could not be asked; they are asked again")
                done = False
            if done:
                watched, wait = size, self._interval
            else:
                wait = min(LONGEST, max(wait, self._interval) * 2)

    def _ask(self, size: int) -> bool:
        """Whether every witness cosigned."""
        try:
            answers = ask_witnesses(self._ledger, self._policy)
        except SijillError as error:
            _log.warning("the checkpoint of %d entries was not shown to witnesses: %s", size, error)
            return False
        for word in answers.words:
            if word.problem is not None:
                name, problem = word.witness, word.problem
                _log.warning("%s did not cosign %d entries: %s", name, answers.size, problem)
        return answers.given == len(answers.words)
