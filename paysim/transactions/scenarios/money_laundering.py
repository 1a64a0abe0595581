"""Money laundering: payments that are good one by one and hide where money comes from together."""

from paysim.contract.labels import SCENARIOS

from .bursts import BurstScenario

SCENARIOS.add(
    BurstScenario(
        name="structuring",
        about="Six payments by one customer within a quarter of an hour, each just under 10,000 US dollars.",
        why="More than 10,000 US dollars in cash are reported. Who splits a sum stays below that, and nobody asks "
        "where it comes from.",
        pipeline="Add up what a customer pays in a day, and report who keeps just below the limit. Do not tell them.",
        source="31 CFR 1010.311 and 1010.314",
        needs=("customer_id", "amount"),
        length=6,
        seconds=900,
        gaps=(60_000, 170_000),
        dollars=(9_000.0, 9_990.0),  # under the 10,000 of a currency transaction report (31 CFR 1010.311)
    )
)
