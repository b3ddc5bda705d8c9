"""What the ledger takes and what it refuses: every refusal names its rule and stores nothing."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Conflict, Rejected, SijillError
from domain.event import Seen
from ledger.author import Head, compose
from ledger.entry import MAX_ENTRY, split_entry
from ledger.ledger import Ledger
from ledger.merkle import leaf_hash, tree_root
from ledger.note import VerifierKey
from ledger.signer import Ed25519Signer, sign_note
from ledger.view import Accepted
from tests.scene import (
    AT,
    DOCUMENTER,
    LOG,
    ORIGIN,
    OTHER_DOCUMENTER,
    PUBLISHER,
    REVIEWER,
    ROOTS,
    STRANGER,
    WHY,
    Scene,
    claim_body,
    claim_name,
)


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


class Untouched:
    """Checks on leaving that the ledger holds exactly what it held."""

    def __init__(self, scene):
        self._scene = scene

    def facts(self):
        recorder = self._scene.ledger.recorder
        with recorder.datastore.transaction(commit=False) as cursor:
            counts = []
            for table in ("stored_events", "merkle_nodes", "checkpoints"):
                cursor.execute(f"SELECT count(*) FROM {table}")
                counts.append(cursor.fetchone()[0])
        return counts, recorder.checkpoint(), recorder.root_at(recorder.tree_size())

    def __enter__(self):
        self._before = self.facts()

    def __exit__(self, *exception):
        assert self.facts() == self._before


def refuse(scene, note, rule):
    """Post a note and expect it to be refused by that rule."""
    with Untouched(scene), pytest.raises(Rejected) as caught:
        scene.ledger.accept(note)
    assert caught.value.rule == rule, caught.value
    return caught.value


def recorded(scene, number=1, *signers, **changes):
    return scene.note(
        claim_name(number), "ClaimRecorded", claim_body(**changes), *(signers or (DOCUMENTER,))
    )


def raw_note(line, signer=DOCUMENTER):
    return sign_note(b"sijill/event/v1\n" + line + b"\n", signer)


def line_of(scene, **members):
    """The canonical line of a claim's recording, for spelling it otherwise."""
    note = recorded(scene, **members)
    return note.split(b"\n")[1]


def revision(was, now, field="status"):
    return {"field": field, "from": was, "to": now, **WHY}


def test_an_accepted_event_is_stored_as_the_very_bytes_that_were_posted(scene):
    note = recorded(scene)
    accepted, receipt = scene.ledger.accept(note)
    assert scene.ledger.recorder.entry_at(accepted.log_index)[4] == accepted.entry
    assert split_entry(accepted.entry)[1] == note
    assert receipt.checkpoint == scene.ledger.newest_checkpoint()


def test_the_same_note_twice_is_the_same_event(scene):
    note = recorded(scene)
    first = scene.ledger.accept(note)[0]
    size = scene.size
    again, receipt = scene.ledger.accept(note)
    assert again == first._replace(again=True)
    assert receipt.acceptance is not None
    assert scene.size == size


def test_the_same_note_twice_in_one_batch_is_stored_once(scene):
    note = recorded(scene)
    first, again = scene.ledger.accept_all([note, note]).outcomes
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (first.log_index, first.again, again.again) == (again.log_index, False, True)


def test_a_key_that_was_never_enrolled_is_refused(scene):
    error = refuse(scene, recorded(scene, 1, STRANGER), "unknown-key")
    assert "stranger-1" in str(error)


def test_a_second_signature_that_nobody_can_check_is_refused(scene):
    refuse(scene, recorded(scene, 1, DOCUMENTER, STRANGER), "unknown-key")


@pytest.mark.parametrize("signer", [REVIEWER, PUBLISHER, ROOTS[0]])
def test_a_key_without_the_role_is_refused(scene, signer):
    refuse(scene, recorded(scene, 1, signer), "role-missing")


def test_a_revoked_key_is_refused_from_then_on(scene):
    body = {
        "vkey": str(DOCUMENTER.key),
        "reason_code": "lost",
        "reason": "left in a taxi",
        "suspect_from": None,
    }
    scene.claim(1)
    scene.say("authority", "KeyRevoked", body, *ROOTS[1:])
    error = refuse(scene, recorded(scene, 2), "key-revoked")
    assert "lost" in str(error)
    # The other documenter goes on.
    scene.ledger.accept(recorded(scene, 3, OTHER_DOCUMENTER))


