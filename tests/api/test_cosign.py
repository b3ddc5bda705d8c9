"""What a hostile witness may answer: nothing of it is kept, and asking ends in a word about it."""

import gzip
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.cosign import Asked, Policy, ask_witnesses
from ledger.cosignature import signed_bytes
from ledger.note import Signature, VerifierKey, format_signature, parse_note
from ledger.signer import Ed25519Signer
from ledger.witness import SIZE_TYPE

SIGNER = Ed25519Signer.from_seed("witness.example/w", b"w" * 32)
KEY = VerifierKey.cosigner(SIGNER.key.name, SIGNER.key.public_key)


class Hostile(ThreadingHTTPServer):
    """Answers every request with the same status, headers and parts of a body."""

    daemon_threads = True

    def __init__(self, status, body, **headers):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                try:
                    for part in body:
                        self.wfile.write(part)
                except ConnectionError:
                    pass

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def ask(office):
    """Asks a witness that gives the answer; returns what is said of it."""
    servers = []

    def asking(status, body, **headers):
        server = Hostile(status, body, **headers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return ask_witnesses(office.ledger, Policy((Asked(KEY, server.url),), 1)).words

    yield asking
    for server in servers:
        server.shutdown()
        server.server_close()
    assert office.ledger.recorder.cosignatures(office.ledger.checkpoint().size) == []


@pytest.mark.parametrize("size", ["²", "٣", "-1", "+1", "1_0", "01", "", "9" * 17, "x", "1\n2"])
def test_what_is_no_size_is_said_to_be_none(ask, size):
    (word,) = ask(409, [size.encode()], content_type=SIZE_TYPE)
    assert "no size" in word.problem


def test_an_answer_without_an_end_is_not_read_to_it(ask):
    (word,) = ask(200, (b"x" * 65536 for _ in range(10**6)))
    assert "larger" in word.problem


def test_an_answer_that_unpacks_to_more_is_not_unpacked(ask):
    (word,) = ask(200, [gzip.compress(bytes(1 << 25))], content_encoding="gzip")
    assert word.time is None


def test_no_escape_of_a_terminal_is_passed_on(ask):
    (word,) = ask(500, [b"\x1b]0;owned\x07\xff\r\n\x9b"])
    assert word.problem.startswith("answered 500:")
    assert word.problem.isprintable()


@pytest.mark.parametrize("time", [0, 1_588_000_000_000, 2**63, 2**64 - 1])
def test_a_cosignature_at_no_time_is_not_kept(ask, office, time):
    text = parse_note(office.ledger.newest_checkpoint()).text
    raw = struct.pack(">Q", time) + SIGNER.sign(signed_bytes(time, text)).signature
    (word,) = ask(200, [format_signature(Signature(KEY.name, KEY.key_id, raw))])
    assert "no time" in word.problem


@pytest.mark.parametrize("url", ["http://[", "nowhere", "http://\0", "http://a b", "gopher://a"])
def test_an_address_that_is_none_is_named(office, url):
    (word,) = ask_witnesses(office.ledger, Policy((Asked(KEY, url),), 1)).words
    assert word.problem
