"""No sealed value is ever written in clear: planted by every way in, looked for in every byte.

Only `claim --reveal`, a disclosure and its verification may show one; nothing else does, neither a
file, an answer, nor a complaint.
"""

import base64
import gzip
import io
import json
import os
import resource
import subprocess
import sys
import time
import zipfile

import httpx
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from tests.sessions.canaries import CANARIES, found_in, search
from tests.sessions.conftest import free_port
from tests.sessions.terminal import Terminal

PERSON = {field: value for field, value in CANARIES.items() if not field.startswith("source")}
_PERSON = "\n".join(f'{field} = "{value}"' for field, value in PERSON.items())
CLAIM = f"""
[claim]
kind = "killing"
status = "civilian"
sex = "female"
documented_on = "2020-03"
place = {{ governorate = "SY07" }}
attribution = {{ mode = "sole", parties = ["isis"] }}
[claim.person]
{_PERSON}
[[claim.sources]]
kind = "witness"
detail = "{CANARIES["source s1"]}"
[[incident]]
ref = "i1"
kind = "attack"
place = {{ governorate = "SY07" }}
attribution = {{ mode = "sole", parties = ["isis"] }}
"""
MAP = """
[list]
name = "invented list"
release = "{release}"
date = "{release}-01"
record_id = "id"
[constants]
kind = "killing"
documented_on = "release"
attribution.mode = "sole"
attribution.parties = ["isis"]
[fields.sex]
column = "sex"
values = {{ f = "female", m = "male" }}
[sealed]
{sealed}
[[sources]]
id = "list"
kind = "published-report"
"""
# Every command line that prints or writes, after what was planted; {claim} is one of the claims.
COMMANDS = """
toll --by sex | toll --by governorate --format geojson | toll --format csv
claims | claims --format json | claims --format csv
claim {claim} | claim {claim} --format json | claim {claim} --at 12
history {claim} | history {claim} --format json | history {claim} --format csv
trace --by sex | trace --format json | massacres | checkpoint | key list | keys | suspects
reconcile | duplicates --format json | duplicates --min-probability 0.01
projections status | projections rebuild | check | audit records | audit records --format json
freeze report.toml --key publisher-1 --out out/march.sijill
publish march --key publisher-2 | bundle march --key publisher-1 --out out/published.sijill
receipt march deaths --out out/deaths.receipt | story {claim} | members | incidents | rules show
drift march | drift march --format json | why {claim} march/deaths
receipt march deaths --claim {claim} --out out/family.tlog-proof
prove {claim} --out out/claim.tlog-proof | export out/tiles
extract claims --out out/claims.csv --hxl | extract claims --out out/claims.xlsx
extract claims --out out/claims.parquet | extract claims --out out/claims.jsonl
extract claims --out out/claims.zip | extract incidents --out out/incidents.csv
backup out/log.db --vault out/vault.db | verifier --out out/verify.html
revise {claim} date happened 2020-03-05 --reason corrected --key documenter-1
link-source {claim} s9 document --key documenter-1
corroborate {claim} --source s1 --source s9 --reason read --key reviewer-1
challenge {claim} --by family --text date --key documenter-1
unlink-source {claim} s9 --reason wrong --key documenter-1
retract {claim} --reason-code precautionary --reason look --key reviewer-1
reinstate {claim} --reason again --key reviewer-1
erase {claim} --reason asked --key reviewer-1 --sign-only out/erase.note
restore out/log.db --unasked | restore-vault out/vault.db
erase {claim} --reason asked --key reviewer-1 | claim {claim} | history {claim}
"""


class Watch:
    """Runs commands and keeps every byte that they print."""

    def __init__(self, shell):
        self.shell, self.folder = shell, shell.folder
        (self.folder / "out").mkdir()
        (self.folder / "tmp").mkdir()
        shell.environment |= {"TMPDIR": str(self.folder / "tmp"), "PYTHONWARNINGS": "default"}
        self.inputs = set()
        self.leaks = {}

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.inputs.add(path)
        return path

    def run(self, *arguments, stdin=b"", preexec=None, **environment):
        """Run a command to its end, whatever that is, with every logger at its most talkative."""
        talkative = "import logging; logging.basicConfig(level=0); from api.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", talkative, *map(str, arguments)],
            cwd=self.folder,
            env=self.shell.environment | environment,
            input=stdin,
            capture_output=True,
            check=False,
            preexec_fn=preexec,
        )
        self.look(" ".join(map(str, arguments)), done.stdout + done.stderr)
        return done

    def ok(self, *arguments, **options):
        done = self.run(*arguments, **options)
        assert done.returncode == 0, (arguments, done.stdout[-500:], done.stderr[-1500:])
        return done.stdout.decode()

    def look(self, what, raw):
        if fields := found_in(raw):
            self.leaks.setdefault(what, set()).update(fields)

    def look_at_files(self, when):
        for path, fields in search(self.folder, frozenset(self.inputs)).items():
            self.leaks.setdefault(f"{path} ({when})", set()).update(fields)


