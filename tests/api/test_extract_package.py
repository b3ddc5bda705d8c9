"""Data packages: what they hold, what shows when they are altered, what only the ledger shows."""

import csv
import hashlib
import io
import json
import random
from collections.abc import Callable
from datetime import date

import pytest

from api.extract.package import package_parts, take_again
from api.extract.rows import KINDS, Asked, extract
from api.questions import Filters, Questions
from audit.bundle import MANIFEST, format_manifest, read_manifest
from audit.container import read_container, write_container
from audit.extract import PACKAGE, is_extract, read_package, verify_extract
from audit.keys import is_keys
from domain.errors import Invalid
from projections.registry import Registry
from tests.scene import LOG, REVIEWER, ROOTS, STRANGER, Scene, incident_name

READ: dict[str, Callable] = {"string": str, "integer": int, "date": date.fromisoformat}
AGAIN = "the rows are those of the ledger"
STATE = "the rows name a state of that log"


class Taken(Scene):
    """Six deaths of one incident; `package` takes an extract, and `again` takes it once more."""

    def __init__(self, folder):
        super().__init__(folder)
        self.registry = Registry(folder / "projections.db", self.ledger.recorder)
        self.ask = Questions(self.ledger, self.registry)
        self.incident(1, place={"governorate": "SY07", "name": "=1+1"}, happened_on="2020-03-05")
        for number in range(6):
            self.claim(number, incident=incident_name(1), happened_on="../2020-03")

    def package(self, kind="claims", filters=None, licence=None, **asked):
        taken = extract(self.ask, Asked(kind, filters or Filters(), **asked))
        return b"".join(package_parts(self.ledger, taken, licence))

    def verify(self, raw, again=True, trust=(LOG.key,)):
        taken_again = (lambda stated: take_again(self.ask, stated)) if again else None
        return verify_extract(raw, list(trust), again=taken_again)

    def close(self):
        self.registry.close()
        super().close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    made = Taken(tmp_path_factory.mktemp("scene"))
    yield made
    made.close()


def failing(verdict):
    return {check.what for check in verdict.failures}


def altered(raw, name, change):
    """The package with one file changed and every hash in it made anew, as a forger would."""
    files = dict(read_container(raw).files)
    files[name] = change(files[name])
    package = json.loads(files[PACKAGE])
    for resource in package["resources"]:
        data = files[resource["path"]]
        resource["bytes"] = len(data)
        resource["hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
    files[PACKAGE] = json.dumps(package, ensure_ascii=False, indent=2).encode() + b"\n"
    identity, _ = read_manifest(files[MANIFEST])
    files[MANIFEST] = format_manifest(identity, files)
    return write_container(files)


def in_package(change):
    """A change of the member sijill of datapackage.json."""

    def changed(raw):
        package = json.loads(raw)
        change(package["sijill"])
        return json.dumps(package).encode()

    return changed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_package_verifies_and_is_what_the_ledger_gives_again(scene, kind, language):
    by = ("party", "governorate") if kind in ("toll", "members") else ()
    filters = Filters(happened="2020-03", where=["party=russian-forces"], by=by)
    raw = scene.package(kind, filters, language=language, licence="CC BY 4.0")
    assert raw == scene.package(kind, filters, language=language, licence="CC BY 4.0")
    assert is_extract(raw)
    assert not is_keys(raw)
    verdict = scene.verify(raw)
    assert verdict.verified, verdict.failures
    assert AGAIN in {check.what for check in verdict.checks}


@pytest.mark.parametrize("kind", [*KINDS, "members of massacres"])
def test_the_schema_describes_every_cell(scene, kind):
    asked = {"measure": "massacres"} if kind == "members of massacres" else {}
    files = read_container(scene.package(kind.partition(" ")[0], **asked)).files
    (resource,) = json.loads(files[PACKAGE])["resources"]
    data = files[resource["path"]]
    assert resource["bytes"] == len(data)
    assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    head, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    fields = resource["schema"]["fields"]
    assert head == [field["name"] for field in fields]
    assert rows
    for row in rows:
        for field, cell in zip(fields, row, strict=True):
            assert cell == "" or READ[field["type"]](cell) is not None
    if key := resource["schema"].get("primaryKey"):
        keys = [tuple(row[head.index(name)] for name in key) for row in rows]
        assert len(set(keys)) == len(keys)
        assert all(all(one) for one in keys)
    assert all(field["hxl"].startswith("#") for field in fields)


def test_a_package_holds_formulas_as_text(scene):
    files = read_container(scene.package("incidents")).files
    assert b",'=1+1," in files["data/incidents.csv"]


def test_a_licence_is_stated_only_when_it_is_given(scene):
    def licences(licence):
        return json.loads(read_container(scene.package(licence=licence)).files[PACKAGE]).get(
            "licenses"
        )

    assert licences(None) is None
    assert licences("CC BY 4.0") == [{"name": "CC-BY-4.0", "title": "CC BY 4.0"}]


def test_an_earlier_state_is_proved_by_growth_and_stays_when_more_is_recorded(tmp_path):
    scene = Taken(tmp_path)
    try:
        raw = scene.package(filters=Filters(at=str(scene.size - 3)))
        now = scene.package()
        scene.claim(77)
        scene.say(
            incident_name(1),
            "Retracted",
            {"reason_code": "fabricated", "reason": "it did not happen"},
            REVIEWER,
        )
        for one in (raw, now):
            assert scene.verify(one).verified
        assert scene.package() != now
    finally:
        scene.close()


def test_root_keys_that_founded_the_ledger_are_enough_to_trust_and_a_stranger_is_not(scene):
    raw = scene.package()
    assert scene.verify(raw, trust=[root.key for root in ROOTS[:2]]).verified
    assert failing(scene.verify(raw, trust=[ROOTS[0].key])) == {"the log key is one you trust"}
    assert failing(scene.verify(raw, trust=[STRANGER.key])) == {"the log key is one you trust"}


def test_a_byte_changed_anywhere_is_found(scene):
    raw = scene.package("toll", Filters(at=str(scene.size - 2)))
    draw = random.Random(7)
    for at in sorted(draw.sample(range(len(raw)), 150)):
        changed = bytearray(raw)
        changed[at] ^= 1 << draw.randrange(8)
        assert not scene.verify(bytes(changed), again=False).verified, at


def test_forged_rows_show_only_against_the_ledger(scene):
    forged = altered(
        scene.package("toll"), "data/toll.csv", lambda raw: raw.replace(b"\r\n6,", b"\r\n60,")
    )
    assert scene.verify(forged, again=False).verified
    verdict = scene.verify(forged)
    assert failing(verdict) == {AGAIN}
    assert {check.file for check in verdict.failures} == {"data/toll.csv", PACKAGE}


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["ledger"].update(root="A" * 43 + "="),
        lambda told: told["ledger"].update(size=told["ledger"]["size"] - 1),
        lambda told: told["ledger"].update(size=told["ledger"]["size"] + 1),
    ],
)
def test_a_state_that_the_log_never_had_is_found(scene, change):
    raw = scene.package()
    forged = altered(raw, PACKAGE, in_package(change))
    assert STATE in failing(scene.verify(forged, again=False))
    assert AGAIN in failing(scene.verify(forged))


