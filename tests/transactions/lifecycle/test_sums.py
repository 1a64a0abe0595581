"""No story gives back more than was taken, at any moment, whatever a scenario makes of it."""

import numpy as np
import pytest

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.transactions.lifecycle import life_story
from paysim.transactions.lifecycle.life_story import NEVER, Payments
from paysim.transactions.lifecycle.open_days import OpenDays
from paysim.transactions.lifecycle.stories import StoryTeller
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES

COUNT = 30_000
BEGAN = 1_767_225_600_000
IN, OUT = (life_story.CAPTURE, life_story.REST), (life_story.REFUND, life_story.MORE, life_story.DISPUTE)


def payments(fate: int) -> Payments:
    rng = np.random.default_rng(3)
    return Payments(
        number=np.arange(COUNT, dtype=np.uint64),
        begun=BEGAN + rng.integers(0, 90 * 86_400_000, COUNT),
        minor=rng.integers(1, 50_000, COUNT) // rng.integers(1, 50_000, COUNT) + 1,  # many of one or two cents
        state=rng.integers(0, 4, COUNT).astype(np.int8),
        tries=np.zeros(COUNT, np.int8),
        remote=rng.random(COUNT) < 0.8,
        category=rng.integers(0, len(MERCHANT_CATEGORIES), COUNT),
        country=rng.integers(0, len(COUNTRIES), COUNT),
        fate=np.full(COUNT, fate, np.int8),
    )


@pytest.mark.parametrize("method", ["credit_card", "digital_wallet"])
@pytest.mark.parametrize("fate", [life_story.AS_TOLD, life_story.UNSETTLED, life_story.DENIED])
@pytest.mark.parametrize("refunds", [1.0, np.inf], ids=["as the facts say", "everybody is refunded"])
def test_no_more_is_refunded_and_disputed_than_captured_at_any_moment(method: str, fate: int, refunds: float) -> None:
    teller = StoryTeller(METHODS[method], (7,), OpenDays.of_cards(), OpenDays.of_schemes())
    teller.refunds = refunds
    of = payments(fate)
    told = teller.tell(of)
    order = np.argsort(told.times, axis=0, kind="stable")
    happened = np.take_along_axis(told.times, order, axis=0) != NEVER
    amounts = np.where(happened, np.take_along_axis(told.amounts, order, axis=0), 0)
    taken = np.cumsum(np.where(np.isin(order, IN), amounts, 0), axis=0)
    given = np.cumsum(np.where(np.isin(order, OUT), amounts, 0), axis=0)
    assert (taken <= of.minor).all()
    if METHODS[method].authorizes:
        assert (given <= taken).all()
    assert (given.max(axis=0) <= of.minor).all()
    disputed = told.times[life_story.DISPUTE] != NEVER
    if fate == life_story.DENIED and refunds == 1.0:
        assert disputed.mean() > 0.2
    assert (told.amounts[life_story.DISPUTE, disputed] > 0).all()
