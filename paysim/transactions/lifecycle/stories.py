"""What follows each payment, when, and how much: a function of the payment alone.

Nothing is drawn in order. Every choice is a hash of its name and of the payment's number, so a story is the same
however many are told at once, and it need not be kept: a payment that waits is told again when its next event is due.

A story is a table of steps with a time for each, NEVER for those that do not happen. By time they are the events:

    authorised → captured, whole or in two parts → settled → refunded, once or twice → disputed → won or lost
               → voided, or expired                 payments that are not by card: completed → settled → …
    pending → resolved: authorised, completed or failed           declined → tried again, which is a payment of its own
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.facts import declines, lifecycle, refunds
from paysim.facts.figure import Figure
from paysim.transactions.methods.base import Method
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import scrambled

from .open_days import OpenDays, around_the_clock

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
AS_TOLD, UNSETTLED, SILENT = range(3)
"""What a scenario makes of a story: nothing, it has no settlement, or nothing follows any more."""

_DAY, _HOUR, _MINUTE = 86_400_000, 3_600_000, 60_000  # ms
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_BY_11 = np.uint64(11)
_SPREAD = 0.8  # of the logarithm of a delay, as `refund_delays` has it
_MOST_TRIES = 2
_SOONEST, _LATEST = 15_000, 480_000  # ms until somebody tries again
_WHOLE = 0.7  # share of refunds that give back all


def _by_category(rows: dict[str, Figure]) -> np.ndarray:
    return np.array([rows[category].value for category in MERCHANT_CATEGORIES])


_REFUNDS, _REFUND_DAYS = _by_category(refunds.BY_CATEGORY), _by_category(refunds.DELAY_BY_CATEGORY)
_CAPTURE_DAYS, _DISPUTES = _by_category(lifecycle.CAPTURE_DELAY), _by_category(lifecycle.DISPUTES_REMOTE)
_RETAIL = MERCHANT_CATEGORIES.index("retail")


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments of one method whose stories are told, a column each.

    number: who they are. begun: when, Unix milliseconds. minor: amounts in minor units. state: APPROVED, PENDING or
    DECLINED. tries: attempts before it. remote: not at a terminal. category: of the merchant, in MERCHANT_CATEGORIES.
    country: of the merchant, in COUNTRIES. fate: what a scenario makes of each story (`fates`); None: of none.
    """

    number: np.ndarray
    begun: np.ndarray
    minor: np.ndarray
    state: np.ndarray
    tries: np.ndarray
    remote: np.ndarray
    category: np.ndarray
    country: np.ndarray
    fate: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class LifeStory:
    """times, amounts: (steps, payments), Unix milliseconds and minor units. approved, won: of each, whether it is after
    all, where it was pending or is tried again; and whether the merchant wins its dispute."""

    times: np.ndarray
    amounts: np.ndarray
    approved: np.ndarray
    won: np.ndarray

    def events(self) -> tuple[np.ndarray, np.ndarray]:
        """(steps, payments): the steps of each in order of time, and their times, NEVER behind the last."""
        order = np.argsort(self.times, axis=0, kind="stable")
        return order, np.take_along_axis(self.times, order, axis=0)


