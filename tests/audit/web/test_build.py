"""The page is one file that depends on nothing, made of pinned code, the same at every build."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from audit.web import build
from audit.web.build import build_page
from ledger.note import verify_ed25519
from tests.sessions.conftest import Shell

WEB = Path(build.__file__).parent
VECTORS = Path(__file__).parents[2] / "vectors" / "wycheproof" / "ed25519_test.json"

VENDORED = {
    "noble-ed25519/LICENSE": "394c2e6e5552e5dba202bee6390b9d6aa2754d657f5b9869e83b3d265a315501",
    "noble-ed25519/index.js": "70cebecaaa6a126ced702198706c49d03f2d6f70317342b75e50e8d2d4951fe5",
    "noble-hashes/LICENSE": "4f221aee6e072336700c408c68ab3b96a3fc09f6aebe6f48f1bd99e5ef13faec",
    "noble-hashes/_md.js": "a112f0fe1b15db00f2638618c436a17be1c5e13baf19d02fcc29016ae1db2233",
    "noble-hashes/_u64.js": "e48c0cfc10810439a4807b46db136ce603a3fa09b62584f513ef2f3ca496af54",
    "noble-hashes/sha2.js": "3ddc587c588283cbceed4dd9929cefcce06a0c231b54d4c6f0f99c478c686c00",
    "noble-hashes/utils.js": "11319ec0a8132a0c2ced8c98af33ae9274c001d6baf4f4709c4a6115e031a3c5",
}

# Signed with a nonce point that has a part of order 8: with cofactor it holds, without it does not.
MIXED = (
    "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572",
    b"mixed".hex(),
    "e9c6aa47f2c1dc30d08679feb45162ca38dfa1e557af575b803e03f30110eff5"
    "33bc1245837b409c8dadb9b08390f57632b0321166a02eaaa96a9825dba20d06",
)


class Page(HTMLParser):
    """What a page holds: the attributes of its elements, and the text of script and style."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.inline, self._inside = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside in ("script", "style"):
            self.inline[self._inside] = self.inline.get(self._inside, "") + data


def test_the_same_sources_make_the_same_page():
    assert build_page() == build_page()


def test_the_code_of_others_is_as_published():
    found = {
        str(path.relative_to(WEB / "vendor")): sha256(path.read_bytes()).hexdigest()
        for path in (WEB / "vendor").glob("*/*")
    }
    assert found == VENDORED


def test_the_policy_allows_the_page_s_own_script_and_style_and_nothing_else():
    page = Page(build_page().decode())
    (policy,) = [
        given["content"]
        for tag, given in page.elements
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    ]
    assert set(page.inline) == {"script", "style"}
    script, style = (
        b64encode(sha256(page.inline[tag].encode()).digest()).decode()
        for tag in ("script", "style")
    )
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_page_names_no_other_file_and_no_address():
    page = Page(build_page().decode())
    for tag, given in page.elements:
        assert not {"src", "href", "srcset", "action", "style"} & given.keys(), tag
        assert not any(name.startswith("on") for name in given), tag
    assert not re.search(
        r"\b(eval|Function|XMLHttpRequest|WebSocket)\(|\bimport\(", page.inline["script"]
    )
    assert "@import" not in page.inline["style"]
    assert "url(" not in page.inline["style"]


def test_the_licences_of_others_are_in_the_page():
    text = build_page().decode()
    assert (
        text.count("The above copyright notice and this permission notice shall be included") == 2
    )


def test_every_word_there_is_in_english_is_there_in_arabic():
    words = (WEB / "words.js").read_text(encoding="utf-8")
    english, arabic = (
        re.findall(r"^    \"?([\w ]+)\"?:", part, re.MULTILINE)
        for part in words.partition("\n};")[0].split("  ar: {")
    )
    assert len(english) > 30
    assert english == arabic


def test_every_check_has_a_name_in_arabic():
    words = (WEB / "words.js").read_text(encoding="utf-8")
    named = set(re.findall(r'^  "([^"]+)": "', words, re.MULTILINE))
    sources = "".join(path.read_text(encoding="utf-8") for path in WEB.glob("*.js"))
    made = set(
        re.findall(
            r"(?:what = |(?:holds|fails|skips|notes)\("
            r"|(?:ENOUGH_WITNESSES|YOUNG_ENOUGH|FOOTING) = )"
            r'"([^"]+)"',
            sources,
        )
    )
    assert len(made) > 25
    assert made <= named


def test_the_command_writes_the_page(tmp_path):
    said = Shell(tmp_path).run("verifier", "--out", "verify.html")
    page = (tmp_path / "verify.html").read_bytes()
    assert page == build_page()
    assert sha256(page).hexdigest() in said


@pytest.fixture(scope="module")
def signatures():
    """(key, text, signature): those of Wycheproof, and one on which implementations differ."""
    groups = json.loads(VECTORS.read_text(encoding="utf-8"))["testGroups"]
    found = [
        (group["publicKey"]["pk"], test["msg"], test["sig"])
        for group in groups
        for test in group["tests"]
    ]
    return [*found, MIXED]


def test_both_verifiers_say_the_same_of_every_signature(signatures):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here to run JavaScript with (apt-get install nodejs)")
    script = f"""
        import {{ verifies }} from "{(WEB / "ed25519.js").as_uri()}";
        const bytes = (text) => new Uint8Array(Buffer.from(text, "hex"));
        const said = {json.dumps(signatures)}.map((one) => verifies(...one.map(bytes)));
        console.log(JSON.stringify(said));
    """
    done = subprocess.run(
        [node, "--input-type=module"], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    here = [verify_ed25519(*map(bytes.fromhex, one)) for one in signatures]
    assert json.loads(done.stdout) == here
    assert here[-1] is False
    assert any(here)
