"""Shares of scenarios that each could be, and that have no room together."""

from typing import Any

import pytest

from paysim.config.schema import Config

SECONDS = {"redelivery": 0.3, "reused_id": 0.3}
STORIES = {"mule_chain": 0.06, "fan_in": 0.06}
TRANSFERS = {"patterns": {"payment_methods": {"credit_card": 0.9, "bank_transfer": 0.1}}}
REFUNDS = {"patterns": {"payment_status": {"completed": 0.7, "refunded": 0.3}}}
AT_TILLS = {"patterns": {"channels": {"pos": 0.3, "web": 0.7}}}


def configured(violations: dict[str, float], more: dict[str, Any]) -> Config:
    return Config.model_validate({"transaction": {"violations": violations, **more}})


@pytest.mark.parametrize(
    ("violations", "more", "told"),
    [
        (
            SECONDS,
            {},
            "violations: take 1.2 of all credit_card payments together (most: redelivery 0.6, reused_id 0.6)",
        ),
        (STORIES, TRANSFERS, "violations: take 1.2 of all bank_transfer payments together (most: fan_in 0.6"),
        (
            {"negative_amount": 0.8},
            REFUNDS,
            "violations: take 1.1 of all credit_card payments together and with refunds",
        ),
        ({"clock_skew": 0.25, "negative_amount": 0.5}, AT_TILLS, "violations.clock_skew: is 0.25 of all, and payments"),
    ],
)
def test_scenarios_that_have_no_room_together_are_refused(violations, more, told):
    with pytest.raises(ValueError, match="allowed: at most") as caught:
        configured(violations, more)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("violations", "more"),
    [
        ({"redelivery": 0.3, "reused_id": 0.2}, {}),
        ({"mule_chain": 0.05, "fan_in": 0.05}, TRANSFERS),
        ({"negative_amount": 0.6}, REFUNDS),
        ({"clock_skew": 0.14, "negative_amount": 0.5}, AT_TILLS),
        ({"negative_amount": 0.5, "zero_amount": 0.5}, {}),
    ],
)
def test_scenarios_may_take_all_payments(violations, more):
    assert configured(violations, more).transaction.violations == violations
