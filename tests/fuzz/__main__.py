"""`make fuzz`: every target under a coverage-guided fuzzer, for some seconds each.

python -m tests.fuzz [--seconds N] [TARGET ...]

Each target runs in a process of its own, within a time and a memory limit for every input. What
failed is kept in `.fuzz/`, and so is the corpus that was grown: the next run begins with it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import TARGETS

KEPT = Path(".fuzz")
SLOWEST_SECONDS = 10
MOST_MEGABYTES = 1500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    asked = parser.parse_args()
    unknown = set(asked.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(TARGETS)}")
    names = asked.targets or list(TARGETS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = list(pool.map(lambda name: fuzz(name, asked.seconds), names))
    failed = [name for name, end in zip(names, ends, strict=True) if end]
    if failed:
        print(f"failed: {', '.join(failed)}; the inputs are in {KEPT}/", file=sys.stderr)
    return bool(failed)


def fuzz(name: str, seconds: int) -> int:
    """Run one target; says how far it came, or shows why it failed."""
    corpus = KEPT / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    target = TARGETS[name]
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", name, str(corpus)),
        *(f"-max_total_time={seconds}", f"-max_len={target.largest}", "-print_final_stats=1"),
        *(f"-timeout={SLOWEST_SECONDS}", f"-rss_limit_mb={MOST_MEGABYTES}"),
        f"-artifact_prefix={KEPT}/{name}-",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    lines = done.stderr.splitlines()
    runs = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "?")
    state = "failed" if done.returncode else "sound"
    print(f"{name:20} {state} after {runs} inputs", flush=True)
    if done.returncode:
        print(
            "\n".join((done.stdout + done.stderr).splitlines()[-40:]), file=sys.stderr, flush=True
        )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
