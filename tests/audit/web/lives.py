"""Bundles of a report that was published, corrected, superseded and cosigned; good and altered.

One office: a report frozen by one publisher and published by a second, a correction of it likewise,
witnesses' cosignatures, and a second publisher whose key was revoked as suspect since.
"""

import json
import random
from typing import Any

from api.attest import attest
from api.freeze import Pinned, freeze
from api.plan import read_plan
from api.publish import Cause, bundle_again, correct, publish
from audit.bundle import MANIFEST, format_manifest, read_manifest
from audit.container import read_container, write_container
from audit.replay import audit_folder
from ledger.cosignature import cosign
from ledger.note import VerifierKey, format_signature, parse_note
from ledger.signer import Ed25519Signer, sign_note
from tests.audit.test_bundle import AT, PLAN
from tests.audit.web.corpus import Case, _entries, _flip
from tests.office import Office

COSIGNED = 1585900000
MORE = """
massacres = "massacres"
[narrative]
en = "One paragraph.\\n\\nAnother one."
ar = "فقرة أولى.\\n\\nفقرة ثانية."
"""
FOOTED = """
[crossfoot]
stated = ["A publication"]
[[crossfoot.waive]]
rule = "stated-as-counted"
reason = "as it was printed"
"""


def lives(folder):
    """Every case over a report's life, and every question that is asked of a bundle."""
    life = Life(folder / "life" / "ledger")
    try:
        yield from _lives(life, random.Random(11))
        yield from _asked(life.of("cosigned"))
    finally:
        life.office.close()


class Life:
    """Every bundle that a report's life makes, by what it shows."""

    def __init__(self, path):
        self.office = office = Office(path)
        second = office.signers["publisher-2"] = office.folder.new_key("publisher-2", "p")
        office.desk.enroll(str(second.key), ["publisher"], "publisher-2", office.roots[:2])
        incident = office.incident()
        for number in range(6):
            office.record(incident=incident, sex="female", age_group="adult" if number else "child")
        office.state_figure(value=9)
        self.first, self.second = office.signers["publisher-1"], second
        self.plan = read_plan(PLAN.replace("[title]", MORE + "[title]", 1) + FOOTED)
        frozen = freeze(office.ledger, office.registry, self.plan, self.first, AT)
        ledger = office.ledger
        self.bundles = {"frozen": frozen.bundle}
        self.bundles["published"] = publish(ledger, "march", frozen.bundle, second, AT).bundle
        office.record(sex="female", age_group="child")
        office.record(attribution={"mode": "sole", "parties": ["isis"]})
        corrected = correct(
            ledger,
            office.registry,
            "march",
            self.plan._replace(name="march-2"),
            self.first,
            at=AT,
            cause=Cause("late-documentation", "two families came forward"),
            pinned=Pinned(),
        )
        self.bundles["correcting"] = corrected.bundle
        newer = publish(ledger, "march-2", corrected.bundle, second, AT).bundle
        self.bundles["corrected"] = newer
        self.bundles["superseded"] = bundle_again(ledger, "march", frozen.bundle, self.first)
        self.witness = Ed25519Signer.generate("witness-1.example")
        self.cosign()
        self.bundles["cosigned"] = bundle_again(ledger, "march-2", newer, second)
        auditor = office.signers["auditor-1"] = office.folder.new_key("auditor-1", "p")
        office.desk.enroll(str(auditor.key), ["auditor"], "auditor-1", office.roots[:2])
        verdict = audit_folder(path, [VerifierKey.parse(ledger.authority.log)], bundles=[newer])
        attested = attest(ledger, "march-2", verdict, auditor, AT)
        self.bundles["attested"] = self.newest("march-2", newer)
        self.revoke(auditor, attested)
        self.bundles["mistrusted"] = self.newest("march-2", newer)
        self.revoke(second, ledger.history("report/march")[1].log_index)
        self.bundles["suspect"] = self.newest("march", frozen.bundle)
        self.signers = {
            f"{one.key.name}+{one.key.key_id.hex()}": one
            for one in (*office.roots, *office.signers.values())
        }
        self.log = ledger.authority.log

    def newest(self, name, bundle):
        ledger = self.office.ledger
        return bundle_again(ledger, name, bundle, self.first, ledger.recorder.tree_size())

    def revoke(self, signer, suspect_from):
        revocation = {
            "vkey": str(signer.key),
            "reason_code": "compromised",
            "reason": "a laptop was taken",
            "suspect_from": suspect_from,
        }
        self.office.desk.say("authority", "KeyRevoked", revocation, *self.office.roots[:2])

    @property
    def witnesses(self):
        key = self.witness.key
        return (str(VerifierKey.cosigner(key.name, key.public_key)),)

    def cosign(self):
        ledger = self.office.ledger
        note = ledger.newest_checkpoint()
        line = format_signature(cosign(parse_note(note).text, self.witness, COSIGNED))
        ledger.recorder.add_cosignature(
            ledger.checkpoint().size, self.witness.key.name, COSIGNED, line
        )

    def of(self, which):
        return Altered(self, self.bundles[which], self.second if "correct" in which else self.first)


