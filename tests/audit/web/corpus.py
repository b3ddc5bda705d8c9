"""Bundles, proofs and files of keys, good and altered in every way we could think of.

What is altered is signed again where a key is at hand, so that the checks behind the signatures are
reached too. Every case is what a verifier is given; what it must say, the other verifier says.
"""

import json
import random
import struct
from base64 import b64encode
from typing import Any, NamedTuple

from api.freeze import freeze
from api.plan import read_plan
from api.prove import prove_consistency, prove_entry, prove_keys
from audit.bundle import MANIFEST, format_manifest, read_manifest
from audit.container import read_container, write_container
from audit.web.build import build_page
from domain import canonical
from domain.errors import SijillError
from ledger.cosignature import cosign
from ledger.entry import split_entry
from ledger.note import VerifierKey, format_signature, parse_note
from ledger.proof import parse_proof
from ledger.signer import Ed25519Signer, sign_note
from tests.audit.test_bundle import AT, PLAN
from tests.audit.test_keys import Rotated
from tests.office import Office

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**53,
    "",
    "x",
    " ",
    "\u200f",
    [],
    ["x"],
    [[]],
    {},
    {"x": 1},
)

# Figures that declare what the plan of the other tests leaves to its defaults.
DECLARED = (
    PLAN
    + """
[[figures]]
name = "earliest"
basis = "happened"
straddling = "earliest"
review = "corroborated"
by = ["month"]
[[figures]]
name = "with-russian-forces"
where = { party = ["isis", "russian-forces"] }
joint = "each-party"
level = "top"
by = ["review"]
[[figures]]
name = "held"
measure = "still-detained"
on = "2020-03-31"
by = ["party"]
[[figures]]
name = "incidents"
measure = "incidents"
basis = "happened"
by = ["incident-kind"]
"""
)
# What a definition could say instead, one member at a time.
OTHERWISE: dict[str, list[Any]] = {
    "basis": ["happened", "documented", None],
    "by": [[], ["party"], ["sex", "party"], ["incident-kind"]],
    "joint": ["own-row", "each-party", "shared", 1],
    "level": [1, 2, "top", None],
    "measure": ["deaths", "injuries", "still-detained", "incidents", "massacres", "killings"],
    "on": ["2020-03-31", "2020-03-01", "2020-03", None],
    "period": ["2020-03", "2020-03-01/2020-03-31", "2020", "2019", "2020-21", None],
    "review": ["reported", "corroborated", "verified"],
    "straddling": ["whole-interval", "earliest", "latest", "possible"],
}

WRONG_STATUSES: tuple[Any, ...] = ([[]], [{}], [1], "civilian")


class Case(NamedTuple):
    """One input. `repacked`: another program zipped it, which JavaScript does not unpack."""

    name: str
    raw: bytes
    trust: tuple[str, ...]
    beside: bytes | None = None
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    max_age: int | None = None
    now: int = 0
    figure: str = ""
    claim: str = ""

    def to_json(self) -> dict:
        return {
            "name": self.name,
            "raw": b64encode(self.raw).decode(),
            "trust": self.trust,
            "beside": None if self.beside is None else b64encode(self.beside).decode(),
            "witnesses": self.witnesses,
            "quorum": self.quorum,
            "max_age": self.max_age,
            "now": self.now,
            "figure": self.figure,
            "claim": self.claim,
        }


