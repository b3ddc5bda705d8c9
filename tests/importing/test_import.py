"""One import after another at a desk: what is revised and kept, and what being cut short leaves."""

import csv
from contextlib import contextmanager

import pytest

from api.importing.listmap import read_map
from api.importing.memory import Memory
from api.importing.run import Import, Options
from api.importing.tables import open_table
from domain.errors import Invalid
from ledger.keyfile import open_vault_key_file
from tests.importing.releases import HEADER, MAP, Releases
from tests.office import Office

ROW = ("801", "اسم مخترع", "ذكر", "40", "civilian", "05/03/2018", "SY07", "isis", "family")
WHY = {"reason_code": "new-evidence", "reason": "the family said so"}


class Lists(Office):
    """An office that imports lists of rows."""

    def __init__(self, path):
        super().__init__(path / "records")
        self.path = path
        self.told = []

    @contextmanager
    def memory(self):
        memory = Memory(self.folder.path / "vault.db")
        try:
            yield memory
        finally:
            memory.close()

    def take(self, number, *rows, reviewer=True, change=lambda text: text, **options):
        """Import rows as the release of that number; returns the counts of rows and events."""
        path = self.path / f"release-{number}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
        text = change(MAP.format(release=f"r{number}", date=f"2019-{number:02}-01"))
        (self.path / "map.toml").write_text(text, encoding="utf-8")
        return self.take_file(path, self.path / "map.toml", reviewer=reviewer, **options)

    def take_file(self, path, listmap, *, reviewer=True, **options):
        read = read_map(listmap)
        self.told = []
        signers = self.signers["documenter-1"], self.signers["reviewer-1"] if reviewer else None
        with self.memory() as memory:
            one = Import(
                self.ledger,
                self.vault,
                memory,
                read,
                Options(*signers, **options),
                clock=lambda: "2020-04-02T09:00:00Z",
                tell=self.told.append,
            )
            one.run(open_table(path, read.columns).rows)
        return +one.counts, +one.events

    def named(self, record_id):
        """The stream of a record's claim."""
        with self.memory() as memory:
            return memory.claim("invented list", record_id)

    def state(self, record_id="801"):
        found = self.ledger.stream(self.named(record_id))
        assert found is not None
        return found.state

    def revise(self, field, to, record_id="801"):
        self.desk.revise(self.named(record_id), field, to, self.signers["reviewer-1"], **WHY)

    @property
    def size(self):
        return self.ledger.checkpoint().size

    @property
    def outcomes(self):
        return [one["outcome"] for one in self.told]


@pytest.fixture
def lists(tmp_path):
    made = Lists(tmp_path)
    yield made
    made.close()


def changed(**fields):
    row = dict(zip(HEADER, ROW, strict=True)) | fields
    return tuple(row.values())


def test_a_row_is_recorded_as_the_map_says_with_its_person_sealed(lists):
    assert lists.take(1, ROW) == ({"rows": 1, "new": 1}, {"ClaimRecorded": 1})
    claim = lists.state()
    assert (claim.sex, claim.age_group, claim.status) == ("male", "adult", "civilian")
    assert (claim.happened_on, claim.documented_on) == ("2018-03-05", "2019-01-01")
    assert claim.place.to_json() == {"governorate": "SY07", "name": None}
    assert claim.attribution.to_json()["parties"] == ["isis"]
    assert [one.kind for one in claim.sources] == ["family"]
    key = open_vault_key_file(lists.folder.path / "vault.key", lambda _: "p")
    stated = {one.field: one.digest for one in claim.person}
    shown = lists.vault.reveal(lists.named("801"), key, stated)
    assert shown == {"name": "اسم مخترع", "national_id": "801"}


