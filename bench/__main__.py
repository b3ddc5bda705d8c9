"""`make bench`: rates and ratios, medians of several rounds, all in one run."""

from bench import ledger, projections, proofs

if __name__ == "__main__":
    ledger.main()
    projections.main()
    proofs.main()