@pytest.fixture
def watch(founded):
    return Watch(founded)


def plant(watch):
    """Put the canaries in by every way there is; returns the claims, that of the TOML file first."""
    watch.write("claim.toml", CLAIM)
    done = json.loads(watch.ok("record", "claim.toml", "--key", "documenter-1", "--format", "json"))
    recorded = next(one["stream"] for one in done if one["stream"].startswith("claim/"))
    watch.ok("record", "claim.toml", "--key", "documenter-1", "--sign-only", "signed.notes")
    watch.ok("post", "signed.notes", "--receipt", "receipt.note")
    lists = {
        "csv": lambda rows: "\n".join(",".join(row) for row in rows).encode("utf-16"),
        "jsonl": lambda rows: "\n".join(
            json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]
        ).encode(),
        "xlsx": _workbook,
        "parquet": _parquet,
    }
    columns = [field for field in PERSON if field != "national_id"]
    sealed = "\n".join(f'{field} = "{field}"' for field in columns) + '\nnational_id = "id"'
    for number, (kind, written) in enumerate(lists.items(), 1):
        header = ("id", "sex", *columns)
        values = [PERSON[column] for column in columns]
        rows = [header, (PERSON["national_id"], "f", *values)]
        # Rows that are refused: a word that the map does not know, an id that comes twice.
        rows += [(f"{PERSON['national_id']}-2", "x", *values)]
        rows += [(PERSON["national_id"], "m", *values)]
        listmap = MAP.format(release=f"2020-0{number}", sealed=sealed).replace(
            "invented list", f"invented {kind}"
        )
        watch.write(f"list.{kind}", written(rows))
        watch.write(f"map-{kind}.toml", listmap)
        command = ("import", f"list.{kind}", "--map", f"map-{kind}.toml", "--key", "documenter-1")
        watch.run("import", f"list.{kind}", "--suggest")
        watch.run(*command, "--dry-run", "--report", f"out/{kind}-dry.jsonl")
        assert watch.run(*command, "--report", f"out/{kind}.jsonl").returncode == 1
        # The next release has other values, which are canaries too.
        swapped = [header, (PERSON["national_id"], "f", *reversed(values))]
        watch.write(f"list.{kind}", written(swapped))
        watch.write(f"map-{kind}.toml", listmap.replace("-01", "-02"))
        watch.run(*command, "--report", f"out/{kind}-2.jsonl")
    claims = [one["id"] for one in json.loads(watch.ok("claims", "--format", "json"))["claims"]]
    assert len(claims) == 6
    claims.sort(key=lambda claim: claim != recorded)
    for field, value in CANARIES.items():
        if field.startswith("source"):
            continue
        why = ("--reason", "again", "--key", "documenter-1")
        watch.run("seal", claims[0], "--field", field, *why, stdin=value.encode() + b" again")
    return claims


def _workbook(rows):
    book, raw = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(raw)
    return raw.getvalue()


def _parquet(rows):
    raw = io.BytesIO()
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    pyarrow.parquet.write_table(pyarrow.table({k: list(v) for k, v in columns.items()}), raw)
    return raw.getvalue()


