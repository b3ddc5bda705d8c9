"""Which claims may be of one person: proposals for a reviewer, who alone decides.

`names.py` compares names in Arabic and Latin letters, `linkage.py` weighs them with dates, places
and what else is known. Only `linkage.py` knows the record-linkage library, an optional extra.
Names are compared in memory: nothing here writes a file, and no name enters a log or an error.
"""
