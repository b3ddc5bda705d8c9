"""The bundle, `.sijill`: a frozen report with everything that is needed to verify it offline.

    README.txt                          what this is and how to verify it, in English and Arabic
    manifest                            signed by the publisher: the SHA-256 of every other file
    checkpoint                          note signed by the log key
    consistency                         proof that the frozen state grew into that checkpoint
    authority/<index>.entry             every entry of the authority stream up to the checkpoint
    rules/<index>.entry                 every entry of the rules stream likewise
    report/<index>.entry                every entry of the report: frozen, published, corrected;
                                        and of those that it corrects, or that correct it
    .../<index>.tlog-proof              beside each entry: its proof in that checkpoint
    definitions/<figure>.json           the canonical definition of each figure
    members/<figure>.jsonl              the lines that were counted, ascending by id
    figures/<figure>.note               the figure note, signed by the publisher
    figures/<figure>/<row>.note         the note of each row of a grouped figure
    verify.html                         the verifier for browsers, as `sijill verifier` writes it

Indexes have ten digits. A row is named by its values joined with commas, each slash written `_`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from audit.container import write_container
from audit.spooled import Content, sha256_of
from domain.errors import Invalid
from ledger.signer import Signer, sign_note

MANIFEST_KIND = "sijill/manifest/v1"
README, MANIFEST, CHECKPOINT, CONSISTENCY = "README.txt", "manifest", "checkpoint", "consistency"
PAGE = "verify.html"

_LINE = re.compile(r"([0-9a-f]{64}) ([!-~]+)")
_OF_FIGURE = re.compile(
    r"(?:definitions/(?P<a>[^/]+)\.json|members/(?P<b>[^/]+)\.jsonl"
    r"|figures/(?P<c>[^/]+)\.note|figures/(?P<d>[^/]+)/[^/]+\.note)"
)


class Logged(NamedTuple):
    """An entry with its index and its tlog-proof."""

    log_index: int
    entry: bytes
    proof: bytes


class Bundle(NamedTuple):
    """What goes into a bundle beside its manifest. `identity`: origin/reports/name.

    `report` are the entries of this and the linked reports in log order, `figures` the files of
    every figure by name.
    """

    identity: str
    readme: bytes
    page: bytes
    checkpoint: bytes
    consistency: bytes
    authority: tuple[Logged, ...]
    rules: tuple[Logged, ...]
    report: tuple[Logged, ...]
    figures: Mapping[str, bytes]


def write_bundle(bundle: Bundle, publisher: Signer) -> bytes:
    """The bundle's bytes, its manifest signed by a publisher: the same for the same content."""
    own = {
        README: bundle.readme,
        PAGE: bundle.page,
        CHECKPOINT: bundle.checkpoint,
        CONSISTENCY: bundle.consistency,
    }
    for folder in ("authority", "rules", "report"):
        for one in getattr(bundle, folder):
            own |= entry_files(folder, one)
    files = _Joined(own, bundle.figures)
    own[MANIFEST] = sign_note(format_manifest(bundle.identity, files), publisher)
    return write_container(files)


class _Joined(Mapping[str, bytes]):
    """Two mappings as one: those of the figures are read when they are asked for."""

    def __init__(self, own: Mapping[str, bytes], figures: Mapping[str, bytes]) -> None:
        self._own, self._figures = own, figures

    def __getitem__(self, name: str) -> bytes:
        return self._own[name] if name in self._own else self._figures[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._figures

    def __len__(self) -> int:
        return len(self._own) + len(self._figures)


def entry_files(folder: str, one: Logged) -> dict[str, bytes]:
    """The two files of an entry: its bytes, and its proof."""
    path = f"{folder}/{one.log_index:010}"
    return {f"{path}.entry": one.entry, f"{path}.tlog-proof": one.proof}


def definition_file(figure: str) -> str:
    return f"definitions/{figure}.json"


def members_file(figure: str) -> str:
    return f"members/{figure}.jsonl"


def note_file(figure: str, row: Sequence[str] | None = None) -> str:
    if row is None:
        return f"figures/{figure}.note"
    return f"figures/{figure}/{','.join(row).replace('/', '_')}.note"


def figure_of_file(name: str) -> str | None:
    """The figure that a file of a bundle belongs to, or None."""
    found = _OF_FIGURE.fullmatch(name)
    return found[found.lastgroup] if found and found.lastgroup else None


def format_manifest(identity: str, files: Mapping[str, Content]) -> bytes:
    """The manifest's text over every file but the manifest itself."""
    lines = [f"{sha256_of(files[name])} {name}" for name in sorted(files) if name != MANIFEST]
    return "\n".join([MANIFEST_KIND, identity, *lines, ""]).encode()


def read_manifest(text: bytes) -> tuple[str, dict[str, str]]:
    """The identity and the hex SHA-256 by file name; raises Invalid for any other form."""
    lines = text.decode(errors="replace").split("\n")
    if len(lines) < 4 or lines[0] != MANIFEST_KIND or lines[-1]:
        raise Invalid(f"manifest: must begin with {MANIFEST_KIND}, then name the report and files")
    listed: dict[str, str] = {}
    for line in lines[2:-1]:
        found = _LINE.fullmatch(line)
        if not found:
            raise Invalid(f"manifest: {line[:80]!a} is not a SHA-256 and a file name")
        if found[2] in listed:
            raise Invalid(f"manifest: {found[2]} is listed twice")
        listed[found[2]] = found[1]
    if list(listed) != sorted(listed):
        raise Invalid("manifest: its files are not in ascending order")
    return lines[1], listed
