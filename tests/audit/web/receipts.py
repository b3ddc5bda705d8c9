"""Receipts of figures and families' proofs, good and altered: cases for both verifiers."""

import random

from api.freeze import freeze
from api.plan import read_plan
from api.receipt import figure_receipt, receipt
from audit.bundle import MANIFEST, format_manifest, read_manifest
from audit.container import read_container, write_container
from audit.figure_receipt import Receipt, format_receipt, parse_receipt
from domain import canonical
from ledger.note import parse_note
from ledger.signer import Ed25519Signer, sign_note
from tests.audit.test_bundle import AT
from tests.audit.web.corpus import Case, Published, _flip
from tests.office import Office

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


SMALL = """
name = "small"
fewer_than = 4
[title]
en = "Small cells"
ar = "خلايا صغيرة"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party"]
"""
PARTIES = {"isis": 2, "russian-forces": 2, "syrian-regime-forces": 6, "hayat-tahrir-al-sham": 9}


def hidden(folder):
    """A bundle with hidden rows, and ways in which its publisher could hide them wrongly."""
    office = Office(folder / "hidden" / "ledger")
    for party, deaths in PARTIES.items():
        for _ in range(deaths):
            office.record(attribution={"mode": "sole", "parties": [party]})
    signer = office.signers["publisher-1"]
    raw = freeze(office.ledger, office.registry, read_plan(SMALL), signer, AT).bundle
    trust = (office.ledger.authority.log,)
    files = read_container(raw).files
    identity, _ = read_manifest(parse_note(files[MANIFEST]).text)

    def made(name, changes):
        kept = {file: one for file, one in (files | changes).items() if one is not None}
        kept[MANIFEST] = sign_note(format_manifest(identity, kept), signer)
        return Case(f"hidden {name}", write_container(kept), trust)

    yield Case("hidden, as it was frozen", raw, trust)
    draw = random.Random(8)
    for at in sorted(draw.sample(range(len(raw)), 30)):
        yield Case(f"hidden, byte {at}", _flip(raw, at, 1), trust)
    members = files["members/civilians.jsonl"].splitlines(keepends=True)
    for name, lines in {
        "lines first": members[-4:] + members[:-4],
        "lines reversed": [*members[:-4], *members[:-5:-1]],
        "one line twice": [*members, members[-1]],
        "one line less": members[:-1],
        "no hidden line": members[:-4],
        "a line with more": [*members[:-1], members[-1].replace(b"}", b',"x":1}')],
        "a line that is short": [*members[:-1], members[-1].replace(b'="', b'"')],
    }.items():
        yield made(name, {"members/civilians.jsonl": b"".join(lines)})
    for file in [name for name in files if name.startswith("figures/civilians/")]:
        yield made(f"without {file}", {file: None})
        text = parse_note(files[file]).text
        lines = text.split(b"\n")
        for number, word in (
            *((0, lines[0] + b"x"), (0, b"x"), (1, b"withheld"), (1, b"fewer than 5")),
            *((1, b"fewer than 04"), (1, b"fewer than 10"), (1, b"3"), (2, lines[2].lower())),
            *((3, b"definition " + b"A" * 43 + b"="), (4, b"ledger 1 " + b"A" * 43 + b"=")),
        ):
            changed = b"\n".join([*lines[:number], word, *lines[number + 1 :]])
            note = sign_note(changed, signer)
            yield made(f"{file} line {number} {word!r}", {file: note})
        other = sign_note(text, office.signers["reviewer-1"])
        yield made(f"{file} signed by another", {file: other})
    ungrouped = canonical.parse(files["definitions/civilians.json"]) | {"by": []}
    yield made("without rows", {"definitions/civilians.json": canonical.dumps(ungrouped)})
    office.close()


SUMS = """
name = "sums"
[title]
en = "Munitions"
ar = "ذخائر"
[[figures]]
name = "munitions"
measure = "munitions"
by = ["party"]
[[figures]]
name = "hits"
measure = "facilities"
[[figures]]
name = "none-injured"
measure = "injured"
where = { cause = "chemical" }
[[figures]]
name = "displaced"
measure = "stated"
where = { stated-measure = "displaced", publication = "A report, the first", unit = "persons" }
by = ["stated-category"]
[[figures]]
name = "every-displaced"
measure = "stated"
where = { stated-measure = "displaced", unit = "persons" }
"""

EQUAL = """
name = "stated-for-march"
period = "2020-03"
[title]
en = "Displaced"
ar = "نازحون"
[[figures]]
name = "displaced"
measure = "stated"
where = { unit = "persons" }
straddling = "equal"
"""


