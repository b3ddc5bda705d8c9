"""The container of a bundle has one spelling; hostile zips are read within limits or refused."""

import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import container
from audit.container import MAX_FILES, check_name, read_container, write_container
from domain.errors import Invalid

FILES = {
    "README.txt": b"read me\n",
    "manifest": b"listed\n",
    "figures/women.note": b"a note",
    "members/women.jsonl": b"",
}
RAW = write_container(FILES)
LOCAL, END = 30, 22  # bytes of a header and of the end record, without names


def zipped(files, compression=zipfile.ZIP_STORED, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return buffer.getvalue()


def test_readme_and_manifest_come_first_and_nothing_depends_on_the_order_given():
    backwards = dict(reversed(FILES.items()))
    assert write_container(backwards) == RAW
    assert list(read_container(RAW).files) == [
        "README.txt",
        "manifest",
        "figures/women.note",
        "members/women.jsonl",
    ]


def test_another_zip_program_reads_the_same_files_from_it():
    with zipfile.ZipFile(io.BytesIO(RAW)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


@pytest.mark.parametrize("bit", range(8))
def test_every_bit_of_every_byte_that_is_changed_is_found(bit):
    for at in range(len(RAW)):
        changed = bytearray(RAW)
        changed[at] ^= 1 << bit
        assert read_container(bytes(changed)).defects, at


@pytest.mark.parametrize("name", [name for name, content in FILES.items() if content])
def test_a_change_in_a_file_s_content_is_named_with_the_file_and_leaves_the_others(name):
    start = RAW.index(name.encode() + FILES[name]) + len(name)
    for at in range(start, start + len(FILES[name])):
        changed = bytearray(RAW)
        changed[at] ^= 0x20
        found = read_container(bytes(changed))
        assert {defect.file for defect in found.defects} == {name}
        others = {other: content for other, content in found.files.items() if other != name}
        assert others == {other: content for other, content in FILES.items() if other != name}


def test_every_cut_and_every_addition_is_found_or_refused():
    for length in range(len(RAW)):
        try:
            assert read_container(RAW[:length]).defects, length
        except Invalid:
            assert length < 4
    for more in (b"\0", b"PK\x05\x06", RAW):
        assert read_container(RAW + more).defects
        assert read_container(more + RAW).defects


def test_what_the_directory_and_the_headers_say_differently_is_found():
    # The name in the header in front of the file, not the one in the directory.
    changed = RAW.replace(b"figures/women.note", b"figures/other.note", 1)
    assert read_container(changed).defects
    assert "figures/women.note" in read_container(changed).files


def test_a_directory_that_leaves_a_file_out_is_found():
    fewer = {name: content for name, content in FILES.items() if name != "members/women.jsonl"}
    hidden = bytearray(write_container(fewer))
    body = hidden.index(b"PK\x01\x02")
    hidden[body:body] = b"hidden between"
    end = len(hidden) - END
    offset = struct.unpack_from("<I", hidden, end + 16)[0]
    struct.pack_into("<I", hidden, end + 16, offset + len(b"hidden between"))
    assert read_container(bytes(hidden)).defects


@pytest.mark.parametrize(
    "raw",
    [
        zipped(FILES),
        zipped(FILES, zipfile.ZIP_DEFLATED),
        zipped(FILES, zipfile.ZIP_BZIP2),
        zipped(FILES, zipfile.ZIP_LZMA),
        zipped(FILES, comment=b"packed again"),
        b"#!/bin/sh\n" + RAW,
    ],
    ids=["stored", "deflated", "bzip2", "lzma", "comment", "prefixed"],
)
def test_the_same_files_in_another_spelling_are_read_but_never_without_a_defect(raw):
    found = read_container(raw)
    assert found.defects
    assert set(found.files.items()) <= set(FILES.items())


def test_a_bomb_is_not_unpacked_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(container, "MAX_BYTES", 1 << 16)
    raw = zipped({"README.txt": bytes(1 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(raw) < 1 << 16
    found = read_container(raw)
    assert found.defects
    assert sum(map(len, found.files.values())) <= 1 << 16


def nameless(count):
    """A directory of `count` records without names, and nothing else."""
    record = b"PK\x01\x02" + bytes(42)
    sizes = struct.pack("<4H2IH", 0, 0, count & 0xFFFF, count & 0xFFFF, 46 * count, 0, 0)
    return record * count + b"PK\x05\x06" + sizes


def test_a_file_without_a_name_is_not_read():
    assert read_container(nameless(1)).files == {}
    changed = bytearray(RAW)
    name_length = RAW.index(b"PK\x01\x02") + 28
    struct.pack_into("<H", changed, name_length, 0)
    assert read_container(bytes(changed)).defects


def test_a_directory_of_too_many_files_is_not_taken_up():
    raw = nameless(200_000)
    tracemalloc.start()
    try:
        assert read_container(raw).files == {}
        assert tracemalloc.get_traced_memory()[1] < 2 * len(raw)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_can_ask_for_gigabytes_is_not_unpacked(compression):
    assert read_container(zipped(FILES, compression)).files == {}


def test_a_size_that_a_header_only_claims_is_not_believed():
    for field in (18, 22):  # the stored and the real size in the first header
        claimed = bytearray(RAW)
        struct.pack_into("<I", claimed, field, 0xFFFFFFFF)
        found = read_container(bytes(claimed))
        assert found.defects
        assert sum(map(len, found.files.values())) <= len(RAW)


def test_a_number_of_files_that_is_only_claimed_is_not_believed():
    claimed = bytearray(RAW)
    struct.pack_into("<HH", claimed, len(RAW) - END + 8, 0xFFFF, 0xFFFF)
    assert read_container(bytes(claimed)).defects


def test_one_name_twice_is_a_defect_however_it_was_packed():
    ours = write_container({"README.txt": b"one", "rEADME.txt": b"other"})
    with pytest.warns(UserWarning, match="Duplicate"):
        theirs = _twice()
    for raw in (ours.replace(b"rEADME.txt", b"README.txt"), theirs):
        found = read_container(raw)
        assert any("two files bear one name" in defect.message for defect in found.defects)


def _twice():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README.txt", b"one")
        archive.writestr("README.txt", b"other")
    return buffer.getvalue()


@pytest.mark.parametrize("raw", [b"", b"PK", b"hello", bytes(1000), RAW[1:END]])
def test_what_is_no_zip_is_refused(raw):
    with pytest.raises(Invalid):
        read_container(raw)


def test_more_than_a_bundle_may_hold_is_neither_written_nor_read(monkeypatch):
    many = dict.fromkeys((f"f{number}" for number in range(MAX_FILES + 1)), b"")
    with pytest.raises(Invalid, match="files"):
        write_container(many)
    monkeypatch.setattr(container, "MAX_BYTES", len(RAW) - 1)
    with pytest.raises(Invalid, match="bytes"):
        write_container(FILES)
    with pytest.raises(Invalid, match="larger"):
        read_container(RAW)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "/", "a/", "/a", "a//b", "../a", "a/../b", "a/..", "a\\b", "C:a"),
        *("a\nb", "a\0b", "a b", "é", "a.", ".a", "a/b/c/d/e", "a" * 241, "-rf", "~a", "a*"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name):
    with pytest.raises(Invalid):
        check_name(name)


@pytest.mark.parametrize("name", [b"../../up", b"/etc/pwd", b"a\\..\\upx", b"C:\\aaaaa"])
def test_a_name_that_leads_elsewhere_is_not_read_either(name):
    found = read_container(write_container({"aaaaaaaa": b"x"}).replace(b"aaaaaaaa", name))
    assert found.defects
    assert not found.files


names = st.from_regex(r"[A-Za-z0-9]{1,6}(/[a-z0-9][a-z0-9._,+-]{0,6}[a-z0-9]){0,3}", fullmatch=True)


@given(st.dictionaries(names, st.binary(max_size=60), min_size=1, max_size=8))
def test_what_is_written_is_read(files):
    found = read_container(write_container(files))
    assert (found.files, found.defects) == (files, ())


@given(st.binary(max_size=300))
def test_any_bytes_between_two_marks_of_a_zip_are_read_without_harm(middle):
    raw = RAW[:LOCAL] + middle + RAW[-END:]
    try:
        found = read_container(raw)
    except Invalid:
        return
    assert found.defects or raw == RAW
