"""What follows each payment, when, and how much: a function of the payment alone.

Nothing is drawn in order. Every choice is a hash of its name and of the payment's number, so a story is the same
however many are told at once, and it need not be kept: a payment that waits is told again when its next event is due.

A story is a table of steps with a time for each, NEVER for those that do not happen. By time they are the events:

    authorised → captured, whole or in two parts → settled → refunded, once or twice → disputed → won or lost
               → voided, or expired                 payments that are not by card: completed → settled → …
    pending → resolved: authorised, completed or failed           declined → tried again, which is a payment of its own
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import get_args

import numpy as np

from paysim.contract.codes import MERCHANT_CATEGORIES, DisputeReason
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
AS_TOLD, UNSETTLED, SILENT, DENIED = range(4)
"""What a scenario makes of a story: nothing, it has no settlement, nothing follows any more, or the holder disputes
what they bought."""

_DAY, _HOUR, _MINUTE = 86_400_000, 3_600_000, 60_000  # ms
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_BY_11 = np.uint64(11)
_SPREAD = 0.8  # of the logarithm of a delay, as `refund_delays` has it
_MOST_TRIES = 2
_SOONEST, _LATEST = 15_000, 480_000  # ms until somebody tries again
_WHOLE = 0.7  # share of refunds that give back all
_ALL = ("settlement", "refund", "dispute")
"""Traits that are asked of every payment."""
_AUTHORIZED = (*_ALL, "capture", "how much", "capture/radius", "capture/angle")
_PLACES = 16  # times steps: more than there are
_EACH_STEP = np.arange(len(STEPS))[:, None]
_NOWHERE = np.int64(NEVER // _PLACES * _PLACES)


def _by_category(rows: dict[str, Figure]) -> np.ndarray:
    return np.array([rows[category].value for category in MERCHANT_CATEGORIES])


_REFUNDS, _REFUND_DAYS = _by_category(refunds.BY_CATEGORY), _by_category(refunds.DELAY_BY_CATEGORY)
_CAPTURE_DAYS, _DISPUTES = _by_category(lifecycle.CAPTURE_DELAY), _by_category(lifecycle.DISPUTES_REMOTE)
_RETAIL = MERCHANT_CATEGORIES.index("retail")
REASONS: tuple[str, ...] = get_args(DisputeReason)
_FRAUD, _DENIED = REASONS.index("fraud"), lifecycle.DENIED_AFTER
_REASON_EDGES = [
    np.cumsum([shares.of.get(reason, 0.0) for reason in REASONS])[:-1]
    for shares in (lifecycle.REASONS_REMOTE, lifecycle.REASONS_IN_PERSON)
]


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
        found: np.ndarray = self._chances(number, (trait,))[0]
        return found

    def _chances(self, number: np.ndarray, traits: tuple[str, ...]) -> np.ndarray:
        """(traits, payments): the same for some traits, which costs less than one by one."""
        bits = scrambled(_keys(self._seed, self.method.name, traits) + number.astype(np.uint64) * _GAMMA)
        found: np.ndarray = (bits >> _BY_11) * 2.0**-53
        return found

    def _uniform(self, trait: str, payments: Payments) -> np.ndarray:
        return self.chance(payments.number, trait)

    def _delay(self, trait: str, payments: Payments, median: np.ndarray | float) -> np.ndarray:
        """Lognormal, milliseconds. median: days."""
        return _lognormal(self._chances(payments.number, (f"{trait}/radius", f"{trait}/angle")), median)

    @staticmethod
    def refund_chance(categories: np.ndarray, factor: float) -> np.ndarray:
        """How likely payments of these categories are refunded. factor: times as likely as the facts say."""
        found: np.ndarray = np.minimum(1.0, factor * _REFUNDS[categories])
        return found

    def tell(self, payments: Payments) -> LifeStory:
        """All that happens to them."""
        return self._tell(payments, whole=True)

    def begin(self, payments: Payments) -> LifeStory:
        """As much of it as it takes to know what comes first: nothing is given back before it is captured."""
        return self._tell(payments, whole=not self.method.authorizes)

    def _tell(self, payments: Payments, *, whole: bool) -> LifeStory:
        """What happens to few of them is drawn for those few alone."""
        times = np.full((len(STEPS), len(payments)), NEVER)
        amounts = np.zeros((len(STEPS), len(payments)), np.int64)
        good, since, approved = payments.state == APPROVED, payments.begun, np.zeros(len(payments), bool)
        if len(others := np.flatnonzero(~good)):
            some = payments.at(others)
            approved[others] = self._uniform("approved", some) < np.where(
                some.state == PENDING, lifecycle.PENDING_COMPLETED.value, lifecycle.RETRY_APPROVED.value
            )
            self._try_again(payments, times, amounts)
            pending = others[some.state == PENDING]
            since = since.copy()
            since[pending] = times[RESOLUTION, pending] = self._resolved(payments.at(pending))
            amounts[RESOLUTION, pending] = payments.minor[pending]
            good[pending] = approved[pending]
        chances = self._chances(payments.number, _AUTHORIZED if self.method.authorizes else _ALL)
        if self.method.authorizes:
            taken, last = self._capture(payments, chances[3:], good, since, times, amounts)
        else:
            taken, last = np.where(good, payments.minor, 0), since
        if not whole:
            nobody = np.zeros(len(payments), bool)
            return LifeStory(times, amounts, approved, nobody, nobody.astype(np.intp))
        self._settle(payments, chances[0], taken, last, times, amounts)
        given_back = self._refund(payments, chances[1], taken, last, times, amounts)
        won, reason = self._dispute(payments, chances[2], taken - given_back, last, times, amounts)
        if payments.fate.any():
            times[SETTLEMENT, payments.fate == UNSETTLED] = NEVER
        return LifeStory(times, amounts, approved, won, reason)

    def _try_again(self, payments: Payments, times: np.ndarray, amounts: np.ndarray) -> None:
        declined = np.flatnonzero((payments.state == DECLINED) & (payments.tries < _MOST_TRIES))
        again, rest = self._chances(payments.number[declined], ("again", "rest"))
        tried, rest = declined[again < declines.RETRIES.value], rest[again < declines.RETRIES.value]
        times[RETRY, tried] = payments.begun[tried] + (rest**3 * (_LATEST - _SOONEST)).astype(np.int64) + _SOONEST
        amounts[RETRY, tried] = payments.minor[tried]

    def _resolved(self, payments: Payments) -> np.ndarray:
        """When what is pending is decided."""
        soon: np.ndarray = payments.begun + self._delay("resolved", payments, lifecycle.PENDING_HOURS.value / 24)
        if self.method.settlement != "scheme":
            return soon
        by_day = self._schemes.soonest(payments.country, payments.begun, self._uniform("resolved on", payments))
        when: np.ndarray = np.where(self._any_time[payments.country], soon, by_day)
        return when

    def _capture(
        self,
        payments: Payments,
        chances: np.ndarray,
        good: np.ndarray,
        since: np.ndarray,
        times: np.ndarray,
        amounts: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Captures, voids and expiries. Returns how much is captured in all, and the last time."""
        remote, facts = payments.remote, lifecycle
        which, how, *delay = chances
        holds = np.where(remote, facts.VALID_REMOTE.value, facts.VALID_IN_PERSON.value) * _DAY
        voided = np.where(remote, facts.VOIDED_REMOTE.value, facts.VOIDED_IN_PERSON.value)
        unused = voided + np.where(remote, facts.EXPIRED_REMOTE.value, facts.EXPIRED_IN_PERSON.value)
        median = np.where(remote, _CAPTURE_DAYS[payments.category], facts.CAPTURE_DELAY_IN_PERSON.value)
        # Before it expires, and with time left for a second part.
        last = since + np.minimum(_lognormal(delay, median), (holds * 0.8).astype(np.int64))
        taken = good & (which >= unused)
        if len(let_go := np.flatnonzero(good & ~taken)):
            void = let_go[which[let_go] < voided[let_go]]
            expiry = let_go[which[let_go] >= voided[let_go]]
            times[VOID, void], amounts[VOID, void] = last[void], payments.minor[void]
            times[EXPIRY, expiry] = since[expiry] + holds[expiry].astype(np.int64)
            amounts[EXPIRY, expiry] = payments.minor[expiry]
        times[CAPTURE] = np.where(taken, last, NEVER)
        whole = np.where(taken, payments.minor, 0)
        amounts[CAPTURE] = whole
        retail = payments.category == _RETAIL
        parted, less = retail & (how < facts.IN_TWO_PARTS.value), how >= 1.0 - facts.LESS_THAN_AUTHORIZED.value
        if len(other := np.flatnonzero(taken & remote & (parted | less) & (payments.minor > 1))):
            amounts[CAPTURE, other] = whole[other] = self._part(payments.at(other), "part")
            if len(parted := other[parted[other]]):
                some = payments.at(parted)
                ends = since[parted] + holds[parted].astype(np.int64)
                second = np.minimum(last[parted] + self._delay("rest of it", some, 0.7), ends - _MINUTE)
                times[REST, parted] = last[parted] = second
                amounts[REST, parted] = some.minor - whole[parted]
                whole[parted] = some.minor
        return whole, last

    def _part(self, payments: Payments, trait: str) -> np.ndarray:
        """Some of it: at least one, and not all."""
        found: np.ndarray = 1 + (self._uniform(trait, payments) * np.maximum(payments.minor - 1, 0)).astype(np.int64)
        values: np.ndarray = np.minimum(found, np.maximum(payments.minor - 1, 1))
        return values

    def _settle(
        self,
        payments: Payments,
        uniform: np.ndarray,
        taken: np.ndarray,
        last: np.ndarray,
        times: np.ndarray,
        amounts: np.ndarray,
    ) -> None:
        if self.method.settlement == "banking_days":
            when = self._cards.after(payments.country, last, uniform)
        else:
            when = last + (uniform * _HOUR).astype(np.int64) + 1000
            if self.method.settlement == "scheme":
                by_day = self._schemes.soonest(payments.country, last, uniform)
                when = np.where(self._any_time[payments.country], when, by_day)
        times[SETTLEMENT], amounts[SETTLEMENT] = np.where(taken > 0, when, NEVER), taken

    def _refund(
        self,
        payments: Payments,
        uniform: np.ndarray,
        taken: np.ndarray,
        last: np.ndarray,
        times: np.ndarray,
        amounts: np.ndarray,
    ) -> np.ndarray:
        """Returns how much is given back in all."""
        found = np.zeros(len(payments), np.int64)
        chance = self.refund_chance(payments.category, self.refunds)
        refunded = np.flatnonzero((taken > 0) & (uniform < chance))
        if not len(refunded):
            return found
        some, taken = payments.at(refunded), taken[refunded]
        days = _REFUND_DAYS[some.category]
        when = last[refunded] + self._delay("refund", some, days)
        how, part = self._chances(some.number, ("refunded", "refunded part"))
        first = np.minimum(1 + (part * np.maximum(taken - 1, 0)).astype(np.int64), np.maximum(taken - 1, 1))
        whole = (how < _WHOLE) | (taken <= 1)
        first = np.where(whole, taken, first)
        again = ~whole & (how >= 1.0 - (1.0 - _WHOLE) * 0.3)
        rest = np.where(again, taken - first, 0)
        times[REFUND, refunded], amounts[REFUND, refunded] = when, first
        times[MORE, refunded] = np.where(again, when + self._delay("refunded again", some, days), NEVER)
        amounts[MORE, refunded] = rest
        found[refunded] = first + rest
        return found

    def _dispute(
        self,
        payments: Payments,
        uniform: np.ndarray,
        left: np.ndarray,
        last: np.ndarray,
        times: np.ndarray,
        amounts: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Whoever got all back does not dispute it; what is disputed is what was not given back. Returns who wins, and
        the reasons."""
        won, reason = np.zeros(len(payments), bool), np.zeros(len(payments), np.intp)
        if not self.method.disputes:
            return won, reason
        chance = _DISPUTES[payments.category] * np.where(payments.remote, 1.0, lifecycle.IN_PERSON_OF_REMOTE.value)
        denied = payments.fate == DENIED
        disputed = np.flatnonzero((left > 0) & (denied | (uniform < chance)))
        if not len(disputed):
            return won, reason
        some = payments.at(disputed)
        won[disputed] = self._uniform("won", some) < lifecycle.CONTESTED.value * lifecycle.WON.value
        limit = round(lifecycle.DISPUTE_LIMIT.value * _DAY)
        delay, denied = np.minimum(self._delay("dispute", some, lifecycle.DISPUTE_DELAY.value), limit), denied[disputed]
        why, late = self._chances(some.number, ("reason", "denied"))
        delay[denied] = ((_DENIED.low + late[denied] * (_DENIED.high - _DENIED.low)) * _DAY).astype(np.int64)
        reason[disputed] = np.where(
            denied, _FRAUD, np.where(some.remote, *(np.searchsorted(edges, why, "right") for edges in _REASON_EDGES))
        )
        when = last[disputed] + delay
        # Behind the refunds and the settlement of what is disputed.
        for step in (SETTLEMENT, REFUND, MORE):
            before = times[step, disputed]
            when = np.where(before != NEVER, np.maximum(when, before + _HOUR), when)
        times[DISPUTE, disputed] = when
        times[DISPUTE_END, disputed] = when + self._delay("dispute end", some, lifecycle.DISPUTE_LENGTH.value)
        amounts[DISPUTE, disputed] = amounts[DISPUTE_END, disputed] = left[disputed]
        return won, reason


def _lognormal(chances: Sequence[np.ndarray] | np.ndarray, median: np.ndarray | float) -> np.ndarray:
    """Delays in milliseconds, by two numbers in [0, 1) for each. median: days."""
    radius, angle = chances
    normal = np.sqrt(-2.0 * np.log1p(-radius)) * np.cos(2.0 * np.pi * angle)
    found: np.ndarray = (np.exp(_SPREAD * normal) * median * _DAY).astype(np.int64) + 1000
    return found


@lru_cache(maxsize=512)
def _keys(seed: tuple[int, ...], method: str, traits: tuple[str, ...]) -> np.ndarray:
    """(traits, 1)."""
    digests = (blake2b(repr((seed, "story", method, trait)).encode(), digest_size=8).digest() for trait in traits)
    return np.array([[int.from_bytes(digest, "big")] for digest in digests], np.uint64)
