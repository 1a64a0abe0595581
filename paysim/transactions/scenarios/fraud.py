"""Fraud: payments that are good one by one and suspicious together."""

from paysim.contract.labels import SCENARIOS

from .bursts import BurstScenario

SCENARIOS.add(
    BurstScenario(
        name="rapid_fire",
        about="A hundred payments by one customer within a minute.",
        needs=("customer_id",),
        length=100,
        seconds=60,
        gaps=(200, 590),
    )
)
