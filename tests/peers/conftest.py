"""Programs of others, built and asked: Go's checksum database."""

import fcntl
import json
import os
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

PACKAGES = Path("/usr/share/gocode")
SUMDB = PACKAGES / "src/golang.org/x/mod/sumdb/tlog"
INSTALL = "apt-get install --no-install-recommends golang-go golang-golang-x-mod-dev"


class Peer:
    """The built program; it is given lines of JSON, and answers each."""

    def __init__(self, program):
        self.program = program

    def ask(self, *arguments, lines=(), code=0):
        done = subprocess.run(
            [self.program, *map(str, arguments)],
            input="".join(json.dumps(line) + "\n" for line in lines),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()] if code == 0 else done.stderr

    def errors(self, *arguments, lines):
        """What is wrong with each line, or None."""
        answers = self.ask(*arguments, lines=lines)
        assert len(answers) == len(lines)
        return [answer.get("error") for answer in answers]


def text(raw):
    return b64encode(raw).decode()


def raw(encoded):
    return b64decode(encoded, validate=True)


@pytest.fixture(scope="session")
def peer(tmp_path_factory):
    """The Go program, built once; without Go the tests are skipped, and CI allows no skips."""
    if shutil.which("go") is None or not SUMDB.is_dir():
        pytest.skip(f"Go or golang.org/x/mod is not here to check our formats with ({INSTALL})")
    # The workers of one run share a folder, and one of them builds.
    shared = "PYTEST_XDIST_WORKER" in os.environ
    basis = tmp_path_factory.getbasetemp()
    folder = (basis.parent if shared else basis) / "peer"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "peer").exists():
            build(folder)
    return Peer(folder / "peer")


def build(folder):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOCACHE": str(folder / "cache"),
        "GOPATH": str(PACKAGES),
        "GO111MODULE": "off",
        "CGO_ENABLED": "0",
    }
    source = Path(__file__).parent / "peer.go"
    command = ["go", "build", "-trimpath", "-o", folder / "peer", source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
