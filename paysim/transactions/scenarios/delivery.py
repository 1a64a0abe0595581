"""Bad delivery: good transactions that come in a way in which they should not."""

from paysim.contract.labels import SCENARIOS

from .base import Repeat

SCENARIOS.add(
    Repeat(
        name="duplicate",
        about="A transaction of the run goes out a second time, with the same id and the same bytes.",
        why="An answer was lost, so the sender tries again: at least once is all that a hub promises.",
        pipeline="Book it once, by its id.",
        source="Hohpe and Woolf, Enterprise Integration Patterns (2003): Idempotent Receiver",
        needs=("transaction_id",),
    )
)
