"""The page on rendering: its command is run, and prints what the page shows."""

import re
from pathlib import Path

from tests.sessions.conftest import Shell

PAGE = (Path(__file__).parents[2] / "docs" / "render.md").read_text(encoding="utf-8")
SIZE = re.compile(r"[0-9]+ bytes")


def test_the_command_prints_what_the_page_shows(tmp_path):
    shell = Shell(tmp_path)
    said = shell.run("demo", "--dir", "ledger", SIJILL_PASSPHRASE="demo")
    log_key = re.findall(r"LOG_KEY=(\S+)", said)[0]
    ((command, shown),) = re.findall(r"```console\n\$ sijill (.*?)\n(.*?)```", PAGE, re.DOTALL)
    arguments = [log_key if word == '"$LOG_KEY"' else word for word in command.split()]
    assert SIZE.sub("…", shell.run(*arguments)) == SIZE.sub("…", shown)
