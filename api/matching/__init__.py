"""Which claims may be of one person: proposals for a reviewer, who alone decides.

`names.py` compares names in Arabic and Latin letters, `linkage.py` weighs them with dates, places
and what else is known, `proposals.py` reads the claims and their sealed names, `verdicts.py` keeps
which pairs were found to be two persons. Only `linkage.py` knows the record-linkage library, an
optional extra. Names are compared in memory: none is written to a file, a log or an error.
"""
