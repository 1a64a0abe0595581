"""A history is bounded, and thins out evenly."""

from itertools import pairwise

from paysim.loadtest.live.history import History


def test_a_short_history_keeps_everything():
    history = History[int](10)
    for n in range(10):
        history.offer(n)

    assert list(history) == list(range(10))


def test_a_long_history_keeps_its_whole_span_at_even_distances():
    history = History[int](10)
    for n in range(1000):
        history.offer(n)

    kept = list(history)
    assert len(kept) <= 10
    assert kept[0] == 0
    assert kept[-1] >= 1000 - history.stride
    assert {after - before for before, after in pairwise(kept)} == {history.stride}