def test_only_changed_fields_are_revised_and_each_says_in_which_release(lists):
    lists.take(1, ROW)
    row = changed(**{"العمر": "17", "status": "", "party": "", "source": "hospital", "date": ""})
    counts, events = lists.take(2, row)
    assert counts == {"rows": 1, "changed": 1}
    assert events == {
        "ClassificationRevised": 2,
        "AttributionChanged": 1,
        "DateRevised": 1,
        "SourceLinked": 1,
        "SourceUnlinked": 1,
    }
    claim = lists.state()
    assert (claim.age_group, claim.status, claim.happened_on) == ("child", "unknown", None)
    assert claim.attribution.mode == "unidentified"
    assert [one.kind for one in claim.sources] == ["medical"]
    assert claim.documented_on == "2019-01-01"
    body = lists.ledger.history(lists.named("801"))[-1].event.body
    assert body["reason"] == "release r2 of list invented list"
    assert lists.take(2, row) == ({"rows": 1, "unchanged": 1}, {})


def test_what_a_person_revised_is_not_overwritten_and_is_told(lists):
    lists.take(1, ROW)
    lists.revise("status", "combatant")
    lists.revise("sex", "female")
    assert lists.take(2, ROW)[1] == {}
    assert lists.state().status == "combatant"
    counts, events = lists.take(3, changed(status="", **{"العمر": "5"}))
    assert (counts["changed"], counts["not imported"]) == (1, 1)
    assert events == {"ClassificationRevised": 1}
    assert (lists.state().status, lists.state().age_group) == ("combatant", "child")
    assert "status changed in the list" in lists.told[0]["reason"]
    assert lists.take(3, changed(status="", **{"العمر": "5"}))[1] == {}


def test_a_person_who_was_first_with_the_same_value_is_not_repeated(lists):
    lists.take(1, ROW)
    lists.revise("status", "unknown")
    assert lists.take(2, changed(status=""))[1] == {}
    assert lists.told == []


def test_a_vanished_row_is_retracted_and_comes_back_with_its_changes(lists):
    other = changed(id="802")
    lists.take(1, ROW, other, changed(id="803"))
    assert lists.take(2, other, changed(id="803"))[1] == {"Retracted": 1}
    last = lists.ledger.history(lists.named("801"))[-1].event.body
    assert last == {
        "reason_code": "absent-from-release",
        "reason": "release r2 of list invented list",
    }
    assert lists.take(3, other, changed(id="803"))[1] == {}
    counts, events = lists.take(4, changed(status=""), other, changed(id="803"))
    assert counts["returned"] == 1
    assert events == {"Reinstated": 1, "ClassificationRevised": 1}
    assert (lists.state().standing, lists.state().status) == ("open", "unknown")


def test_a_row_that_came_back_unchanged_is_reinstated(lists):
    rows = [changed(id=f"80{n}") for n in (2, 3)]
    lists.take(1, ROW, *rows)
    lists.take(2, *rows)
    assert lists.take(3, ROW, *rows)[1] == {"Reinstated": 1}
    lists.take(4, *rows)
    counts, events = lists.take(5, ROW, *rows, reviewer=False)
    assert (counts["rejected"], events) == (1, {})
    assert "--reviewer-key" in lists.told[0]["reason"]
    assert lists.take(5, ROW, *rows)[1] == {"Reinstated": 1}


def test_what_a_person_retracted_no_list_brings_back(lists):
    lists.take(1, ROW)
    body = {"reason_code": "alive", "reason": "seen by the family"}
    lists.desk.say(lists.named("801"), "Retracted", body, lists.signers["reviewer-1"])
    assert lists.take(2, ROW)[1] == {}
    counts, events = lists.take(3, changed(status=""))
    assert (counts["not imported"], events) == (1, {})
    assert "retracted by hand" in lists.told[0]["reason"]
    assert lists.state().standing == "retracted"


def test_without_a_reviewer_vanished_rows_are_reported_until_one_retracts_them(lists):
    rows = [changed(id=f"80{n}") for n in (2, 3)]
    lists.take(1, ROW, *rows)
    counts, events = lists.take(2, *rows, reviewer=False)
    assert (counts["flagged"], events, lists.outcomes) == (1, {}, ["absent"])
    assert lists.told[0]["claim"] == lists.named("801")
    assert lists.take(2, *rows)[1] == {"Retracted": 1}


