"""A page of the fold: the rows that its entries add, and the ends of those that they close."""

from __future__ import annotations

from typing import Any, NamedTuple

from ledger.application import RecordedEvent
from projections.rows import ID, STANDING, VALID_TO, Row


class Page(NamedTuple):
    """What one page of entries adds; `*_ends` are (valid_to, id) of versions it closes.

    `first_*` are the ids of the first versions it adds. `suspects` are rows of that table,
    `suspect_ends` (valid_to, log_index) of those that are trusted again; `links` likewise, with
    (valid_to, claim, relation) of those that lead nowhere any more. An estimate's row closes the
    one before it.
    """

    first_claim: int
    first_incident: int
    cells: list[tuple[Any, ...]]
    spans: list[tuple[Any, ...]]
    claims: list[tuple[int, str]]
    incidents: list[tuple[int, str]]
    claim_rows: list[Row]
    incident_rows: list[Row]
    claim_ends: list[tuple[int, int]]
    incident_ends: list[tuple[int, int]]
    suspects: list[Row]
    suspect_ends: list[tuple[int, int]]
    links: list[Row]
    link_ends: list[tuple[int, int, str]]
    estimate_rows: list[Row]


def suspect_row(one: RecordedEvent, index: int) -> Row:
    version, kind = one.originator_version, one.event.type
    return [one.log_index, index, STANDING, one.originator_id, version, kind, one.signer]


def trust_again(page: Page, index: int, log_index: int) -> None:
    for row in page.suspects:
        if (row[0], row[2]) == (log_index, STANDING):
            row[2] = index
            return
    page.suspect_ends.append((index, log_index))


def lead_nowhere(page: Page, index: int, number: int, relation: str) -> None:
    for row in page.links:
        if (row[0], row[1], row[3]) == (number, relation, STANDING):
            row[3] = index
            return
    page.link_ends.append((index, number, relation))


def close(first: int, ends: list[tuple[int, int]], before: Row, index: int) -> None:
    if before[ID] >= first:
        before[VALID_TO] = index
    else:
        ends.append((index, before[ID]))
