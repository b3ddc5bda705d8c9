"""Two witnesses as processes of their own, for the demo."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from api.cosign import Asked, Policy
from api.folder import Folder
from domain.errors import SijillError
from ledger.note import VerifierKey

NAMES = ("archive-1", "court-1")
_PATIENCE = 20.0  # seconds


@contextmanager
def two_witnesses(folder: Path, log_key: str, passphrase: str) -> Iterator[Policy]:
    """Run two witnesses of a log, with keys and states of their own in `folder`."""
    with ExitStack() as running:
        asked = []
        for name in NAMES:
            home = folder / name
            signer = Folder(home, home).new_key(name, passphrase)
            port = _free_port()
            command = ["witness", "serve", str(home), "--log", log_key, "--port", str(port)]
            process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", *command],
                env=os.environ | {"SIJILL_PASSPHRASE": passphrase},
            )
            running.callback(_stop, process)
            asked.append(
                (
                    Asked(
                        VerifierKey.cosigner(name, signer.key.public_key),
                        f"http://127.0.0.1:{port}",
                    ),
                    port,
                    process,
                )
            )
        for _, port, process in asked:
            _wait_for(port, process)
        yield Policy(tuple(one for one, _, _ in asked), len(asked))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SijillError("a witness did not start; its message is above")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
