"""Leases of shares: what workers may hold together is never more than the whole, whatever is lost or late."""

import random

import pytest

from paysim.loadtest.cluster.shares import LEASE_SECONDS, Grant, ShareBook, shares
from paysim.loadtest.pacing.rate_plan import RateTarget
from tests.support.present import present

PACE = RateTarget(1000.0)


def test_a_share_follows_users_and_all_have_the_same_before_there_are_any():
    assert shares({"a": 3, "b": 1}) == {"a": 0.75, "b": 0.25}
    assert shares({"a": 0, "b": 0}) == {"a": 0.5, "b": 0.5}


def asked(
    book: ShareBook, worker: str, share: float, now: float, holds: int = 0, pace: RateTarget | None = PACE
) -> Grant:
    book.asked(worker, now, holds, now)
    grant = book.renewed(worker, share, pace, now)
    assert grant is not None
    return grant


def rate(grant: Grant) -> float:
    return present(grant.pace).rate


def test_a_grant_holds_from_when_it_was_asked_for():
    book = ShareBook()
    grant = asked(book, "a", 1.0, 10.0)
    assert (grant.at, grant.ends, grant.pace) == (10.0, 10.0 + LEASE_SECONDS, PACE)


def test_what_is_given_up_goes_to_others_once_it_is_confirmed():
    book = ShareBook()
    asked(book, "a", 1.0, 0.0)
    book.asked("b", 0.1, 0, 0.1)
    found = book.share_out({"a": 0.5, "b": 0.5}, PACE, 0.1)
    assert (rate(found["a"]), rate(found["b"]), book.short) == (500, 0, True)
    assert found["a"].changes
    again = asked(book, "a", 0.5, 0.2, holds=found["a"].number)
    assert not again.changes
    assert rate(book.share_out({"a": 0.5, "b": 0.5}, PACE, 0.2)["b"]) == 500
    assert not book.short


def test_what_a_silent_worker_has_is_given_away_only_after_it_has_ended():
    book = ShareBook()
    asked(book, "silent", 0.5, 0.0)
    for now in (0.5, 1.0, 2.0, 2.9):
        assert rate(asked(book, "b", 1.0, now)) == 500
    assert rate(asked(book, "b", 1.0, LEASE_SECONDS)) == 1000


def test_a_worker_that_does_not_ask_gets_nothing():
    book = ShareBook()
    assert book.share_out({"a": 1.0}, PACE, 0.0) == {}
    asked(book, "a", 1.0, 0.0)
    assert book.share_out({"a": 0.5}, PACE, LEASE_SECONDS) == {}


def test_several_that_want_more_share_what_is_free():
    book = ShareBook()
    asked(book, "holder", 0.8, 0.0)
    for worker in ("a", "b"):
        book.asked(worker, 1.0, 0, 1.0)
    found = book.share_out({"a": 0.5, "b": 0.5}, PACE, 1.0)
    assert sum(map(rate, found.values())) == pytest.approx(200)


def test_a_ceiling_that_falls_counts_what_others_still_hold_of_the_old_one():
    book = ShareBook()
    asked(book, "a", 0.5, 0.0)
    low = RateTarget(500.0)
    assert rate(asked(book, "b", 0.5, 0.1, pace=low)) == 0  # a may send at 500 still
    assert rate(asked(book, "b", 0.5, LEASE_SECONDS, pace=low)) == 250


def test_a_ramp_goes_on_by_itself_and_is_told_when_it_turns():
    book = ShareBook()
    asked(book, "a", 1.0, 0.0, pace=RateTarget(0.0, 100.0))
    assert book.share_out({"a": 1.0}, RateTarget(100.0, 100.0), 1.0) == {}
    assert book.share_out({"a": 1.0}, RateTarget(200.0, 0.0), 2.0)["a"].changes


def test_without_a_pace_there_is_nothing_to_share_but_the_lease():
    book = ShareBook()
    assert [asked(book, worker, 0.5, 0.0, pace=None).pace for worker in ("a", "b")] == [None, None]
    assert rate(asked(book, "c", 0.3, 0.1)) == 0  # a limit came, and the others may go without one


@pytest.mark.parametrize("seed", range(20))
def test_together_they_never_hold_more_than_the_pace(seed: int):
    # Workers with clocks of their own, whose messages take any time or are lost; users come and go, the pace changes.
    rng = random.Random(seed)
    book, now, pace = ShareBook(), 0.0, PACE
    workers = [f"w{at}" for at in range(4)]
    skew = {worker: rng.uniform(-1e5, 1e5) for worker in workers}
    users = dict.fromkeys(workers, 1)
    held: dict[str, tuple[float, RateTarget, int]] = {}  # until (own clock), pace, number
    to_master: list[tuple[float, str, float, int]] = []
    to_worker: list[tuple[float, str, Grant]] = []
    last = dict.fromkeys(workers, 0.0)
    for step in range(3000):
        now += 0.02
        for worker in workers:
            if step % 25 == 0 and rng.random() < 0.8:
                number = held[worker][2] if worker in held else 0
                sent = max(last[worker], now + rng.choice((0.0, 0.01, rng.expovariate(1.0))))
                last[worker] = sent
                to_master.append((sent, worker, now + skew[worker], number))
        if rng.random() < 0.02:
            users[rng.choice(workers)] = rng.randrange(5)
        if rng.random() < 0.003:
            pace = RateTarget(pace.rate * rng.uniform(1.0, 2.0))
        grants = {}
        for arrived in sorted(entry for entry in to_master if entry[0] <= now):
            to_master.remove(arrived)
            _, worker, at, number = arrived
            book.asked(worker, at, number, now)
            grants[worker] = book.renewed(worker, shares(users)[worker], pace, now)
        for worker, grant in [*grants.items(), *book.share_out(shares(users), pace, now).items()]:
            if grant is not None and rng.random() < 0.9:
                to_worker.append((now + rng.choice((0.0, rng.expovariate(1.0))), worker, grant))
        for entry in [entry for entry in to_worker if entry[0] <= now]:
            to_worker.remove(entry)
            _, worker, grant = entry
            if worker not in held or grant.number > held[worker][2]:  # a connection keeps their order
                held[worker] = (grant.at + LEASE_SECONDS, present(grant.pace), grant.number)
        sending = [p.rate for worker, (until, p, _) in held.items() if now + skew[worker] < until]
        assert sum(sending) <= pace.rate * (1 + 1e-6)
