"""Sealed fields that change from release to release: sealed anew, without a key that reads them."""

import json
import sqlite3
from contextlib import closing

import pytest

from api.importing.memory import Memory
from api.sealing import compose_erasure, compose_sealing
from domain.sealing import digests
from tests.importing.test_import import ROW, WHY, Lists, changed


class Sealing(Lists):
    """An office that imports lists, and seals and erases by hand."""

    def seal(self, record_id, field, value):
        claim, signer = self.named(record_id), self.signers["documenter-1"]
        sealing = compose_sealing(self.desk, claim, field, value, signer=signer, why=WHY)
        self.desk.post(sealing.note)

    def erase(self, record_id):
        why = {"reason_code": "safety", "reason": "the family asked"}
        reviewer = self.signers["reviewer-1"]
        self.desk.post(compose_erasure(self.desk, self.named(record_id), reviewer, why))

    def reasons(self, record_id):
        history = self.ledger.history(self.named(record_id))
        return [one.event.body.get("reason") for one in history]


@pytest.fixture
def lists(tmp_path):
    made = Sealing(tmp_path)
    yield made
    made.close()


def revealed(lists, number="801"):
    """The sealed fields of a record's claim, in clear."""
    stated = digests(lists.state(number))
    return lists.folder.reveal(lists.named(number), stated, lambda _: "p")


def other_name(lists, number="801", *, but=ROW[1]):
    """A name whose mark is another: one in 256 is not seen to have changed."""
    claim = lists.named(number)
    with lists.memory() as memory:
        known = memory.mark(claim, "name", but)
        names = (f"اسم آخر {n}" for n in range(99))
        return next(name for name in names if memory.mark(claim, "name", name) != known)


def test_a_changed_sealed_field_is_sealed_anew_and_never_told(lists):
    lists.take(1, ROW)
    name = other_name(lists)
    row = changed(**{"الاسم": name})
    counts, events = lists.take(2, row)
    assert (counts["changed"], counts["not imported"], events) == (1, 0, {"FieldSealed": 1})
    assert revealed(lists) == {"name": name, "national_id": "801"}
    assert lists.reasons("801")[-1] == "release r2 of list invented list"
    assert lists.take(2, row)[1] == {}
    assert "اسم آخر" not in str(lists.told)


def test_a_name_that_goes_and_comes_is_taken_away_and_sealed_again(lists):
    lists.take(1, ROW)
    assert lists.take(2, changed(**{"الاسم": ""}))[1] == {"FieldSealed": 1}
    assert revealed(lists) == {"national_id": "801"}
    assert lists.take(2, changed(**{"الاسم": ""}))[1] == {}
    assert lists.take(3, ROW)[1] == {"FieldSealed": 1}
    assert revealed(lists) == {"name": ROW[1], "national_id": "801"}


def test_a_dry_run_says_which_sealed_field_changed_and_no_more(lists):
    lists.take(1, ROW)
    name = other_name(lists)
    size = lists.size
    counts, events = lists.take(2, changed(**{"الاسم": name}), dry_run=True)
    assert (counts["changed"], events, lists.size) == (1, {"FieldSealed": 1}, size)
    assert [one["body"] for one in lists.told] == [{"field": "name"}]


def test_a_name_that_a_person_sealed_stays(lists):
    lists.take(1, ROW)
    lists.seal("801", "name", "as the family says")
    counts, events = lists.take(2, changed(**{"الاسم": other_name(lists)}))
    assert (counts["not imported"], events) == (1, {})
    assert "a person has revised it since" in lists.told[0]["reason"]
    assert revealed(lists)["name"] == "as the family says"
    assert lists.take(2, changed(**{"الاسم": other_name(lists)}))[1] == {}


def test_nothing_is_sealed_again_of_who_was_erased(lists):
    lists.take(1, ROW, changed(id="802"))
    lists.erase("801")
    with closing(sqlite3.connect(lists.folder.path / "vault.db")) as vault:
        said = vault.execute(
            "SELECT said FROM imported WHERE claim = ?", (lists.named("801"),)
        ).fetchone()[0]
    assert json.loads(said)["marks"] == {}
    rows = (changed(**{"الاسم": other_name(lists)}), changed(id="802"))
    counts, events = lists.take(2, *rows)
    assert (counts["unchanged"], events) == (2, {})
    assert lists.take(3, changed(status=""), changed(id="802"))[1] == {"ClassificationRevised": 1}
    assert revealed(lists) == {}
    assert revealed(lists, "802") == {"name": ROW[1], "national_id": "802"}


@pytest.mark.parametrize("arrived", [True, False])
def test_a_sealing_that_was_cut_short_is_not_repeated_and_leaves_nothing(
    lists, arrived, monkeypatch
):
    lists.take(1, ROW)
    row = changed(**{"الاسم": other_name(lists)}, status="")

    accept, remember = lists.ledger.accept_all, Memory.remember

    def stop_before(notes, **options):
        raise KeyboardInterrupt

    def stop_after(memory, name, rows):
        if all(one.pending is None for one in rows.values()):
            raise KeyboardInterrupt
        remember(memory, name, rows)

    with monkeypatch.context() as patched:
        if arrived:
            patched.setattr(Memory, "remember", stop_after)
        else:
            patched.setattr(lists.ledger, "accept_all", stop_before)
        with pytest.raises(KeyboardInterrupt):
            lists.take(2, row)
    assert lists.ledger.accept_all == accept
    lists.take(2, row)
    kinds = [one.event.type for one in lists.ledger.history(lists.named("801"))]
    assert sorted(kinds) == ["ClaimRecorded", "ClassificationRevised", "FieldSealed"]
    assert revealed(lists)["name"] == row[1]
    with closing(sqlite3.connect(lists.folder.path / "vault.db")) as vault:
        assert vault.execute("SELECT count(*) FROM disclosures").fetchone() == (3,)
        assert vault.execute("SELECT count(*) FROM claim_keys").fetchone() == (2,)


def test_a_column_that_the_map_names_no_more_takes_nothing_away(lists):
    lists.take(1, ROW)

    def without_name(text):
        return text.replace('name = "الاسم"\nnational_id', "national_id")

    assert lists.take(2, ROW, change=without_name)[1] == {}
    assert revealed(lists) == {"name": ROW[1], "national_id": "801"}
