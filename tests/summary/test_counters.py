"""Counters: what they count, what several processes come to, and that each is known by one name."""

from typing import Annotated

import pytest

from paysim.eventhub.failures import SERVER_BUSY
from paysim.publishers.hub.figures import ConnectionFiguresOfWorker, Figures
from paysim.registry import DuplicateEntry
from paysim.summary.counters import COUNTERS, Attempt, Counter, Counters, HubCounters, Lateness, counted
from paysim.summary.meanings import meanings
from paysim.summary.model import FollowUpsRecord, HubRecord, Rate
from paysim.summary.part import Count


def test_each_says_what_it_counts_and_is_in_the_summary():
    assert all(row.meaning.endswith(".") for row in COUNTERS.values())
    said = meanings(HubRecord) | meanings(Rate) | meanings(FollowUpsRecord)
    assert all(said[name].replace("\n", " ") == row.meaning for name, row in COUNTERS.items())


def test_a_name_stands_for_one_counter():
    with pytest.raises(DuplicateEntry, match="counter sends is registered twice"):

        class Again(Counters):
            sends: Annotated[Count, Counter()] = 0


def test_figures_of_processes_become_one_as_the_counter_says():
    parts = [Lateness(late=2, late_max_ms=5.0), Lateness(late=3, late_max_ms=4.0)]
    assert Lateness.total(parts) == Lateness(late=5, late_max_ms=5.0)
    assert HubCounters.total([]) == HubCounters()
    followed = [FollowUpsRecord(by_type={"refund": 2}, open=3), FollowUpsRecord(by_type={"refund": 1, "capture": 4})]
    assert FollowUpsRecord.total(followed) == FollowUpsRecord(by_type={"capture": 4, "refund": 3}, open=3)


def test_what_happens_to_connections_is_counted_for_each_and_for_all():
    figures = Figures()
    one, other = ConnectionFiguresOfWorker(figures), ConnectionFiguresOfWorker(figures)
    one.sent()
    one.failed(SERVER_BUSY)
    one.retried()
    one.sent()
    one.acked(3, 300, 0.1, in_doubt=True)
    other.sent()
    other.reconnected()
    other.acked(5, 500, 0.1, in_doubt=False)
    mine = {"sends": 2, "retries": 1, "throttled": 1, "reconnects": 0, "resent_unknown": 3}
    assert one.snapshot("healthy").model_dump(include={*mine, "events", "bytes"}) == {**mine, "events": 3, "bytes": 300}
    of_all = figures.snapshot()
    assert (of_all.sends, of_all.throttled, of_all.reconnects, of_all.resent_unknown) == (3, 1, 1, 3)
    assert of_all.attempts_failed == {SERVER_BUSY.reason: 1}
    figures.begin()
    one.begin()
    assert figures.snapshot().sends == one.snapshot("healthy").sends == one.snapshot("healthy").events == 0


def test_a_happening_is_counted_by_those_that_say_so():
    assert list(counted(Attempt)) == ["sends"]
