"""Which figures runs are compared by."""

from typing import Any

from paysim.history import metrics
from paysim.summary.model import Summary
from tests.support.summaries import A


def _with(follow_ups: dict[str, Any] | None) -> Summary:
    return Summary.model_validate({**A, "follow_ups": follow_ups})


def test_what_no_run_has_is_not_compared() -> None:
    assert metrics.UNFOLLOWED not in metrics.of([_with(None)])


def test_stories_that_a_run_cut_short_are_compared_and_what_was_open_at_its_end_is_not() -> None:
    whole = _with({"by_type": {"capture": 3}, "open": 40})
    cut = _with({"by_type": {"capture": 3}, "open": 40, "open_of_silent": 5, "thinned": 7, "cut_off": 2})
    assert metrics.UNFOLLOWED in metrics.of(each for each in (whole, _with(None)))
    assert [metrics.UNFOLLOWED.read(each) for each in (whole, cut, _with(None))] == [0, 14, None]
    assert metrics.UNFOLLOWED.counts_at_worst  # none at all is right, and chance is no excuse