def test_a_file_without_most_of_the_list_retracts_nothing_unasked(lists):
    rows = [changed(id=f"80{n}") for n in (2, 3)]
    lists.take(1, ROW, *rows)
    counts, events = lists.take(2, ROW)
    assert (counts["flagged"], counts["most absent"], events) == (2, 1, {})
    assert lists.take(2, ROW, retract_most=True)[1] == {"Retracted": 2}


def test_a_row_that_breaks_a_rule_is_told_by_line_column_value_and_is_not_absent(lists):
    lists.take(1, ROW, changed(id="802"))
    broken = changed(**{"الجنس": "؟"})
    counts, events = lists.take(2, broken, changed(id="802"))
    assert (counts["rejected"], events) == (1, {})
    reason = "the map's values do not have this one"
    assert lists.told == [
        {"outcome": "rejected", "line": 2, "column": "الجنس", "value": "؟", "reason": reason}
    ]
    assert lists.state().standing == "open"


@pytest.mark.parametrize(
    ("fields", "column", "value", "reason"),
    [
        ({"status": "soldier"}, "status", "soldier", "unknown-term"),
        ({"place": "SY99"}, "place", "SY99", "unknown-term"),
        ({"party": "nobody"}, "party", "nobody", "unknown-term"),
        ({"date": "31/02/2018"}, "date", "31/02/2018", "is no date of the form %d/%m/%Y, %m/%Y"),
        ({"date": "05/03/2031"}, "date", "05/03/2031", "impossible-date"),
        ({"date": "05/03/2019"}, "", None, "documented-before-happened"),
        ({"العمر": "old"}, "العمر", "old", "is no number"),
        ({"العمر": "131"}, "العمر", "131", "lies in none of the map's ranges"),
        ({"source": ""}, "", None, "no source of this row is known"),
        ({"id": " "}, "id", None, "the record's id is missing"),
        ({"الاسم": "ا" * 3000}, "الاسم", None, "longer than 2000"),
    ],
)
def test_what_no_rule_allows_is_rejected_and_the_rest_goes_in(lists, fields, column, value, reason):
    counts, _ = lists.take(1, changed(**fields), changed(id="802"))
    assert (counts["new"], counts["rejected"]) == (1, 1)
    (told,) = lists.told
    assert (told["line"], told["column"] or column, told["value"] or value) == (2, column, value)
    assert reason in told["reason"]
    assert "مخترع" not in str(told)


def test_a_confidential_column_is_repeated_in_no_report(lists):
    def change(text):
        return text.replace('status = "status"', 'status = "الاسم"')

    lists.take(1, changed(**{"الاسم": "Inventedname"}), change=change)
    assert lists.outcomes == ["rejected"]
    assert "Inventedname" not in str(lists.told)


def test_a_record_that_comes_twice_in_one_file_is_taken_once(lists):
    counts, events = lists.take(1, ROW, changed(status=""))
    assert (counts["new"], counts["rejected"], events) == (1, 1, {"ClaimRecorded": 1})
    assert "line 2 once more" in lists.told[0]["reason"]
    assert lists.told[0]["value"] is None


def test_a_dry_run_tells_every_event_and_records_none(lists):
    lists.take(1, ROW, changed(id="802"), changed(id="803"))
    before = lists.size
    rows = changed(status=""), changed(id="802"), changed(id="804")
    dry = lists.take(2, *rows, dry_run=True)
    assert lists.size == before
    told = [(one["claim"], one["event"]) for one in lists.told]
    assert told == [
        (lists.named("801"), "ClassificationRevised"),
        (lists.named("804"), "ClaimRecorded"),
        (lists.named("803"), "Retracted"),
    ]
    assert "اسم" not in str(lists.told)
    assert lists.take(2, *rows) == dry


def test_releases_are_imported_in_their_order(lists):
    lists.take(2, ROW)
    with pytest.raises(Invalid, match="import releases in their order"):
        lists.take(1, ROW)
    with pytest.raises(Invalid, match="was imported as of 2019-02-01"):
        lists.take(2, ROW, change=lambda text: text.replace("2019-02", "2019-03"))


def test_one_import_at_a_time(lists):
    with lists.memory(), pytest.raises(Invalid, match="another import"):
        lists.take(1, ROW)


