"""The HTTP interface: the questions of `api/questions.py`, and the one way in for events.

The signature on a note is its only credential: there are no accounts, sessions or cookies. Start
reading in `app.py`.
"""
