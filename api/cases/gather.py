"""Making a case file: what it says is gathered from one state of the ledger, with its proofs.

When sealed fields go out with it, that is recorded in the log before anything is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from api.cases.content import CaseFile, Proof, Told, case_file
from api.cases.html import write_html
from api.disclosing import prove_history
from api.questions import Questions
from domain.errors import Invalid, NotFound
from projections.history import history
from projections.story import story

PROOFS = "proofs"


class Given(NamedTuple):
    """Sealed values that go out: in clear by field, to whom, and the file that was disclosed."""

    values: Mapping[str, str]
    to: str
    disclosure: bytes


def make_case(
    ask: Questions, name: str, languages: Sequence[str], kinds: Sequence[str], given: Given | None
) -> Iterator[tuple[str, bytes]]:
    """The files of a case file, by their names in its folder: pages, then proofs.

    Raises NotFound for no such claim, Invalid for what is none or when a library is missing.
    """
    if not name.startswith("claim/"):
        raise Invalid(f"{name}: only claims have a case file")
    state = ask.as_of(None)
    told = story(ask.registry, ask.ledger, name, state.size)
    claim = ask.ledger.trusted(name, state.size)
    if claim is None:
        raise NotFound(f"{name} is not in this ledger")
    events = history(ask.ledger, name, state.size)
    proofs = {
        f"{PROOFS}/claim-{one.id.partition('/')[2]}.sijill": given.disclosure
        if given is not None and one.id == name
        else prove_history(ask.ledger, one.id)
        for one in told.chapters
    }
    made = Told(
        state,
        name,
        claim,
        None if claim.incident is None else ask.ledger.trusted(claim.incident, state.size),
        events,
        told,
        [Proof(file, hashlib.sha256(raw).hexdigest()) for file, raw in proofs.items()],
        {} if given is None else given.values,
        "" if given is None else given.to,
        None if given is None else next(one for one in reversed(events) if one.type == "Disclosed"),
    )
    for language in languages:
        content = case_file(made, language)
        for kind in kinds:
            yield f"case-{language}.{kind}", _set(content, kind)
    yield from proofs.items()


def _set(content: CaseFile, kind: str) -> bytes:
    if kind == "html":
        return write_html(content)
    from api.cases.pdf import write_pdf  # noqa: PLC0415 - an optional extra

    return write_pdf(content)


def write_case(folder: Path, files: Mapping[str, bytes], *, confidential: bool) -> None:
    """Write a new folder whole or not at all; only its owner reads what is confidential."""
    if folder.exists():
        raise Invalid(f"{folder} exists: name a new folder")
    part = folder.with_name(f".{folder.name}.part")
    mode = 0o600 if confidential else 0o644
    try:
        (part / PROOFS).mkdir(parents=True, mode=0o700)
        part.chmod(0o700 if confidential else 0o755)
        (part / PROOFS).chmod(0o700 if confidential else 0o755)
        for name, content in files.items():
            path = part / name
            path.touch(mode=mode)
            path.write_bytes(content)
        part.rename(folder)
    except BaseException:
        _remove(part)
        raise


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    if folder.exists():
        folder.rmdir()
