"""A family's proof: that one claim is counted in a published figure, as a file of a few hashes.

A c2sp.org/tlog-proof whose checkpoint is the figure's note and whose `extra` is the member line: it
grows with the logarithm of the figure, and shows nobody but the one claim.
"""

from __future__ import annotations

from api.questions import LEAST_PREFIX
from audit.bundle import members_file, note_file
from audit.container import read_container
from domain.errors import Invalid, NotFound
from ledger import merkle
from ledger.proof import TlogProof, format_proof


def receipt(bundle: bytes, figure: str, member: str) -> bytes:
    """The proof for a member, named whole or by eight or more characters of its uuid.

    Raises Invalid for what is no bundle, NotFound for a figure or a member that it does not have.
    """
    files = read_container(bundle).files
    if members_file(figure) not in files or note_file(figure) not in files:
        known = sorted(
            name.removeprefix("members/").removesuffix(".jsonl")
            for name in files
            if name.startswith("members/")
        )
        raise NotFound(f"the bundle has no figure {figure!r}; it has {', '.join(known) or 'none'}")
    lines = files[members_file(figure)].splitlines()
    index = _find(lines, member, figure)
    nodes = merkle.append_nodes(0, [], [merkle.leaf_hash(line) for line in lines])
    hashes = merkle.inclusion_proof(index, len(lines), lambda wanted: [nodes[at] for at in wanted])
    return format_proof(TlogProof(index, tuple(hashes), files[note_file(figure)], lines[index]))


def _find(lines: list[bytes], member: str, figure: str) -> int:
    name = member.partition("/")[2] or member
    if len(name) < LEAST_PREFIX or not name.isascii():
        raise Invalid(f"{member!r}: name a claim by {LEAST_PREFIX} or more characters of its uuid")
    wanted = [b'"id":"%b/%b' % (kind, name.encode()) for kind in (b"claim", b"incident")]
    found = [
        index for index, line in enumerate(lines) if any(beginning in line for beginning in wanted)
    ]
    if len(found) != 1:
        how_many = "more than one line begins so" if found else "sijill why says why"
        raise NotFound(f"{member} is not counted in {figure}: {how_many}")
    return found[0]
