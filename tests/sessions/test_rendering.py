"""Pages made of a bundle, at the command line: what they say, in two languages, and who vouches."""

import re
import shutil
from html import unescape
from typing import Any

import pytest
from pypdf import PdfReader

from audit.container import read_container
from tests.sessions.conftest import Shell, record

PLAN = """
name = "march"
period = "2020-03"
massacres = "massacres"
[title]
en = "Civilians killed in March 2020"
ar = "القتلى المدنيون في آذار 2020"
[narrative]
en = "A first paragraph.\\n\\nA second <b>one</b>."
ar = "فقرة أولى.\\n\\nفقرة ثانية."
[[figures]]
name = "by-party"
where = { status = "civilian" }
by = ["party"]
[[figures]]
name = "by-governorate"
where = { status = "civilian" }
by = ["governorate"]
[[figures]]
name = "by-cause"
where = { status = "civilian" }
by = ["cause"]
[[figures]]
name = "by-group-and-category"
where = { status = "civilian" }
by = ["party-group", "category"]
[[figures]]
name = "injured"
measure = "injured"
[[figures]]
name = "massacres"
measure = "massacres"
by = ["party"]
"""
SENTENCE = {
    "en": "Persons killed (status civilian), documented in March 2020, by responsible party",
    "ar": "القتلى (الصفة: مدني) الذين وُثِّق مقتلهم في آذار 2020، بحسب الجهة المسؤولة",
}


class Rendered(Shell):
    """A shell that knows its log's key, and what `render` said."""

    log = ""
    said = ""


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def plain(html):
    return unescape(re.sub(r"<[^>]+>", "", html.decode()))


def text(path):
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


@pytest.fixture(scope="module")
def pages(march, tmp_path_factory):
    """The march ledger with a frozen report, and its pages in `pages`; asked only."""
    folder = tmp_path_factory.mktemp("render")
    shutil.copytree(march.folder / "ledger", folder / "ledger")
    shell = Rendered(folder, folder / "ledger")
    (folder / "march.toml").write_text(PLAN)
    shell.run("freeze", "march.toml", "--key", "publisher-1", "--out", "march.sijill")
    shell.log = shell.json("key", "list")["log"]
    shell.said = shell.run("render", "march.sijill", "--trust", shell.log, "--out", "pages")
    return shell


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_page_has_every_sentence_and_number_in_its_language(pages, language):
    html = (pages.folder / "pages" / f"march.{language}.html").read_bytes()
    said = plain(html)
    verdict = pages.json("verify", "march.sijill", "--trust", pages.log)
    assert SENTENCE[language] in said
    for figure in verdict["figures"]:
        assert figure["sentence"][language] in said
        assert f'<data value="{figure["value"]}">' in html.decode()
    assert ("A second <b>one</b>." if language == "en" else "فقرة ثانية.") in said
    assert {"en": "A sum; incidents added up: 1", "ar": "حاصل جمع"}[language] in said
    assert {"en": "VERIFIED", "ar": "تحقّق"}[language] in said
    assert "publisher-1+" in said
    assert "+".join(pages.log.split("+")[:2]) in said


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_pdf_has_them_too_and_is_tagged(pages, language):
    path = pages.folder / "pages" / f"march.{language}.pdf"
    read = PdfReader(path)
    root: Any = read.root_object
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert read.metadata is not None
    assert read.metadata.creation_date is None
    said = text(path)
    if language == "en":
        assert SENTENCE["en"] in " ".join(said.split())
        assert "A second <b>one</b>." in said
    else:
        # The reader used here takes words with marks of their own apart: the others are whole.
        for word in ("القتلى", "المدنيون", "آذار", "بحسب", "الجهة", "مدني"):
            assert word in said
    for number in ("145", "24.83%", "36", "28"):
        assert number in said


def test_the_same_bundle_makes_the_same_pages_byte_for_byte(pages):
    pages.run("render", "march.sijill", "--trust", pages.log, "--out", "again")
    assert tree(pages.folder / "again") == tree(pages.folder / "pages")


