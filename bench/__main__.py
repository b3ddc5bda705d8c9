"""`make bench`: rates and ratios, medians of several rounds, all in one run.

`make bench ARGS=duplicates` runs one part: ledger, projections, proofs, figures,
duplicates or importing; memory, which takes minutes, only so.
"""

import sys

from bench import duplicates, figures, importing, ledger, memory, projections, proofs

PARTS = {
    "ledger": ledger.main,
    "projections": projections.main,
    "proofs": proofs.main,
    "figures": figures.main,
    "duplicates": duplicates.main,
    "importing": importing.main,
}

# Only when it is asked for.
LONG = {"memory": memory.main}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        if part not in PARTS | LONG:
            sys.exit(f"bench: {part!r} is unknown; known: {', '.join(PARTS | LONG)}")
        (PARTS | LONG)[part]()
