"""A bundle verifies with public keys alone, and a byte changed anywhere is found and named."""

import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.freeze import freeze
from api.plan import read_plan
from audit.bundle import figure_of_file
from audit.container import read_container, write_container
from audit.verify import verify_bundle
from domain.errors import Conflict, Invalid, Rejected
from ledger.note import VerifierKey
from ledger.signer import Ed25519Signer
from tests.office import Office

PLAN = """
name = "march"
period = "2020-03"
[title]
en = "March"
ar = "آذار"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party"]
[[figures]]
name = "women"
where = { category = "women" }
[[figures]]
name = "massacres"
measure = "massacres"
by = ["party"]
"""
AT = "2020-04-02T10:00:00Z"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """An office with a frozen report: (office, bundle, the log's key)."""
    office = Office(tmp_path_factory.mktemp("published") / "ledger")
    incident = office.incident()
    for number in range(6):
        office.record(incident=incident, sex="female", age_group="adult" if number else "child")
    office.record(attribution={"mode": "sole", "parties": ["isis"]})
    raw = frozen(office).bundle
    yield office, raw, [VerifierKey.parse(office.ledger.authority.log)]
    office.close()


def frozen(office, plan=PLAN, publisher="publisher-1"):
    signer = office.signers[publisher]
    return freeze(office.ledger, office.registry, read_plan(plan), signer, AT)


def test_a_bundle_verifies_with_the_log_s_public_key_alone(published):
    _, raw, trust = published
    verdict = verify_bundle(raw, trust)
    assert verdict.exit_code == 0, verdict.failures
    values = {figure.name: figure.value for figure in verdict.figures}
    assert values == {"civilians": 7, "women": 5, "massacres": 1}


def test_it_verifies_with_a_threshold_of_root_keys_too_and_not_with_fewer(published):
    office, raw, _ = published
    roots = [root.key for root in office.roots]
    assert verify_bundle(raw, roots[:2]).verified
    assert not verify_bundle(raw, roots[:1]).verified
    # The third root key never signed the founding.
    assert not verify_bundle(raw, [roots[0], roots[2]]).verified


def test_a_key_that_has_nothing_to_do_with_it_verifies_nothing(published):
    _, raw, _ = published
    verdict = verify_bundle(raw, [Ed25519Signer.generate("somebody.example").key])
    assert verdict.exit_code == 1
    assert verify_bundle(raw, []).exit_code == 1


def test_freezing_again_gives_the_same_bytes_however_the_ledger_has_grown(published):
    office, raw, _ = published
    office.record()
    again = frozen(office)
    assert again.again
    assert again.bundle == raw


def test_another_plan_or_publisher_under_a_frozen_name_is_refused(published):
    office, _, _ = published
    with pytest.raises(Conflict, match="frozen already"):
        frozen(office, PLAN.replace('name = "women"', 'name = "females"'))
    with pytest.raises(Conflict, match="publisher-1"):
        frozen(office, publisher="reviewer-1")


def test_a_reviewer_freezes_nothing(published):
    office, _, _ = published
    size = office.ledger.recorder.tree_size()
    with pytest.raises(Rejected, match="role-missing"):
        frozen(office, PLAN.replace('"march"', '"april"'), "reviewer-1")
    assert office.ledger.recorder.tree_size() == size


