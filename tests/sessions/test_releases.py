"""The step between two releases of a list, from the log alone, beside what the list itself did."""

import csv
import io
import shutil
from collections import Counter

import pytest

from tests.importing.releases import Releases
from tests.sessions.test_importing import KEYS, size, take, toll

NAME = ("--list", "invented list")


def traced(shell, *options):
    answer = shell.json("trace", *NAME, *options)
    return answer, {(one["change"], one["field"]): one for one in answer["steps"]}


@pytest.mark.slow
def test_the_step_between_releases_is_what_the_list_did_found_without_the_vault(founded):
    releases = Releases(3, 120)
    done: Counter[str] = Counter()
    ends, totals = [], []
    for number in range(1, 5):
        step = releases.next_release() if number > 1 else Counter(new=120)
        file, listmap = releases.write(founded.folder, number)
        events = take(founded, file, listmap, *KEYS)["events"]
        if number > 2:
            done += step
        ends.append(size(founded) - 1)
        totals.append(len(releases.rows))
    vault = founded.folder / "records" / "vault.db"
    for path in vault.parent.glob("vault.db*"):
        shutil.move(path, f"{path}.away")

    answer, steps = traced(founded, "--from", "r3")
    assert [one["last_index"] for one in answer["releases"]] == ends
    assert (answer["to"], [one["release"] for one in answer["releases"]]) == (
        "r4",
        ["r1", "r2", "r3", "r4"],
    )
    assert sum(
        one["events"] for one in steps.values() if one["field"] or one["change"] != "changed"
    ) == (sum(events.values()))
    assert traced(founded)[1] == steps
    assert steps["changed", "age_group"]["events"] > 0

    answer, steps = traced(founded, "--from", "r2", "--to", "r4")
    for change, name in (("added", "new"), ("removed", "gone"), ("returned", "back")):
        assert steps[change, None]["events"] == done[name]
    indexes = [n for one in steps.values() for a, b in one["indexes"] for n in range(a, b + 1)]
    assert ends[1] < min(indexes)
    assert max(indexes) == ends[3]
    net = steps["added", None]["events"] + steps["returned", None]["events"]
    assert totals[3] - totals[1] == net - steps["removed", None]["events"]

    for at, total in zip(ends, totals, strict=True):
        assert sum(toll(founded, ("source",), at).values()) == total
    earlier, _ = traced(founded, "--at", str(ends[1]))
    assert earlier["to"] == "r2"


@pytest.mark.slow
def test_a_trace_of_releases_is_a_table_and_csv_and_names_what_is_missing(founded):
    releases = Releases(4, 12)
    for number in (1, 2):
        if number > 1:
            releases.next_release()
        take(founded, *releases.write(founded.folder, number), *KEYS)
    shown = founded.run("trace", *NAME)
    assert "from the release before to r2" in shown
    assert "removed" in shown
    rows = list(csv.DictReader(io.StringIO(founded.run("trace", *NAME, "--format", "csv"))))
    assert {one["change"] for one in rows} >= {"added", "removed", "changed"}
    assert all(one["indexes"].startswith("[[") for one in rows)
    for options, named in (
        (("--list", "another"), "names a release"),
        ((*NAME, "--to", "r9"), "did you mean"),
        ((*NAME, "--from", "r2", "--to", "r1"), "does not follow"),
        ((*NAME, "--by", "sex"), "--list takes"),
        (("--from", "r1"), "--list"),
    ):
        assert named in founded.run("trace", *options, code=2)
