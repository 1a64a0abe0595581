"""Bodies held against the contract and their labels: what has no label must keep it, what is labelled as broken must
not.

Validating a body takes about 0.1 ms, thirty times what reading one takes. So the first hundred of each label (and of
none) are held against it, and one in a hundred from then on; `checked` says how many that were.
"""

from dataclasses import dataclass, field

from pydantic import ValidationError

from paysim.contract.model import Transaction
from paysim.transactions.scenarios.violations import BYTES, EDITS

FIRST = 100
ONE_IN = 100

# Wrong against other transactions, the clock or a limit: one body alone does not show it.
_KEEPS = {"excess_amount", "future_timestamp", "stale_timestamp", "oversized"}
BREAKS = (set(EDITS) | set(BYTES)) - _KEEPS


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
        if label in BREAKS:
            self.good += keeps
        else:
            self.bad += not keeps


def _keeps(body: bytes) -> bool:
    try:
        Transaction.model_validate_json(body)
    except ValidationError:
        return False
    return True
