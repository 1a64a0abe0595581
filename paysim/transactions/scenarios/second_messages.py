"""Second messages: what went out is sent once more, minutes later, as it was or a little different."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from paysim.contract.labels import Intention, Scenario
from paysim.transactions.events.mapping import Document

ChangeOfCopy = Callable[[Document, int, np.random.Generator], Document | None]
"""Document, decimals of its currency → what goes out under the same id; None where nothing else can."""


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
    """Another message about a payment. change: what it says, under the same id; None: the same, under a new id."""

    change: ChangeOfCopy | None = None
