"""The life of a report as its page shows it: every command is run, in its order."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.sessions.conftest import Shell

ROOT = Path(__file__).parents[2]
SESSIONS = re.findall(
    r"```console\n\$ (.*?)\n(.*?)```",
    (ROOT / "docs" / "report.md").read_text(encoding="utf-8"),
    re.DOTALL,
)
RANDOM = re.compile(
    r"\b[0-9a-f]{64}\b|\b[0-9a-f]{8}\b|[A-Za-z0-9+/]{40,}=?|\+[0-9a-f]{8}|[0-9]+ bytes"
)
NAME, NEWER = '"monthly-toll-2020-03"', '"monthly-toll-2020-03-corrected"'


def masked(text):
    return [RANDOM.sub("…", line) for line in text.splitlines()]


def test_each_command_prints_what_the_page_shows(tmp_path):
    shell = Shell(tmp_path)
    said = shell.run("demo", "--dir", "ledger", SIJILL_PASSPHRASE="demo")
    shell.environment |= dict(re.findall(r"(SIJILL_LEDGER|SIJILL_PASSPHRASE|LOG_KEY)=(\S+)", said))
    shell.run("key", "new", "publisher-2")
    shell.run("key", "enroll", "publisher-2", "--role", "publisher")
    plan = (ROOT / "examples" / "2020-03" / "report.toml").read_text(encoding="utf-8")
    (tmp_path / "plan.toml").write_text(plan, encoding="utf-8")
    unwaived = plan.partition("[[crossfoot.waive]]")[0].replace(NAME, '"unwaived"', 1)
    (tmp_path / "unwaived.toml").write_text(unwaived, encoding="utf-8")
    corrected = plan.replace(NAME, NEWER, 1).replace("breaks = 4", "breaks = 7")
    (tmp_path / "corrected.toml").write_text(corrected, encoding="utf-8")
    assert len(SESSIONS) == 8
    for command, shown in SESSIONS:
        run = re.sub(r"^sijill\b", f"{shlex.quote(sys.executable)} -m api.cli", command)
        done = subprocess.run(
            run,
            shell=True,
            cwd=tmp_path,
            env=os.environ | shell.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert masked(done.stdout + done.stderr) == masked(shown), command
