"""Receipts of figures and families' proofs, good and altered: cases for both verifiers."""

import random

from api.receipt import figure_receipt, receipt
from audit.figure_receipt import Receipt, format_receipt, parse_receipt
from domain import canonical
from ledger.note import parse_note
from ledger.signer import Ed25519Signer, sign_note
from tests.audit.web.corpus import Case, Published, _flip

ROW = "russian-forces"


def receipts(folder, flips=120):
    """Every case over a frozen report of three figures."""
    published = Published(folder / "receipts" / "ledger")
    try:
        yield from _good(published)
        yield from _altered(published, random.Random(5), flips)
        yield from _told_wrongly(published)
        yield from _of_members(published, random.Random(6))
    finally:
        published.office.close()


def cut(published, figure="civilians", row=None):
    return figure_receipt(published.office.ledger, "march", published.raw, figure, row)


def _good(published):
    stranger = str(Ed25519Signer.generate("somebody.example").key)
    for name, trust in {
        "the log key": (published.log,),
        "two root keys": published.roots[:2],
        "one root key": published.roots[:1],
        "a stranger": (stranger,),
        "nobody": (),
    }.items():
        for figure, row in (("civilians", None), ("civilians", ROW), ("massacres", ROW)):
            raw = cut(published, figure, row)
            yield Case(f"receipt of {figure} {row}, trusting {name}", raw, trust)
    witness = Ed25519Signer.generate("witness.example").key
    asked = str(type(witness).cosigner(witness.name, witness.public_key))
    raw = cut(published)
    yield Case("receipt not cosigned", raw, (published.log,), witnesses=(asked,), quorum=1)


def _altered(published, draw, flips):
    raw, trust = cut(published, row=ROW), (published.log,)
    for at in sorted({0, 17, len(raw) - 1, *(draw.randrange(len(raw)) for _ in range(flips))}):
        yield Case(f"receipt, byte {at}", _flip(raw, at, 1 << draw.randrange(8)), trust)
    for length in (0, 17, 18, 19, 200, len(raw) // 2, len(raw) - 1):
        yield Case(f"receipt of {length} bytes", raw[:length], trust)
    for name, changed in {
        "followed by a line": raw + b"\n",
        "twice": raw + raw,
        "a number with a zero": raw.replace(b"\nconsistency ", b"\nconsistency 0", 1),
        "huge": raw + b"x" * (256 << 10),
        "a huge part": raw.replace(b"\nconsistency ", b"\nconsistency 9", 1),
        "in another order": raw.replace(b"\ncheckpoint ", b"\nzzz ", 1),
        "of windows": raw.replace(b"\n", b"\r\n"),
        "arabic": "sijill/receipt/v1\nحصيلة\n".encode(),
    }.items():
        yield Case(f"receipt {name}", changed, trust)


def _told_wrongly(published):
    """Parts left out, exchanged, and stated anew by the publisher."""
    trust = (published.log,)
    whole = parse_receipt(cut(published, row=ROW))
    other = parse_receipt(cut(published, "massacres", ROW)).files

    def made(name, identity=whole.identity, **changes):
        files = {**whole.files, **changes}
        kept = {file: raw for file, raw in files.items() if raw is not None}
        kept.setdefault("checkpoint", b"")
        return Case(f"receipt {name}", format_receipt(Receipt(identity, kept)), trust)

    for file in whole.files:
        yield made(f"without {file}", **{file: None})
        yield made(f"with {file} empty", **{file: b""})
    for file, raw in other.items():
        if file not in whole.files:
            yield made(f"with {file} of another", **{file: raw})
        if (mine := file.replace("massacres", "civilians")) != file:
            yield made(f"with {file} as {mine}", **{mine: raw})
    for identity in ("", "x", f"{whole.identity}/x", whole.identity.rpartition("/")[0]):
        yield made(f"called {identity!r}", identity)
    yield made("of the row isis", whole.identity.replace(ROW, "isis"))
    for file in (file for file in whole.files if file.endswith(".note")):
        lines = parse_note(whole.files[file]).text.split(b"\n")
        for number in range(5):
            for word in (b"8", b"0", lines[number] + b" ", lines[number].swapcase()):
                if word == lines[number]:
                    continue
                text = b"\n".join([*lines[:number], word, *lines[number + 1 :]])
                note = sign_note(text, published.publisher)
                yield made(f"{file} line {number} {word!r}", **{file: note})
    for file in (file for file in whole.files if file.endswith(".json")):
        definition = canonical.parse(whole.files[file])
        for member, value in (
            *(("rules", 2), ("rules", True), ("rules", "1"), ("by", ["sex"]), ("by", [])),
            *(("where", {}), ("where", {"party": []}), ("where", {"party": [1]}), ("measure", "x")),
        ):
            line = canonical.dumps(definition | {member: value})
            if line != whole.files[file]:
                yield made(f"{file} {member} {value}", **{file: line})
    for file in (file for file in whole.files if file.endswith(".proof")):
        proof = whole.files[file]
        for number, changed in enumerate(
            (
                proof.replace(b"row 1", b"row 0"),
                proof.replace(b"of 2", b"of 1"),
                proof + b"\n",
                proof[:-1],
                b"row 0 of 1\n",
                "row ١ of ٢\n".encode(),
            )
        ):
            yield made(f"{file} altered {number}", **{file: changed})


def _of_members(published, draw):
    """Proofs of one claim, which the page reads too."""
    publisher = str(published.publisher.key)
    line = published.files["members/women.jsonl"].splitlines()[1]
    raw = receipt(published.raw, "women", canonical.parse(line)["id"])
    yield Case("a member", raw, (publisher,))
    yield Case("a member, trusting the log", raw, (published.log,))
    yield Case("a member, trusting nobody", raw, ())
    for at in sorted(draw.sample(range(len(raw)), 40)):
        yield Case(f"a member, byte {at}", _flip(raw, at, 1), (publisher,))
    head, _, *rest = raw.split(b"\n")
    yield Case("a member without its line", b"\n".join([head, *rest]), (publisher,))