class Altered:
    """One of the bundles, to be changed and signed again."""

    def __init__(self, life, raw, signer):
        self.office, self.log, self.signers = life.office, life.log, life.signers
        self.raw, self.files, self.publisher = raw, read_container(raw).files, signer

    def resigned(self, changes):
        files = {name: raw for name, raw in (self.files | changes).items() if raw is not None}
        identity, _ = read_manifest(parse_note(self.files[MANIFEST]).text)
        files[MANIFEST] = sign_note(format_manifest(identity, files), self.publisher)
        return write_container(files)


def _asked(published):
    """Questions about one figure and one claim, of a good bundle and of an altered one."""
    members = [json.loads(line) for line in published.files["members/women.jsonl"].splitlines()]
    claim = members[0]["id"]
    bad = published.resigned({"members/civilians.jsonl": b""})
    for figure in ("", "women", "civilians", "nobody"):
        for which, raw in (("good", published.raw), ("altered", bad), ("no", b"none")):
            asked = Case(f"{which} bundle, asked of {figure}", raw, (published.log,), figure=figure)
            yield asked
            for name in (claim, claim[6:], claim[6:14], "claim/" + "0" * 8, "x", claim[6:13]):
                yield asked._replace(name=f"{asked.name}, {name}", claim=name)


def _lives(life, draw):
    """A report published, corrected, superseded, cosigned, its publisher mistrusted since."""
    trust = (life.log,)
    for name, raw in life.bundles.items():
        yield Case(f"{name}", raw, trust)
        yield Case(f"{name}, trusting nobody", raw, ())
        for at in sorted(draw.sample(range(len(raw)), 15)):
            yield Case(f"{name}, byte {at}", _flip(raw, at, 1), trust)
        altered = life.of(name)
        for file in [file for file in altered.files if file.startswith("report/")]:
            yield Case(f"{name} without {file}", altered.resigned({file: None}), trust)
        yield Case(f"{name} without a page", altered.resigned({"verify.html": None}), trust)
        yield Case(f"{name} with another page", altered.resigned({"verify.html": b"x"}), trust)
    for seconds in (None, 10, 86400):
        for now in (COSIGNED - 3600, COSIGNED, COSIGNED + 20):
            for quorum in (0, 1):
                for which in ("cosigned", "corrected"):
                    asked = Case(f"{which} {seconds} {now} {quorum}", life.bundles[which], trust)
                    yield asked._replace(
                        witnesses=life.witnesses, quorum=quorum, max_age=seconds, now=now
                    )
    for name in ("corrected", "superseded", "attested"):
        yield from _entries(life.of(name), draw, "report/", told_otherwise)


def told_otherwise(event):
    """Bodies of a report's events that say something else that could be said."""
    body = event["body"]
    if event["type"] == "ReportPublished":
        yield {"figures": body["figures"] + 1}
        yield body | {"more": 1}
    if event["type"] == "AuditAttested":
        yield from attested_otherwise(body)
        return
    stated = body.get("corrects", body if event["type"] == "ReportCorrected" else None)
    if stated is None:
        return
    different: tuple[dict[str, Any], ...] = (
        {"events": []},
        {"events": stated["events"][::-1]},
        {"events": [*stated["events"], 900]},
        {"events": [0, *stated["events"]]},
        {"changes": stated["changes"][1:]},
        {"changes": [one | {"to": 7} for one in stated["changes"]]},
        {"reason": "another reason"},
        {"reason_code": "error-in-report"},
        {"report": "march-2"} if "report" in stated else {"by": "march"},
    )
    for changed in different:
        other = stated | changed
        yield other if stated is body else body | {"corrects": other}
    if stated is not body:
        yield body | {"figures": body["figures"][1:]}
        yield {name: value for name, value in body.items() if name != "corrects"}
        footed = body["crossfoot"]
        yield body | {"crossfoot": [one | {"waiver": None} for one in footed]}
        yield body | {"crossfoot": [one | {"waiver": "why"} for one in footed]}
        yield body | {"crossfoot": footed[::-1]}
        yield body | {"massacres": "none-such"}
        yield body | {"narrative": {"ar": [], "en": []}}


def attested_otherwise(body):
    """Attestations to something else than this report, as it was frozen, in this ledger."""
    size, figures = body["ledger"]["size"], body["figures"]
    for other in (0, 1, body["frozen"]["size"], size - 1, size + 1, 10**6):
        yield body | {"ledger": body["ledger"] | {"size": other}}
        yield body | {"ledger": body["ledger"] | {"size": other}, "entries": other}
        yield body | {"frozen": body["frozen"] | {"size": other}}
        yield body | {"entries": other}
        yield body | {"signatures": other}
    yield body | {"ledger": body["frozen"]}
    yield body | {"ledger": body["ledger"] | {"root": body["frozen"]["root"]}}
    yield body | {"frozen": body["ledger"]}
    yield body | {"frozen": body["frozen"] | {"root": body["ledger"]["root"]}}
    yield body | {"outcome": "not sound"}
    yield body | {"figures": figures[1:]}
    yield body | {"figures": figures[::-1]}
    yield body | {"figures": [*figures, figures[0]]}
    for changed in ({"value": 7}, {"name": "x"}, {"root": body["ledger"]["root"]}, {"rows": None}):
        yield body | {"figures": [one | changed for one in figures]}