class Published:
    """An office with a frozen report of three figures, and every key that signed anything in it."""

    def __init__(self, path):
        self.office = office = Office(path)
        incident = office.incident()
        for number in range(6):
            office.record(incident=incident, sex="female", age_group="adult" if number else "child")
        office.record(attribution={"mode": "sole", "parties": ["isis"]})
        office.incident(happened_on="2020-03-04")
        office.record(
            happened_on="2020-03-31/2020-04-01",
            attribution={"mode": "joint-coordinated", "parties": ["isis", "russian-forces"]},
        )
        held = office.record(kind="detention", custody={"detained_on": "2018-07"}).stream
        office.record(kind="detention", custody={"status": "died", "detained_on": "2019"})
        freed = {"status": "released", "detained_on": "2020-02", "released_on": "2020-04"}
        office.record(kind="enforced-disappearance", custody=freed)
        reviewer = office.signers["reviewer-1"]
        office.desk.say(held, "Verified", {"sources": ["s1"], "reason": "read"}, reviewer)
        signer = office.signers["publisher-1"]
        self.raw = freeze(office.ledger, office.registry, read_plan(DECLARED), signer, AT).bundle
        self.files = read_container(self.raw).files
        self.log = office.ledger.authority.log
        self.roots = tuple(str(root.key) for root in office.roots)
        self.signers = {
            f"{one.key.name}+{one.key.key_id.hex()}": one
            for one in (*office.roots, *office.signers.values())
        }
        self.publisher = signer

    def repacked(self, changes):
        """The files with some changed (None: taken out), in the one form, manifest as it was."""
        return write_container(
            {name: raw for name, raw in (self.files | changes).items() if raw is not None}
        )

    def resigned(self, changes):
        """The same with a manifest that the publisher signed over the changed files."""
        files = {name: raw for name, raw in (self.files | changes).items() if raw is not None}
        identity, _ = read_manifest(parse_note(self.files[MANIFEST]).text)
        files[MANIFEST] = sign_note(format_manifest(identity, files), self.publisher)
        return write_container(files)


def corpus(folder, flips=100):
    """Every case, the same at each run but for the keys, which are drawn anew."""
    published = Published(folder / "published" / "ledger")
    rotated = Rotated(folder / "rotated" / "ledger")
    stolen = Rotated(folder / "stolen" / "ledger", "compromised")
    draw = random.Random(20200402)
    cases = [
        *_trusted(published),
        *_cosigned(published),
        *_followed("rotated", rotated),
        *_followed("stolen", stolen),
        *_proofs(published.office),
        *_flipped(published, draw, flips),
        *_containers(published, draw),
        *_files(published),
        *_figures(published, draw),
        *_entries(published, draw),
    ]
    for office in (published.office, rotated, stolen):
        office.close()
    return cases


def _trusted(published):
    stranger = str(Ed25519Signer.generate("somebody.example").key)
    namesake = str(Ed25519Signer.generate(published.log.partition("+")[0]).key)
    roots = published.roots
    for name, trust in {
        "the log key": (published.log,),
        "two root keys": roots[:2],
        "one root key": roots[:1],
        "a root key that did not sign": (roots[0], roots[2]),
        "a stranger": (stranger,),
        "another key of the log's name": (namesake,),
        "nobody": (),
        "everybody": (published.log, *roots, stranger),
    }.items():
        yield Case(f"good, trusting {name}", published.raw, trust)


def _cosigned(published):
    """The checkpoint is in every proof: it is cosigned in all of them."""
    one, other = (Ed25519Signer.generate(f"witness-{number}.example") for number in (1, 2))
    keys = tuple(
        str(VerifierKey.cosigner(signer.key.name, signer.key.public_key)) for signer in (one, other)
    )
    plain = published.files["checkpoint"]
    good = format_signature(cosign(parse_note(plain).text, one, 1585900000))
    long = cosign(parse_note(plain).text, one, 1585900000)
    cut = format_signature(long._replace(signature=long.signature[:-1]))
    bad = format_signature(cosign(b"another text\n", one, 1585900000))
    for name, line, quorum in (
        ("by one of one", good, 1),
        ("by one of two", good, 2),
        ("by a witness nobody asks", good, 0),
        ("over another text", bad, 1),
        ("and cut short", cut, 1),
    ):
        changes = {file: raw.replace(plain, plain + line) for file, raw in published.files.items()}
        case = Case(f"cosigned {name}", published.resigned(changes), (published.log,))
        yield case._replace(witnesses=keys if quorum != 1 else keys[:1], quorum=quorum)
    yield Case("not cosigned", published.raw, (published.log,), witnesses=keys, quorum=1)