def test_a_signature_of_other_bytes_is_refused(scene):
    note = recorded(scene).replace(b'"killing"', b'"looting"')
    refuse(scene, note, "bad-signature")


def test_one_bad_signature_of_two_is_refused(scene):
    good = recorded(scene, 1, DOCUMENTER, OTHER_DOCUMENTER)
    head, _, last = good.rstrip(b"\n").rpartition(b" ")
    signature = bytearray(base64.b64decode(last))
    signature[-1] ^= 1
    refuse(scene, head + b" " + base64.b64encode(bytes(signature)) + b"\n", "bad-signature")


def test_an_event_for_another_ledger_is_refused(scene):
    note, _ = compose(
        Head(claim_name(1)),
        "ClaimRecorded",
        claim_body(),
        [DOCUMENTER],
        ledger="register.example/another",
        at=AT,
    )
    refuse(scene, note, "wrong-ledger")


def test_a_version_that_leaves_a_gap_is_refused(scene):
    claim = scene.claim(1)
    head = scene.heads[claim]._replace(version=5)
    note, _ = compose(
        head,
        "ClassificationRevised",
        revision("civilian", "combatant"),
        [REVIEWER],
        ledger=ORIGIN,
        at=AT,
    )
    refuse(scene, note, "version-gap")


def test_a_prev_of_another_text_is_refused(scene):
    claim = scene.claim(1)
    head = scene.heads[claim]._replace(prev=base64.b64encode(bytes(32)).decode())
    note, _ = compose(
        head,
        "ClassificationRevised",
        revision("civilian", "combatant"),
        [REVIEWER],
        ledger=ORIGIN,
        at=AT,
    )
    refuse(scene, note, "wrong-prev")


def test_of_two_authors_at_one_version_one_is_told_who_was_first(scene):
    claim = scene.claim(1)
    one = scene.note(
        claim, "ClassificationRevised", revision("civilian", "combatant"), OTHER_DOCUMENTER
    )
    other = scene.note(claim, "ClassificationRevised", revision("civilian", "prisoner"), REVIEWER)
    scene.ledger.accept(one)
    with Untouched(scene), pytest.raises(Conflict) as caught:
        scene.ledger.accept(other)
    assert caught.value.version == 2
    assert caught.value.signed_by.startswith("documenter-2+")


def test_a_checkpoint_that_this_ledger_never_signed_is_refused(scene):
    for seen in (Seen(3, base64.b64encode(bytes(32)).decode()), Seen(999, "A" * 43 + "=")):
        note, _ = compose(
            Head(claim_name(1)),
            "ClaimRecorded",
            claim_body(),
            [DOCUMENTER],
            ledger=ORIGIN,
            at=AT,
            seen=seen,
        )
        refuse(scene, note, "unknown-checkpoint")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "murder"),
        ("sex", "F"),
        ("status", None),
        ("cause", "air strike"),
        ("control", ["nobody"]),
        ("origin", "SY15"),
        ("place", {"governorate": "Aleppo", "name": None}),
        ("attribution", {"mode": "sole", "parties": ["them"], "confidence": None}),
        ("sources", [{"id": "s1", "kind": "rumour"}]),
    ],
)
def test_a_word_that_no_vocabulary_in_force_has_is_refused_with_near_ones(scene, field, value):
    error = refuse(scene, recorded(scene, **{field: value}), "unknown-term")
    assert field in error.where
    assert "use one of" in str(error)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("happened_on", "2020-02-30"),
        ("happened_on", "2020-13"),
        ("happened_on", "yesterday"),
        ("documented_on", "2020-03-05/2020-03-01"),
        ("documented_on", "2031-01-01"),
        ("documented_on", ""),
    ],
)
def test_an_impossible_date_is_refused(scene, field, value):
    refuse(scene, recorded(scene, **{field: value}), "impossible-date")


def test_documenting_before_it_can_have_happened_is_refused(scene):
    dates = {"happened_on": "2020-03-10", "documented_on": "2020-03-09"}
    refuse(scene, recorded(scene, **dates), "documented-before-happened")


def test_a_release_before_the_detention_is_refused(scene):
    custody = {"detained_on": "2020-03", "released_on": "2020-02"}
    note = recorded(scene, kind="detention", custody=custody)
    refuse(scene, note, "released-before-detained")


