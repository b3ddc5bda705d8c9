"""Many threads ask while others record, as under the HTTP server: each answer is of one state."""

import threading
import time

from api.questions import Filters


def test_asking_while_others_record_never_sees_a_state_that_was_not(office):
    notes = [office.note() for _ in range(240)]
    failures: list[BaseException] = []
    totals: list[list[int]] = [[] for _ in range(4)]

    def guarded(work):
        def run():
            try:
                work()
            except BaseException as error:
                failures.append(error)

        return threading.Thread(target=run)

    def record(mine):
        for note in mine:
            office.ledger.accept(note)

    def ask(seen):
        for _ in range(60):
            answer = office.ask.toll(Filters(by=["party"]))
            assert sum(row["deaths"] for row in answer["rows"]) == answer["total"]
            seen.append(answer["total"])

    threads = [guarded(lambda part=notes[n::3]: record(part)) for n in range(3)]
    threads += [guarded(lambda seen=seen: ask(seen)) for seen in totals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for seen in totals:
        assert seen == sorted(seen)
    assert office.ask.toll(Filters())["total"] == len(notes)


def test_what_one_thread_committed_is_remembered_before_another_looks(office, monkeypatch):
    notes = [office.note() for _ in range(6)]
    failures: list[BaseException] = []
    remember = office.ledger._remember

    def slowly(view):
        time.sleep(0.05)
        remember(view)

    monkeypatch.setattr(office.ledger, "_remember", slowly)

    def record(mine):
        try:
            for note in mine:
                office.ledger.accept(note)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=record, args=(notes[n::2],)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    office.record()
    assert office.ask.toll(Filters())["total"] == 7
