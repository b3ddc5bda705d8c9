"""Proposing and reviewing duplicates at the command line. All names are invented."""

import json
import sqlite3

import pytest

from tests.sessions.terminal import Terminal

ARABIC, LATIN, BROTHER = "محمد أحمد سلحاسي", "Mohammad Ahmad Salhasi", "خالد أحمد سلحاسي"
SECRETS = (ARABIC, LATIN, BROTHER, "سلحاسي", "salhasi", "Salhasi", "slhs")


def claim(name, happened, published=None, field="name"):
    source = (
        f'kind = "published-report"\npublished = "{published}"' if published else 'kind = "witness"'
    )
    return f"""
[[claim]]
kind = "killing"
sex = "male"
happened_on = "{happened}"
place = {{ governorate = "SY02", name = "Invented town" }}
[claim.person]
{field} = "{name}"
[[claim.sources]]
{source}
"""


@pytest.fixture
def lists(founded):
    """Four claims: one man in two lists, in two scripts and once more; and his brother."""
    (founded.folder / "lists.toml").write_text(
        claim(ARABIC, "2013-05-04", "List A, 2014, page 3")
        + claim(LATIN, "2013-05", "List B, 2015", field="name_latin")
        + claim(BROTHER, "2013-05-04", "List A, 2014, page 3")
        + claim("محمد احمد السلحاسي", "2013-05-05"),
        encoding="utf-8",
    )
    done = founded.json("record", "lists.toml", "--key", "documenter-1")
    founded.claims = [one["stream"] for one in done]
    return founded


def proposed(shell, *arguments):
    answer = shell.json("duplicates", *arguments)
    return {tuple(pair["claims"]) for pair in answer["pairs"]}


def test_pairs_are_proposed_with_probability_and_reasons_and_never_a_name(lists):
    first, second, _, third = lists.claims
    answer = lists.json("duplicates")
    assert {tuple(pair["claims"]) for pair in answer["pairs"]} == {
        (first, second),
        (first, third),
        (second, third),
    }
    assert (answer["compared"], answer["apart"], answer["more"]) == (4, 0, 0)
    pair = next(pair for pair in answer["pairs"] if pair["claims"] == [first, second])
    assert 0.9 < pair["probability"] < 1
    assert [reason["words"] for reason in pair["reasons"]] == [
        "same name after transliteration",
        "dates overlap",
        "same place",
        "same sex",
    ]
    assert pair["lists"] == [["List A, 2014, page 3"], ["List B, 2015"]]
    table = lists.run("duplicates")
    assert "same name after transliteration; dates overlap" in table
    printed = table + json.dumps(answer, ensure_ascii=False)
    printed += lists.run("duplicates", "--format", "csv")
    printed += lists.run("duplicates", "--min-probability", "0")
    for secret in SECRETS:
        assert secret not in printed


def test_a_proposal_changes_nothing_and_writes_nothing(lists):
    def state():
        return {
            path.name: path.read_bytes()
            for path in (lists.folder / "records").glob("*")
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    # Whoever opens the vault first notes in it up to where the log's erasures are done.
    lists.run("duplicates")
    before = state()
    lists.run("duplicates")
    assert state() == before
    for path in lists.folder.rglob("*"):
        if path.is_file() and path.name != "lists.toml":
            raw = path.read_bytes()
            assert not any(secret.encode() in raw for secret in SECRETS), path


def test_lists_are_compared_within_and_across(lists):
    first, second, _, third = lists.claims
    assert proposed(lists, "--list", "list a", "--list", "LIST B") == {(first, second)}
    assert proposed(lists, "--list", "List A") == set()
    assert proposed(lists) >= {(first, third)}
    said = lists.run("duplicates", "--list", "List C", code=2)
    assert "list 'List C': no claim that stands cites it" in said


def test_what_is_merged_or_retracted_is_proposed_no_more(lists):
    first, second, _, third = lists.claims
    by = ("--reason", "one person", "--key", "reviewer-1")
    lists.run("merge", second, first, *by)
    assert proposed(lists) == {(first, third)}
    lists.run("retract", third, "--reason-code", "alive", *by)
    assert proposed(lists) == set()
    lists.run("unmerge", second, *by)
    assert proposed(lists) == {(first, second)}


def test_limit_says_how_many_more_there_are(lists):
    answer = lists.json("duplicates", "--limit", "1")
    assert (len(answer["pairs"]), answer["more"]) == (1, 2)
    assert "2 more pairs: raise --limit" in lists.run("duplicates", "--limit", "1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["duplicates", "--min-probability", "1.5"], "from 0 to 1"),
        (["duplicates", "--min-probability", "nan"], "from 0 to 1"),
        (["duplicates", "--limit", "0"], "at least 1"),
        (["duplicates", "--list", ""], "no claim that stands cites it"),
        (["duplicates", "--show-names"], "only at a terminal"),
        (["review", "--key", "reviewer-1"], "only at a terminal"),
    ],
)
def test_what_cannot_be_done_is_said_without_any_name(lists, arguments, message):
    said = lists.run(*arguments, code=2)
    assert message in said
    assert not any(secret in said for secret in SECRETS)


def test_the_wrong_passphrase_opens_no_name(lists):
    said = lists.run("duplicates", code=1, SIJILL_PASSPHRASE="wrong")
    assert "passphrase" in said
    assert not any(secret in said for secret in SECRETS)


