"""Users take slots; killed ones lose none."""

import itertools
import random
from time import perf_counter

import gevent
import pytest

from paysim.config.arrivals import Uniform
from paysim.loadtest.pacing.schedule import Schedule
from paysim.loadtest.pacing.slots import ClosedSlots, OpenSlots, Slot
from tests.support.present import present

pytestmark = pytest.mark.busy("greenlets are woken at real times")

EVENLY = Uniform().gaps(random.Random())


@pytest.fixture
def open_slots():
    slots = OpenSlots(1, Schedule(perf_counter() + 0.05, 200, EVENLY))
    yield slots
    slots.retire()


def user(slots, taken):
    previous = slots.first()
    while True:
        slot, previous = slots.wait(previous)
        taken.append((slot, perf_counter()))


def test_users_share_one_schedule(open_slots):
    taken: list[tuple[Slot, float]] = []
    users = [gevent.spawn(user, open_slots, taken) for _ in range(10)]
    gevent.sleep(0.5)
    gevent.killall(users)
    scheduled = [present(slot.scheduled) for slot, _ in taken]
    assert scheduled == sorted(scheduled)
    assert all(b - a == pytest.approx(1 / 200) for a, b in itertools.pairwise(scheduled))
    assert all(now >= present(slot.scheduled) for slot, now in taken)
    assert len(taken) > 20


def test_many_users_that_come_at_once_take_no_more_than_is_due():
    slots = OpenSlots(100, Schedule(perf_counter(), 100, EVENLY))
    taken: list[tuple[Slot, float]] = []
    users = [gevent.spawn(user, slots, taken) for _ in range(10)]
    gevent.sleep(0.3)
    gevent.killall(users)
    slots.retire()
    assert len(taken) == 1


def test_a_user_killed_while_it_waits_loses_no_slot(open_slots):
    doomed = [gevent.spawn(user, open_slots, []) for _ in range(5)]
    gevent.sleep(0)
    gevent.killall(doomed)
    slot, _ = open_slots.wait(0.0)
    following, _ = open_slots.wait(0.0)
    assert following.scheduled - slot.scheduled == pytest.approx(1 / 200)


def test_a_slot_given_to_a_user_that_is_being_killed_goes_to_the_next():
    slots = OpenSlots(1, Schedule(perf_counter() + 60, 10, EVENLY))
    doomed = gevent.spawn(slots.wait, 0.0)
    gevent.sleep(0.01)
    # As in a ramp-down on a busy machine: its end is under way when it is let go.
    doomed.kill(block=False)
    given = slots._take()
    slots._waiting.popleft().set(given)
    doomed.join()
    assert slots.owed() == 1
    assert slots.wait(0.0)[0] is given
    assert slots.owed() == 0
    slots.retire()


def test_late_users_get_what_is_owed_with_its_intended_times():
    start = perf_counter() - 1.0
    slots = OpenSlots(1, Schedule(start, 10, EVENLY))
    assert slots.owed() == pytest.approx(10, abs=0.5)
    taken = [present(slots.wait(0.0)[0].scheduled) - start for _ in range(10)]
    slots.retire()
    assert taken == pytest.approx([i / 10 for i in range(10)])


def test_waiting_users_follow_a_new_rate():
    slots = OpenSlots(1, Schedule(perf_counter(), 0.001, EVENLY, phase=1))
    waiting = gevent.spawn(slots.wait, 0.0)
    gevent.sleep(0.01)
    assert not waiting.ready()
    slots.set_rate(1000)
    waiting.get(timeout=5)
    slots.retire()


def test_closed_users_keep_their_own_pace():
    slots = ClosedSlots(batch_size=100, rate_per_user=20, ceiling=None)
    now = perf_counter()
    slot, began = slots.wait(now - 0.95)
    assert slot.n == 20
    assert slot.scheduled is None
    assert began == pytest.approx(now + 0.05)


def test_a_ceiling_is_shared_by_all_users():
    slots = ClosedSlots(batch_size=1, rate_per_user=None, ceiling=100)
    begins = [slots.wait(perf_counter())[1] for _ in range(5)]
    apart = [b - a for a, b in itertools.pairwise(begins)]
    assert min(apart) > 0.005
    assert max(apart) < 0.2


def test_new_users_begin_somewhere_in_their_first_interval():
    slots = ClosedSlots(batch_size=10, rate_per_user=10, ceiling=None)
    ahead = [slots.first() + 1.0 - perf_counter() for _ in range(50)]
    assert min(ahead) >= -0.1
    assert max(ahead) <= 1.0
    assert max(ahead) - min(ahead) > 0.3


def test_users_that_wait_where_no_more_slots_are_given_come_again():
    closed = ClosedSlots(batch_size=1, rate_per_user=0.001, ceiling=None)
    opened = OpenSlots(1, Schedule(perf_counter(), 0.001, EVENLY, phase=1))
    waiting = [gevent.spawn(slots.wait, perf_counter()) for slots in (closed, opened)]
    gevent.sleep(0.01)
    closed.retire()
    opened.retire()
    assert [user.get(timeout=5)[0].n for user in waiting] == [0, 0]


def test_a_pause_holds_all_users_until_the_ceiling_is_lifted():
    slots = ClosedSlots(batch_size=1, rate_per_user=None, ceiling=0)
    slots.wait(perf_counter())
    waiting = gevent.spawn(slots.wait, perf_counter())
    gevent.sleep(0.05)
    assert not waiting.ready()
    slots.retire()
    assert waiting.get(timeout=5)[0].n == 0


def count_slots(slots, seconds):
    """How many of ten users get a slot."""
    users = [gevent.spawn(slots.wait, slots.first()) for _ in range(10)]
    gevent.sleep(seconds)
    gevent.killall([user for user in users if not user.ready()])
    return sum(isinstance(user.value, tuple) and user.value[0].n for user in users)


def leased(model, until):
    if model == "open":
        return OpenSlots(1, Schedule(perf_counter(), 1000, EVENLY, until=until))
    return ClosedSlots(1, None, 1000 if model == "ceiling" else None, until)


@pytest.mark.parametrize("model", ["open", "ceiling"])
def test_slots_end_with_the_lease_and_go_on_with_the_next_without_making_up(model):
    slots = leased(model, perf_counter() + 0.1)
    taken: list[tuple[Slot, float]] = []
    users = [gevent.spawn(user, slots, taken) for _ in range(10)]
    gevent.sleep(1.0)
    before = len(taken)
    assert 0 < before <= 110
    gevent.sleep(0.2)
    assert len(taken) == before, "nobody is let go without a lease"
    slots.extend(perf_counter() + 0.1)
    gevent.sleep(1.0)
    assert before < len(taken) <= before + 120
    gevent.killall(users)
    slots.retire()


@pytest.mark.parametrize("model", ["open", "ceiling", "neither"])
def test_a_process_that_was_stopped_beyond_its_lease_hands_out_nothing(model):
    slots = leased(model, perf_counter() - 0.01)
    assert count_slots(slots, 0.2) == 0
    slots.extend(perf_counter() - 0.005)  # an answer that lay about
    assert count_slots(slots, 0.2) == 0
    slots.extend(perf_counter() + 60)
    assert count_slots(slots, 0.2) > 0
    slots.retire()


def test_users_without_a_lease_come_again_when_no_more_slots_are_given():
    for model in ("open", "ceiling", "neither"):
        slots = leased(model, perf_counter())
        waiting = gevent.spawn(slots.wait, perf_counter())
        gevent.sleep(0.01)
        slots.retire()
        assert waiting.get(timeout=5)[0].n == 0
