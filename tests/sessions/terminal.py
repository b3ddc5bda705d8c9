"""A command at a terminal of its own, as a person sees it."""

import os
import subprocess
import sys
import time

PATIENCE = 30  # seconds until an expected prompt counts as missing
# A process of one thread starts the command, at a terminal that carries pipes to and fro.
AT_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Terminal:
    """A command at a terminal of its own; `shown` is everything that it has shown so far."""

    def __init__(self, shell, *arguments):
        self.shown = ""
        self._expected = 0
        python = sys.executable
        process = subprocess.Popen(
            [python, "-c", AT_A_TERMINAL, python, "-m", "api.cli", *arguments],
            cwd=shell.folder,
            env=shell.environment | {"COLUMNS": "200"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._keys, self._screen = process, process.stdin, process.stdout

    def answer(self, prompt, keys):
        """Wait until a prompt is shown, and type."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.shown.find(prompt, self._expected)) < 0:
            assert self._more(), (prompt, self.shown)
            assert time.monotonic() < deadline, (prompt, self.shown)
        self._expected = found + len(prompt)
        self._keys.write(keys.encode())
        self._keys.flush()

    def _more(self):
        raw = os.read(self._screen.fileno(), 65536)
        self.shown += raw.decode()
        return bool(raw)

    def end(self):
        """The exit code, when everything is shown."""
        while self._more():
            pass
        self._keys.close()
        self._screen.close()
        return self._process.wait(PATIENCE)
