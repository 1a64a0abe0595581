"""What scenarios make of a payment's story. The payment goes out as it was drawn, and what follows it is other.

Whether a payment can have such a fate is told by its own story, so nothing is promised that would not have come.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from . import life_story
from .life_story import Payments
from .stories import StoryTeller

NONE = 0
_UNSETTLED, _UNCAPTURED, _UNRESOLVED, _DENIED = range(1, 5)
_UNCAPTURED_OF = 1 / 3
"""Of the cards' payments that lack something, those that lack all; the others lack a settlement."""
_HELD = 8 * 86_400_000  # ms: no authorisation holds for longer


@dataclass(frozen=True, slots=True)
class Fate:
    """decide: payments, and the moment after which nothing comes (Unix milliseconds) → of each which one it can have,
    NONE where it can have none. stories, roles: of each of them, what becomes of the story and the payment's role.
    is_genuine: it takes a payment from the customer's own device that is no fraud."""

    decide: Callable[[StoryTeller, Payments, int], np.ndarray]
    stories: Mapping[int, int]
    roles: Mapping[int, str]
    is_genuine: bool = False


def _missing(teller: StoryTeller, payments: Payments, end: int) -> np.ndarray:
    """What would have come before the end and is due by then does not come."""
    times = teller.tell(payments).times
    found = np.where(times[life_story.SETTLEMENT] < end, _UNSETTLED, NONE)
    if teller.method.authorizes:
        held = (payments.state == life_story.APPROVED) & (payments.begun < end - _HELD)
        found[held & (teller.chance(payments.number, "missing") < _UNCAPTURED_OF)] = _UNCAPTURED
    pending = payments.state == life_story.PENDING
    found[pending] = np.where(times[life_story.RESOLUTION, pending] < end, _UNRESOLVED, NONE)
    return found


def _denied(teller: StoryTeller, payments: Payments, end: int) -> np.ndarray:
    """What was bought at a distance, captured whole and settled, and not given back, is disputed before the end."""
    told = teller.tell(payments)
    fate = np.full(len(payments), life_story.DENIED)
    times = teller.tell(replace(payments, fate=fate)).times
    quiet = (told.times[[life_story.REST, life_story.REFUND, life_story.DISPUTE]] == life_story.NEVER).all(axis=0)
    whole = told.amounts[life_story.CAPTURE] == payments.minor
    good = (payments.state == life_story.APPROVED) & payments.remote & quiet & whole
    return np.where(good & (times[life_story.DISPUTE] < end), _DENIED, NONE)


DENIED = "friendly_fraud"
"""The label of a dispute of what is denied."""
FATES: dict[str, Fate] = {
    "denied": Fate(_denied, {_DENIED: life_story.DENIED}, {_DENIED: "purchase"}, is_genuine=True),
    "missing": Fate(
        _missing,
        {_UNSETTLED: life_story.UNSETTLED, _UNCAPTURED: life_story.SILENT, _UNRESOLVED: life_story.SILENT},
        {_UNSETTLED: "never_settled", _UNCAPTURED: "never_captured", _UNRESOLVED: "never_resolved"},
    ),
}
