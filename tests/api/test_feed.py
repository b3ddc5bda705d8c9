"""The feed of corrections is Atom as others read it: ids that stay, times, newest first."""

import xml.etree.ElementTree as Xml

import feedparser
import pytest
from starlette.testclient import TestClient

from api.drift import Followed
from api.feed import ATOM, Entry, FeedOf, corrections_feed
from api.freeze import freeze
from api.http.app import create_app
from api.plan import read_plan
from tests.audit.test_bundle import AT, PLAN
from tests.office import Office

OF = FeedOf("a.example/b", "march", ("March", "آذار"), "publisher-1", "2020-04-02T09:00:00.000Z")


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """An office with a frozen report, and since then one death more and one retracted."""
    office = Office(tmp_path_factory.mktemp("feed") / "ledger")
    first = office.record(sex="female", age_group="adult").stream
    made = freeze(
        office.ledger, office.registry, read_plan(PLAN), office.signers["publisher-1"], AT
    )
    office.folder.keep_bundle("march", made.bundle)
    office.record()
    body = {"reason_code": "precautionary", "reason": "a <relative> & others say so"}
    office.desk.say(first, "Retracted", body, office.signers["reviewer-1"])
    office.registry.catch_up()
    yield office, made
    office.close()


def feed_of(moved, link=None):
    office, made = moved
    return Followed(office.ask, "march", made.bundle).feed(link)


def test_another_s_reader_reads_every_event_newest_first(moved):
    read = feedparser.parse(feed_of(moved, "http://127.0.0.1/feed"))
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    assert read.feed.id.startswith("tag:register.example,2020-04-02:api/reports/march")
    assert (read.feed.author, read.feed.title) == ("publisher-1", "What became of: March")
    assert read.feed.subtitle == "آذار"
    assert [link.href for link in read.feed.links] == ["http://127.0.0.1/feed"]
    titles = [entry.title for entry in read.entries]
    assert titles == [
        "Retracted: civilians 2 → 1; women 1 → 0",
        "ClaimRecorded: civilians 1 → 2",
    ]
    assert "a <relative> & others say so" in read.entries[0].summary
    assert [tag.term for tag in read.entries[0].tags] == ["civilians", "women"]
    assert read.entries[0].author == "reviewer-1"
    assert read.feed.updated == read.entries[0].updated
    assert len({entry.id for entry in read.entries}) == 2


def test_it_has_all_that_the_standard_asks_for_once(moved):
    name = f"{{{ATOM}}}"
    feed = Xml.fromstring(feed_of(moved))
    assert feed.tag == f"{name}feed"
    for one in (feed, *feed.findall(f"{name}entry")):
        for required in ("id", "title", "updated"):
            (found,) = one.findall(f"{name}{required}")
            assert found.text
        assert one.findtext(f"{name}author/{name}name")


def test_what_was_told_keeps_its_id_when_more_is_told(moved):
    office, _ = moved
    before = {one.id: one.title for one in feedparser.parse(feed_of(moved)).entries}
    office.record()
    after = {one.id: one.title for one in feedparser.parse(feed_of(moved)).entries}
    assert before.items() < after.items()
    assert feed_of(moved) == feed_of(moved)


def test_a_report_that_nothing_moved_has_a_feed_without_entries():
    read = feedparser.parse(corrections_feed(OF, []))
    assert (read.bozo, read.entries, read.feed.updated) == (False, [], OF.frozen_at)


def test_no_text_of_an_event_can_break_the_feed():
    hostile = Entry(7, "2020-04-03T09:00:00.000Z", '"><x>', "]]><!-- &amp; <title>", "حصيلة &#0;")
    (entry,) = feedparser.parse(corrections_feed(OF, [hostile])).entries
    assert entry.author == '"><x>'
    assert Xml.fromstring(corrections_feed(OF, [hostile]))[6][1].text == "]]><!-- &amp; <title>"


def test_it_is_served_over_http_and_named_by_its_bytes(moved):
    office, _ = moved
    client = TestClient(create_app(office.ledger, office.registry, office.folder.reports))
    found = client.get("/reports/march/corrections.atom")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("application/atom+xml")
    read = feedparser.parse(found.content)
    assert not read.bozo
    assert read.feed.links[0].href.endswith("/reports/march/corrections.atom")
    again = client.get(
        "/reports/march/corrections.atom", headers={"if-none-match": found.headers["etag"]}
    )
    assert again.status_code == 304
    assert client.get("/reports/april/corrections.atom").status_code == 404
    assert client.get("/reports/march/corrections.atom?x=1").status_code == 422
