"""Whole command lines, run as a user runs them: a process, an environment, an exit code."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time

import httpx
import pytest


class Shell:
    """Runs `sijill` in a folder; `ledger` is what SIJILL_LEDGER names."""

    def __init__(self, folder, ledger=None):
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.getcwd(),
            "PYTHONWARNINGS": "error",
            "SIJILL_PASSPHRASE": "correct horse",
            "LANG": "C.UTF-8",
        }
        if ledger is not None:
            self.environment["SIJILL_LEDGER"] = str(ledger)

    def run(self, *arguments, code=0, stdin=b"", **environment):
        """The finished process, whose exit code must be `code`."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, (arguments, done.returncode, out[-2000:], err[-2000:])
        assert "Traceback" not in err
        return out if code == 0 else out + err

    def json(self, *arguments, **options):
        return json.loads(self.run(*arguments, "--format", "json", **options))


@pytest.fixture(scope="session")
def march(tmp_path_factory):
    """The finished demo's ledger at the report's own state; asked only, never changed."""
    folder = tmp_path_factory.mktemp("march")
    shell = Shell(folder, folder / "ledger")
    shell.run("demo", "--dir", folder / "ledger", "--stop-before-revisions")
    return shell


@pytest.fixture
def shell(tmp_path):
    """An empty folder, with a ledger named that does not exist yet."""
    return Shell(tmp_path, tmp_path / "records")


@pytest.fixture(scope="session")
def _template(tmp_path_factory):
    """A ledger with a documenter, a reviewer and a publisher: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("template")
    made = Shell(folder, folder / "records")
    made.run(
        "init", "records", "--origin", "register.example/x", "--root-keys", 2, "--threshold", 2
    )
    for name, role in (
        ("documenter-1", "documenter"),
        ("reviewer-1", "reviewer"),
        ("publisher-1", "publisher"),
    ):
        made.run("key", "new", name)
        made.run("key", "enroll", name, "--role", role)
    return folder / "records"


@pytest.fixture
def founded(shell, _template):
    """A ledger with a documenter, a reviewer and a publisher."""
    shutil.copytree(_template, shell.folder / "records")
    return shell


CLAIM = """
[claim]
kind = "killing"
attribution = { mode = "sole", parties = ["isis"] }
[[claim.sources]]
kind = "witness"
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def watched(founded):
    """A ledger with two running witnesses; record with `record()`."""
    log = founded.json("key", "list")["log"]
    policy = ["quorum = 2"]
    processes = []
    for name in ("w1", "w2"):
        vkey = founded.run("witness", "new", name, f"archive-{name}").split()[-1]
        port = free_port()
        command = ["witness", "serve", name, "--log", log, "--port", str(port)]
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "api.cli", *command],
                cwd=founded.folder,
                env=founded.environment,
            )
        )
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/none/checkpoint")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        policy += ["[[witness]]", f'vkey = "{vkey}"', f'url = "http://127.0.0.1:{port}"']
    (founded.folder / "records" / "witnesses.toml").write_text("\n".join(policy))
    (founded.folder / "claim.toml").write_text(CLAIM)
    founded.processes = processes
    yield founded
    for process in processes:
        process.kill()
        process.wait()


def record(shell):
    """Record one claim; returns its stream."""
    done = shell.json("record", "claim.toml", "--key", "documenter-1")
    return done["stream"]
