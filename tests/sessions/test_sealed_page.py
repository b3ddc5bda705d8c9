"""The commands of docs/sealed-fields.md print what the page shows, but for what is random."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "sealed-fields.md"
COMMAND = re.compile(r"^\$ sijill (.*)$", re.MULTILINE)
# What differs from run to run; every part has the same length, so that tables keep their form.
RANDOM = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}Z|Z)?", "TIME"),
    (r"register\.example/x\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}", '"$LOG_KEY"'),
    (r"\+[0-9a-f]{8}", "+KEYID"),
    (r"[A-Za-z0-9_-]{43}(?=,)", "DIGEST"),
    (r"[A-Za-z0-9_/+-]{12}…", "HASH"),
    (r"copy \S+", "copy FILE"),
)


def plain(text):
    """Text without what is random; how wide a column or where a line is folded says nothing."""
    for pattern, word in RANDOM:
        text = re.sub(pattern, word, text)
    return re.sub(r"[\s│┃]+|[━─┏┓┡┩╇┳┴└┘┌┐┼├┤]+", " ", text).split()


def blocks(text):
    """(command, shown output) of every console block, in the page's order."""
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        parts = COMMAND.split(block)[1:]
        yield from zip(parts[::2], parts[1::2], strict=True)


def run_page(founded):
    """Run the page's commands; gives each with what it shows and what it printed."""
    text = PAGE.read_text(encoding="utf-8")
    (toml,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (founded.folder / "claim.toml").write_text(toml, encoding="utf-8")
    (founded.folder / "name.txt").write_text("اسم آخر\n", encoding="utf-8")
    log, claim, shown_claim = founded.json("key", "list")["log"], "", ""
    for command, shown in blocks(text):
        words = command.replace('"$LOG_KEY"', log)
        if shown_claim:
            words = words.replace(shown_claim, claim)
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m api.cli {words} 2>&1"],
            cwd=founded.folder,
            env=founded.environment,
            capture_output=True,
            check=False,
        )
        printed = done.stdout.decode()
        assert done.returncode == 0, (command, printed)
        if not claim:
            claim = re.findall(r"claim/([0-9a-f]{8})", printed)[0]
            shown_claim = re.findall(r"claim/([0-9a-f]{8})", shown)[0]
        yield command, shown, printed


def test_every_command_prints_what_the_page_shows(founded):
    ran = list(run_page(founded))
    assert len(ran) >= 7
    for command, shown, printed in ran:
        assert plain(printed) == plain(shown), command
