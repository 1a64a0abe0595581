import pytest

from paysim.config.schema import EventHub, Retry
from paysim.eventhub.failures import NOT_FOUND, SERVER_BUSY, TIMED_OUT
from paysim.publishers.hub.connection_worker import attempt_timeout
from paysim.publishers.hub.retry import THROTTLE_PAUSE, RetryBudget, backoff

RETRY = Retry(max_retries=3, initial_backoff=0.2, max_backoff=1.0)


def test_pauses_are_anywhere_below_an_exponential_that_is_capped() -> None:
    assert [backoff(RETRY, at) for at in range(5)] == [0.2, 0.4, 0.8, 1.0, 1.0]
    drawn = [RetryBudget(RETRY, 100).pause(TIMED_OUT, 0) for _ in range(300)]
    pauses = [pause for pause in drawn if pause is not None]
    assert len(pauses) == 300 and min(pauses) >= 0 and max(pauses) <= 0.2
    assert max(pauses) > 0.15 and min(pauses) < 0.05


def test_there_are_as_many_retries_as_configured() -> None:
    budget = RetryBudget(RETRY, 100)
    assert [budget.pause(TIMED_OUT, 0) is not None for _ in range(5)] == [True, True, True, False, False]


def test_what_cannot_get_better_is_not_tried_again() -> None:
    assert RetryBudget(RETRY, 100).pause(NOT_FOUND, 0) is None


def test_throttling_is_waited_out_beside_the_retries_until_the_deadline() -> None:
    budget = RetryBudget(RETRY, 60)
    now, pauses = 0.0, 0
    while (pause := budget.pause(SERVER_BUSY, now)) is not None:
        assert THROTTLE_PAUSE <= pause <= 1.5 * THROTTLE_PAUSE
        now += pause
        pauses += 1
    assert 9 <= pauses <= 15 and now < 60
    assert RetryBudget(RETRY, 60).pause(TIMED_OUT, 0) is not None


def test_nothing_is_tried_after_the_deadline() -> None:
    assert RetryBudget(RETRY, 10).pause(TIMED_OUT, 10) is None


def test_huge_counts_of_attempts_do_not_overflow() -> None:
    assert backoff(RETRY, 10**6) == 1.0


@pytest.mark.parametrize(("timeout", "retries", "expected"), [(60, 3, 15), (2, 3, 1), (60, 0, 60)])
def test_an_attempt_gets_its_share_of_the_send_timeout(timeout: float, retries: int, expected: float) -> None:
    config = EventHub(send_timeout=timeout, retry=Retry(max_retries=retries))
    assert attempt_timeout(config) == expected
