"""Case files: one claim with all that a submission about it asks for, its history and its proofs.

`content.py` says what stands in one, in one language; `html.py` and `pdf.py` only set it.
"""
