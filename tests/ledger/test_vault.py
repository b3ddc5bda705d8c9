"""The vault: what is sealed opens its digest, for who holds the key, and for nobody else."""

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import closing

import pytest
from nacl.public import PrivateKey

from domain.errors import Invalid, Unverified
from ledger.disclosure import digest_of, disclose
from ledger.keyfile import new_vault_key_file
from ledger.vault import Vault

FIELDS = {"name": "اسم مخترع", "national_id": "0123456789"}


@pytest.fixture
def key(tmp_path):
    return new_vault_key_file(tmp_path / "vault.key", "vault", "p", ops=1, mem=8192)


@pytest.fixture
def vault(tmp_path, key):
    made = Vault(tmp_path / "vault.db", key.public_key)
    yield made
    made.close()


def seal(vault, claim="claim/1", fields=FIELDS):
    """Seal fields; returns the digests that the claim's event holds."""
    return {field: one["sealed"] for field, one in vault.seal(claim, fields).items()}


def test_what_was_sealed_is_revealed_to_the_key(vault, key):
    sealed = vault.seal("claim/1", FIELDS)
    assert set(sealed) == set(FIELDS)
    assert all(set(one) == {"sealed"} for one in sealed.values())
    digests = {field: one["sealed"] for field, one in sealed.items()}
    assert vault.reveal("claim/1", key, digests) == FIELDS
    assert vault.reveal("claim/1", key, {"name": digests["name"]}) == {"name": FIELDS["name"]}
    assert vault.reveal("claim/2", key, digests) == {}


def test_another_value_sealed_in_the_place_of_the_signed_one_is_found(vault, key, tmp_path):
    """Everybody has the vault's public key: only the signed digest says what was sealed."""
    digests = seal(vault)
    with sqlite3.connect(tmp_path / "vault.db") as connection:
        connection.execute("DELETE FROM disclosures")
        connection.execute("DELETE FROM claim_keys")
    connection.close()
    forged = seal(vault, fields={"name": "Another", "national_id": "9"})
    assert vault.reveal("claim/1", key, forged)["name"] == "Another"
    with pytest.raises(Unverified, match="that was signed"):
        vault.reveal("claim/1", key, digests)


@pytest.mark.parametrize(
    "signed",
    [
        *('["salt","father","x"]', '["salt","name",1]', '["salt","name"]', '{"a":1}', "x"),
        '["salt","name",' + "[" * 100_000,
    ],
)
def test_what_a_documenter_sealed_in_another_form_is_refused(vault, key, monkeypatch, signed):
    monkeypatch.setattr(
        "ledger.claim_keys.disclose",
        lambda field, value: urlsafe_b64encode(signed.encode()).rstrip(b"=").decode(),
    )
    digests = seal(vault, fields={"name": "x"})
    with pytest.raises(Unverified):
        vault.reveal("claim/1", key, digests)


def test_equal_values_have_unlike_digests(vault):
    one = vault.seal("claim/1", {"name": "Same"})
    other = vault.seal("claim/2", {"name": "Same"})
    assert one != other


def test_nothing_of_a_value_is_on_disk_in_clear(vault, tmp_path):
    vault.seal("claim/1", FIELDS)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("vault.db*"))
    for value in FIELDS.values():
        assert value.encode() not in raw


def test_another_key_opens_nothing(vault, tmp_path):
    digests = seal(vault)
    other = new_vault_key_file(tmp_path / "other.key", "vault", "p", ops=1, mem=8192)
    with pytest.raises(Unverified):
        vault.reveal("claim/1", other, digests)


def test_a_changed_disclosure_is_found(vault, key, tmp_path):
    digests = seal(vault)
    with sqlite3.connect(tmp_path / "vault.db") as connection:
        connection.execute("UPDATE disclosures SET sealed = substr(sealed, 1, 40) || x'00'")
    connection.close()
    with pytest.raises(Unverified):
        vault.reveal("claim/1", key, digests)


def test_digests_moved_between_disclosures_are_found(vault, key, tmp_path):
    digests = seal(vault, fields={"name": "One"})
    with sqlite3.connect(tmp_path / "vault.db") as connection:
        connection.execute("UPDATE disclosures SET digest = 'A'")
    connection.close()
    with pytest.raises(Unverified, match="does not open"):
        vault.reveal("claim/1", key, {"name": "A"})
    with pytest.raises(Unverified, match="that was signed"):
        vault.reveal("claim/1", key, digests)


def test_a_claim_is_sealed_once(vault):
    vault.seal("claim/1", FIELDS)
    with pytest.raises(Invalid, match="sealed already"):
        vault.seal("claim/1", FIELDS)


def test_deleting_a_claim_s_key_erases_the_person(vault, key, tmp_path):
    digests = seal(vault)
    with sqlite3.connect(tmp_path / "vault.db") as connection:
        connection.execute("DELETE FROM claim_keys")
    connection.close()
    assert vault.reveal("claim/1", key, digests) == {}


def test_a_vault_opened_without_the_public_key_seals_nothing(tmp_path):
    vault = Vault(tmp_path / "v.db")
    with pytest.raises(Invalid):
        vault.seal("claim/1", FIELDS)
    assert vault.seal("claim/1", {}) == {}
    vault.close()


