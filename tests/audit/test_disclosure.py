"""A disclosure's file: verified by who trusts the log, and by nobody once a byte of it differs."""

import orjson
import pytest
from nacl.public import PrivateKey

from api.disclosing import disclose
from audit.container import read_container, write_container
from audit.disclosure import is_disclosure, verify_disclosure
from audit.keys import is_keys
from domain.errors import Invalid, NotFound, Rejected, Unverified
from ledger.disclosure import disclose as made_up
from ledger.disclosure_box import box, is_box, open_box, read_recipient

WHY = {"reason_code": "consent", "reason": "in writing"}


class Disclosed:
    """An office whose claim was sealed anew once, and a disclosure of two of its fields."""

    def __init__(self, office, folder):
        self.office, self.folder = office, folder
        claim = office.claim(
            person={"name": "اسم مخترع", "national_id": "0123456789"},
            sources=[{"kind": "witness", "detail": "an invented witness"}],
        )
        self.claim = office.desk.record(claim, office.signers["documenter-1"]).stream
        to = office.vault.seal_more({self.claim: {"name": "اسم آخر"}})[self.claim]["name"]
        was = office.ask.thing(self.claim)["state"]["person"]["name"]
        why = {"reason_code": "correction", "reason": "misread"}
        self.say("FieldSealed", {"field": "name", "from": was, "to": to, **why})
        self.file = folder / "out.sijill"
        self.disclose(["name", "source s1"], out=self.file)
        self.raw = self.file.read_bytes()
        self.trust = [office.ledger._log_keys[0].key]

    def say(self, kind, body, signer="reviewer-1"):
        return self.office.desk.say(self.claim, kind, body, self.office.signers[signer])

    def disclose(self, fields, out, **changes):
        options = {"to": "A court", "recipient": None, "why": WHY} | changes
        signer = self.office.signers[options.pop("signer", "reviewer-1")]
        with self.office.folder.opening(lambda _: "p") as opened:
            return disclose(
                self.office.desk, opened, self.claim, fields, signer=signer, out=out, **options
            )

    def verify(self, raw=None, trust=None):
        return verify_disclosure(self.raw if raw is None else raw, trust or self.trust)

    def altered(self, **files):
        """The container with other files, in its one form."""
        held = dict(read_container(self.raw).files)
        for name, content in files.items():
            held[name] = content
        return write_container(held)

    def document(self, **changes):
        document = orjson.loads(read_container(self.raw).files["disclosures.json"]) | changes
        return self.altered(
            **{"disclosures.json": orjson.dumps(document, option=orjson.OPT_SORT_KEYS) + b"\n"}
        )


@pytest.fixture
def made(office, tmp_path):
    return Disclosed(office, tmp_path)


def failures(verdict):
    return {check.what for check in verdict.failures}


def test_it_shows_the_values_and_what_each_rests_on(made):
    verdict, opened = made.verify()
    assert verdict.exit_code == 0, verdict.failures
    assert opened.values == {"name": "اسم آخر", "source s1": "an invented witness"}
    assert "اسم" not in repr(opened)
    told = {check.what: check for check in verdict.checks}
    assert "FieldSealed" in told["the name opens a signed digest"].detail
    assert "ClaimRecorded" in told["the source s1 opens a signed digest"].detail
    assert told["what became of the name"].detail == "it still stands"
    assert "A court" in told["the disclosure was recorded"].detail
    # None of the values is in what was checked: only who asks for them gets them.
    assert "اسم" not in str(verdict)
    assert "witness" not in str(verdict)
    assert is_disclosure(made.raw)
    assert (made.file.stat().st_mode & 0o777) == 0o600


def test_the_root_keys_are_enough_to_trust_it(made):
    roots = [root.key for root in made.office.roots]
    assert made.verify(trust=roots)[0].exit_code == 0
    assert made.verify(trust=roots[:1])[0].exit_code == 1


def test_no_byte_of_it_can_be_another(made):
    for at in range(0, len(made.raw), 37):
        changed = made.raw[:at] + bytes([made.raw[at] ^ 1]) + made.raw[at + 1 :]
        verdict, opened = made.verify(changed)
        assert verdict.exit_code in (1, 2), at
        assert opened is None


@pytest.mark.parametrize("size", [0, 1, 100, -1, -200])
def test_a_file_that_is_cut_short_verifies_nothing(made, size):
    verdict, opened = made.verify(made.raw[:size])
    assert verdict.exit_code != 0
    assert opened is None


