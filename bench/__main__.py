"""`make bench`: rates and ratios, medians of several rounds, all in one run.

`make bench ARGS=duplicates` runs one part: ledger, projections, proofs, figures,
duplicates or importing.
"""

import sys

from bench import duplicates, figures, importing, ledger, projections, proofs

PARTS = {
    "ledger": ledger.main,
    "projections": projections.main,
    "proofs": proofs.main,
    "figures": figures.main,
    "duplicates": duplicates.main,
    "importing": importing.main,
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        if part not in PARTS:
            sys.exit(f"bench: {part!r} is unknown; known: {', '.join(PARTS)}")
        PARTS[part]()
