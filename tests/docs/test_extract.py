"""docs/extract.md: every command it shows runs."""

import re
import shlex
from pathlib import Path

import pytest

from tests.sessions.conftest import march  # noqa: F401 - the fixture

PAGE = (Path(__file__).parents[2] / "docs" / "extract.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("sijill ")]


@pytest.mark.slow
def test_every_command_of_the_page_runs(march, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(march, "folder", tmp_path)
    monkeypatch.setattr(march, "environment", dict(march.environment))
    assert len(COMMANDS) == 11
    march.environment["LOG_KEY"] = march.json("key", "list")["log"]
    for shown in COMMANDS:
        command = re.sub(r"\$(\w+)", lambda named: march.environment[named[1]], shown)
        march.run(*shlex.split(command, comments=True)[1:])
        named = re.search(r"--out (\S+)", command)
        assert named is None or (tmp_path / named[1]).stat().st_size > 100