def test_another_key_is_not_trusted(made):
    stranger = [made.office.signers["documenter-1"].key]
    verdict, opened = made.verify(trust=stranger)
    assert verdict.exit_code == 1
    assert opened is None


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {"name": made_up("name", "Another")}},
        {"fields": {}},
        {"fields": {"name": "x"}},
        {"fields": {"name": 1}},
        {"fields": ["name"]},
        {"disclosed": 0},
        {"disclosed": 10**6},
        {"disclosed": "5"},
        {"claim": "claim/00000000-0000-4000-8000-000000000001"},
        {"claim": "incident/00000000-0000-4000-8000-000000000001"},
        {"version": "sijill/disclosure/v2"},
        {"more": 1},
    ],
)
def test_what_was_not_recorded_as_disclosed_is_refused(made, changes):
    verdict, opened = made.verify(made.document(**changes))
    assert verdict.exit_code == 1
    assert opened is None


def test_one_field_more_or_less_or_two_exchanged_is_refused(made):
    fields = orjson.loads(read_container(made.raw).files["disclosures.json"])["fields"]
    swapped = {"name": fields["source s1"], "source s1": fields["name"]}
    for other in ({"name": fields["name"]}, fields | {"family": fields["name"]}, swapped):
        verdict, _ = made.verify(made.document(fields=other))
        assert "the file holds what was recorded as disclosed" in failures(verdict)


@pytest.mark.parametrize(
    "document",
    [b"", b"\n", b"[]\n", b"{}\n", b'{"a":1,"a":2}\n', b"[" * 100_000, b"\xff\n", b"x" * (2 << 20)],
)
def test_disclosures_that_are_no_canonical_json_are_refused_without_being_repeated(made, document):
    verdict, opened = made.verify(made.altered(**{"disclosures.json": document}))
    assert verdict.exit_code == 1
    assert opened is None


def test_an_event_of_the_claim_that_is_left_out_is_missed(made):
    files = read_container(made.raw).files
    entries = sorted(name for name in files if name.startswith("claim/") and "entry" in name)
    for left_out in entries:
        held = {name: raw for name, raw in files.items() if name[:16] != left_out[:16]}
        verdict, opened = made.verify(write_container(held))
        assert verdict.exit_code == 1, left_out
        assert opened is None


def test_what_was_sealed_by_a_key_that_is_now_suspect_is_told(made):
    office = made.office
    index = office.ledger.history(made.claim)[1].log_index
    body = {
        "vkey": str(office.signers["reviewer-1"].key),
        "reason_code": "compromised",
        "reason": "stolen",
        "suspect_from": index,
    }
    office.desk.say("authority", "KeyRevoked", body, *office.roots[:2])
    made.disclose(["name"], out=made.folder / "later.sijill", signer="publisher-1")
    verdict, opened = made.verify((made.folder / "later.sijill").read_bytes())
    assert "the name is not suspect" in failures(verdict)
    assert opened is None


def test_what_cannot_be_disclosed_leaves_no_file_and_no_event(made):
    size = made.office.ledger.checkpoint().size
    out = made.folder / "other.sijill"
    with pytest.raises(NotFound, match="'family' is not sealed"):
        made.disclose(["family"], out=out)
    with pytest.raises(Rejected, match="role-missing"):
        made.disclose(["name"], out=out, signer="documenter-1")
    with pytest.raises(Rejected, match="unknown-term"):
        made.disclose(["name"], out=out, why={"reason_code": "why", "reason": "x"})
    with pytest.raises(Invalid, match="a recipient's key is"):
        made.disclose(["name"], out=out, recipient="short")
    with pytest.raises(Invalid, match="exists; nothing was recorded"):
        made.disclose(["name"], out=made.file)
    with pytest.raises(OSError, match="No such file"):
        made.disclose(["name"], out=made.folder / "none" / "out.sijill")
    assert made.office.ledger.checkpoint().size == size
    assert sorted(one.name for one in made.folder.glob("*.sijill*")) == ["out.sijill"]


def test_a_disclosure_for_a_key_is_opened_by_that_key_alone(made):
    private, other = PrivateKey.generate(), PrivateKey.generate()
    raw = box(made.raw, private.public_key)
    assert is_box(raw)
    assert open_box(raw, private) == made.raw
    with pytest.raises(Unverified, match="is encrypted for the key"):
        open_box(raw, other)
    for at in (60, 75, 200, len(raw) - 1):
        with pytest.raises(Unverified):
            open_box(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], private)
    with pytest.raises(Unverified):
        open_box(raw[:90], private)


@pytest.mark.parametrize("key", ["", "x", "A" * 44, "A" * 43 + "=\n", "é" * 44])
def test_a_recipient_s_key_has_one_form(key):
    with pytest.raises(Invalid, match="a recipient's key is"):
        read_recipient(key)


def test_a_key_that_hides_nothing_is_refused():
    with pytest.raises(Invalid, match="is not one that a recipient"):
        box(b"secret", read_recipient("A" * 43 + "="))
    assert not is_keys(b"")
