"""Two writers and two readers at once, for a while: one chain, and everybody sees the same one."""

import os
import subprocess
import sys

import pytest

from ledger.merkle import append_nodes, leaf_hash, root_at

SHARED = 3


@pytest.fixture
def seconds(request):
    """A minute with --long or in continuous integration, else ten seconds."""
    return 60 if request.config.getoption("--long") or os.environ.get("CI") else 10


def run(commands, folder):
    """Have all begin together; returns what each said, as words, once all have ended well."""
    files = [(folder / f"said-{number}").open("w+") for number in range(len(commands))]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.{command[0]}", *map(str, command[1:])],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command, file in zip(commands, files, strict=True)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
    codes = [process.wait() for process in processes]
    said = []
    for file in files:
        file.seek(0)
        said.append(file.read().splitlines())
        file.close()
    for code, lines in zip(codes, said, strict=True):
        assert code == 0, "\n".join(lines[-30:])
    return [[line.split() for line in lines] for lines in said]


def sijill(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "--ledger", folder, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_two_writers_and_two_readers_have_one_history(office, seconds, tmp_path):
    shared = [office.record().stream for _ in range(SHARED)]
    folder, before = office.folder.path, office.ledger.checkpoint().size
    log_key = office.ledger.authority.log
    office.close()
    writers = [("writer", folder, f"documenter-{n}", seconds, *shared) for n in (1, 2)]
    readers = [("reader", folder, f"reader-{n}", seconds) for n in (1, 2)]
    said = run([*writers, *readers], tmp_path)

    office.ledger = office.folder.open_ledger()
    entries = office.ledger.recorder.select_entries(0, 10**6)
    size = len(entries)
    leaves = [leaf_hash(entry[4]) for entry in entries]
    nodes = append_nodes(0, [], leaves)

    # Nothing is lost and nothing doubled: what was acknowledged is what was added.
    won = [words for lines in said[:2] for words in lines if words[0] == "won"]
    acknowledged = {
        int(index): (leaf, stream, int(version)) for _, index, leaf, stream, version in won
    }
    assert len(acknowledged) == len(won) == size - before
    assert [entry[0] for entry in entries] == list(range(size))
    for index, stream, version, _, _ in entries[before:]:
        assert acknowledged[index] == (leaves[index].hex(), stream, version)

    # Each stream is one chain, and both writers had a part in each shared one.
    chains: dict[str, list[int]] = {}
    for _, stream, version, _, _ in entries:
        chains.setdefault(stream, []).append(version)
    assert all(chain == list(range(1, len(chain) + 1)) for chain in chains.values())
    for claim in shared:
        assert all(any(claim in words for words in lines) for lines in said[:2])

    # Every checkpoint and every state that anybody saw is of the one tree, however early.
    roots = {}
    for lines in said:
        for words in lines:
            if words[0] in ("signed", "toll"):
                seen = int(words[1])
                if seen not in roots:
                    roots[seen] = root_at(seen, lambda at: [nodes[one] for one in at]).hex()
                assert words[2] == roots[seen]
    assert len(roots) >= size - before

    # Every toll counts the claims of its own state.
    recorded = [entry[3] == "ClaimRecorded" for entry in entries]
    for lines in said[2:]:
        tolls = [(int(words[1]), int(words[3])) for words in lines if words[0] == "toll"]
        assert len(tolls) > 2
        assert tolls == sorted(tolls)
        assert all(total == sum(recorded[:at]) for at, total in tolls)

    audited = sijill(folder, "audit", folder, "--trust", log_key)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert f"{size} entries" in audited.stdout
    assert audited.stdout.rstrip().endswith("SOUND.")
    assert sijill(folder, "check").returncode == 0
    lost = sum(words[0] == "lost" for lines in said[:2] for words in lines)
    states = sum(len(lines) for lines in said[2:])
    print(f"{seconds} s: {size - before} events, {lost} conflicts, {states} states seen")