def test_a_bit_flipped_in_any_byte_is_found_and_its_file_named(published):
    _, raw, trust = published
    files = read_container(raw).files
    offsets = {
        name: raw.index(name.encode() + content) + len(name) for name, content in files.items()
    }
    draw = random.Random(7)
    tried = {0, len(raw) - 1, len(raw) // 2, *(draw.randrange(len(raw)) for _ in range(150))}
    for name, start in offsets.items():
        tried |= {start, start + len(files[name]) - 1, start + len(files[name]) // 2}
    for at in sorted(tried):
        changed = bytearray(raw)
        changed[at] ^= 1 << draw.randrange(8)
        verdict = verify_bundle(bytes(changed), trust)
        assert verdict.exit_code in (1, 2), at
        for name, start in offsets.items():
            if start <= at < start + len(files[name]):
                assert verdict.exit_code == 1
                named = [check for check in verdict.failures if check.file == name]
                assert named, (name, at)
                figure = figure_of_file(name)
                assert figure is None or any(check.figure == figure for check in named)


def test_a_figure_that_is_touched_does_not_hold_and_the_others_do(published):
    _, raw, trust = published
    files = read_container(raw).files
    start = raw.index(files["members/women.jsonl"])
    changed = bytearray(raw)
    changed[start + 5] ^= 1
    holds = {one.name: one.holds for one in verify_bundle(bytes(changed), trust).figures}
    assert holds == {"women": False, "civilians": True, "massacres": True}


def test_files_taken_out_put_in_or_swapped_are_found(published):
    _, raw, trust = published
    files = read_container(raw).files
    for name in files:
        fewer = {other: content for other, content in files.items() if other != name}
        verdict = verify_bundle(write_container(fewer), trust)
        assert verdict.exit_code == 1
        assert any(name in (check.file, check.detail) or check.file for check in verdict.failures)
    more = files | {"figures/imagined.note": files["figures/women.note"]}
    assert verify_bundle(write_container(more), trust).exit_code == 1
    swapped = files | {
        "figures/women.note": files["figures/civilians.note"],
        "figures/civilians.note": files["figures/women.note"],
    }
    assert verify_bundle(write_container(swapped), trust).exit_code == 1


def test_a_line_of_one_more_person_signed_by_nobody_is_found(published):
    _, raw, trust = published
    files = dict(read_container(raw).files)
    lines = files["members/women.jsonl"].split(b"\n")
    files["members/women.jsonl"] = b"\n".join([lines[0], *lines])
    verdict = verify_bundle(write_container(files), trust)
    assert {check.figure for check in verdict.failures if check.figure} == {"women"}


def test_the_same_files_zipped_by_another_program_are_not_the_bundle(published):
    _, raw, trust = published
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in read_container(raw).files.items():
            archive.writestr(name, content)
    assert verify_bundle(buffer.getvalue(), trust).exit_code == 1


def test_a_change_is_named_even_in_a_copy_packed_by_another_program(published):
    _, raw, trust = published
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as archive:
            for name, content in read_container(raw).files.items():
                changed = content.replace(b"\n5\n", b"\n6\n") if "women.note" in name else content
                archive.writestr(name, changed)
        verdict = verify_bundle(buffer.getvalue(), trust)
        assert verdict.exit_code == 1
        said = [check for check in verdict.failures if check.figure == "women"]
        assert any(check.file == "figures/women.note" for check in said)


def test_any_zip_tool_opens_it(published):
    _, raw, _ = published
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "README.txt"


@pytest.mark.parametrize("raw", [b"", b"hello", b"PK", b"\0" * 10_000, b"%PDF-1.7 " * 50])
def test_what_is_no_bundle_is_unusable_input(raw):
    assert verify_bundle(raw, []).exit_code == 2


@pytest.mark.parametrize(
    "name", ["../up", "/etc/passwd", "a//b", "a\\b", "C:x", "x/../y", ".hidden", "a" * 300, "é", ""]
)
def test_a_name_that_leads_elsewhere_is_never_written_or_read(name):
    with pytest.raises(Invalid):
        write_container({name: b"x"})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name or "x/"), b"x")
    assert verify_bundle(buffer.getvalue(), []).exit_code in (1, 2)


def test_a_bomb_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", b"\0" * (64 << 20))
    assert verify_bundle(buffer.getvalue(), []).exit_code in (1, 2)


def test_one_name_twice_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README.txt", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("README.txt", b"other")
    assert verify_bundle(buffer.getvalue(), []).exit_code == 1


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z0-9]{1,8})?", fullmatch=True),
        st.binary(max_size=40),
        min_size=1,
        max_size=6,
    ),
    st.data(),
)
def test_a_container_has_one_spelling_and_every_other_is_found(files, data):
    raw = write_container(files)
    found = read_container(raw)
    assert (found.files, found.defects) == (files, ())
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = bytearray(raw)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        other = read_container(bytes(changed))
    except Invalid:
        return
    # A changed byte of a file's content changes its checksum as well.
    assert other.defects


@given(st.binary(max_size=200))
def test_any_bytes_after_a_zip_s_first_mark_are_read_without_harm(rest):
    assert verify_bundle(b"PK\x03\x04" + rest, []).exit_code in (1, 2)


@pytest.mark.parametrize("anew", [False, True])
def test_a_report_that_became_suspect_is_told_from_a_newer_checkpoint(tmp_path, monkeypatch, anew):
    office = Office(tmp_path / "ledger")
    office.record()
    index = frozen(office).log_index
    publisher = str(office.signers["publisher-1"].key)
    if anew:
        office.desk.enroll(publisher, ["publisher", "reviewer"], "publisher-1", office.roots[:2])
    body = {
        "vkey": publisher,
        "reason_code": "compromised",
        "reason": "stolen before that",
        "suspect_from": index,
    }
    office.desk.say("authority", "KeyRevoked", body, *office.roots[:2])
    size, note = office.ledger.recorder.tree_size(), office.ledger.newest_checkpoint()
    monkeypatch.setattr("api.freeze.covering_checkpoint", lambda *_: (size, note))
    raw = frozen(office).bundle
    trust = [root.key for root in office.roots[:2]]
    failures = {check.what for check in verify_bundle(raw, trust).failures}
    assert failures == {"the publisher's key is not suspect"}
    office.close()
