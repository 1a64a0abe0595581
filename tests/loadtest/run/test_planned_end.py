"""Whether a run reached its planned end."""

import pytest

from paysim.loadtest.run.planned_end import PlannedEnd

SIGNAL = "a signal"


@pytest.mark.parametrize(
    ("planned", "since_asked", "elapsed", "handed_out", "cut_short", "reached"),
    [
        (PlannedEnd(), 5, 5, 10, None, True),
        (PlannedEnd(), 5, 5, 10, SIGNAL, True),  # without a planned end Ctrl-C is the normal one
        (PlannedEnd(run_time=60), 60, 57, 10, None, True),  # -t counts from when the run was asked for
        (PlannedEnd(run_time=60), 59.9, 57, 10, None, True),
        (PlannedEnd(run_time=60), 30, 30, 10, None, False),
        (PlannedEnd(run_time=60), 59.9, 59.9, 10, SIGNAL, False),
        (PlannedEnd(stages=60), 65, 60, 10, None, True),  # stages count from when it began
        (PlannedEnd(stages=60), 60, 50, 10, None, False),
        (PlannedEnd(stages=60), 65, 60, 10, SIGNAL, False),
        (PlannedEnd(run_time=10, stages=60), 10, 9, 10, None, True),
        (PlannedEnd(total=100), 5, 5, 100, None, True),
        (PlannedEnd(total=100), 5, 5, 101, SIGNAL, True),  # it was reached before the signal came
        (PlannedEnd(total=100), 5, 5, 99, None, False),
        (PlannedEnd(total=100, run_time=10), 10, 10, 99, None, False),
    ],
)
def test_what_was_reached(planned, since_asked, elapsed, handed_out, cut_short, reached):
    assert (planned.unreached(since_asked, elapsed, handed_out, cut_short) is None) == reached


def test_the_words_say_how_far_it_came_and_why():
    assert PlannedEnd(run_time=60).unreached(13, 12.34, 0, SIGNAL) == "interrupted by a signal after 12.3 s of 60 s"
    assert (
        PlannedEnd(total=20_000).unreached(1, 1, 9440, None) == "interrupted: 9,440 of 20,000 transactions of the total"
    )