class StoryTeller:
    """The stories of one method's payments.

    seed: names the run and producer. refunds: how many times as many payments are refunded as the facts say.
    """

    def __init__(self, method: Method, seed: tuple[int, ...], cards: OpenDays, schemes: OpenDays) -> None:
        self.method, self.refunds = method, 1.0
        self._seed = seed
        self._cards, self._schemes = cards, schemes
        self._any_time = np.array([around_the_clock(country) for country in COUNTRIES])

    def chance(self, number: np.ndarray, trait: str = "room") -> np.ndarray:
        """A number in [0, 1) for each of the payments with these numbers."""
        bits = scrambled(_key(self._seed, self.method.name, trait) + number.astype(np.uint64) * _GAMMA)
        found: np.ndarray = (bits >> _BY_11) * 2.0**-53
        return found

    def _uniform(self, trait: str, payments: Payments) -> np.ndarray:
        return self.chance(payments.number, trait)

    def _delay(self, trait: str, payments: Payments, median: np.ndarray | float) -> np.ndarray:
        """Lognormal, milliseconds. median: days."""
        radius = np.sqrt(-2.0 * np.log1p(-self._uniform(f"{trait}/radius", payments)))
        normal = radius * np.cos(2.0 * np.pi * self._uniform(f"{trait}/angle", payments))
        found: np.ndarray = (np.exp(_SPREAD * normal) * median * _DAY).astype(np.int64) + 1000
        return found

    @staticmethod
    def refund_chance(categories: np.ndarray, factor: float) -> np.ndarray:
        """How likely payments of these categories are refunded. factor: times as likely as the facts say."""
        found: np.ndarray = np.minimum(1.0, factor * _REFUNDS[categories])
        return found

    def tell(self, payments: Payments) -> LifeStory:
        times = np.full((len(STEPS), len(payments)), NEVER)
        amounts = np.zeros((len(STEPS), len(payments)), np.int64)
        approved = self._uniform("approved", payments) < np.where(
            payments.state == PENDING, lifecycle.PENDING_COMPLETED.value, lifecycle.RETRY_APPROVED.value
        )
        self._try_again(payments, times, amounts)
        good, since = payments.state == APPROVED, payments.begun
        pending = np.flatnonzero(payments.state == PENDING)
        if len(pending):
            since = since.copy()
            since[pending] = times[RESOLUTION, pending] = self._resolved(payments)[pending]
            amounts[RESOLUTION, pending] = payments.minor[pending]
            good = good | ((payments.state == PENDING) & approved)
        if self.method.authorizes:
            taken, last = self._capture(payments, good, since, times, amounts)
        else:
            taken, last = np.where(good, payments.minor, 0), since
        self._settle(payments, taken, last, times, amounts)
        given_back = self._refund(payments, taken, last, times, amounts)
        won = self._dispute(payments, taken - given_back, last, times, amounts)
        if payments.fate is not None:
            times[SETTLEMENT, payments.fate == UNSETTLED] = NEVER
        return LifeStory(times, amounts, approved, won)

    def _try_again(self, payments: Payments, times: np.ndarray, amounts: np.ndarray) -> None:
        declined = (payments.state == DECLINED) & (payments.tries < _MOST_TRIES)
        if declined.any():
            again = declined & (self._uniform("again", payments) < declines.RETRIES.value)
            rest = (self._uniform("rest", payments) ** 3 * (_LATEST - _SOONEST)).astype(np.int64) + _SOONEST
            times[RETRY] = np.where(again, payments.begun + rest, NEVER)
            amounts[RETRY] = np.where(again, payments.minor, 0)

    def _resolved(self, payments: Payments) -> np.ndarray:
        """When what is pending is decided."""
        soon: np.ndarray = payments.begun + self._delay("resolved", payments, lifecycle.PENDING_HOURS.value / 24)
        if self.method.settlement != "scheme":
            return soon
        by_day = self._schemes.soonest(payments.country, payments.begun, self._uniform("resolved on", payments))
        when: np.ndarray = np.where(self._any_time[payments.country], soon, by_day)
        return when

    def _capture(
        self, payments: Payments, good: np.ndarray, since: np.ndarray, times: np.ndarray, amounts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Captures, voids and expiries. Returns how much is captured in all, and the last time."""
        remote, facts = payments.remote, lifecycle
        holds = np.where(remote, facts.VALID_REMOTE.value, facts.VALID_IN_PERSON.value) * _DAY
        ends = since + holds.astype(np.int64)
        which = self._uniform("capture", payments)
        voided = np.where(remote, facts.VOIDED_REMOTE.value, facts.VOIDED_IN_PERSON.value)
        unused = voided + np.where(remote, facts.EXPIRED_REMOTE.value, facts.EXPIRED_IN_PERSON.value)
        median = np.where(remote, _CAPTURE_DAYS[payments.category], facts.CAPTURE_DELAY_IN_PERSON.value)
        # Before it expires, and with time left for a second part.
        rest = np.minimum(self._delay("capture", payments, median), (holds * 0.8).astype(np.int64))
        void, expiry = good & (which < voided), good & (which >= voided) & (which < unused)
        taken = good & (which >= unused)
        times[VOID], amounts[VOID] = np.where(void, since + rest, NEVER), np.where(void, payments.minor, 0)
        times[EXPIRY], amounts[EXPIRY] = np.where(expiry, ends, NEVER), np.where(expiry, payments.minor, 0)
        times[CAPTURE] = np.where(taken, since + rest, NEVER)
        how = self._uniform("how much", payments)
        parted = taken & remote & (payments.category == _RETAIL) & (how < facts.IN_TWO_PARTS.value)
        less = taken & remote & ~parted & (how >= 1.0 - facts.LESS_THAN_AUTHORIZED.value)
        parted, less = parted & (payments.minor > 1), less & (payments.minor > 1)
        some = self._part(payments, "part")
        first = np.where(taken, np.where(parted | less, some, payments.minor), 0)
        amounts[CAPTURE] = first
        last = since + rest
        if parted.any():
            second = np.minimum(last + self._delay("rest of it", payments, 0.7), ends - _MINUTE)
            times[REST] = np.where(parted, second, NEVER)
            amounts[REST] = np.where(parted, payments.minor - some, 0)
            last = np.where(parted, second, last)
        whole: np.ndarray = first + amounts[REST]
        return whole, last

    def _part(self, payments: Payments, trait: str) -> np.ndarray:
        """Some of it: at least one, and not all."""
        found: np.ndarray = 1 + (self._uniform(trait, payments) * np.maximum(payments.minor - 1, 0)).astype(np.int64)
        values: np.ndarray = np.minimum(found, np.maximum(payments.minor - 1, 1))
        return values

    def _settle(
        self, payments: Payments, taken: np.ndarray, last: np.ndarray, times: np.ndarray, amounts: np.ndarray
    ) -> None:
        uniform = self._uniform("settlement", payments)
        if self.method.settlement == "banking_days":
            when = self._cards.after(payments.country, last, uniform)
        else:
            when = last + (uniform * _HOUR).astype(np.int64) + 1000
            if self.method.settlement == "scheme":
                by_day = self._schemes.soonest(payments.country, last, uniform)
                when = np.where(self._any_time[payments.country], when, by_day)
        times[SETTLEMENT], amounts[SETTLEMENT] = np.where(taken > 0, when, NEVER), taken

    def _refund(
        self, payments: Payments, taken: np.ndarray, last: np.ndarray, times: np.ndarray, amounts: np.ndarray
    ) -> np.ndarray:
        """Returns how much is given back in all."""
        chance = self.refund_chance(payments.category, self.refunds)
        refunded = (taken > 0) & (self._uniform("refund", payments) < chance)
        if not refunded.any():
            return np.zeros(len(payments), np.int64)
        days = _REFUND_DAYS[payments.category]
        when = last + self._delay("refund", payments, days)
        how = self._uniform("refunded", payments)
        some = 1 + (self._uniform("refunded part", payments) * np.maximum(taken - 1, 0)).astype(np.int64)
        whole = (how < _WHOLE) | (taken <= 1)
        first = np.where(refunded, np.where(whole, taken, np.minimum(some, np.maximum(taken - 1, 1))), 0)
        times[REFUND], amounts[REFUND] = np.where(refunded, when, NEVER), first
        again = refunded & ~whole & (how >= 1.0 - (1.0 - _WHOLE) * 0.3)
        times[MORE] = np.where(again, when + self._delay("refunded again", payments, days), NEVER)
        amounts[MORE] = np.where(again, taken - first, 0)
        found: np.ndarray = first + amounts[MORE]
        return found

    def _dispute(
        self, payments: Payments, left: np.ndarray, last: np.ndarray, times: np.ndarray, amounts: np.ndarray
    ) -> np.ndarray:
        """Whoever got all back does not dispute it; what is disputed is what was not given back. Returns who wins."""
        won = self._uniform("won", payments) < lifecycle.CONTESTED.value * lifecycle.WON.value
        if not self.method.disputes:
            return won
        chance = _DISPUTES[payments.category] * np.where(payments.remote, 1.0, lifecycle.IN_PERSON_OF_REMOTE.value)
        disputed = (left > 0) & (self._uniform("dispute", payments) < chance)
        if not disputed.any():
            return won
        limit = round(lifecycle.DISPUTE_LIMIT.value * _DAY)
        when = last + np.minimum(self._delay("dispute", payments, lifecycle.DISPUTE_DELAY.value), limit)
        # Behind the refunds and the settlement of what is disputed.
        for step in (SETTLEMENT, REFUND, MORE):
            before = times[step]
            when = np.where(before != NEVER, np.maximum(when, before + _HOUR), when)
        times[DISPUTE], amounts[DISPUTE] = np.where(disputed, when, NEVER), np.where(disputed, left, 0)
        ends = when + self._delay("dispute end", payments, lifecycle.DISPUTE_LENGTH.value)
        times[DISPUTE_END], amounts[DISPUTE_END] = np.where(disputed, ends, NEVER), np.where(disputed, left, 0)
        return won


@lru_cache(maxsize=512)
def _key(seed: tuple[int, ...], method: str, trait: str) -> np.uint64:
    digest = blake2b(repr((seed, "story", method, trait)).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))
