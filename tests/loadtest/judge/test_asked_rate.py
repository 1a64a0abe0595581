"""What was asked for over a run, and what of it was reached."""

import pytest

from paysim.loadtest.judge.asked_rate import RateAccount, RateWatch
from paysim.summary.model import AskedRate
from tests.support.rate_plans import STAGES, rate_plan


def asked(*legs, after=0):
    """Legs of (plan, until, acked so far); `after`: acknowledged after the end."""
    found = RateAccount()
    for plan, until, acked in legs:
        found.look(plan, until, acked)
    if after:
        found.look(legs[-1][0], legs[-1][1], legs[-1][2] + after)
    return found


def test_every_rate_counts_for_as_long_as_it_was_asked_for():
    # A reload after 9 of 10 seconds: by the last rate alone it would have been 10,000.
    found = asked((rate_plan(100), 9, 900), (rate_plan(1000), 10, 1900))
    assert found.record() == AskedRate(
        transactions=1900, acked=1900, seconds=10, peak_per_s=1000, share=1, reached=True
    )
    assert found.target_per_s == pytest.approx(190)


def test_stages_and_ramps_are_integrated_under_their_ceiling():
    found = asked((rate_plan(100, 1000, STAGES), 30, 9000))
    assert found.transactions == pytest.approx(10 * 100 + 10 * 500 + 10 * 300)
    assert found.record().peak_per_s == 500


def test_without_a_rate_nothing_was_asked_for():
    found = asked((rate_plan(), 10, 5000))
    assert found.record() is None
    assert found.target_per_s is None


def test_what_was_sent_while_no_rate_was_set_does_not_count():
    found = asked((rate_plan(), 10, 5000), (rate_plan(100), 20, 6000))
    assert found.record().acked == found.record().transactions == 1000
    assert found.target_per_s == pytest.approx(100)


def test_what_is_acknowledged_after_the_end_counts():
    assert asked((rate_plan(100), 10, 500), after=480).record().acked == 980


@pytest.mark.parametrize(
    ("acked", "reached"), [(3000, True), (2900, True), (2850, True), (2840, False), (1470, False), (930, False)]
)
def test_a_share_of_95_percent_is_reached(acked, reached):
    record = asked((rate_plan(100), 30, acked)).record()
    assert record.reached is reached
    assert record.share == pytest.approx(acked / 3000, abs=1e-4)


@pytest.mark.parametrize(("acked", "reached"), [(200, True), (190, False)])
def test_in_a_short_run_the_last_second_may_not_have_been_due(acked, reached):
    assert asked((rate_plan(100), 3, acked)).record().reached is reached


def test_by_chance_what_was_drawn_is_what_fell_due():
    by_chance = asked((rate_plan(10, transaction={"volume": {"rate": 10, "arrivals": "poisson"}}), 30, 200))
    assert not by_chance.record().reached
    drawn = by_chance.record(ahead=-100)
    assert (drawn.transactions, drawn.share, drawn.reached) == (200, 1, True)
    assert not by_chance.record(ahead=50).reached


def test_it_may_begin_after_the_start_and_by_what_was_known_of_it_later():
    found = RateAccount(begin=10)
    for second, acked in ((5, 0), (15, 100), (30, 1500)):
        found.look(rate_plan(100), second, acked)
    assert found.transactions == pytest.approx(2000)
    assert found.acked == pytest.approx(1450)  # as if half of the hundred came before
    found.began_with(100)
    assert found.record() == AskedRate(
        transactions=2000, acked=1400, seconds=20, peak_per_s=100, share=0.7, reached=False
    )


@pytest.mark.parametrize(("least", "reached"), [(0.5, True), (0.9, False)])
def test_the_share_that_counts_as_reached_is_the_configured_one(least, reached):
    assert asked((rate_plan(100), 30, 2000)).record(least=least).reached is reached


def lines(rates, plan=None, lag=0):
    """What is said, second by second, of a run that makes so many in each. lag: seconds before that is seen."""
    found, watch, said, done = RateAccount(), RateWatch(), [], list[float]()
    for second, rate in enumerate(rates, 1):
        done.append((done[-1] if done else 0) + rate)
        found.look(plan or rate_plan(100), second, done[-1 - lag] if len(done) > lag else 0)
        if (line := watch.look(second, found)) is not None:
            said.append((second, *line))
    return said


@pytest.mark.parametrize("share", [31, 49])
def test_a_rate_that_is_not_reached_is_told_while_the_run_goes_on(share):
    (second, reached, line), *_ = lines([share] * 12)
    assert second < 10
    assert not reached
    assert line.startswith(f"the rate is not reached: {share}/s of 100/s asked in the last ")
    assert line.endswith(f"({share} %)")


def test_it_is_told_again_after_half_a_minute_and_when_it_is_over():
    told = lines([100] * 20 + [20] * 40 + [130] * 30)
    assert [reached for _, reached, _ in told] == [False, False, True]
    assert told[1][0] - told[0][0] == 30
    assert told[2][2].startswith("the rate is reached again: ")


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_rate_that_is_reached_is_not_told(lag):
    assert lines([100] * 60, lag=lag) == []


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_ramp_that_is_followed_is_not_told_though_workers_are_heard_late(lag):
    ramp = rate_plan(None, None, [{"duration": 30, "users": 1, "rate": 3000, "ramp": True}])
    made = [round(100 * (second + 0.5)) for second in range(30)]
    assert lines(made, ramp, lag) == []


def test_a_batch_a_second_is_not_told():
    # 12 of 15 seconds have one, as batches of a second's worth come a little early or late.
    assert lines([100, 100, 0, 200, 100, 100, 0, 200, 100, 100, 100, 0, 200, 100, 100] * 3) == []


def test_without_a_rate_nothing_is_told():
    assert lines([0] * 30, rate_plan()) == []