@pytest.mark.parametrize(
    ("event", "body", "rule"),
    [
        (
            "MergedInto",
            {"into": claim_name(2), "nature": "duplicate", "reason": "twice"},
            "claim-merged",
        ),
        (
            "Retracted",
            {"reason_code": "precautionary", "reason": "to be looked at"},
            "claim-retracted",
        ),
    ],
)
def test_a_claim_that_is_merged_or_retracted_takes_no_revision(scene, event, body, rule):
    claim = scene.claim(1)
    scene.claim(2)
    scene.say(claim, event, body, REVIEWER)
    note = scene.note(claim, "ClassificationRevised", revision("civilian", "combatant"), DOCUMENTER)
    refuse(scene, note, rule)


def test_verifying_one_s_own_claim_is_refused(scene):
    scene.enroll(DOCUMENTER, "reviewer")  # enrolled anew with another role, the same person
    scene.enroll(OTHER_DOCUMENTER, "documenter")
    claim = claim_name(1)
    scene.say(claim, "ClaimRecorded", claim_body(), OTHER_DOCUMENTER)
    grading = {"sources": ["s1"], "reason": "read"}
    scene.say(claim, "Verified", grading, DOCUMENTER)
    scene.enroll(OTHER_DOCUMENTER, "reviewer")
    refuse(scene, scene.note(claim, "Verified", grading, OTHER_DOCUMENTER), "second-person")


def test_a_line_that_is_not_in_canonical_form_is_refused(scene):
    line = line_of(scene)
    spellings = [
        line.replace(b'"kind":"killing"', b'"kind":"killing","kind":"killing"'),
        line.replace(b'"version":1', b'"version":1.0'),
        line.replace(b'"version":1', b'"version":1e0'),
        line.replace(b'"version":1', b'"version":9007199254740993'),
        line.replace(b'"version":1', b'"version":123456789012345678901234567890'),
        line.replace(b'"version":1', b'"version":-0'),
        line.replace(b'"killing"', b'"k\\u0069lling"'),
        line.replace(b'"2020-03"', b'"2020\\/03"'),
        line.replace(b'{"at"', b'{ "at"'),
        line.replace(b":null", b":NaN", 1),
        line + b" ",
        line[:-1],
        b"[]",
        b"null",
        b'"' + b"x" * 10 + b'"',
        line.replace(b'"killing"', b'"kil\xe2\x80\xaeling"'),  # a bidi override
        line.replace(b'"killing"', b'"kil\xc2\x85ling"'),  # a C1 control
        line.replace(b'"killing"', b'"kille\xcc\x81"'),  # not NFC
        line.replace(b'"person":{}', b'"person":' + b'{"a":' * 20 + b"{}" + b"}" * 20),
    ]
    for spelling in spellings:
        assert spelling != line
        try:
            note = raw_note(spelling)
        except SijillError:
            continue  # the note format itself refuses it before it can be signed
        with Untouched(scene), pytest.raises(Rejected) as caught:
            scene.ledger.accept(note)
        assert caught.value.rule in ("not-canonical", "malformed-note"), spelling


def test_an_unknown_event_type_and_unknown_or_missing_fields_are_refused(scene):
    claim = claim_name(1)
    refuse(scene, scene.note(claim, "ClaimImagined", {}, DOCUMENTER), "unknown-event-type")
    refuse(scene, scene.note(claim, "IncidentRecorded", {}, DOCUMENTER), "wrong-stream")
    refuse(scene, recorded(scene, colour="red"), "unknown-field")
    body = claim_body()
    del body["sex"]
    refuse(scene, scene.note(claim, "ClaimRecorded", body, DOCUMENTER), "missing-field")
    line = line_of(scene).replace(b'"at":', b'"about":"x","at":')
    refuse(scene, raw_note(line), "unknown-field")


def test_a_name_in_clear_is_refused_and_never_repeated(scene):
    error = refuse(scene, recorded(scene, person={"name": "Plainname"}), "sealed-field-in-clear")
    assert "Plainname" not in str(error)


def test_a_note_of_another_kind_is_no_event(scene):
    refuse(scene, sign_note(b"sijill/manifest/v1\nx\n", DOCUMENTER), "not-an-event")
    refuse(scene, sign_note(b"sijill/event/v1\n{}\n{}\n", DOCUMENTER), "not-an-event")
    refuse(scene, scene.ledger.newest_checkpoint(), "not-an-event")


