"""A history is bounded, and thins out evenly."""

from itertools import pairwise

from paysim.loadtest.live.history import History


def test_a_short_history_keeps_everything():
    history = History[int](10, max)
    for n in range(10):
        history.offer(n)

    assert list(history) == list(range(10))


def test_a_long_history_keeps_its_whole_span_at_even_distances():
    history = History[int](10, min)
    for n in range(1000):
        history.offer(n)

    kept = list(history)
    assert len(kept) <= 10
    assert kept[0] == 0
    assert kept[-1] >= 1000 - 2 * history.stride
    assert {after - before for before, after in pairwise(kept)} == {history.stride}


def test_what_is_joined_stands_for_all_and_nothing_is_left_out():
    history = History[int](10, lambda earlier, later: earlier + later)
    for _ in range(1024):
        history.offer(1)

    assert set(history) == {history.stride}
    assert sum(history) == 1024
