"""Every worked example in docs/formats is made again here, byte for byte."""

import tempfile
from base64 import b64encode, urlsafe_b64encode
from functools import cache
from pathlib import Path

import orjson
import pytest
from nacl.signing import SigningKey

from api.extract.package import package_parts
from api.extract.rows import Asked, extract
from api.questions import Filters, Questions
from audit.cells import HiddenRow, commit_to_line, commit_to_row, hidden_line
from audit.container import read_container
from audit.disclosure import format_disclosures
from audit.extract import read_package
from audit.figure_note import figure_identity, figure_of, figure_over, read_figure
from audit.figure_receipt import format_row_proof
from audit.lines import group_lines, read_members
from domain.event import Seen
from domain.figure import define, member_line, row_definition
from domain.rules import read_rules, shipped_document
from ledger import merkle
from ledger.acceptance import open_acceptance, sign_acceptance
from ledger.author import Head, compose
from ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.disclosure import digest_of
from ledger.entry import format_entry, parse_entry, text_hash
from ledger.keyfile import open_key_file
from ledger.signer import Ed25519Signer
from projections.registry import Registry
from tests.scene import ORIGIN as SCENE_ORIGIN
from tests.scene import Scene

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
ORIGIN = "ledger.example.org/main"
STREAM = "claim/3f0c7a52-9d1e-4b6a-8c21-5e0f7d9a1b34"

AUTHOR = Ed25519Signer("documenter-1", SigningKey(bytes(range(32))))
LOG = Ed25519Signer(ORIGIN, SigningKey(bytes(range(32, 64))))

BODY = {
    "field": "status",
    "from": "unknown",
    "to": "civilian",
    "reason_code": "new-evidence",
    "reason": "A relative confirmed that he was a baker.",
}
FIRST_TEXT = b"sijill/event/v1\n{}\n"
NOTE, _ = compose(
    Head(STREAM, 1, text_hash(FIRST_TEXT)),
    "ClassificationRevised",
    BODY,
    [AUTHOR],
    ledger=ORIGIN,
    at="2020-04-02T09:15:00Z",
)
ENTRY = format_entry("2020-04-02T09:15:01.250Z", NOTE)
ROOT = merkle.leaf_hash(ENTRY)

RULES = read_rules(shipped_document())
DEFINITION = define(RULES, where={"status": ["civilian"]}, by=["party"], period="2020-03")
MEMBERS = [
    member_line(
        f"claim/{uuid}", index, {"party": "russian-forces", "status": "civilian"}, "2020-03"
    )
    for index, uuid in (
        (7, "3f0c7a52-9d1e-4b6a-8c21-5e0f7d9a1b34"),
        (9, "8a1d2c3b-4e5f-4a6b-9c7d-0e1f2a3b4c5d"),
    )
]
FIGURE = figure_of(
    figure_identity(ORIGIN, "march", "civilians"),
    [line.removesuffix(b"\n") for line in MEMBERS],
    DEFINITION.to_bytes(),
    Seen(1, b64encode(ROOT).decode()),
)
ROW = ("russian-forces",)
ROW_NOTE = figure_of(
    figure_identity(ORIGIN, "march", "civilians", ROW),
    [line.removesuffix(b"\n") for line in MEMBERS],
    row_definition(DEFINITION, ROW).to_bytes(),
    FIGURE.ledger,
)
MASSACRE = member_line(
    "incident/5b1d6f0e-2c3a-4d4b-9e5f-6a7b8c9d0e1f",
    12,
    {"party": "russian-forces"},
    None,
    claims=[f"claim/{number}0000000-0000-4000-8000-000000000000" for number in range(1, 6)],
)
HELD = member_line(
    "claim/8a1d2c3b-4e5f-4a6b-9c7d-0e1f2a3b4c5d",
    21,
    {"party": "syrian-regime-forces"},
    None,
    began="2018-07",
    ended="2018-07/2020-03-19",
)


MUNITIONS = define(RULES, measure="munitions", by=["party"], period="2020-03")
ADDENDS = [(15, "exact"), (4, "at-least")]
INCIDENTS = [
    member_line(
        f"incident/{uuid}",
        index,
        {"party": "russian-forces"},
        "2020-03-04",
        addend=addend,
        qualifier=qualifier,
    )
    for (addend, qualifier), index, uuid in zip(
        ADDENDS,
        (12, 14),
        ("5b1d6f0e-2c3a-4d4b-9e5f-6a7b8c9d0e1f", "7c2e8a1b-3d4f-4a5b-8c6d-9e0f1a2b3c4d"),
        strict=True,
    )
]
SUM = figure_over(
    figure_identity(ORIGIN, "march", "munitions"),
    [merkle.leaf_hash(line.removesuffix(b"\n")) for line in INCIDENTS],
    MUNITIONS.to_bytes(),
    FIGURE.ledger,
    ADDENDS,
)
SALT = bytes(range(32))
HIDDEN = HiddenRow(
    ROW_NOTE.identity,
    5,
    commit_to_row(SALT, ROW_NOTE.to_text()),
    ROW_NOTE.definition,
    FIGURE.ledger,
)
HIDDEN_LINE = hidden_line(commit_to_line(SALT, MEMBERS[0].removesuffix(b"\n")))


