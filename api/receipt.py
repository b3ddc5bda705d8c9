"""What is cut out of a bundle: a family's proof of one claim, and the receipt of one figure.

The proof is a c2sp.org/tlog-proof whose checkpoint is the figure's note and whose `extra` is the
member line: it grows with the logarithm of the figure, and shows nobody but the one claim. The
receipt (`audit/figure_receipt.py`) takes its proofs and its checkpoint from the ledger as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.bundling import linked_reports
from api.prove import logged_stream
from api.questions import LEAST_PREFIX
from audit.bundle import (
    CHECKPOINT,
    CONSISTENCY,
    definition_file,
    entry_files,
    members_file,
    note_file,
)
from audit.cells import is_hidden, is_hidden_line
from audit.container import read_container
from audit.figure_note import read_figure
from audit.figure_receipt import (
    Receipt,
    format_receipt,
    format_row_proof,
    read_row_definition,
    row_definition_file,
    row_proof_file,
)
from domain.errors import Invalid, NotFound
from ledger import merkle
from ledger.checkpoint import open_own_checkpoint
from ledger.ledger import Ledger
from ledger.note import parse_note
from ledger.proof import ConsistencyProof, TlogProof, format_consistency, format_proof


def receipt(bundle: bytes, figure: str, member: str) -> bytes:
    """The proof for a member, named whole or by eight or more characters of its uuid.

    Raises Invalid for what is no bundle, NotFound for a figure or a member that it does not have.
    """
    files = _files(bundle, figure)
    lines = files[members_file(figure)].splitlines()
    index = _find(lines, member, figure)
    hashes = _path(lines, index)
    return format_proof(TlogProof(index, hashes, files[note_file(figure)], lines[index]))


def figure_receipt(
    ledger: Ledger, report: str, bundle: bytes, figure: str, row: str | None = None
) -> bytes:
    """The receipt of a figure, or of one of its rows, named by its values joined with commas.

    Proofs lead to the newest checkpoint, with its cosignatures. Raises as `receipt` does.
    """
    files = _files(bundle, figure)
    note = read_figure(parse_note(files[note_file(figure)]).text)
    identity = note.identity
    if identity != f"{ledger.origin}/figures/{report}/{figure}":
        raise Invalid(f"the bundle is not of {report} in this ledger: it has {identity}")
    checkpoint = ledger.cosigned_checkpoint()
    size = open_own_checkpoint(checkpoint, ledger.authority).size
    grown = tuple(ledger.consistency_proof(note.ledger.size, size))
    kept = {
        CHECKPOINT: checkpoint,
        CONSISTENCY: format_consistency(ConsistencyProof(note.ledger.size, grown, checkpoint)),
        definition_file(figure): files[definition_file(figure)],
        note_file(figure): files[note_file(figure)],
    }
    reports = linked_reports(ledger, report, size)
    signers = {one.signer for stream in reports for one in ledger.history(stream)}
    passed_over = {
        one.log_index
        for one in ledger.history("authority")
        if one.event.type in ("KeyEnrolled", "KeyRevoked")
        and "+".join(one.event.body["vkey"].split("+")[:2]) not in signers
    }
    for stream in ("authority", *reports):
        for one in logged_stream(ledger, stream, size, checkpoint, passed_over):
            kept |= entry_files(stream.partition("/")[0], one)
    if row is not None:
        kept |= _row_files(files, figure, row)
        identity = f"{identity}/{row}"
    return format_receipt(Receipt(identity, kept))


def _files(bundle: bytes, figure: str) -> Mapping[str, bytes]:
    files = read_container(bundle).files
    if members_file(figure) not in files or note_file(figure) not in files:
        known = sorted(
            name.removeprefix("members/").removesuffix(".jsonl")
            for name in files
            if name.startswith("members/")
        )
        raise NotFound(f"the bundle has no figure {figure!r}; it has {', '.join(known) or 'none'}")
    return files


def _path(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    nodes = merkle.append_nodes(0, [], [merkle.leaf_hash(leaf) for leaf in leaves])
    read = lambda wanted: [nodes[at] for at in wanted]  # noqa: E731
    return tuple(merkle.inclusion_proof(index, len(leaves), read))


def _row_files(files: Mapping[str, bytes], figure: str, row: str) -> dict[str, bytes]:
    """A row's definition and note, and the proof that it is one of the figure's."""
    notes: list[tuple[list[str], bytes, bytes]] = []
    for name in files:
        if name.startswith(f"figures/{figure}/"):
            raw = files[name]
            text = parse_note(raw).text
            identity = text.partition(b"\n")[0].decode()
            notes.append((identity.partition(f"/{figure}/")[2].split(","), text, raw))
    notes.sort(key=lambda one: one[0])
    rows = [",".join(values) for values, _, _ in notes]
    if row not in rows:
        known = ", ".join(rows[:20]) or "none"
        raise NotFound(f"{figure} has no row {row!r}; it has {known}")
    index = rows.index(row)
    values, text, raw = notes[index]
    if is_hidden(text):
        said = text.split(b"\n")[1].decode()
        raise NotFound(f"{figure}/{row}: {said}; a receipt is of a row that is shown")
    hashes = _path([one for _, one, _ in notes], index)
    return {
        row_definition_file(figure, [row]): read_row_definition(
            files[definition_file(figure)], values
        ),
        note_file(figure, [row]): raw,
        row_proof_file(figure, [row]): format_row_proof(index, len(notes), hashes),
    }


def _find(lines: list[bytes], member: str, figure: str) -> int:
    name = member.partition("/")[2] or member
    if len(name) < LEAST_PREFIX or not name.isascii():
        raise Invalid(f"{member!r}: name a claim by {LEAST_PREFIX} or more characters of its uuid")
    wanted = [
        b'"id":"%b/%b' % (kind, name.encode()) for kind in (b"claim", b"incident", b"estimate")
    ]
    found = [
        index for index, line in enumerate(lines) if any(beginning in line for beginning in wanted)
    ]
    if len(found) != 1:
        how_many = "more than one line begins so" if found else "sijill why says why"
        if not found and any(is_hidden_line(line) for line in lines[-1:]):
            how_many = "or it is in a row that is hidden, whose lines say nothing"
        raise NotFound(f"{member} is not counted in {figure}: {how_many}")
    return found[0]
