"""The page in headless Chromium, opened from file://: alone, in two languages, by keyboard."""

import json
import os
import shutil
from pathlib import Path

import pytest

from audit.verify import verify_bundle
from audit.web.build import build_page
from ledger.note import VerifierKey
from tests.audit.web.chromium import Chromium
from tests.audit.web.corpus import Published, corpus
from tests.audit.web.lives import lives
from tests.audit.web.test_agreement import disagreements

TAB, ENTER = ("Tab", 9), ("Enter", 13, "\r")
# As text: the browser's own conversion of large values takes longer than verifying them.
VERIFY_ALL = "cases => JSON.stringify(JSON.parse(cases).map(one => sijill.verify(one)))"
SETTLED = """new Promise(done => {
  const wait = () => document.activeElement.id === "verdict"
    ? done(document.activeElement.textContent) : setTimeout(wait, 10);
  wait();
})"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not here to open the page in (apt-get install chromium)")
    opened = Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    made = Published(tmp_path_factory.mktemp("published") / "ledger")
    yield made
    made.office.close()


@pytest.fixture
def page(browser, tmp_path):
    path = tmp_path / "verify.html"
    path.write_bytes(build_page())
    browser.open(path)
    return browser


def focused(page):
    return page.run("document.activeElement.id || document.activeElement.lang")


def written(page, published, tmp_path, raw=None):
    bundle = tmp_path / "march.sijill"
    bundle.write_bytes(published.raw if raw is None else raw)
    page.choose("#file", bundle)
    page.run("document.getElementById('trust').focus()")
    page.write(published.log)


def asked(page):
    page.run("document.getElementById('verify').focus()")
    page.run("document.activeElement.blur(), document.getElementById('verify').focus()")
    page.press(*ENTER)
    return page.run(SETTLED)


def seen(page):
    """Keep a picture of the page where SIJILL_PICTURES says, for somebody to look at."""
    folder = os.environ.get("SIJILL_PICTURES")
    if folder:
        name = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].partition(" ")[0]
        (Path(folder) / f"{name}.png").write_bytes(page.picture())


def test_chromium_agrees_with_python_on_every_file(page, tmp_path):
    cases = [*corpus(tmp_path), *lives(tmp_path)]
    verdicts = []
    for start in range(0, len(cases), 50):
        batch = json.dumps([case.to_json() for case in cases[start : start + 50]])
        verdicts += json.loads(page.call(VERIFY_ALL, batch))
    assert disagreements(cases, verdicts) == []
    assert {0, 1, 2, 3} == {verdict["exit_code"] for verdict in verdicts}


def test_a_bundle_is_verified_in_the_page(page, published, tmp_path):
    written(page, published, tmp_path)
    assert asked(page).startswith("VERIFIED (")
    rows = page.run("[...document.querySelectorAll('#figures tbody tr')].map(row => row.innerText)")
    trust = [VerifierKey.parse(published.log)]
    figures = verify_bundle(published.raw, trust).figures
    assert len(figures) > 2
    assert [row.split("\t")[:2] for row in rows] == [[one.name, str(one.value)] for one in figures]
    outcomes = page.run(
        "[...document.querySelectorAll('#checks tbody tr')].map(row => row.cells[2].innerText)"
    )
    assert len(outcomes) > 20
    assert set(outcomes) == {"holds", "take note"}  # not published yet, and the page in it
    assert page.run("document.getElementById('status').innerText").startswith("FROZEN")
    assert "sijill audit" in page.run("document.getElementById('limits').innerText")
    seen(page)


def test_an_altered_bundle_is_not_and_the_file_is_named(page, published, tmp_path):
    at = published.raw.index(published.files["members/women.jsonl"]) + 5
    changed = published.raw[:at] + bytes([published.raw[at] ^ 1]) + published.raw[at + 1 :]
    written(page, published, tmp_path, changed)
    assert asked(page).startswith("NOT VERIFIED (")
    table = page.run("document.getElementById('checks').innerText")
    assert "file members/women.jsonl" in table
    seen(page)


def test_in_arabic_the_page_runs_from_right_to_left(page, published, tmp_path):
    written(page, published, tmp_path)
    asked(page)
    page.run("document.querySelector('button[lang=ar]').click()")
    assert page.run("[document.documentElement.lang, document.documentElement.dir]") == [
        "ar",
        "rtl",
    ]
    assert page.run("getComputedStyle(document.body).direction") == "rtl"
    assert page.run("document.getElementById('verdict').textContent").startswith("تحقّق (")
    assert "آذار" in page.run("document.getElementById('report').innerText")
    table = page.run("document.getElementById('checks').innerText")
    assert "نقطة التحقق موقّعة من السجل" in table
    # A key or a file name keeps its own direction.
    assert page.run("getComputedStyle(document.querySelector('#checks code')).direction") == "ltr"
    assert page.run("getComputedStyle(document.getElementById('trust')).direction") == "ltr"
    seen(page)


def test_every_word_of_the_page_is_in_both_languages(page):
    for language in ("en", "ar"):
        page.run(f"document.querySelector('nav button[lang={language}]').click()")
        texts = page.run(
            "[...document.querySelectorAll('[data-word]')].map(one => one.textContent)"
        )
        assert len(texts) > 20
        assert all(text not in ("", "undefined") for text in texts)


def test_the_keyboard_is_enough(page, published, tmp_path):
    bundle = tmp_path / "march.sijill"
    bundle.write_bytes(published.raw)
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(7):
        page.press(*TAB)
        reached.append(focused(page))
        if reached[-1] == "file":
            page.choose("#file", bundle)
        if reached[-1] == "trust":
            page.write(published.log)
    # "" opens the witnesses, and the questions.
    assert reached == ["en", "ar", "file", "trust", "", "", "verify"]
    page.press(*ENTER)
    assert page.run(SETTLED).startswith("VERIFIED")
    assert focused(page) == "verdict"


def test_a_screen_reader_is_told_what_everything_is(page, published, tmp_path):
    written(page, published, tmp_path)
    asked(page)
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        name = node.get("name", {}).get("value", "")
        roles.setdefault(node.get("role", {}).get("value"), []).append(name)
    assert "Keys, one on each line" in roles["textbox"]
    assert "Verify" in roles["button"]
    assert {"Figures", "What was checked"} <= set(roles["table"])
    assert {"check", "outcome", "detail"} <= set(roles["columnheader"])
    assert "the checkpoint is signed by the log" in roles["rowheader"]
    assert all(roles["button"])
    live = page.run("document.getElementById('verdict').getAttribute('aria-live')")
    assert live == "polite"


def test_what_cannot_be_used_is_said_in_words(page, published, tmp_path):
    assert asked(page) == "Choose a file first."
    written(page, published, tmp_path)
    page.write("x")
    assert asked(page).startswith("A key cannot be read:")
    text = tmp_path / "other.txt"
    text.write_text("hello")
    page.choose("#file", text)
    page.run("document.getElementById('trust').value = ''")
    assert "cannot be used" in asked(page)
    page.choose("#file", text, tmp_path / "march.sijill")
    assert asked(page).startswith("Choose one bundle")


def test_a_proof_takes_its_entry_beside_it(page, published, tmp_path):
    proof, entry = tmp_path / "0.tlog-proof", tmp_path / "0.entry"
    proof.write_bytes(published.files["authority/0000000000.tlog-proof"])
    entry.write_bytes(published.files["authority/0000000000.entry"])
    page.run("document.getElementById('trust').focus()")
    page.write(published.log)
    for files in ((entry, proof), (proof, entry)):
        page.choose("#file", *files)
        assert asked(page).startswith("VERIFIED")
    page.choose("#file", proof)
    assert "cannot be used" in asked(page)


def test_nothing_is_fetched_and_nothing_could_be(page, published, tmp_path):
    written(page, published, tmp_path)
    asked(page)
    urls = {
        event["params"]["request"]["url"]
        for event in page.events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert {url.partition(":")[0] for url in urls} == {"file"}
    assert len(urls) == 1
    problems = [event for event in page.events if event["method"] == "Log.entryAdded"]
    assert problems == []
    refused = page.run("fetch('https://example.org').then(() => 'fetched', () => 'refused')")
    assert refused == "refused"
    page.run("new Image().src = 'https://example.org/x.png'")
    blocked = [
        event["params"]["entry"]["text"]
        for event in page.events
        if event["method"] == "Log.entryAdded"
    ]
    assert any("Content Security Policy" in text for text in blocked)


def test_one_figure_and_one_claim_are_asked_for_in_the_page(page, published, tmp_path):
    line = json.loads(published.files["members/women.jsonl"].splitlines()[0])
    written(page, published, tmp_path)
    page.run(f"document.getElementById('claim').value = '{line['id'][6:14]}'")
    page.run("document.getElementById('one').value = 'women'")
    assert asked(page).startswith("VERIFIED (")
    told = page.run("document.getElementById('counted').innerText")
    assert line["id"] in told
    assert "women (1/5)" in told
    page.run("document.getElementById('one').value = 'nobody'")
    assert "cannot be used" in asked(page)
