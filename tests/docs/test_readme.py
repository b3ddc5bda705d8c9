"""The README's tour is run: what it shows is what is printed, but for what is random each time."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import app
from tests.sessions.conftest import Shell

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)
RANDOM = re.compile(r"\b[0-9a-f]{8}\b|[A-Za-z0-9+/]{12,}(=|…|$)|\+[0-9a-f]{8}")


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """Where the tour is taken: the folder, and the environment that the demo says to set."""
    folder = tmp_path_factory.mktemp("tour")
    shell = Shell(folder)
    said = shell.run("demo", "--dir", "march", SIJILL_PASSPHRASE="demo")
    exported = dict(re.findall(r"(SIJILL_LEDGER|SIJILL_PASSPHRASE|LOG_KEY)=(\S+)", said))
    return folder, os.environ | shell.environment | exported


def masked(text):
    """The lines without what is random, in any order: rows are ordered by random names."""
    return sorted(RANDOM.sub("…", line) for line in text.splitlines())


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[one[0][:40] for one in SESSIONS])
def test_each_command_of_the_tour_prints_what_the_readme_shows(tour, command, shown):
    folder, environment = tour
    if command.startswith("unzip"):
        _, _, archive, member = shlex.split(command)
        command = shlex.join([sys.executable, "-m", "zipfile", "-e", archive, "out"])
        command += f" && cat out/{member}"
    command = re.sub(r"^sijill\b", f"{shlex.quote(sys.executable)} -m api.cli", command)
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert masked(done.stdout) == masked(shown)


def test_the_tour_has_every_step():
    assert len(SESSIONS) == 6


def test_every_command_that_the_documents_name_exists():
    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    pages = [README, *(p.read_text("utf-8") for p in Path(__file__).parents[2].glob("docs/*.md"))]
    named = {
        word for page in pages for word in re.findall(r"^sijill ([a-z-]+)", page, re.MULTILINE)
    }
    assert named
    assert named <= known
