"""Money laundering: payments that are good one by one and hide where money comes from together."""

from paysim.contract.labels import SCENARIOS

from .bursts import BurstScenario

SCENARIOS.add(
    BurstScenario(
        name="structuring",
        about="Six payments by one customer within a quarter of an hour, each just under 10,000 US dollars.",
        needs=("customer_id", "amount"),
        length=6,
        seconds=900,
        gaps=(60_000, 170_000),
        dollars=(9_000.0, 9_990.0),  # under the 10,000 of a currency transaction report (31 CFR 1010.311)
    )
)
