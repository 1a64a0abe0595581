"""What waits comes when it is due, takes little memory, and is thinned evenly where there is no room."""

import numpy as np
import pytest

from paysim.transactions.lifecycle.waiting import Room, Waiting

ROW = np.dtype([("due", "i8"), ("name", "i4"), ("rest", "S80")])
HOUR = 3_600_000


def rows(*due: int) -> np.ndarray:
    found = np.zeros(len(due), ROW)
    found["due"], found["name"] = due, np.arange(len(due))
    return found


def test_what_is_due_before_a_moment_is_given_and_nothing_else():
    waiting = Waiting(ROW, HOUR, Room())
    waiting.add(rows(5 * HOUR, 10, HOUR + 1, HOUR - 1, 2 * HOUR))
    assert waiting.open(HOUR + 1, exactly=True) == 2
    assert sorted(waiting.take(9)["due"].tolist()) == [10, HOUR - 1]
    assert waiting.open(5 * HOUR + 1, exactly=True) == 3
    assert waiting.take(2)["due"].tolist() == [HOUR + 1, 2 * HOUR]
    assert waiting.take(2)["due"].tolist() == [5 * HOUR]
    assert len(waiting) == 0


def test_what_is_due_already_can_be_taken_at_once():
    waiting = Waiting(ROW, HOUR, Room())
    waiting.open(3 * HOUR)
    waiting.add(rows(HOUR, 4 * HOUR))
    assert waiting.ready == 1
    assert waiting.take(5)["due"].tolist() == [HOUR]


def test_whole_buckets_come_a_little_late_and_never_early():
    waiting = Waiting(ROW, HOUR, Room())
    waiting.add(rows(10, HOUR + 10))
    assert waiting.open(HOUR - 1) == 0
    assert waiting.open(2 * HOUR - 1) == 1
    assert waiting.open(2 * HOUR) == 2


@pytest.mark.parametrize("exactly", [True, False])
def test_nothing_is_lost_whatever_the_order(exactly: bool):
    rng = np.random.default_rng(1)
    waiting, seen, now = Waiting(ROW, HOUR, Room()), [], 0
    for _ in range(200):
        waiting.add(rows(*(now + rng.integers(0, 50 * HOUR, 40)).tolist()))
        now += int(rng.integers(0, 3 * HOUR))
        waiting.open(now, exactly=exactly)
        taken = waiting.take(int(rng.integers(1, 90)))["due"].tolist()
        assert all(due < now for due in taken)
        seen += taken
    waiting.open(now + 100 * HOUR)
    assert len(seen) + len(waiting.take(10**6)) == 200 * 40


def test_a_million_rows_take_less_than_200_mb():
    # numpy tells tracemalloc of every array; measured so, nothing else of the process counts.
    import tracemalloc

    rng = np.random.default_rng(2)
    tracemalloc.start()
    waiting = Waiting(ROW, HOUR, Room())
    for _ in range(200):
        waiting.add(rows(*rng.integers(0, 24 * 30 * HOUR, 5_000).tolist()))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(waiting) == 1_000_000
    assert used < 200e6


def test_room_thins_evenly_and_says_how_much():
    room, rng = Room(1000), np.random.default_rng(3)
    admitted = []
    for _ in range(300):
        found = room.admit(rng.random(10))
        admitted.append(int(found.sum()))
        room.taken += admitted[-1]
    assert all(each == 10 for each in admitted[:85])
    assert room.taken <= 1000
    assert sum(admitted) + room.thinned == 3000
    assert admitted[92] < 10, "it begins before there is none left"
    room.taken -= 500
    assert room.admit(rng.random(10)).all(), "where room is made again nothing is thinned"
