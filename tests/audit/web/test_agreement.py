"""The verifier in JavaScript says the same as the one in Python, of good and of altered files."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.figure_receipt import is_receipt, verify_figure_receipt
from audit.keys import is_keys, verify_keys
from audit.policy import Policy
from audit.receipt import is_proof, verify_receipt
from audit.verdict import unusable
from audit.verify import Asked, verify_bundle
from domain.errors import Invalid
from ledger.note import VerifierKey
from tests.audit.web.corpus import corpus
from tests.audit.web.lives import lives
from tests.audit.web.receipts import hidden, receipts, summed

CASES = Path(__file__).parent / "cases.mjs"
PLACE = ("what", "outcome", "file", "figure", "key", "as_of")


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("corpus"))


def verified_here(case):
    """What the command line would say of a case, as JSON."""
    trust = [VerifierKey.parse(key) for key in case.trust]
    witnesses = tuple(VerifierKey.parse(key) for key in case.witnesses)
    policy = Policy(witnesses, case.quorum, max_age=case.max_age, now=case.now)
    if is_proof(case.raw):
        verdict = verify_receipt(
            case.raw, trust, entry=case.beside, old_checkpoint=case.beside, policy=policy
        )
    elif is_receipt(case.raw):
        verdict = verify_figure_receipt(case.raw, trust, policy)
    elif is_keys(case.raw):
        verdict = verify_keys(case.raw, trust, policy)
    else:
        try:
            verdict = verify_bundle(case.raw, trust, policy, Asked(case.figure, case.claim))
        except Invalid as error:
            verdict = unusable(str(error))
    return verdict.to_json()


def compared(verdict):
    """What two verifiers must agree on: all but the words of the details."""
    checks = [tuple(check.get(name, "") for name in PLACE) for check in verdict["checks"]]
    told = [verdict[name] for name in ("exit_code", "report", "title", "figures")]
    return *told, verdict.get("status", ""), verdict.get("claim"), checks


def disagreements(cases, theirs):
    """Where they differ; what another program packed is only agreed to be no bundle."""
    assert len(cases) == len(theirs)
    found = []
    for case, there in zip(cases, theirs, strict=True):
        here = verified_here(case)
        one, other = compared(here), compared(there)
        if any(check["detail"].startswith("nor can its headers") for check in there["checks"]):
            one, other = one[0], other[0]
        if one != other:
            found.append((case.name, one, other))
    return found


@pytest.fixture(scope="module")
def node():
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not here to run JavaScript with (apt-get install nodejs)")
    return program


def ask(node, cases):
    """What the verifier in JavaScript says of each."""
    lines = "".join(json.dumps(case.to_json()) + "\n" for case in cases)
    done = subprocess.run([node, CASES], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_python_and_javascript_agree_on_every_file(cases, node):
    verdicts = ask(node, cases)
    assert disagreements(cases, verdicts) == []
    codes = [verdict["exit_code"] for verdict in verdicts]
    assert len(cases) > 300
    assert {0, 1, 2, 3} == set(codes)
    assert codes.count(0) >= 10


def test_they_agree_on_every_receipt(tmp_path, node):
    cases = list(receipts(tmp_path))
    verdicts = ask(node, cases)
    assert disagreements(cases, verdicts) == []
    codes = {case.name: verdict["exit_code"] for case, verdict in zip(cases, verdicts, strict=True)}
    good = [name for name, code in codes.items() if code == 0]
    assert len(cases) > 250
    assert set(codes.values()) == {0, 1, 2, 3}
    # Whatever is altered does not verify.
    assert [n for n in good if "trusting" not in n] == ["a member"]
    assert len(good) == 7


def test_python_and_javascript_agree_on_the_life_of_a_report(node, tmp_path):
    cases = list(lives(tmp_path))
    verdicts = ask(node, cases)
    assert disagreements(cases, verdicts) == []
    codes = [verdict["exit_code"] for verdict in verdicts]
    assert len(cases) > 400
    assert {0, 1, 2, 3} == set(codes)
    assert {"frozen", "published", "superseded"} <= {one["status"] for one in verdicts}
    found = {
        case.name: (one["exit_code"], check["outcome"])
        for case, one in zip(cases, verdicts, strict=True)
        for check in one["checks"]
        if check["what"] == "an auditor attested to it"
    }
    assert (found["attested"], found["mistrusted"]) == ((0, "holds"), (0, "take note"))
    assert "corrected" not in found


def test_they_agree_on_what_is_hidden(tmp_path, node):
    cases = list(hidden(tmp_path))
    lines = "".join(json.dumps(case.to_json()) + "\n" for case in cases)
    done = subprocess.run([node, CASES], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert disagreements(cases, verdicts) == []
    assert [
        case.name for case, one in zip(cases, verdicts, strict=True) if not one["exit_code"]
    ] == ["hidden, as it was frozen"]


def test_they_agree_on_sums(tmp_path, node):
    cases = list(summed(tmp_path))
    lines = "".join(json.dumps(case.to_json()) + "\n" for case in cases)
    done = subprocess.run([node, CASES], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert disagreements(cases, verdicts) == []
    codes = {case.name: one["exit_code"] for case, one in zip(cases, verdicts, strict=True)}
    assert [name for name, code in codes.items() if code == 0] == [
        "sums, as they were frozen",
        "sums, receipt",
        "stated for exactly March, as it was frozen",
        "sums, proof of an addend",
        "stated, receipt",
        "stated, proof of an addend",
    ]
    values = {one["name"]: one["value"] for one in verdicts[0]["figures"]}
    assert values == {
        **{"munitions": 19, "hits": 6, "none-injured": 0},
        **{"displaced": 15_200_000, "every-displaced": 15_200_000},
    }
    proof = [*codes].index("sums, proof of an addend")
    assert verdicts[proof]["checks"][1]["detail"].endswith("one of 3 addends of 19")