def test_each_receipt_verifies_by_itself_and_is_linked(pages):
    receipts = sorted((pages.folder / "pages" / "receipts").iterdir())
    assert len(receipts) == 6
    html = (pages.folder / "pages" / "march.en.html").read_text()
    for receipt in receipts:
        assert "VERIFIED." in pages.run("verify", receipt, "--trust", pages.log)
        assert f'href="receipts/{receipt.name}"' in html
        assert str(receipt.relative_to(pages.folder)) in pages.said


def test_a_receipt_has_what_the_ledger_at_hand_would_put_into_it(pages):
    pages.run("receipt", "march", "by-party", "--out", "own.receipt")
    ours = (pages.folder / "pages" / "receipts" / "march.by-party.receipt").read_bytes()
    assert ours == (pages.folder / "own.receipt").read_bytes()


def test_one_language_and_one_format_make_one_file(pages):
    chosen = ("--language", "ar", "--as", "pdf")
    pages.run("render", "march.sijill", "--trust", pages.log, "--out", "one", *chosen)
    found = [name for name in tree(pages.folder / "one") if not name.startswith("receipts/")]
    assert found == ["march.ar.pdf"]
    one, other = (pages.folder / name / "march.ar.pdf" for name in ("one", "pages"))
    assert one.read_bytes() == other.read_bytes()


def test_what_does_not_verify_is_refused_and_with_consent_stamped(pages):
    raw = (pages.folder / "march.sijill").read_bytes()
    note = read_container(raw).files["figures/by-party.note"]
    forged = note.replace(b"\n145\n", b"\n144\n")
    (pages.folder / "forged.sijill").write_bytes(raw.replace(note, forged))
    render = ("render", "forged.sijill", "--trust", pages.log, "--out", "forged")
    said = pages.run(*render, code=1)
    assert "NOT VERIFIED" in said
    assert not (pages.folder / "forged").exists()
    said = pages.run(*render, "--unverified")
    assert "NOT VERIFIED: every page says so." in said
    files = tree(pages.folder / "forged")
    assert not [name for name in files if name.startswith("receipts/")]
    html = files["march.en.html"].decode()
    assert "NOT VERIFIED – do not cite" in html
    assert "THIS FIGURE DOES NOT HOLD" in html
    assert "receipts/" not in html
    for page in PdfReader(pages.folder / "forged" / "march.en.pdf").pages:
        assert "NOT VERIFIED – do not cite" in page.extract_text()


def test_a_stranger_s_key_and_missing_witnesses_are_refused_as_verify_does(pages):
    shell = pages
    other = Shell(shell.folder, shell.folder / "other")
    other.run("init", "other", "--origin", "other.example/x", "--root-keys", 1, "--threshold", 1)
    stranger = other.json("key", "list")["log"]
    said = shell.run("render", "march.sijill", "--trust", stranger, "--out", "none", code=1)
    assert "NOT VERIFIED" in said
    witness = other.run("witness", "new", "w1", "archive-1").split()[-1]
    watched = ("--trust", shell.log, "--witness", witness)
    said = shell.run("render", "march.sijill", *watched, "--out", "none", code=3)
    assert "policy of witnesses" in said
    assert not (shell.folder / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("march.toml",), "not a .sijill bundle"),
        (("missing.sijill",), "No such file"),
        (("empty.sijill",), "the file is empty"),
        (("march.sijill", "--language", "fr"), "use en, ar or both"),
        (("march.sijill", "--as", "docx"), "use html, pdf or both"),
        (("march.sijill", "--boundaries", "march.toml"), "--licence"),
        (("march.sijill", "--boundaries", "march.toml", "--licence", "mine"), "not JSON"),
        (("march.sijill", "--quorum", "2"), "0 witnesses are named"),
    ],
)
def test_what_cannot_be_used_says_why_and_writes_nothing(pages, arguments, says):
    (pages.folder / "empty.sijill").touch()
    said = pages.run("render", *arguments, "--trust", pages.log, "--out", "unused", code=2)
    assert says in said
    assert not (pages.folder / "unused").exists()