def test_another_organisation_gives_the_same_record_another_claim(lists, tmp_path):
    other = Lists(tmp_path / "other")
    assert lists.named("801") != other.named("801")
    assert lists.named("801") == lists.named("801") != lists.named("802")
    other.close()


def test_dates_that_move_past_one_another_are_revised_in_the_order_that_holds(lists):
    def documented(text):
        column = 'documented_on = { column = "الاسم", dates = "%d/%m/%Y" }'
        text = text.replace('name = "الاسم"\n', "").replace('documented_on = "release"\n', "")
        return text.replace('status = "status"', f'status = "status"\n{column}')

    def days(happened, known):
        return changed(**{"date": happened, "الاسم": known})

    lists.take(1, days("05/03/2016", "06/03/2016"), change=documented)
    lists.take(2, days("05/03/2018", "06/03/2018"), change=documented)
    counts, _ = lists.take(3, days("05/03/2015", "06/03/2015"), change=documented)
    assert counts == {"rows": 1, "changed": 1}
    assert (lists.state().happened_on, lists.state().documented_on) == ("2015-03-05", "2015-03-06")


class Cut(Exception):
    """The run ends here."""


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("owner", "name", "calls"),
    [
        ("vault", "seal_all", 1),
        ("memory", "remember", 1),
        ("memory", "remember", 2),
        ("ledger", "accept_all", 1),
        ("ledger", "accept_all", 2),
        ("memory", "mark_presence", 1),
        ("memory", "mark_presence", 2),
    ],
)
@pytest.mark.parametrize("then", [2, 3], ids=["again", "the-next-release"])
def test_a_run_that_is_cut_short_anywhere_is_completed_without_doubles(
    lists, monkeypatch, owner, name, calls, late, then
):
    rows = [changed(id=f"81{n}") for n in range(6)]
    lists.take(1, ROW, changed(id="802"), *rows)
    of = {"vault": lists.vault, "memory": Memory, "ledger": lists.ledger}[owner]
    real, left = getattr(of, name), [calls]

    def cut(*arguments, **options):
        left[0] -= 1
        if left[0]:
            return real(*arguments, **options)
        if late:
            real(*arguments, **options)
        raise Cut

    release = [changed(id="802", status=""), changed(id="803"), *rows]
    with monkeypatch.context() as patched:
        patched.setattr(of, name, cut)
        with pytest.raises(Cut):
            lists.take(2, *release)
    if then == 3:
        release = [ROW, changed(id="803", status=""), changed(id="802"), *rows]
    counts, _ = lists.take(then, *release)
    assert counts["rejected"] == 0
    assert lists.take(then, *release)[1] == {}
    assert lists.state("801").standing == ("retracted" if then == 2 else "open")
    assert lists.state("802").status == ("unknown" if then == 2 else "civilian")
    assert lists.state("803").status == ("civilian" if then == 2 else "unknown")
    key = open_vault_key_file(lists.folder.path / "vault.key", lambda _: "p")
    for record_id in ("801", "802", "803"):
        stated = {one.field: one.digest for one in lists.state(record_id).person}
        assert lists.vault.reveal(lists.named(record_id), key, stated)["name"] == "اسم مخترع"
    assert len(lists.ledger.recorder.streams_of("claim")) == 9


def test_a_ledger_restored_from_before_a_release_gets_it_again(lists):
    lists.take(1, ROW)
    claim = lists.named("801")
    with lists.memory() as memory:
        said = memory.find([claim])[claim]
        ahead = said._replace(version=3, stated=said.stated | {"status": "unknown"})
        memory.remember("invented list", {claim: ahead})
    assert lists.take(2, changed(status=""))[1] == {"ClassificationRevised": 1}
    assert lists.state().status == "unknown"


def test_thousands_of_rows_go_in_batch_by_batch(lists):
    releases = Releases(2, 4500)
    counts, _ = lists.take_file(*releases.write(lists.path, 1))
    assert counts == {"rows": 4500, "new": 4500}
    done = releases.next_release()
    counts, events = lists.take_file(*releases.write(lists.path, 2))
    assert (counts["new"], counts["changed"]) == (done["new"], done["changed"])
    assert events["Retracted"] == done["gone"]
