"""The verifier in JavaScript says the same of disclosures as the one in Python, values and all."""

import json
import random
import subprocess
from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest

from audit.container import read_container, write_container
from audit.disclosure import verify_disclosure
from audit.policy import Policy
from ledger.note import VerifierKey
from tests.audit.test_disclosure import Disclosed
from tests.audit.web.corpus import Case, _flip
from tests.audit.web.test_agreement import CASES, compared, node  # noqa: F401 - a fixture
from tests.office import Office

FLIPS = 120


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disclosures")
    made = Disclosed(Office(folder / "ledger"), folder)
    found = list(_cases(made))
    made.office.close()
    return found


def _cases(made):
    draw = random.Random(20200402)
    log = (made.office.ledger.authority.log,)
    roots = tuple(str(root.key) for root in made.office.roots)
    for name, trust in {"log": log, "roots": roots, "one root": roots[:1], "none": ()}.items():
        yield Case(f"trusting {name}", made.raw, trust)
    for at in sorted(draw.sample(range(len(made.raw)), FLIPS)):
        yield Case(f"byte {at}", _flip(made.raw, at, 1 << draw.randrange(8)), log)
    for size in (0, 10, 200, len(made.raw) // 2, len(made.raw) - 1):
        yield Case(f"cut at {size}", made.raw[:size], log)
    files = read_container(made.raw).files
    for left_out in files:
        held = {name: raw for name, raw in files.items() if name != left_out}
        yield Case(f"without {left_out}", write_container(held), log)
        if left_out != "disclosures.json":
            changed = _flip(files[left_out], draw.randrange(len(files[left_out])), 1)
            yield Case(f"{left_out} altered", made.altered(**{left_out: changed}), log)
    yield Case("one file more", made.altered(**{"notes.txt": b"hello"}), log)
    yield Case("a report's entry", made.altered(**{"report/0000000001.entry": b"hello"}), log)
    fields = json.loads(files["disclosures.json"])["fields"]
    for name, document in _documents(made, fields):
        yield Case(f"document: {name}", document, log)
    for kind, body, signer in _later(made):
        made.say(kind, body, signer)
        out = made.folder / f"{kind}.sijill"
        if kind != "Erased":
            made.disclose(["source s1"], out=out)
            yield Case(f"after {kind}", out.read_bytes(), log)
            held = dict(read_container(out.read_bytes()).files)
            first = files["disclosures.json"]
            yield Case(f"before {kind}", write_container(held | {"disclosures.json": first}), log)
    index = made.office.ledger.history(made.claim)[0].log_index
    revoked = {"vkey": str(made.office.signers["documenter-1"].key), "suspect_from": index}
    revoked |= {"reason_code": "compromised", "reason": "stolen"}
    made.office.desk.say("authority", "KeyRevoked", revoked, *made.office.roots[:2])
    for number in range(2):
        out = made.folder / f"suspect-{number}.sijill"
        made.disclose(["source s1"], out=out)
        yield Case(f"suspect {number}", out.read_bytes(), log)
        made.say("Reaffirmed", {"versions": [1], "reason": "read again"})


def _documents(made, fields):
    def coded(text):
        return urlsafe_b64encode(text).rstrip(b"=").decode()

    one = fields["name"]
    for number, other in enumerate(
        (
            one + "=",
            one[:-1],
            f"{one} ",
            "",
            coded(b'["a","name","b"]'),
            coded(b'"abc"'),
            coded(b"x"),
        )
    ):
        yield f"name {number}", made.document(fields=fields | {"name": other})
    yield (
        "exchanged",
        made.document(fields=dict(zip(fields, reversed(fields.values()), strict=True))),
    )
    yield "one less", made.document(fields={"name": one})
    changes: dict[str, Any]
    for changes in (
        {"disclosed": 4},
        {"disclosed": 5.0},
        {"version": "x"},
        {"fields": []},
        {"a": 1},
    ):
        yield f"{changes}", made.document(**changes)
    for number, raw in enumerate((b"", b"\n", b"{}", b"[]\n", b'{"a":1,"a":2}\n', b"\xff\n")):
        yield f"raw {number}", made.altered(**{"disclosures.json": raw})


def _later(made):
    """Events after the disclosure, which the file tells of."""
    why = {"reason_code": "correction", "reason": "read again"}
    was = orjson.loads(orjson.dumps(made.office.ask.thing(made.claim)["state"]["person"]["name"]))
    yield "FieldSealed", {"field": "name", "from": was, "to": None, **why}, "reviewer-1"
    linked = {"source": {"id": "s2", "kind": "document"}}
    yield "SourceLinked", linked, "documenter-1"
    yield "Retracted", {"reason_code": "precautionary", "reason": "x"}, "reviewer-1"
    yield "Reinstated", why, "reviewer-1"


def _here(case):
    trust = [VerifierKey.parse(key) for key in case.trust]
    verdict, opened = verify_disclosure(case.raw, trust, Policy((), 0))
    values = None if opened is None else {"claim": opened.claim, "values": dict(opened.values)}
    return compared(verdict.to_json()), values


def test_python_and_javascript_agree_on_every_disclosure(cases, node):  # noqa: F811 - a fixture
    from audit.disclosure import is_disclosure

    cases = [case for case in cases if is_disclosure(case.raw)]
    lines = "".join(json.dumps(case.to_json()) + "\n" for case in cases)
    done = subprocess.run([node, CASES], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    disagreed, codes = [], []
    for case, there in zip(cases, verdicts, strict=True):
        here, theirs = _here(case), (compared(there), there["disclosed"])
        codes.append(there["exit_code"])
        repacked = any(one["detail"].startswith("nor can its") for one in there["checks"])
        if (here[0][0] if repacked else here) != (theirs[0][0] if repacked else theirs):
            disagreed.append((case.name, here, theirs))
    assert disagreed == []
    assert len(cases) > 150
    assert codes.count(0) >= 8
