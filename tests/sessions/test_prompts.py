"""The command line at a terminal: what is asked, what is hidden, and how one leaves."""

import json
import os
import subprocess
import sys
import time

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


def forget_passphrase(shell):
    del shell.environment["SIJILL_PASSPHRASE"]


def test_leaving_a_prompt_exits_with_130_and_stores_nothing(founded):
    before = founded.run("checkpoint")
    forget_passphrase(founded)
    for keys in ("\x03", "\x04"):  # Ctrl-C, Ctrl-D
        terminal = Terminal(founded, "record", "--key", "documenter-1")
        terminal.answer("Passphrase for register.example/x: ", keys)
        assert terminal.end() == 130, terminal.shown
        assert "Traceback" not in terminal.shown
    assert founded.run("checkpoint") == before


def test_a_new_passphrase_is_asked_for_twice_and_never_shown(founded):
    forget_passphrase(founded)
    terminal = Terminal(founded, "key", "new", "documenter-9")
    terminal.answer("Passphrase for the new key documenter-9: ", "a long secret\n")
    terminal.answer("Repeat for confirmation: ", "a long secret\n")
    assert terminal.end() == 0, terminal.shown
    assert "a long secret" not in terminal.shown
    assert (founded.folder / "records" / "keys" / "documenter-9.key").is_file()


def test_an_empty_answer_is_recorded_as_unknown_and_never_guessed(founded):
    terminal = Terminal(founded, "record", "--key", "documenter-1")
    for prompt in ("kind", "sex", "age_group", "status", "profession", "cause", "weapon"):
        terminal.answer(f"{prompt} (", "\n")
    terminal.answer("origin (", "\n")
    terminal.answer("happened_on (", "\n")
    terminal.answer("documented_on (", "2020-03-06\n")
    terminal.answer("governorate of the place", "\n")
    terminal.answer("attribution (", "\n")
    terminal.answer("name (sealed)", "Sealedname Inventedfamily\n")
    terminal.answer("name_latin (sealed)", "\n")
    terminal.answer("date_of_birth (sealed)", "\n")
    terminal.answer("source (", "\n")
    assert terminal.end() == 0, terminal.shown
    (claim,) = json.loads(founded.run("claims", "--format", "json"))["claims"]
    state = founded.json("claim", claim["id"])["state"]
    assert state["attribution"]["mode"] == "unidentified"
    assert {state[field] for field in ("sex", "age_group", "status", "cause")} == {"unknown"}
    assert list(state["person"]) == ["name"]