def summed(folder):
    """A bundle of sums, with its receipts and proofs, as they are and stated otherwise."""
    office = Office(folder / "summed" / "ledger")
    for number, (party, value) in enumerate(
        (("russian-forces", 15), ("russian-forces", 4), ("isis", 0), ("isis", None))
    ):
        quantity = {"value": value, "qualifier": "at-least" if number else "exact"}
        office.incident(
            attribution={"mode": "sole", "parties": [party]},
            facilities=["school"] * number,
            **({} if value is None else {"munitions": quantity}),
        )
    for value, category, qualifier in (
        (9_000_000, "inside-the-country", "exact"),
        (6_200_000, "abroad", "nearly"),
    ):
        title = "A report, the first"
        office.state_figure(
            value, measure="displaced", category=category, publication=title, qualifier=qualifier
        )
    signer = office.signers["publisher-1"]
    raw = freeze(office.ledger, office.registry, read_plan(SUMS), signer, AT).bundle
    trust, files = (office.ledger.authority.log,), read_container(raw).files
    yield Case("sums, as they were frozen", raw, trust)
    cut_out = figure_receipt(office.ledger, "sums", raw, "munitions", "russian-forces")
    yield Case("sums, receipt", cut_out, trust)
    plan = read_plan(EQUAL)
    for_march = freeze(office.ledger, office.registry, plan, signer, AT).bundle
    yield Case("stated for exactly March, as it was frozen", for_march, trust)
    of_march = read_container(for_march).files
    head, _ = read_manifest(parse_note(of_march[MANIFEST]).text)
    for period in (b"2020-03-01/2020-03-30", b"2020", b"2020-02"):
        name = "members/displaced.jsonl"
        other = of_march[name].replace(b'"date":"2020-03"', b'"date":"%s"' % period, 1)
        kept = {**of_march, name: other}
        kept[MANIFEST] = sign_note(format_manifest(head, kept), signer)
        yield Case(f"stated for {period!r}", write_container(kept), trust)
    lines = files["members/munitions.jsonl"].splitlines(keepends=True)
    proof = receipt(raw, "munitions", canonical.parse(lines[0][:-1])["id"])
    yield Case("sums, proof of an addend", proof, (str(signer.key),))
    cut_out = figure_receipt(office.ledger, "sums", raw, "displaced", "abroad")
    yield Case("stated, receipt", cut_out, trust)
    first = canonical.parse(files["members/displaced.jsonl"].splitlines()[0])["id"]
    proof = receipt(raw, "displaced", first)
    yield Case("stated, proof of an addend", proof, (str(signer.key),))
    identity, _ = read_manifest(parse_note(files[MANIFEST]).text)

    def made(name, changes):
        kept = {**files, **changes}
        kept[MANIFEST] = sign_note(format_manifest(identity, kept), signer)
        return Case(f"summed {name}", write_container(kept), trust)

    for number, line in enumerate(lines):
        said = canonical.parse(line[:-1])
        for changed in (
            said | {"addend": said["addend"] + 1},
            said | {"addend": -1},
            said | {"addend": True},
            said | {"addend": "1"},
            said | {"qualifier": "Exact"},
            said | {"qualifier": None},
            {name: said[name] for name in said if name != "addend"},
            {name: said[name] for name in said if name not in ("addend", "qualifier")},
        ):
            rest = [*lines[:number], canonical.dumps(changed) + b"\n", *lines[number + 1 :]]
            yield made(f"line {number} {changed}", {"members/munitions.jsonl": b"".join(rest)})
    stated = files["members/displaced.jsonl"].splitlines(keepends=True)
    said = canonical.parse(stated[0][:-1])
    for changed in (
        said | {"addend": said["addend"] + 1},
        said | {"id": said["id"].replace("estimate/", "incident/")},
        said | {"date": "2020-03"},
        said | {"facets": said["facets"] | {"unit": "families"}},
        said | {"facets": said["facets"] | {"publication": "Another"}},
    ):
        raw_lines = canonical.dumps(changed) + b"\n" + b"".join(stated[1:])
        yield made(f"stated line {changed}", {"members/displaced.jsonl": raw_lines})
    whole = canonical.parse(files["definitions/displaced.json"])
    for where in (
        {"unit": ["families", "persons"]},
        {"stated-measure": ["displaced"]},
        {"unit": ["persons"], "party": ["isis"]},
    ):
        other = canonical.dumps(whole | {"where": where})
        yield made(f"stated where {where}", {"definitions/displaced.json": other})
    for file in [name for name in files if name.endswith(".note")]:
        text = parse_note(files[file]).text
        for old, new in (
            (b"\nsum ", b"\nsum 1"),
            (b"exact", b"about"),
            (b"at-least,exact", b"exact"),
        ):
            if (other := text.replace(old, new)) != text:
                yield made(f"{file} {old!r} {new!r}", {file: sign_note(other, signer)})
        without = text.partition(b"\nsum ")[0] + b"\n"
        yield made(f"{file} without its sum", {file: sign_note(without, signer)})
        yield made(f"{file} and more", {file: sign_note(text + b"more 1\n", signer)})
    office.close()


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
                b"row 90 of 91" + proof[proof.index(b"\n") :],
                proof.replace(b" of ", b" of 1", 1),
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