def test_the_ledger_of_somebody_else_is_named(scene, tmp_path):
    other = Taken(tmp_path)
    try:
        other.claim(99)
        raw = other.package()
        verdict = verify_extract(raw, [LOG.key], again=lambda said: take_again(scene.ask, said))
        (failed,) = verdict.failures
        assert "entries, the last is" in failed.detail
        raw = other.package(filters=Filters(at=str(other.size - 1)))
        scene_raw = scene.package()
        verdict = verify_extract(
            scene_raw, [LOG.key], again=lambda said: take_again(other.ask, said)
        )
        assert verdict.verified  # the other one grew out of the same entries
    finally:
        other.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told.update(version="sijill/extract/v9"), "is not sijill/extract/v1"),
        (lambda told: told.update(extract=1), "not of its type"),
        (lambda told: told.pop("language"), "no member sijill with"),
        (lambda told: told.update(more=1), "no member sijill with"),
        (lambda told: told.update(definition_sha256="0" * 64), "is not that of the definition"),
        (lambda told: told["definition"].update(by=["party"]), "is not that of the definition"),
        (lambda told: told["ledger"].update(size=True), "an integer from 1"),
        (lambda told: told["ledger"].update(root="x"), "is not 32 bytes"),
        (lambda told: told["ledger"].update(more=1), "origin, size and root"),
        (lambda told: told["sentence"].update(en=1), "in English and Arabic"),
        (lambda told: told["sentence"].update(en="\x1b[2J"), "control"),
    ],
)
def test_a_package_that_says_anything_else_is_refused(scene, change, message):
    raw = scene.package("toll")
    changed = in_package(change)(read_container(raw).files[PACKAGE])
    with pytest.raises(Invalid, match=message):
        read_package(changed)
    verdict = scene.verify(altered(raw, PACKAGE, in_package(change)))
    assert "the data package describes its files" in failing(verdict)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{", b"[" * 5000, b'{"sijill":[]}', b'{"sijill":{}}', b" " * (2 << 20)],
)
def test_what_is_no_package_is_refused(raw):
    with pytest.raises(Invalid):
        read_package(raw)


@pytest.mark.parametrize("name", ["data/more.csv", "more.txt", "figures/women.note"])
def test_a_file_that_does_not_belong_is_found(scene, name):
    files = dict(read_container(scene.package()).files) | {name: b"claim\r\n"}
    identity, _ = read_manifest(files[MANIFEST])
    files[MANIFEST] = format_manifest(identity, files)
    assert not scene.verify(write_container(files), again=False).verified


@pytest.mark.parametrize("gone", ["checkpoint", "manifest", PACKAGE, "data/claims.csv"])
def test_a_file_that_is_missing_is_found(scene, gone):
    files = dict(read_container(scene.package()).files)
    del files[gone]
    assert not scene.verify(write_container(files)).verified


@pytest.mark.parametrize(
    "definition",
    [
        {"where": [], "by": []},
        {"where": {"sex": "female"}, "by": []},
        {"where": {}, "by": [1]},
        {"where": {}, "by": [], "period": 2020},
        {"where": {"colour": ["red"]}, "by": []},
        {"where": {}, "by": [], "period": "2020-13"},
        {},
    ],
)
def test_a_question_that_cannot_be_asked_again_is_refused(scene, definition):
    digest = hashlib.sha256(
        json.dumps(definition, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    change = in_package(lambda told: told.update(definition=definition, definition_sha256=digest))
    for kind in ("toll", "members"):
        forged = altered(scene.package(kind), PACKAGE, change)
        assert failing(scene.verify(forged)) == {AGAIN}


def test_rows_that_are_more_than_a_container_holds_are_refused(scene, monkeypatch):
    monkeypatch.setattr("api.extract.package.MAX_BYTES", 1000)
    with pytest.raises(Invalid, match="narrow the question"):
        scene.package()
