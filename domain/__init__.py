"""What is documented: claims, incidents, reports, keys and the figure language, as pure values.

No input or output, no cryptography, no clock: functions from values to values, or a typed error.
It imports nothing of ours. Start reading in `claim.py` (a life of events), then `catalogue.py`
(every event type with its fields, roles and rules) and `figure.py` (what a figure counts).
"""