def test_an_entry_holds_exactly_65535_bytes_and_not_one_more(scene):
    header = len("sijill/entry/v1 2020-05-03T10:00:00.000Z\n")

    def of_length(number, last):
        cited = ["€" * 500] * 40 + ["x" * 500] * (last // 500) + ["x" * (last % 500 or 1)]
        sources = [
            {"id": f"s{n:02}", "kind": "published-report", "published": text}
            for n, text in enumerate(cited)
        ]
        return recorded(scene, number, sources=sources)

    short = MAX_ENTRY - header - len(of_length(1, 501))
    fitting = next(
        note
        for last in range(501 + short - 300, 501 + short + 300)
        if len(note := of_length(1, last)) + header == MAX_ENTRY
    )
    assert len(scene.ledger.accept(fitting)[0].entry) == MAX_ENTRY
    longer = next(
        note
        for last in range(501 + short - 300, 501 + short + 300)
        if len(note := of_length(2, last)) + header == MAX_ENTRY + 1
    )
    refuse(scene, longer, "oversize")


def test_arabic_text_is_kept_as_it_was_signed(scene):
    place = {"governorate": "SY07", "name": "معرة مصرين"}
    accepted = scene.ledger.accept(recorded(scene, place=place))[0]
    assert "معرة مصرين".encode() in accepted.entry
    assert scene.state(claim_name(1)).place.name == "معرة مصرين"


def test_steps_signed_offline_one_after_another_are_accepted_together(scene):
    notes = []
    head = Head(claim_name(1))
    for kind, body, signer in (
        ("ClaimRecorded", claim_body(), DOCUMENTER),
        ("ClassificationRevised", revision("civilian", "combatant"), REVIEWER),
        ("ClassificationRevised", revision("combatant", "prisoner"), OTHER_DOCUMENTER),
    ):
        note, head = compose(head, kind, body, [signer], ledger=ORIGIN, at=AT)
        notes.append(note)
    outcomes = scene.ledger.accept_all(notes).outcomes
    assert [one.version for one in outcomes if isinstance(one, Accepted)] == [1, 2, 3]
    assert scene.state(claim_name(1)).status == "prisoner"


def test_a_key_enrolled_earlier_in_the_same_batch_may_sign_later_in_it(scene):
    body = {
        "vkey": str(STRANGER.key),
        "holder": {"kind": "person", "label": "a new colleague"},
        "roles": ["documenter"],
        "scope": None,
    }
    notes = [
        scene.note("authority", "KeyEnrolled", body, *ROOTS[:2]),
        recorded(scene, 1, STRANGER),
    ]
    assert all(isinstance(one, Accepted) for one in scene.ledger.accept_all(notes).outcomes)


def test_in_a_batch_each_note_stands_on_its_own_merits(scene):
    notes = [recorded(scene, 1), b"nonsense", recorded(scene, 2, STRANGER), recorded(scene, 3)]
    receipt = scene.ledger.accept_all(notes)
    rules = [one.rule if isinstance(one, Rejected) else "" for one in receipt.outcomes]
    assert rules == ["", "malformed-note", "unknown-key", ""]


def test_a_batch_that_must_be_whole_stores_nothing_when_one_is_refused(scene):
    notes = [recorded(scene, 1), recorded(scene, 2, STRANGER)]
    with Untouched(scene), pytest.raises(Rejected):
        scene.ledger.accept_all(notes, whole=True)
    assert scene.ledger.stream(claim_name(1)) is None
    scene.ledger.accept(notes[0])


@pytest.mark.parametrize("bad", [None, 123, 399])
def test_a_large_batch_is_checked_on_all_cores_with_the_same_outcome(scene, bad):
    notes = [recorded(scene, number) for number in range(400)]
    if bad is not None:
        notes[bad] = notes[bad].replace(b'"killing"', b'"looting"')
    outcomes = scene.ledger.accept_all(notes).outcomes
    refused = [n for n, one in enumerate(outcomes) if isinstance(one, Rejected)]
    assert refused == ([] if bad is None else [bad])
    more = [recorded(scene, number) for number in range(400, 800)]
    more[200] = more[200].replace(b'"killing"', b'"looting"')
    with Untouched(scene), pytest.raises(Rejected):
        scene.ledger.accept_all(more, whole=True)
    # What nobody took of the checks of a batch left early does not leak into the next.
    scene.ledger.accept_all([recorded(scene, number) for number in range(400, 800)], whole=True)


def test_the_root_is_that_of_all_entries_hashed_anew(scene):
    scene.ledger.accept_all([recorded(scene, number) for number in range(20)])
    entries = scene.ledger.recorder.select_entries(0, 100)
    root = tree_root(leaf_hash(entry[4]) for entry in entries)
    assert scene.ledger.checkpoint().root == root == scene.ledger.recorder.root_at(scene.size)


def test_root_events_need_the_threshold_on_one_note(scene):
    body = {
        "vkey": str(STRANGER.key),
        "holder": {"kind": "person", "label": "x"},
        "roles": ["documenter"],
        "scope": None,
    }
    refuse(scene, scene.note("authority", "KeyEnrolled", body, ROOTS[0]), "threshold")
    one_key_twice = scene.note("authority", "KeyEnrolled", body, ROOTS[0], ROOTS[0])
    refuse(scene, one_key_twice, "duplicate-signature")
    refuse(scene, scene.note("authority", "KeyEnrolled", body, DOCUMENTER), "role-missing")
    scene.say("authority", "KeyEnrolled", body, ROOTS[0], ROOTS[2])


def test_a_ledger_is_founded_once_and_first(scene, tmp_path):
    founding = scene.ledger.history("authority")[0]
    body = founding.event.body
    refuse(scene, scene.note("authority", "LedgerFounded", body, *ROOTS[:2]), "already-recorded")
    empty = Ledger(tmp_path / "empty.db", log_keys=[LOG], create=True)
    with pytest.raises(Rejected, match="not-founded"):
        empty.accept(recorded(scene))
    assert empty.recorder.tree_size() == 0
    empty.close()


def test_a_log_key_that_the_ledger_does_not_name_signs_nothing(scene):
    scene.close()
    wrong = Ledger(scene.path, log_keys=[Ed25519Signer.generate(ORIGIN)], clock=scene.clock)
    with pytest.raises(SijillError, match="log key"):
        wrong.accept(recorded(scene))
    assert wrong.recorder.tree_size() == 6
    wrong.close()


@pytest.mark.parametrize("depth", [17, 254, 255, 300, 1000, 1024, 1025, 20_000])
def test_nesting_of_any_depth_is_refused_and_does_not_spoil_the_batch(scene, depth):
    # JSON readers and writers have limits of their own, and not the same one.
    deep = b'{"person":' * depth + b"{}" + b"}" * depth
    note = raw_note(line_of(scene).replace(b'"person":{}', b'"person":' + deep))
    rule = "oversize" if len(note) > MAX_ENTRY else "not-canonical"
    refuse(scene, note, rule)
    outcomes = scene.ledger.accept_all([recorded(scene, 1), note, recorded(scene, 2)]).outcomes
    assert [isinstance(one, Accepted) for one in outcomes] == [True, False, True]


def enrolment(vkey, **changes):
    holder = {"kind": "person", "label": "a new colleague"}
    return {"vkey": vkey, "holder": holder, "roles": ["documenter"], "scope": None} | changes


NOT_KEYS = [
    "ghost+00000000+AAAA",  # no Ed25519 key
    str(STRANGER.key).replace("stranger-1", "stranger-2"),  # the id is of another name
    str(STRANGER.key)[:-4] + "AAA=",  # the id is of another key
    "ghost+00000000+AQ==",  # no bytes of a key
    "ghost+00000000+A",  # no base64
    str(VerifierKey.cosigner("witness-1", STRANGER.key.public_key)),
]


@pytest.mark.parametrize("vkey", NOT_KEYS)
def test_a_key_that_could_never_verify_an_event_is_not_enrolled(scene, vkey):
    note = scene.note("authority", "KeyEnrolled", enrolment(vkey), *ROOTS[:2])
    assert refuse(scene, note, "malformed-field").where == "body.vkey"


@pytest.mark.parametrize("vkey", NOT_KEYS[:-1])
@pytest.mark.parametrize("member", ["roots", "log", "witnesses"])
def test_a_ledger_is_not_founded_on_keys_that_verify_nothing(scene, tmp_path, member, vkey):
    body = scene.ledger.history("authority")[0].event.body
    body |= {member: vkey if member == "log" else [*body[member], vkey]}
    note, _ = compose(Head("authority"), "LedgerFounded", body, ROOTS[:2], ledger=ORIGIN, at=AT)
    empty = Ledger(tmp_path / "empty.db", log_keys=[LOG], create=True)
    with pytest.raises(Rejected) as caught:
        empty.accept(note)
    assert (caught.value.rule, caught.value.where) == ("malformed-field", f"body.{member}")
    assert empty.recorder.tree_size() == 0
    assert empty.recorder.checkpoint() is None
    empty.close()


def test_signing_with_a_founding_key_that_is_none_is_refused_by_name(scene, tmp_path):
    body = scene.ledger.history("authority")[0].event.body
    odd = str(ROOTS[0].key)[:-4] + "AAA="
    body |= {"roots": [odd, *body["roots"][1:]]}
    note, _ = compose(Head("authority"), "LedgerFounded", body, ROOTS[:2], ledger=ORIGIN, at=AT)
    empty = Ledger(tmp_path / "empty.db", log_keys=[LOG], create=True)
    with pytest.raises(Rejected) as caught:
        empty.accept(note)
    assert caught.value.rule == "unknown-key"
    empty.close()


def test_a_recording_signed_by_two_documenters_is_the_first_one_s(scene):
    accepted = scene.ledger.accept(recorded(scene, 1, OTHER_DOCUMENTER, DOCUMENTER))[0]
    assert scene.ledger.event_at(accepted.log_index).signer.startswith("documenter-2+")
    # The same text under the same signatures in another order is another note at one version.
    turned = recorded(scene, 1, DOCUMENTER, OTHER_DOCUMENTER)
    with Untouched(scene), pytest.raises(Conflict):
        scene.ledger.accept(turned)


def test_an_author_may_name_any_state_that_the_log_has_had(scene):
    scene.claim(1)
    for number, size in enumerate((1, 3, scene.size), 2):
        root = base64.b64encode(scene.ledger.recorder.root_at(size)).decode()
        note, _ = compose(
            Head(claim_name(number)),
            "ClaimRecorded",
            claim_body(),
            [DOCUMENTER],
            ledger=ORIGIN,
            at=AT,
            seen=Seen(size, root),
        )
        scene.ledger.accept(note)


def test_a_refused_note_can_be_signed_again_and_is_then_taken(scene):
    refuse(scene, recorded(scene, 1, STRANGER), "unknown-key")
    refuse(scene, recorded(scene, 1, kind="murder"), "unknown-term")
    assert scene.ledger.accept(recorded(scene, 1))[0].version == 1


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_bodies_under_a_good_signature_store_nothing(scene, data):
    """A key's holder may sign anything canonical: values of the wrong kind, in any member."""
    odd = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.sampled_from(["", " ", "x", "2020-03", "unknown", "killing", "russian-forces"]),
        st.lists(st.sampled_from([None, 0, "x", [], {}]), max_size=3),
        st.dictionaries(st.sampled_from(["mode", "id", "sealed", "x"]), st.none(), max_size=3),
    )
    member = data.draw(st.sampled_from(sorted(claim_body())))
    untouched = Untouched(scene)
    before = untouched.facts()
    # A stream of its own: now and then a drawn value is a good one.
    note = recorded(scene, scene.size, **{member: data.draw(odd)})
    outcome = scene.ledger.accept_all([note]).outcomes[0]
    if isinstance(outcome, Rejected):
        assert outcome.rule
        assert untouched.facts() == before


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_bytes_raise_nothing_but_our_own_errors_and_store_nothing(scene, data):
    good = bytearray(recorded(scene, 1))
    hostile = data.draw(
        st.one_of(
            st.binary(max_size=300),
            st.builds(
                lambda at, what: bytes(good[:at]) + what + bytes(good[at + len(what) :]),
                st.integers(0, len(good) - 1),
                st.binary(min_size=1, max_size=4),
            ),
            st.builds(lambda at: bytes(good[:at]), st.integers(0, len(good) - 1)),
        )
    )
    if hostile == bytes(good):
        return
    with Untouched(scene), pytest.raises(SijillError):
        scene.ledger.accept(hostile)
