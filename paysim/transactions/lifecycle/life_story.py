"""What can happen to payments, and what happens to some of them: a table of steps with a time and an amount for each.

By time the steps that happen are the events that follow a payment; `stories` says which happen, when, and how much.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from paysim.contract.codes import DisputeReason

NEVER = np.iinfo(np.int64).max
STEPS = (
    "resolution",
    "capture",
    "rest",
    "void",
    "expiry",
    "settlement",
    "refund",
    "more",
    "dispute",
    "dispute_end",
    "retry",
)
"""`rest`: the second part of a capture; `more`: a second refund."""
(RESOLUTION, CAPTURE, REST, VOID, EXPIRY, SETTLEMENT, REFUND, MORE, DISPUTE, DISPUTE_END, RETRY) = range(len(STEPS))
APPROVED, PENDING, DECLINED, OVER = range(4)
"""What a payment is at the beginning of its story; one that is over has none."""
AS_TOLD, UNSETTLED, SILENT, DENIED = range(4)
"""What a scenario makes of a story: nothing, it has no settlement, nothing follows any more, or the holder disputes
what they bought."""

REASONS: tuple[str, ...] = get_args(DisputeReason)
_PLACES = 16  # times steps: more than there are
_EACH_STEP = np.arange(len(STEPS))[:, None]
_NOWHERE = np.int64(NEVER // _PLACES * _PLACES)


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments of one method whose stories are told, a column each.

    number: who they are. begun: when, Unix milliseconds. minor: amounts in minor units. state: APPROVED, PENDING or
    DECLINED. tries: attempts before it. remote: not at a terminal. category: of the merchant, in MERCHANT_CATEGORIES.
    country: of the merchant, in COUNTRIES. fate: what a scenario makes of its story.
    """

    number: np.ndarray
    begun: np.ndarray
    minor: np.ndarray
    state: np.ndarray
    tries: np.ndarray
    remote: np.ndarray
    category: np.ndarray
    country: np.ndarray
    fate: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    def at(self, positions: np.ndarray) -> "Payments":
        """Some of them."""
        return Payments(*(getattr(self, name)[positions] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class LifeStory:
    """times, amounts: (steps, payments), Unix milliseconds and minor units. approved, won: of each, whether it is after
    all, where it was pending or is tried again; and whether the merchant wins its dispute, where there is one. reason:
    of the dispute, in REASONS."""

    times: np.ndarray
    amounts: np.ndarray
    approved: np.ndarray
    won: np.ndarray
    reason: np.ndarray

    def first(self) -> tuple[np.ndarray, np.ndarray]:
        """The first step of each, and its time; NEVER where there is none."""
        return _in_order(self._places())

    def after(self, steps: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The step of each that comes after this one, and its time; NEVER where there is none."""
        places = self._places()
        return _in_order(np.where(places > _place(steps, times), places, _NOWHERE))

    def _places(self) -> np.ndarray:
        """(steps, payments): see `_place`."""
        return _place(_EACH_STEP, self.times)


def _place(steps: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Numbers in the order in which things happen; those at the same time happen as STEPS has them."""
    found: np.ndarray = np.minimum(times, _NOWHERE // _PLACES) * _PLACES + steps
    return found


def _in_order(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = places.min(axis=0, initial=_NOWHERE)
    times = first // _PLACES
    return first % _PLACES, np.where(times < _NOWHERE // _PLACES, times, NEVER)
