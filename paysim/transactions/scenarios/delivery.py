"""Bad delivery: good transactions that come in a way in which they should not."""

from paysim.contract.labels import SCENARIOS

from .base import Repeat

SCENARIOS.add(
    Repeat(
        name="duplicate",
        about="A transaction of the run goes out a second time, with the same id and the same bytes.",
        needs=("transaction_id",),
    )
)
