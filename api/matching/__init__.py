"""Which claims may be of one person: proposals for a reviewer, who alone decides.

`names.py` reads names in Arabic and Latin letters, `likeness.py` compares them, `weights.py` says
what each agreement is worth, `linkage.py` weighs all pairs, `proposals.py` reads the claims and
their sealed names, `verdicts.py` keeps which pairs were found to be two persons. Only `linkage.py`
knows the record-linkage library, an optional extra. Names are compared in memory: none is written
to a file, a log or an error.
"""