def test_boundaries_of_ones_own_are_drawn_and_their_licence_is_printed(pages):
    square = [[36, 35], [37, 35], [37, 36], [36, 36], [36, 35]]
    features = ",".join(
        f'{{"type":"Feature","properties":{{"p":"SY{number:02}"}},'
        f'"geometry":{{"type":"Polygon","coordinates":[{square}]}}}}'
        for number in range(1, 15)
    )
    (pages.folder / "own.geojson").write_text(
        f'{{"type":"FeatureCollection","features":[{features}]}}'
    )
    own = ("--boundaries", "own.geojson", "--licence", "CC BY 4.0, ours", "--as", "html")
    pages.run("render", "march.sijill", "--trust", pages.log, "--out", "own", *own)
    html = plain((pages.folder / "own" / "march.en.html").read_bytes())
    assert "CC BY 4.0, ours" in html
    assert "Natural Earth" not in html
    shipped = plain((pages.folder / "pages" / "march.en.html").read_bytes())
    assert "Natural Earth" in shipped


@pytest.mark.parametrize("library", ["typst", "vl_convert", "segno", "fontTools"])
def test_a_missing_library_is_named_by_its_extra(pages, tmp_path, library):
    (tmp_path / f"{library}.py").write_text(f"raise ModuleNotFoundError(name='{library}')")
    path = f"{tmp_path}:{pages.environment['PYTHONPATH']}"
    render = ("render", "march.sijill", "--trust", pages.log, "--out", "lacking")
    said = pages.run(*render, code=2, PYTHONPATH=path)
    assert "pip install 'sijill[pages]'" in said
    assert not (pages.folder / "lacking").exists()


def test_the_pages_tell_the_life_of_a_report(founded):
    founded.run("key", "new", "publisher-2")
    founded.run("key", "enroll", "publisher-2", "--role", "publisher")
    claim = '[claim]\nkind = "killing"\nattribution = { mode = "sole", parties = ["isis"] }\n'
    (founded.folder / "claim.toml").write_text(f'{claim}[[claim.sources]]\nkind = "witness"\n')
    plan = 'name = "life"\n[title]\nen = "Killed"\nar = "القتلى"\n[[figures]]\nname = "all"\n'
    (founded.folder / "life.toml").write_text(plan)
    (founded.folder / "life-2.toml").write_text(plan.replace('"life"', '"life-2"'))
    record(founded)
    log = founded.json("key", "list")["log"]

    def rendered(bundle):
        made = ("--as", "html", "--out", bundle.partition(".")[0])
        founded.run("render", bundle, "--trust", log, *made)
        (page,) = (founded.folder / bundle.partition(".")[0]).glob("*.en.html")
        return plain(page.read_bytes())

    founded.run("freeze", "life.toml", "--key", "publisher-1", "--out", "frozen.sijill")
    assert "FROZEN: one person has frozen this report" in rendered("frozen.sijill")
    founded.run("publish", "life", "--key", "publisher-2", "--out", "published.sijill")
    said = rendered("published.sijill")
    assert "PUBLISHED: frozen by one person, published by a second." in said
    assert re.search(r"Published by a second person, with the key \S*publisher-2\+", said)
    record(founded)
    correct = ("correct", "life", "--file", "life-2.toml", "--key", "publisher-1")
    why = ("--reason", "a family <came> forward", "--out", "corrected.sijill")
    founded.run(*correct, *why)
    founded.run("publish", "life-2", "--key", "publisher-2", "--out", "newer.sijill")
    said = rendered("newer.sijill").replace("\u200e", "")
    assert "This report corrects life" in said
    assert "all: 1, now 2" in said
    assert "a family <came> forward" in said
    founded.run("bundle", "life", "--key", "publisher-1", "--out", "old.sijill")
    said = rendered("old.sijill").replace("\u200e", "")
    assert "SUPERSEDED: a newer report corrects this one." in said
    assert "It is superseded by life-2" in said
