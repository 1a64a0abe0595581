"""The progress of a headless run: one line below everything else, or plain lines."""

import io
import logging
import os
from dataclasses import replace

import pytest

from paysim import streams
from paysim.loadtest.live.progress import LiveLine, Progress, fields, text
from paysim.loadtest.live.snapshot import Flow, HubFigures, Snapshot

NOW = Snapshot(
    at=0.0,
    elapsed=12.3,
    running=True,
    users=50,
    target_per_s=500.0,
    total=Flow(acked=6000, failed=3, unknown=4, bytes=6_600_000, per_s=498.4, mb_per_s=0.548),
    methods={},
    hub=HubFigures(throttled=2),
    faults={},
    latency_ms={"from_schedule": {"p95": 3.14}, "response": {"p95": 2.0}},
    partitions={},
    late=5,
)


def test_the_line_says_how_far_how_many_how_fast_and_what_went_wrong():
    assert text(NOW, 30) == (
        "0:12/0:30  498/s of 500/s  p95 3.1 ms  6,007 sent  7 failed  5 late  2 throttled  50 users  0.55 MB/s"
    )


def test_it_names_neither_an_end_nor_a_target_where_there_is_none():
    later = replace(NOW, elapsed=3671, target_per_s=None, users=1)
    assert text(later, None) == (
        "1:01:11  498/s  p95 2.0 ms  6,007 sent  7 failed  5 late  2 throttled  1 user  0.55 MB/s"
    )


def test_it_tells_how_many_of_the_total_and_rates_below_one_a_second():
    slow = replace(NOW, target_per_s=0.25, total=Flow(acked=3, per_s=0.2), planned=15, latency_ms={})
    assert text(slow, None).startswith("0:12  0.2/s of 0.25/s  p95 –  3 of 15 sent  ")
    assert fields(slow)["per_s"] == 0.2
    assert (fields(NOW)["p95_ms"], fields(slow)["total"], fields(NOW)["late"]) == (3.14, 15, 5)


class Screen(io.StringIO):
    """What a terminal of one logical screen shows: understands carriage return and erase to the end of the line."""

    def shown(self):
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")]

    def fileno(self):
        raise OSError

    def isatty(self):
        return True


def test_what_is_logged_goes_above_the_line():
    screen = Screen()
    line = LiveLine(screen)
    line.show("first")
    line.write("a message\n")
    line.show("second")
    assert screen.shown() == ["a message", "second"]
    line.write("two\nlines\n")
    assert screen.shown() == ["a message", "two", "lines", "second"]
    line.show("")
    assert screen.shown() == ["a message", "two", "lines", ""]


def test_a_line_is_cut_to_the_width_of_the_terminal(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(screen, "fileno", lambda: 2)
    monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size((20, 24)))
    LiveLine(screen).show("x" * 100)
    assert screen.shown() == ["x" * 19]


@pytest.fixture
def plain(monkeypatch):
    made = []

    def make(snapshots):
        latest = iter(snapshots)
        made.append(Progress(lambda: next(latest), None, plain=True))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_without_a_terminal_there_is_a_line_every_few_seconds(plain, caplog):
    snapshots = [replace(NOW, elapsed=float(second)) for second in range(21)]
    shown = plain(snapshots)
    with caplog.at_level(logging.INFO):
        for _ in snapshots:
            shown.update()
    assert [record.getMessage().split()[0] for record in caplog.records] == ["0:05", "0:10", "0:15", "0:20"]
    assert caplog.records[0].fields == {**fields(NOW), "elapsed_s": 5.0}


def test_between_runs_there_is_nothing_and_a_second_run_begins_anew(plain, caplog):
    seconds = [1, 5, 9, None, 1, 5]
    snapshots = [None if second is None else replace(NOW, elapsed=second) for second in seconds]
    snapshots += [replace(NOW, running=False, elapsed=50)]
    shown = plain(snapshots)
    with caplog.at_level(logging.INFO):
        for _ in snapshots:
            shown.update()
    assert [record.fields["elapsed_s"] for record in caplog.records] == [5, 5]


def test_what_the_end_of_a_run_shows_has_the_line_to_itself(plain, caplog):
    snapshots = [replace(NOW, elapsed=second) for second in (5, 5, 10, 15, 1, 5)]
    shown = plain(snapshots)
    with caplog.at_level(logging.INFO):
        shown.update()
        shown.run_ends()
        for _ in range(4):
            shown.update()
    assert [record.fields["elapsed_s"] for record in caplog.records] == [5, 5]  # the second is another run's


def test_a_terminal_that_cannot_rewrite_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert not streams.is_terminal(Screen())
    monkeypatch.setenv("TERM", "xterm")
    assert streams.is_terminal(Screen())
    assert not streams.is_terminal(io.StringIO())
