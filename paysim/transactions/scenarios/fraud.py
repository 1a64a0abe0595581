"""Fraud: payments that are good one by one and suspicious together."""

from paysim.contract.labels import SCENARIOS

from .bursts import BurstScenario

SCENARIOS.add(
    BurstScenario(
        name="rapid_fire",
        about="A hundred payments by one customer within a minute.",
        why="A program tries out stolen cards, or empties an account before it is closed.",
        pipeline="Flag the customer within the minute. Each payment is good by itself, so its form says nothing.",
        source="Visa Acquirer Monitoring Program (2025): enumeration",
        needs=("customer_id",),
        length=100,
        seconds=60,
        gaps=(200, 590),
    )
)