def test_the_digest_is_that_of_rfc_9901():
    # RFC 9901 section 4.2.3: the example disclosure of family_name and its digest.
    disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest_of(disclosure) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def test_every_disclosure_has_a_salt_of_its_own():
    assert len({disclose("name", "Same") for _ in range(50)}) == 50


def test_many_claims_are_sealed_at_once_and_sealed_again_while_no_event_holds_them(vault, key):
    claims = {"claim/1": FIELDS, "claim/2": {"name": "آخر"}, "claim/3": {}}
    first, again = vault.seal_all(claims), vault.seal_all(claims)
    assert first["claim/3"] == again["claim/3"] == {}
    for claim, fields in claims.items():
        digests = {field: one["sealed"] for field, one in again[claim].items()}
        assert vault.reveal(claim, key, digests) == fields
    with pytest.raises(Unverified):
        vault.reveal("claim/2", key, {"name": first["claim/2"]["name"]["sealed"]})


def test_what_the_ledger_refused_leaves_nothing_in_the_vault(vault, tmp_path):
    vault.seal_all({"claim/1": FIELDS, "claim/2": FIELDS})
    vault.unseal_all(["claim/1"])
    with sqlite3.connect(tmp_path / "vault.db") as raw:
        assert raw.execute("SELECT claim FROM claim_keys").fetchall() == [("claim/2",)]
        assert raw.execute("SELECT DISTINCT claim FROM disclosures").fetchall() == [("claim/2",)]
    raw.close()


@pytest.mark.parametrize("start", [0, 32, 56], ids=["ephemeral", "nonce", "box"])
def test_a_wrapped_key_that_was_changed_opens_nothing(tmp_path, start):
    private = PrivateKey.generate()
    vault = Vault(tmp_path / "vault.db", private.public_key)
    stated = {
        claim: {field: one["sealed"] for field, one in fields.items()}
        for claim, fields in vault.seal_all(
            {"claim/1": {"name": "a"}, "claim/2": {"name": "b"}}
        ).items()
    }
    with closing(sqlite3.connect(tmp_path / "vault.db")) as raw, raw:
        (wrapped,) = raw.execute(
            "SELECT wrapped FROM claim_keys WHERE claim = 'claim/1'"
        ).fetchone()
        changed = wrapped[:start] + bytes([wrapped[start] ^ 1]) + wrapped[start + 1 :]
        raw.execute("UPDATE claim_keys SET wrapped = ? WHERE claim = 'claim/1'", (changed,))
    assert vault.reveal("claim/2", private, stated["claim/2"]) == {"name": "b"}
    with pytest.raises(Unverified):
        vault.reveal("claim/1", private, stated["claim/1"])
    vault.close()


def test_keys_of_one_transaction_are_wrapped_apart_and_no_other_key_opens_them(tmp_path):
    private = PrivateKey.generate()
    vault = Vault(tmp_path / "vault.db", private.public_key)
    stated = vault.seal_all({f"claim/{n}": {"name": str(n)} for n in range(3)})
    with closing(sqlite3.connect(tmp_path / "vault.db")) as raw:
        rows = [row for (row,) in raw.execute("SELECT wrapped FROM claim_keys")]
    assert len({row[:32] for row in rows}) == 1
    assert len({row[32:56] for row in rows}) == len({row[56:] for row in rows}) == 3
    digest = stated["claim/1"]["name"]["sealed"]
    with pytest.raises(Unverified):
        vault.reveal("claim/1", PrivateKey.generate(), {"name": digest})
    vault.close()


# What somebody tries who has the log: few values, every way in which they could be hashed bare.
WORDS = {
    "date_of_birth": [str(year) for year in range(1900, 2027)],
    "name": ["male", "female", "ذكر", "أنثى", "محمد", "فاطمة"],
}


def guesses(field, value, salt=""):
    for array in ([salt, field, value], [field, value], [value]):
        for separators in ((", ", ": "), (",", ":")):
            for escaped in (False, True):
                text = json.dumps(array, ensure_ascii=escaped, separators=separators)
                yield digest_of(urlsafe_b64encode(text.encode()).rstrip(b"=").decode())
    yield digest_of(value)
    yield digest_of(urlsafe_b64encode(value.encode()).rstrip(b"=").decode())


@pytest.mark.parametrize(("field", "value"), [("date_of_birth", "1961"), ("name", "أنثى")])
def test_a_value_of_which_there_are_few_is_not_guessed_from_its_digest(vault, key, field, value):
    digest = seal(vault, fields={field: value})[field]
    tried = {word: set(guesses(field, word)) for word in WORDS[field]}
    assert value in tried
    assert not any(digest in digests for digests in tried.values())
    # Even a million salts bring nobody nearer; these few are the ones that a bad source would give.
    for salt in ("A" * 22, urlsafe_b64encode(bytes(16)).decode().rstrip("="), "0", "salt"):
        assert digest not in set(guesses(field, value, salt))
    # The salt is what prevents it: whoever is told it finds the value at once.
    (disclosure,) = vault.disclosures("claim/1", key, {field: digest}).values()
    salt = json.loads(urlsafe_b64decode(disclosure + "=="))[0]
    assert len(urlsafe_b64decode(salt + "==")) == 16
    found = [word for word in WORDS[field] if digest in set(guesses(field, word, salt))]
    assert found == [value]


def test_a_digest_says_nothing_of_a_value_s_length(vault):
    digests = seal(vault, fields={"name": "x", "family": "x" * 1900})
    assert {len(digest) for digest in digests.values()} == {43}
