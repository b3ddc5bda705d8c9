"""Hostile sizes: what is long, deep or many is refused in little time and little memory."""

import io
import time
import tracemalloc
import zipfile
from contextlib import contextmanager

import pytest

from audit.container import write_container
from audit.verify import verify_bundle
from domain import canonical
from domain.errors import Invalid
from tests.fuzz.targets import TARGETS, published, refused

LONG = 1 << 18
SHAPES = {
    "one line": b"a" * LONG,
    "empty lines": b"\n" * LONG,
    "spaces": b" " * LONG,
    "digits": b"1" * LONG,
    "base64": b"A" * LONG + b"=\n",
    "open lists": b"[" * LONG,
    "lists": b"[" + b"[]," * (LONG // 3) + b"[]]",
    "open objects": b'{"a":' * (LONG // 5),
    "open texts": b'"' * LONG,
    "escapes": b'"' + b"\\u0041" * (LONG // 6) + b'"',
    "signatures": "— a MTIzNDU2Nzg=\n".encode() * (LONG // 19),
    "bytes": bytes(range(256)) * (LONG // 256),
    "zip marks": b"PK\x03\x04PK\x01\x02" * (LONG // 8),
    "dotted keys": b"a." * (LONG // 2) + b"a = 1\n",
    "tables": b"[[claim]]\n" * (LONG // 10),
}


@contextmanager
def within(seconds, room):
    """CPU seconds, and bytes that Python may hold more than before; generous to slow machines."""
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        spent = time.process_time() - began
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert spent < seconds
    assert held < room


@pytest.mark.parametrize("name", TARGETS)
def test_much_of_anything_is_read_or_refused_at_once(name):
    target = TARGETS[name]
    seed = target.seeds()[0]
    half = len(seed) // 2
    first = seed.find(b"\n") + 1
    # tomllib reads letter by letter: slow under the eye of tracemalloc.
    length = LONG // 16 if name in ("plan", "record", "witnesses") else LONG
    for shape in (one[:length] for one in SHAPES.values()):
        for raw in (shape, seed[:first] + shape + seed[first:], seed[:half] + shape + seed[half:]):
            with within(seconds=10, room=32 << 20):
                refused(target.run)(raw)


def repacked(changes):
    return write_container(published().files | changes)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("members/civilians.jsonl", b"\n" * (16 << 20)),
        ("definitions/civilians.json", b"[" + b"[]," * (5 << 20) + b"[]]"),
        ("manifest", b"\n" * (16 << 20)),
        ("checkpoint", b"\n" * (16 << 20)),
        ("consistency", b"old 1\n" * (3 << 20)),
        ("authority/0000000000.entry", b"\n" * (16 << 20)),
    ],
)
def test_a_large_file_in_a_bundle_takes_a_few_times_its_size(file, content):
    raw = repacked({file: content})
    with within(seconds=20, room=6 * len(raw)):
        assert not verify_bundle(raw, [published().log]).verified


def test_a_zip_of_kilobytes_does_not_take_gigabytes():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("members/civilians.jsonl", b"\n" * (32 << 20))
    assert len(buffer.getvalue()) < 1 << 16
    with within(seconds=20, room=128 << 20):
        assert not verify_bundle(buffer.getvalue(), [published().log]).verified


def test_three_thousand_figures_take_no_longer_each_than_three_hundred():
    files = published().files
    pair = {
        name: files[f"{name}/civilians.{end}"]
        for name, end in (("definitions", "json"), ("members", "jsonl"))
    }

    def seconds(count):
        more = {f"definitions/f{number}.json": pair["definitions"] for number in range(count)}
        more |= {f"members/f{number}.jsonl": pair["members"] for number in range(count)}
        raw = repacked(more)
        began = time.process_time()
        verify_bundle(raw, [published().log])
        return time.process_time() - began

    seconds(10)
    assert seconds(3000) < 30 * seconds(300)


def test_a_line_has_four_mebibytes_at_most():
    room = canonical.MAX_LINE - len(b'{"a":""}')
    line = canonical.dumps({"a": "x" * room})
    assert canonical.parse(line) == {"a": "x" * room}
    with pytest.raises(Invalid, match="at most"):
        canonical.dumps({"a": "x" * (room + 1)})
    with pytest.raises(Invalid, match="at most"):
        canonical.parse(line[:-2] + b'x"}')