@cache
def packaged() -> dict[str, str]:
    """The files of an extract of one death, as text."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        registry = Registry(Path(folder) / "projections.db", scene.ledger.recorder)
        scene.claim(1, place={"governorate": "SY07", "name": None})
        asked = Asked("toll", Filters(by=["governorate"]))
        taken = extract(Questions(scene.ledger, registry), asked)
        files = read_container(b"".join(package_parts(scene.ledger, taken, "CC BY 4.0"))).files
        registry.close()
        scene.close()
    return {name: content.decode() for name, content in files.items()}


DISCLOSURE = (
    urlsafe_b64encode(orjson.dumps(["_26bc4LT-ac6q2KI6cBW5es", "family", "Möbius"]))
    .decode()
    .rstrip("=")
)


def blocks(page: str) -> list[str]:
    """The fenced code blocks of a page."""
    parts = (FORMATS / page).read_text(encoding="utf-8").split("```")
    return [part.partition("\n")[2] for part in parts[1::2]]


@pytest.mark.parametrize(
    ("page", "example"),
    [
        ("event.md", f"{AUTHOR.key}\n"),
        ("event.md", NOTE.decode()),
        ("entry.md", ENTRY.decode()),
        ("entry.md", f"{ROOT.hex()}\n"),
        ("checkpoint.md", f"{LOG.key}\n"),
        ("checkpoint.md", sign_checkpoint(Checkpoint(ORIGIN, 1, ROOT), LOG).decode()),
        ("figure.md", FIGURE.to_text().decode()),
        ("figure.md", DEFINITION.to_bytes().decode() + "\n"),
        ("figure.md", "".join(line.decode() for line in MEMBERS)),
        ("figure.md", ROW_NOTE.to_text().decode()),
        ("figure.md", MASSACRE.decode()),
        ("figure.md", HELD.decode()),
        ("figure.md", "".join(line.decode() for line in INCIDENTS)),
        ("figure.md", SUM.to_text().decode()),
        ("figure.md", HIDDEN.to_text().decode()),
        ("figure.md", f"{HIDDEN_LINE.decode()}\n"),
        ("receipt.md", format_row_proof(4, 10, [bytes(32), ROOT]).decode()),
        ("acceptance.md", sign_acceptance(ORIGIN, [(0, ROOT)], LOG).decode()),
        (
            "sealed-field.md",
            digest_of("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0")
            + "\n",
        ),
        ("disclosure.md", f"{DISCLOSURE}\n"),
        ("disclosure.md", format_disclosures(STREAM, 7, {"family": DISCLOSURE}).decode()),
    ],
    ids=lambda value: value if value.endswith(".md") else "example",
)
def test_the_worked_example_is_what_the_code_writes(page: str, example: str) -> None:
    assert example in blocks(page), f"put this into docs/formats/{page}:\n{example}"


def test_the_examples_read_back() -> None:
    entry = parse_entry(ENTRY)
    assert entry.event.stream == STREAM
    assert entry.signer == f"documenter-1+{AUTHOR.key.key_id.hex()}"
    assert AUTHOR.key.verifies(entry.note.text, entry.note.signatures[0].signature)
    note = sign_checkpoint(Checkpoint(ORIGIN, 1, ROOT), LOG)
    assert open_checkpoint(note, LOG.key) == Checkpoint(ORIGIN, 1, ROOT)
    promise = sign_acceptance(ORIGIN, [(0, ROOT)], LOG)
    assert open_acceptance(promise, LOG.key).leaves == ((0, ROOT),)


def test_the_key_file_opens_with_the_passphrase_that_the_page_gives(tmp_path: Path) -> None:
    path = tmp_path / "documenter-1.key"
    path.touch(0o600)
    path.write_text(blocks("key-file.md")[0], encoding="utf-8")
    signer = open_key_file(path, lambda name: "a lemon tree in Idlib")
    assert signer.key == AUTHOR.key
    assert signer.sign(b"text\n") == AUTHOR.sign(b"text\n")


def test_the_figure_s_value_and_root_are_of_the_lines_on_its_page() -> None:
    text, lines = blocks("figure.md")[0], blocks("figure.md")[2].encode().splitlines()
    assert read_figure(text.encode()) == FIGURE
    assert FIGURE.value == len(lines)
    assert FIGURE.root == merkle.node_hash(*(merkle.leaf_hash(line) for line in lines))
    assert list(group_lines(DEFINITION, read_members(b"".join(MEMBERS)))) == [ROW]


@pytest.mark.parametrize("name", ["datapackage.json", "data/toll.csv", "checkpoint"])
def test_the_files_of_an_extract_are_as_shown(name):
    shown = blocks("extract.md")
    assert packaged()[name].replace("\r\n", "\n") in shown
    stated = read_package(packaged()["datapackage.json"].encode())
    assert stated.identity == f"{SCENE_ORIGIN}/extracts/toll-{stated.size}"