def test_without_the_extra_libraries_it_is_said_what_to_install(lists):
    hidden = lists.folder / "hidden"
    hidden.mkdir()
    (hidden / "splink.py").write_text("raise ModuleNotFoundError(name='splink')")
    path = f"{hidden}:{lists.environment['PYTHONPATH']}"
    said = lists.run("duplicates", code=2, PYTHONPATH=path)
    assert "pip install 'sijill[lists]'" in said
    lists.run("claims", PYTHONPATH=path)


def test_names_are_shown_at_a_terminal_when_asked(lists):
    terminal = Terminal(lists, "duplicates", "--show-names")
    assert terminal.end() == 0, terminal.shown
    assert ARABIC in terminal.shown
    assert LATIN in terminal.shown
    assert BROTHER not in terminal.shown


def test_a_name_cannot_command_the_terminal(lists):
    text = claim("Mohammad\\u001b]0;gotcha\\u0007 Ahmad Salhasi", "2013-05-04")
    (lists.folder / "hostile.toml").write_text(text, encoding="utf-8")
    lists.run("record", "hostile.toml", "--key", "documenter-1")
    terminal = Terminal(lists, "duplicates", "--show-names")
    assert terminal.end() == 0, terminal.shown
    assert "gotcha" in terminal.shown
    assert "\x1b]0" not in terminal.shown
    assert "\x07" not in terminal.shown


def test_a_reviewer_decides_pair_by_pair_and_goes_on_another_day(lists):
    first, second, brother, third = lists.claims
    terminal = Terminal(lists, "review", "--key", "reviewer-1")
    terminal.press("[q]uit", "x")  # no key: asked again
    terminal.press("[q]uit", "n")
    terminal.answer("Pair 2 of 3", "")
    terminal.press("[q]uit", "s")
    terminal.answer("Pair 3 of 3", "")
    terminal.press("[q]uit", "q")
    assert terminal.end() == 0, terminal.shown
    assert "0 merged, 1 found to be two persons, 2 left" in terminal.shown
    assert not any(secret in terminal.shown for secret in SECRETS)

    left = lists.json("duplicates")
    assert (len(left["pairs"]), left["apart"]) == (2, 1)
    assert "1 pairs left out" in lists.run("duplicates")

    terminal = Terminal(lists, "review", "--key", "reviewer-1", "--show-names")
    terminal.press("[q]uit", "c")
    assert terminal.end() == 0, terminal.shown
    assert ARABIC in terminal.shown
    assert "1 merged, 0 found to be two persons, 0 left" in terminal.shown

    merged = [name for name in lists.claims if lists.json("claim", name)["state"]["merged_into"]]
    assert len(merged) == 1
    event = lists.json("history", merged[0])["events"][-1]
    assert event["type"] == "MergedInto"
    assert event["signature_holds"]
    assert event["author"].startswith("reviewer-1+")
    assert "proposed as one person, probability > 0.999: same name" in event["reason"]
    assert "corroboration" in json.dumps(event)
    assert brother not in merged
    assert first not in merged, "the claim that was recorded first stays"
    assert {second, third} >= set(merged)


def test_a_claim_merged_in_a_sitting_is_not_asked_about_again_in_it(lists):
    terminal = Terminal(lists, "review", "--key", "reviewer-1")
    terminal.answer("Pair 1 of 3", "")
    terminal.press("[q]uit", "d")
    terminal.answer("Pair 2 of 3", "")
    terminal.press("[q]uit", "d")
    assert terminal.end() == 0, terminal.shown
    assert "2 merged, 0 found to be two persons, 0 left" in terminal.shown
    assert lists.json("toll")["total"] == 2
    assert proposed(lists) == set()


def test_a_verdict_can_be_looked_at_again(lists):
    for again in ([], ["--again"]):
        terminal = Terminal(lists, "review", "--key", "reviewer-1", "--list", "List", *again)
        terminal.answer("Pair 1 of 1", "")
        terminal.press("[q]uit", "n")
        assert terminal.end() == 0, terminal.shown
    terminal = Terminal(lists, "review", "--key", "reviewer-1", "--list", "List")
    assert terminal.end() == 0, terminal.shown
    assert "0 pairs proposed" in terminal.shown


def test_the_file_of_verdicts_holds_ids_alone_for_its_owner_alone(lists):
    terminal = Terminal(lists, "review", "--key", "reviewer-1", "--list", "List")
    terminal.press("[q]uit", "n")
    assert terminal.end() == 0, terminal.shown
    path = lists.folder / "records" / "review.db"
    assert path.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(path) as connection:
        ((first, second, key, decided),) = connection.execute("SELECT * FROM apart")
    assert {first, second} == set(lists.claims[:2])
    assert key.startswith("reviewer-1+")
    assert decided.endswith("Z")
    path.write_bytes(b"no database at all" * 100)
    assert "review.db" in lists.run("duplicates", code=1)


def test_only_a_reviewer_s_key_may_sit_down(lists):
    terminal = Terminal(lists, "review", "--key", "documenter-1")
    assert terminal.end() == 2, terminal.shown
    assert "only a key enrolled as reviewer merges claims" in terminal.shown


def test_leaving_by_ctrl_c_keeps_what_was_decided(lists):
    terminal = Terminal(lists, "review", "--key", "reviewer-1")
    terminal.press("[q]uit", "n")
    terminal.answer("Pair 2 of 3", "")
    terminal.answer("[q]uit", "\x03")
    assert terminal.end() == 130, terminal.shown
    assert "Traceback" not in terminal.shown
    assert lists.json("duplicates")["apart"] == 1