def small_files():
    """Let every file end early, as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))


def provoke(watch, claim):
    """Failures of every kind while something confidential is in hand; what they say is watched."""
    key = ("--key", "documenter-1")
    seal = ("seal", claim, "--field", "name", "--reason", "again", *key)
    value = CANARIES["name"].encode()
    disclose = ["disclose", claim, "--field", "name", "--to", "A court", "--reason", "x"]
    disclose += ("--key", "reviewer-1", "--out", "out/disclosed.sijill")
    # Where the disk is only nearly full, this one is written, and holds what was asked for.
    watch.inputs.add(watch.folder / "out" / "disclosed.sijill")
    watch.write("no-toml.toml", CLAIM + '\nname = "' + CANARIES["name"])
    watch.write("wrong-words.toml", CLAIM.replace('"killing"', '"kiling"'))
    watch.write("wrong-field.toml", CLAIM.replace("name_latin", "name_english"))
    watch.write("twice.toml", CLAIM.replace("family =", 'name = "x"\nfamily ='))
    watch.write("no-text.toml", CLAIM.replace(f'"{CANARIES["contact"]}"', "963"))
    watch.write("list-broken.csv", f"id,sex,name\n{CANARIES['national_id']},f\n")
    watch.write("list-quotes.csv", f'id,sex,name\n"{CANARIES["name"]}\n')
    watch.write("list.zip", CLAIM)
    for file in ("no-toml", "wrong-words", "wrong-field", "twice", "no-text"):
        assert watch.run("record", f"{file}.toml", *key).returncode == 2
    for file in ("list-broken.csv", "list-quotes.csv", "list.zip"):
        watch.run("import", file, "--map", "map-csv.toml", *key, "--report", "out/broken.jsonl")
    watch.run("import", "list.csv", "--map", "claim.toml", *key)
    for options in (("--field", "sex"), ("--field", "source s7"), ("--reason-code", "why")):
        watch.run(*seal, *options, stdin=value)
    watch.run(*seal, stdin=value + b"\xff")
    watch.run(*seal, stdin=value * 200)
    watch.run(*seal, stdin=value, SIJILL_PASSPHRASE="wrong")
    watch.run(*disclose, SIJILL_PASSPHRASE="wrong", SIJILL_LOG_PASSPHRASE="correct horse")
    watch.run(*disclose, "--recipient-key", "x")
    vault = watch.folder / "records" / "vault.db"
    kept = vault.read_bytes()
    for command, stdin in ((seal, value), (("record", "claim.toml", *key), b""), (disclose, b"")):
        watch.run(*command, stdin=stdin, preexec=small_files)
    watch.run("import", "list.csv", "--map", "map-csv.toml", *key, preexec=small_files)
    for damaged in (
        b"no vault",
        kept[: len(kept) // 2],
        kept[:5000] + b"\xff" * 3000 + kept[8000:],
    ):
        for suffix in ("-wal", "-shm"):
            vault.with_name(f"vault.db{suffix}").unlink(missing_ok=True)
        vault.write_bytes(damaged)
        for command, stdin in ((seal, value), (("record", "claim.toml", *key), b"")):
            watch.run(*command, stdin=stdin)
        watch.run(*disclose)
        watch.run("claim", claim, "--reveal", SIJILL_PASSPHRASE="wrong")
    for suffix in ("-wal", "-shm"):
        vault.with_name(f"vault.db{suffix}").unlink(missing_ok=True)
    vault.write_bytes(kept)


def ask_over_http(watch, claim):
    """Every route that the server describes, and events that say in clear what must be sealed."""
    port = free_port()
    command = [sys.executable, "-X", "dev", "-m", "api.cli", "serve", "--port", str(port)]
    log = watch.folder / "out" / "server.log"
    with (
        log.open("wb") as told,
        subprocess.Popen(
            command, cwd=watch.folder, env=watch.shell.environment, stdout=told, stderr=told
        ) as server,
    ):
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                described = httpx.get(f"{url}/openapi.json").json()
                break
            except httpx.TransportError:
                time.sleep(0.05)
        uuid = claim.removeprefix("claim/")
        for path, methods in described["paths"].items():
            filled = path.format_map(_Filled(uuid))
            if "get" in methods:
                answer = httpx.get(f"{url}{filled}")
                watch.look(f"GET {path}", answer.content + str(answer.headers).encode())
        note = (watch.folder / "signed.notes").read_bytes()
        for body in (
            CLAIM.encode(),
            json.dumps(PERSON).encode(),
            note.replace(b'"sealed"', b'"name": "' + CANARIES["name"].encode() + b'", "sealed"'),
            CANARIES["name"].encode() + b"\n" + note,
            gzip.compress(note),
        ):
            for media in ("text/plain", "application/json", "application/x-ndjson"):
                answer = httpx.post(f"{url}/events", content=body, headers={"content-type": media})
                assert answer.status_code >= 400
                watch.look(f"POST {media}", answer.content + str(answer.headers).encode())
        server.terminate()
        server.wait()


class _Filled(dict):
    def __init__(self, uuid):
        super().__init__(kind="claims", name="march", index="7", size="8", report="march")
        self._uuid = uuid

    def __missing__(self, key):
        return self._uuid


@pytest.mark.slow
def test_no_canary_is_in_any_byte_that_is_written_or_printed(watch):
    watch.write(
        "report.toml",
        'name = "march"\ntitle = { en = "March", ar = "آذار" }\n[[figures]]\nname = "deaths"\n',
    )
    claims = plant(watch)
    watch.look_at_files("after planting")
    provoke(watch, claims[0])
    watch.look_at_files("after failing")
    assert watch.leaks == {}
    ask_over_http(watch, claims[0])
    watch.ok("key", "new", "publisher-2")
    watch.ok("key", "enroll", "publisher-2", "--role", "publisher")
    for line in COMMANDS.strip().replace("\n", "|").split("|"):
        arguments = line.format(claim=claims[0].removeprefix("claim/")).split()
        done = watch.run(*arguments)
        assert done.returncode in (0, 1), (line, done.stderr[-1500:])
    watch.look_at_files("after everything")
    assert watch.leaks == {}


@pytest.mark.slow
def test_what_is_shown_when_it_is_asked_for_is_found_so_the_search_can_find(watch):
    claims = plant(watch)
    shown = watch.run("claim", claims[0], "--reveal", "--format", "json").stdout
    assert found_in(shown) == set(CANARIES)
    fields = [option for field in CANARIES for option in ("--field", field)]
    why = ("--to", "A court", "--reason", "in writing", "--key", "reviewer-1")
    watch.leaks = {}
    watch.ok("disclose", claims[0], *fields, *why, "--out", "out/court.sijill")
    assert watch.leaks == {}
    raw = (watch.folder / "out" / "court.sijill").read_bytes()
    document = json.loads(zipfile.ZipFile(io.BytesIO(raw)).read("disclosures.json"))
    opened = b"".join(base64.urlsafe_b64decode(f"{one}==") for one in document["fields"].values())
    assert found_in(opened) == set(CANARIES)
    log = json.loads(watch.ok("key", "list", "--format", "json"))["log"]
    verified = watch.run("verify", "out/court.sijill", "--trust", log, "--format", "json").stdout
    assert found_in(verified) == set(CANARIES)
    key = json.loads(watch.ok("recipient", "r.key", "--format", "json"))["key"]
    boxed = ("--recipient-key", key, "--out", "out/boxed.sijill")
    watch.ok("disclose", claims[0], *fields, *why, *boxed)
    assert found_in((watch.folder / "out" / "boxed.sijill").read_bytes()) == set()


def test_answers_at_a_terminal_are_sealed_too(founded):
    watch = Watch(founded)
    terminal = Terminal(founded, "record", "--key", "documenter-1")
    for prompt in ("kind (", "sex (", "age_group (", "status (", "profession (", "cause ("):
        terminal.answer(prompt, "\n")
    for prompt in ("weapon (", "origin (", "happened_on (", "documented_on (", "governorate of"):
        terminal.answer(prompt, "\n")
    terminal.answer("attribution (", "\n")
    for field in ("name", "name_latin", "date_of_birth"):
        terminal.answer(f"{field} (sealed)", f"{CANARIES[field]}\n")
    terminal.answer("source (", "\n")
    assert terminal.end() == 0, terminal.shown
    watch.look_at_files("after recording")
    assert watch.leaks == {}


@pytest.mark.parametrize("field", CANARIES)
def test_the_search_finds_a_canary_however_it_is_packed(field, tmp_path):
    value = CANARIES[field]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.txt", f"xx{value}yy".encode("utf-16"))
    for raw in (
        f"xx{value}yy".encode(),
        json.dumps({"a": value}).encode(),
        base64.b64encode(f"x{value}yy".encode()),
        base64.urlsafe_b64encode(f"xx{value}yy".encode()),
        gzip.compress(value.encode()),
        packed.getvalue(),
        _workbook([("a",), (value,)]),
        _parquet([("a",), (value,)]),
    ):
        assert field in found_in(raw)
    assert found_in(os.urandom(1 << 16)) == set()