def _followed(what, office):
    """Whose log key and root keys were rotated: any generation of keys may be a beginning."""
    trusts = {
        "the founders": tuple(map(str, office.founders)),
        "one founder": (str(office.founders[0]),),
        "the new roots": tuple(str(one.key) for one in office.new_roots),
        "the first log key": (str(office.first_log),),
        "the second log key": (str(office.second_log),),
    }
    keys = prove_keys(office.ledger)
    for name, trust in trusts.items():
        yield Case(f"{what} bundle, trusting {name}", office.bundle, trust)
        yield Case(f"{what} keys, trusting {name}", keys, trust)
    files = read_container(keys).files
    for name in files:
        fewer = {other: raw for other, raw in files.items() if other != name}
        yield Case(f"{what} keys without {name}", write_container(fewer), trusts["the founders"])
    more = write_container(files | {"more": b"x"})
    yield Case(f"{what} keys with more", more, trusts["the founders"])
    draw = random.Random(7)
    for name, raw in (("keys", keys), ("bundle", office.bundle)):
        for at in sorted(draw.sample(range(len(raw)), 20)):
            yield Case(f"{what} {name}, byte {at}", _flip(raw, at, 1), trusts["the founders"])


def _proofs(office):
    trust = (office.ledger.authority.log,)
    size = office.ledger.recorder.tree_size()
    for index in (0, 5, size - 1):
        raw = prove_entry(office.ledger, index, None)
        yield Case(f"proof of entry {index}", raw, trust)
        yield Case(f"proof of entry {index}, trusting nobody", raw, ())
        for at in range(7, len(raw), max(1, len(raw) // 12)):
            yield Case(f"proof of entry {index}, byte {at}", _flip(raw, at, 1), trust)
    for old, other in ((6, 6), (6, 7), (2, 2)):
        raw = prove_consistency(office.ledger, old, None)
        before = parse_proof(prove_entry(office.ledger, 0, other)).checkpoint
        yield Case(f"growth from {old}, given {other}", raw, trust, before)
        yield Case(f"growth from {old}, given nothing", raw, trust)
        for at in range(3, len(raw), max(1, len(raw) // 12)):
            yield Case(f"growth from {old}, byte {at}", _flip(raw, at, 1), trust, before)


def _flip(raw, at, bit):
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :]


def _flipped(published, draw, flips):
    raw, trust = published.raw, (published.log,)
    chosen = {0, len(raw) - 1, *(draw.randrange(len(raw)) for _ in range(flips))}
    for at in sorted(chosen):
        yield Case(f"byte {at}", _flip(raw, at, 1 << draw.randrange(8)), trust)


def _containers(published, draw):
    raw, trust = published.raw, (published.log,)
    end = len(raw) - 22
    for name, changed in {
        "empty": b"",
        "two letters": b"PK",
        "a mark": b"PK\x03\x04",
        "an end record": raw[end:],
        "no end record": raw[:end],
        "text": b"hello",
        "twice": raw + raw,
        "followed": raw + b"\0",
        "preceded": b"\0" + raw,
        "commented": raw[:-2] + struct.pack("<H", 1) + b"c",
        "count of files": raw[: end + 8] + b"\xff\xff\xff\xff" + raw[end + 12 :],
        "half": raw[: len(raw) // 2],
    }.items():
        yield Case(f"container: {name}", changed, trust)
    for _ in range(30):
        at, length = draw.randrange(len(raw)), draw.randrange(1, 9)
        yield Case(f"container: {length} out at {at}", raw[:at] + raw[at + length :], trust)
        more = draw.randbytes(length)
        yield Case(f"container: {length} in at {at}", raw[:at] + more + raw[at:], trust)


def _files(published):
    files, trust = published.files, (published.log,)
    yield Case(f"without {MANIFEST}", published.repacked({MANIFEST: None}), trust)
    for name, raw in files.items():
        if name == MANIFEST:
            continue
        for how, made in (("", published.repacked), (", signed again", published.resigned)):
            yield Case(f"without {name}{how}", made({name: None}), trust)
        yield Case(f"emptied {name}", published.resigned({name: b""}), trust)
        yield Case(f"cut {name}", published.resigned({name: raw[:-1]}), trust)
        yield Case(f"a line more in {name}", published.resigned({name: raw + b"\n"}), trust)
        yield Case(f"not UTF-8 in {name}", published.resigned({name: b"\xff" + raw[1:]}), trust)
    imagined = {"figures/imagined.note": files["figures/women.note"]}
    yield Case("a figure more", published.resigned(imagined), trust)
    yield Case("a file more", published.resigned({"other.txt": b"x"}), trust)
    yield Case("the whole page", published.resigned({"verify.html": build_page()}), trust)
    for one, other in (
        ("figures/women.note", "figures/civilians.note"),
        ("members/women.jsonl", "members/civilians.jsonl"),
        ("definitions/women.json", "definitions/massacres.json"),
        ("authority/0000000000.entry", "authority/0000000002.entry"),
    ):
        if other in files:
            changes = {one: files[other], other: files[one]}
            yield Case(f"{one} swapped", published.resigned(changes), trust)


def _figures(published, draw):
    """What only a publisher could state wrongly: all is signed again by her."""
    files, trust = published.files, (published.log,)
    for name in [file for file in files if file.endswith(".note")]:
        text = parse_note(files[name]).text
        lines = text.split(b"\n")
        for number in range(5):
            for other in (b"", b"0", b"6", b"07", b"x" * 44, lines[number] + b" "):
                changed = b"\n".join([*lines[:number], other, *lines[number + 1 :]])
                try:
                    note = sign_note(changed, published.publisher)
                except SijillError:
                    continue
                yield Case(
                    f"{name} line {number}: {other!r}", published.resigned({name: note}), trust
                )
    for name in [file for file in files if file.startswith("definitions/")]:
        for where in ({"party": [5]}, {"incident": [5]}, {"status": [["x"]]}, {"month": [None]}):
            line = canonical.dumps(json.loads(files[name]) | {"where": where})
            yield Case(f"{name} where {where}", published.resigned({name: line}), trust)
        for member, values in OTHERWISE.items():
            for value in values:
                line = canonical.dumps(json.loads(files[name]) | {member: value})
                case = f"{name} with {member} {value}"
                yield Case(case, published.resigned({name: line}), trust)
        line = canonical.dumps(json.loads(files[name]) | {"rules": True})
        yield Case(f"{name} of rules true", published.resigned({name: line}), trust)
        yield from _altered(published, name, files[name], draw, 25)
    for name in [file for file in files if file.startswith("members/")]:
        lines = files[name].splitlines(keepends=True)
        for place, line in enumerate(lines[:2]):
            for changed in _spellings(json.loads(line), draw, 12):
                rest = [*lines[:place], changed + b"\n", *lines[place + 1 :]]
                yield Case(
                    f"{name} line {place}: {changed[:60]!r}",
                    published.resigned({name: b"".join(rest)}),
                    trust,
                )
        yield Case(f"{name} reversed", published.resigned({name: b"".join(lines[::-1])}), trust)
        yield Case(f"{name} one less", published.resigned({name: b"".join(lines[:-1])}), trust)


def _altered(published, name, raw, draw, most):
    for changed in _spellings(json.loads(raw), draw, most):
        case = f"{name}: {changed[:70]!r}"
        yield Case(case, published.resigned({name: changed}), (published.log,))


def _spellings(value, draw, most):
    """Canonical lines that say something else, and lines that are not canonical."""
    line = canonical.dumps(value)
    yield line.replace(b'":', b'": ', 1)
    yield line.replace(b"{", b'{"a":1,"a":1,', 1)
    yield b"[" * 3000
    places = list(_places(value, ()))
    for _ in range(most):
        place, odd = draw.choice(places), draw.choice(ODD)
        yield json.dumps(
            _with(value, place, odd), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()


def _places(value, at):
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in members:
        yield (*at, name)
        if isinstance(member, dict | list):
            yield from _places(member, (*at, name))


def _with(value, place, other):
    name, *rest = place
    changed = list(value) if isinstance(value, list) else dict(value)
    changed[name] = _with(value[name], rest, other) if rest else other
    return changed


def _entries(published, draw, only="", told=lambda event: ()):
    """Each entry says something else, signed again by those who signed it.

    `told` gives further bodies of an event, `only` is how the files' names begin.
    """
    files, trust = published.files, (published.log,)
    entries = [file for file in files if file.endswith(".entry") and file.startswith(only)]
    for name in entries:
        received, raw = split_entry(files[name])
        note = parse_note(raw)
        event = json.loads(note.text.split(b"\n")[1])
        signers = [
            published.signers[f"{line.name}+{line.key_id.hex()}"] for line in note.signatures
        ]
        small = event if len(raw) < 4000 else event | {"body": {"version": 1}}
        odd = [
            _with(event, draw.choice(list(_places(small, ()))), draw.choice(ODD))
            for _ in range(60 if only else 22)
        ]
        odd += [event | {"body": body} for body in told(event)]
        if event["type"] == "RulesAdopted":
            odd += [
                event | {"body": event["body"] | {"massacre_statuses": statuses}}
                for statuses in WRONG_STATUSES
            ]
        odd += [_with(event, place, "e\u0301") for place in _labels(event["body"])]
        if event["prev"] is not None:
            odd.append(event | {"prev": b64encode(bytes(32)).decode()})
        for changed in [
            event | {"version": event["version"] + 1},
            event | {"type": "KeyRevoked"},
            *odd,
        ]:
            line = json.dumps(changed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            try:
                signed = sign_note(b"sijill/event/v1\n%b\n" % line.encode(), *signers)
            except SijillError:
                continue
            entry = b"sijill/entry/v1 %b\n%b" % (received.encode(), signed)
            yield Case(f"{name}: {line[:60]}", published.resigned({name: entry}), trust)
        for who, others in _others(published, signers).items():
            signed = sign_note(note.text, *others)
            entry = b"sijill/entry/v1 %b\n%b" % (received.encode(), signed)
            yield Case(f"{name} signed by {who}", published.resigned({name: entry}), trust)
        for kept in range(len(signers)):
            text = note.text
            fewer = (
                sign_note(text, *signers[:kept], *signers[kept + 1 :]) if len(signers) > 1 else b""
            )
            entry = b"sijill/entry/v1 %b\n%b" % (received.encode(), fewer)
            yield Case(f"{name} without signer {kept}", published.resigned({name: entry}), trust)
        for other in (
            "2020-04-01T09:00:00.000Z",
            "2021-02-29T00:00:00.000Z",
            "2021-01-01T00:00:00.000Z",
        ):
            entry = b"sijill/entry/v1 %b\n%b" % (other.encode(), raw)
            yield Case(f"{name} received {other}", published.resigned({name: entry}), trust)


def _others(published, signers):
    """Who else could have signed an entry, and those who did with somebody beside them."""
    people = published.office.signers
    found = {name: [signer] for name, signer in people.items()}
    found["three roots"] = list(published.office.roots)
    found["a root and a person"] = [published.office.roots[0], people["publisher-1"]]
    found["its own and another"] = [*signers, people["reviewer-1"]]
    return found


def _labels(body):
    """Where a body holds free text, which must be in Unicode form NFC."""
    places = {"holder": ("label",), "title": ("en",)}
    return [("body", name, *rest) for name, rest in places.items() if name in body]
