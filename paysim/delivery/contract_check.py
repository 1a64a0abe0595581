"""Bodies held against the contract and their labels: what has no label must keep it, what is labelled as broken must
not.

Validating a body takes about 0.1 ms, thirty times what reading one takes. So the first hundred of each label (and of
none) are held against it, and one in a hundred from then on; `checked` says how many that were.
"""

from dataclasses import dataclass, field

from pydantic import ValidationError

import paysim.transactions  # noqa: F401  (registers the methods and scenarios that bodies are held against)
from paysim.contract.labels import SCENARIOS
from paysim.contract.model import Transaction

FIRST = 100
ONE_IN = 100


def breaks(label: str | None) -> bool:
    """Whether a body with this label is off the contract, as it alone shows."""
    return label is not None and label in SCENARIOS and SCENARIOS[label].breaks_contract


@dataclass
class Contract:
    """Counts: bad, off the contract and not labelled so; good, labelled as off it and yet on it."""

    checked: int = 0
    bad: int = 0
    good: int = 0
    _met: dict[str | None, int] = field(default_factory=dict)

    def wants(self, label: str | None) -> bool:
        """Whether the next body of this label is to be checked."""
        met = self._met[label] = self._met.get(label, -1) + 1
        return met < FIRST or met % ONE_IN == 0

    def check(self, label: str | None, body: bytes) -> None:
        self.checked += 1
        keeps = _keeps(body)
        if breaks(label):
            self.good += keeps
        else:
            self.bad += not keeps


def _keeps(body: bytes) -> bool:
    try:
        Transaction.model_validate_json(body)
    except ValidationError:
        return False
    return True
