"""Where a claim is counted in a report: its line in each figure, proved to be under its root."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from audit.bundle import members_file, note_file
from audit.figure_note import read_figure
from audit.lines import Member, read_members
from audit.verdict import ClaimCounted, CountedLine, ShownFigure
from domain.errors import Invalid
from ledger import merkle
from ledger.note import parse_note

_BEGINNING = re.compile(r"[0-9a-f-]{8,36}")


def find_claim(
    files: Mapping[str, bytes], claim: str, figures: Sequence[ShownFigure]
) -> ClaimCounted:
    """In which of the figures that hold a claim is counted, by line and inclusion proof.

    `claim` is `claim/<uuid>`, the uuid, or 8 or more of its first characters. Raises Invalid for
    another form, and for a beginning that several claims have.
    """
    name = claim.removeprefix("claim/")
    if not _BEGINNING.fullmatch(name):
        raise Invalid(f"--claim {claim!r}: name a claim by its uuid, or its first 8 characters")
    wanted = f"claim/{name}"
    found: dict[str, list[tuple[ShownFigure, int, Member]]] = {}
    for figure in figures:
        if not figure.holds:
            continue
        for line, member in enumerate(read_members(files[members_file(figure.name)])):
            for one in (member.id, *member.claims):
                if one.startswith(wanted):
                    found.setdefault(one, []).append((figure, line, member))
    if len(found) > 1:
        raise Invalid(f"--claim {claim}: {len(found)} claims begin so; give the whole uuid")
    ((whole, places),) = found.items() or ((wanted, []),)
    counted = tuple(_prove(files, figure, line, member) for figure, line, member in places)
    inside = {one.figure for one in counted}
    others = tuple(one.name for one in figures if one.holds and one.name not in inside)
    return ClaimCounted(whole, counted, others)


def _prove(
    files: Mapping[str, bytes], figure: ShownFigure, line: int, member: Member
) -> CountedLine:
    """The line, after an inclusion proof of it led to the root of the figure's signed note."""
    note = read_figure(parse_note(files[note_file(figure.name)]).text)
    lines = files[members_file(figure.name)].splitlines()
    nodes = merkle.append_nodes(0, [], [merkle.leaf_hash(one) for one in lines])
    proof = merkle.inclusion_proof(line, len(lines), lambda wanted: [nodes[at] for at in wanted])
    merkle.verify_inclusion(
        index=line,
        size=note.size,
        leaf_hash=merkle.leaf_hash(member.line),
        proof=proof,
        root=note.root,
    )
    return CountedLine(figure.name, line + 1, note.size, member.facets)
