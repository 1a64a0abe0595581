"""Second messages: what went out is sent once more, minutes later, as it was or a little different."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from paysim.contract.labels import Intention, Scenario
from paysim.transactions.events.mapping import Document

ChangeOfCopy = Callable[[Document, int, np.random.Generator], Document | None]
"""Document, decimals of its currency → what the second message says; None where there can be none."""


@dataclass(frozen=True, kw_only=True)
class SecondMessage(Scenario):
    """Sends again what went out before, in the place of a payment; the first goes out as it is, without a label.

    role: of the second in the episode that both are.
    """

    role: str

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        if share > 0.5:
            yield f"is a second message for a first that is good, so at most half of all; not {share:g}"


@dataclass(frozen=True, kw_only=True)
class Redelivery(SecondMessage):
    """The bytes of any earlier transaction."""

    repeats: bool = True


@dataclass(frozen=True, kw_only=True)
class OtherMessage(SecondMessage):
    """Another message by who has made a payment. change: what it says, None: the same. is_another_purchase: whether it
    has a correlation_id of its own. Where it does not repeat an id it gets a new one when it goes out."""

    change: ChangeOfCopy | None = None
    is_another_purchase: bool = False
