"""Damage is told once, where it is: nobody is blamed for it, and nothing behind it is hidden."""

import hashlib
import json
import shutil
import sqlite3
from base64 import b64encode

import pytest

from audit.container import write_container
from audit.replay import audit_folder
from domain.errors import Invalid
from domain.event import Seen
from domain.figure import define
from ledger import merkle
from ledger.author import Head, compose
from tests.scene import (
    AT,
    DOCUMENTER,
    ORIGIN,
    PUBLISHER,
    REVIEWER,
    WHY,
    Scene,
    claim_body,
    claim_name,
)

FIRST_CLAIM = 6  # its log index: founding, rules and four enrolments come before
CLAIMS = 120
RECLASSIFIED = FIRST_CLAIM + CLAIMS
FROZEN = RECLASSIFIED + 2
TABLES = ("stored_events", "checkpoints", "merkle_nodes")


def base64(digest):
    return b64encode(digest).decode()


def seen_now(scene):
    checkpoint = scene.ledger.checkpoint()
    return Seen(checkpoint.size, base64(checkpoint.root))


def report_body(scene, frozen_at, definition, **wrong):
    """A report of one figure without rows, counted over the entries of `frozen_at`."""
    fold = scene.recount(frozen_at.size)
    lines = fold.lines(definition, scene.rules)
    figure = {
        "name": "all",
        "value": len(lines),
        "root": base64(merkle.tree_root(map(merkle.leaf_hash, lines))),
        "definition": base64(hashlib.sha256(definition.to_bytes()).digest()),
        "rows": None,
    }
    return {
        "figures": [figure | wrong],
        "ledger": {"root": frozen_at.root, "size": frozen_at.size},
        "period": None,
        "rules": scene.rules.version,
        "title": {"ar": "تقرير", "en": "A report"},
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(folder, bundle): authors who sign over what they saw; a report frozen one entry earlier."""
    scene = Scene(tmp_path_factory.mktemp("built"))
    for number in range(1, CLAIMS + 1):
        note, head = compose(
            Head(claim_name(number)),
            "ClaimRecorded",
            claim_body(),
            [DOCUMENTER],
            ledger=ORIGIN,
            at=AT,
            seen=seen_now(scene),
        )
        scene.ledger.accept(note)
        scene.heads[head.stream] = head
    change = {"field": "sex", "from": "unknown", "to": "female", **WHY}
    scene.say(claim_name(2), "ClassificationRevised", change, REVIEWER)
    definition = define(scene.rules)
    frozen_at = seen_now(scene)
    scene.claim(CLAIMS + 1)
    body = report_body(scene, frozen_at, definition)
    assert scene.say("report/all", "ReportFrozen", body, PUBLISHER).log_index == FROZEN
    scene.close()
    return scene.path.parent, write_container({"definitions/all.json": definition.to_bytes()})


@pytest.fixture
def damaged(built, tmp_path):
    """Changes a copy, whose schema promises nothing any more; returns the audit of it."""

    def audit(*statements):
        path = tmp_path / "ledger.db"
        shutil.copy(built[0] / "ledger.db", path)
        connection = sqlite3.connect(path)
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for table in TABLES:
            found = connection.execute(f"PRAGMA table_info({table})").fetchall()
            columns = [row[1] for row in found if row[1] != "rowid"]
            both = ", ".join(["rowid", *columns])
            connection.execute(f"CREATE TABLE loose ({', '.join(columns)})")
            connection.execute(f"INSERT INTO loose ({both}) SELECT {both} FROM {table}")
            connection.execute(f"DROP TABLE {table}")
            connection.execute(f"ALTER TABLE loose RENAME TO {table}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return audit_folder(tmp_path, bundles=[built[1]])

    return audit


def told(verdict):
    return [(failure.log_index, failure.rule) for failure in verdict.failures]


def test_a_report_frozen_before_the_newest_entries_is_recounted_as_of_its_state(built):
    verdict = audit_folder(built[0], bundles=[built[1]])
    assert (verdict.failures, verdict.recounted) == ((), (f"all/all = {CLAIMS}",))


def test_without_its_bundle_a_report_is_said_not_to_be_recounted(built):
    verdict = audit_folder(built[0])
    assert (verdict.exit_code, verdict.recounted) == (0, ())
    assert any("Not recounted" in line and "all/all" in line for line in verdict.lines)


def test_one_missing_entry_is_one_hole_however_many_entries_follow_it(damaged):
    gone = FIRST_CLAIM + 50
    verdict = damaged(f"DELETE FROM stored_events WHERE rowid = {gone + 1}")
    assert told(verdict) == [
        (gone + 1, "dense"),
        (gone + 1, "merkle-node"),
        (FROZEN, "recount"),
        (None, "checkpoint"),
    ]


def test_a_claim_that_was_taken_out_breaks_its_revision_and_not_the_audit(damaged):
    verdict = damaged(f"DELETE FROM stored_events WHERE rowid = {FIRST_CLAIM + 2}")
    assert (RECLASSIFIED, "version-gap") in told(verdict)
    assert (FROZEN, "recount") in told(verdict)


def test_a_second_changed_entry_is_not_hidden_behind_what_follows_from_the_first(damaged):
    early, late = FIRST_CLAIM + 2, FIRST_CLAIM + 110
    verdict = damaged(
        *(
            "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), "
            f"'\"civilian\"', '\"prisoner\"') AS BLOB) WHERE rowid = {index + 1}"
            for index in (early, late)
        )
    )
    assert told(verdict) == [
        (early, "bad-signature"),
        (early, "merkle-node"),
        (None, "checkpoint"),
        (late, "bad-signature"),
        (FROZEN, "recount"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE merkle_nodes SET hash = zeroblob(32) WHERE position = 64",
        "UPDATE merkle_nodes SET hash = NULL WHERE position = 64",
        "UPDATE merkle_nodes SET hash = 'x' WHERE position = 64",
        "DELETE FROM merkle_nodes WHERE position = 64",
        "DELETE FROM merkle_nodes",
    ],
)
def test_authors_who_signed_over_what_they_saw_are_not_blamed_for_a_damaged_node(
    damaged, statement
):
    verdict = damaged(statement)
    assert [rule for _, rule in told(verdict)] == ["merkle-node"]


def test_nodes_of_entries_that_are_not_there_are_found(damaged):
    verdict = damaged("INSERT INTO merkle_nodes (position, hash) VALUES (100000, zeroblob(32))")
    assert told(verdict) == [(None, "merkle-node")]


@pytest.mark.parametrize(
    "change",
    [
        "topic = 'Retracted'",
        "topic = NULL",
        "originator_id = NULL",
        "originator_id = x'ff00'",
        "originator_id = CAST(x'ff00' AS TEXT)",
        "originator_version = 'one'",
    ],
)
def test_a_wrong_label_is_the_row_s_own_failure_alone(damaged, change):
    verdict = damaged(f"UPDATE stored_events SET {change} WHERE rowid = {FIRST_CLAIM + 2}")
    assert told(verdict) == [(FIRST_CLAIM + 1, "label")]
    json.dumps(verdict.to_json())


@pytest.mark.parametrize("state", ["NULL", "12", "''", "x'00'", "'text'", "zeroblob(70000)"])
def test_what_is_no_entry_at_all_is_named(damaged, state):
    verdict = damaged(f"UPDATE stored_events SET state = {state} WHERE rowid = {FIRST_CLAIM + 51}")
    assert told(verdict)[0] == (FIRST_CLAIM + 50, "damaged")
    assert (FROZEN, "recount") in told(verdict)


@pytest.mark.parametrize(
    "change",
    ["note = NULL", "note = 7", "note = x'ff'", "size = 'many'", "size = NULL", "size = 50.5"],
)
def test_a_checkpoint_that_is_none_is_a_failure_and_not_a_crash(damaged, change):
    verdict = damaged(f"UPDATE checkpoints SET {change} WHERE size = 50")
    assert verdict.exit_code == 1
    assert {rule for _, rule in told(verdict)} == {"checkpoint"}


def test_a_checkpoint_of_another_size_under_a_size_is_found(damaged):
    verdict = damaged(
        "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 51) "
        "WHERE size = 50"
    )
    assert told(verdict) == [(None, "checkpoint")]
    assert "signed as of 51" in verdict.failures[0].message


def test_an_entry_received_before_the_one_in_front_of_it_is_named(damaged):
    verdict = damaged(
        "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), "
        f"'v1 2020', 'v1 2019') AS BLOB) WHERE rowid = {FIRST_CLAIM + 51}"
    )
    assert "before the entry in front" in verdict.failures[0].message
    assert verdict.failures[0].log_index == FIRST_CLAIM + 50


def test_a_ledger_without_any_entry_or_checkpoint_is_not_sound(damaged):
    verdict = damaged(*(f"DELETE FROM {table}" for table in TABLES))
    assert verdict.exit_code == 1


@pytest.mark.parametrize("table", TABLES)
def test_a_database_without_its_tables_is_no_ledger(damaged, table):
    with pytest.raises(Invalid, match="cannot be read as a ledger"):
        damaged(f"DROP TABLE {table}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": 2},
        {"root": base64(bytes(32))},
        {"rows": base64(bytes(32))},
    ],
)
def test_a_publisher_who_signs_what_the_entries_do_not_make_is_found(tmp_path, wrong):
    scene = Scene(tmp_path)
    scene.claim()
    definition = define(scene.rules)
    body = report_body(scene, seen_now(scene), definition, **wrong)
    scene.say("report/all", "ReportFrozen", body, PUBLISHER)
    scene.close()
    bundle = write_container({"definitions/all.json": definition.to_bytes()})
    assert audit_folder(tmp_path).exit_code == 0
    verdict = audit_folder(tmp_path, bundles=[bundle])
    assert told(verdict) == [(FIRST_CLAIM + 1, "recount")]
    assert "all = 1" in verdict.failures[0].message


def test_auditing_leaves_nothing_beside_the_ledger(built, tmp_path):
    folder = tmp_path / "a folder? of 100%"
    folder.mkdir()
    shutil.copy(built[0] / "ledger.db", folder)
    assert audit_folder(folder).exit_code == 0
    assert [path.name for path in folder.iterdir()] == ["ledger.db"]


def test_a_ledger_that_is_open_elsewhere_is_audited_with_its_newest_entries(tmp_path):
    scene = Scene(tmp_path)
    scene.claim()
    assert (tmp_path / "ledger.db-wal").exists()
    verdict = audit_folder(tmp_path)
    assert (verdict.exit_code, verdict.entries) == (0, scene.size)
    scene.claim(2)
    assert audit_folder(tmp_path).entries == scene.size
    scene.close()
