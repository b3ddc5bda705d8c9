"""A real server: a note posted over HTTP is in the log, even when the server is killed at once."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from api.folder import Folder

NOTE = {"content-type": "text/plain"}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def served(office):
    """The office's ledger served by a process of its own: (office, url, process)."""
    port = free_port()
    environment = os.environ | {
        "SIJILL_LEDGER": str(office.folder.path),
        "SIJILL_PASSPHRASE": "p",
        "PYTHONPATH": os.getcwd(),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port)], env=environment
    ) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                httpx.get(f"{url}/health").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield office, url, process
        process.kill()


def test_what_was_answered_as_accepted_survives_kill_9(served):
    office, url, process = served
    answer = httpx.post(f"{url}/events", content=office.note(), headers=NOTE)
    assert answer.status_code == 201
    process.send_signal(signal.SIGKILL)
    process.wait()
    ledger = Folder(office.folder.path).open_ledger()
    assert ledger.recorder.entry_at(answer.json()["index"])[4].decode() == answer.json()["entry"]
    ledger.close()


def test_a_server_sees_what_another_process_recorded_and_stops_when_told(served):
    office, url, process = served
    assert httpx.get(f"{url}/tolls").json()["total"] == 0
    office.record()
    assert httpx.get(f"{url}/tolls").json()["total"] == 1
    assert httpx.post(f"{url}/events", content=office.note(), headers=NOTE).status_code == 201
    office.record()
    assert httpx.get(f"{url}/tolls").json()["total"] == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
