"""A command at a terminal of its own, as a person sees it."""

import codecs
import os
import select
import subprocess
import sys
import time

SETTLING = 0.2
PATIENCE = 30  # seconds until an expected prompt counts as missing
# A process of one thread starts the command, at a terminal that carries pipes to and fro. Tests
# that a shell runs in the background ignore Ctrl-C, and so would the command.
AT_A_TERMINAL = (
    "import os, pty, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
)


class Terminal:
    """A command at a terminal of its own; `shown` is everything that it has shown so far."""

    def __init__(self, shell, *arguments):
        self.shown = ""
        self._expected = 0
        # What is read may end within a letter.
        self._decoder = codecs.getincrementaldecoder("utf-8")()
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
        # A prompt is shown before the line editor has set up the terminal.
        time.sleep(SETTLING)
        self._keys.write(keys.encode())
        self._keys.flush()

    def press(self, prompt, key):
        """Wait until a prompt is shown, and press a key until something comes of it.

        A key that comes before the terminal is set to read keys one by one is thrown away.
        """
        self.answer(prompt, "")
        self._until(lambda: "\n" in self.shown[self._expected :])
        lines = self.shown.count("\n")
        for _ in range(PATIENCE * 5):
            self._keys.write(key.encode())
            self._keys.flush()
            time.sleep(0.2)
            while self._readable(0):
                if not self._more() or self.shown.count("\n") > lines:
                    return
        raise AssertionError((prompt, key, self.shown))

    def _until(self, shown):
        while not shown():
            assert self._more(), self.shown

    def _readable(self, seconds):
        return bool(select.select([self._screen], [], [], seconds)[0])

    def _more(self):
        assert self._readable(PATIENCE), self.shown
        raw = os.read(self._screen.fileno(), 65536)
        self.shown += self._decoder.decode(raw)
        return bool(raw)

    def end(self):
        """The exit code, when everything is shown."""
        while self._more():
            pass
        self._keys.close()
        self._screen.close()
        return self._process.wait(PATIENCE)
