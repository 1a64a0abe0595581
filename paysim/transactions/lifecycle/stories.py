"""What follows each payment, when, and how much: a function of the payment alone.

Nothing is drawn in order. Every choice is a hash of its name and of the payment's number, so a story is the same
however many are told at once, and it need not be kept: a payment that waits is told again when its next event is due.

A story is a table of steps with a time for each, NEVER for those that do not happen. By time they are the events:

    authorised → captured, whole or in two parts → settled → refunded, once or twice → disputed → won or lost
               → voided, or expired                 payments that are not by card: completed → settled → …
    pending → resolved: authorised, completed or failed           declined → tried again, which is a payment of its own
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.facts import declines, lifecycle, refunds
from paysim.facts.figure import Figure
from paysim.transactions.methods.base import Method
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import scrambled

from .life_story import (
    APPROVED,
    CAPTURE,
    DECLINED,
    DENIED,
    DISPUTE,
    DISPUTE_END,
    EXPIRY,
    MORE,
    NEVER,
    PENDING,
    REASONS,
    REFUND,
    RESOLUTION,
    REST,
    RETRY,
    SETTLEMENT,
    STEPS,
    UNSETTLED,
    VOID,
    LifeStory,
    Payments,
)
from .open_days import OpenDays, around_the_clock

_DAY, _HOUR, _MINUTE = 86_400_000, 3_600_000, 60_000  # ms
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_BY_11 = np.uint64(11)
_SPREAD = 0.8  # of the logarithm of a delay, as `refund_delays` has it
_MOST_TRIES = 2
_SOONEST, _LATEST = 15_000, 480_000  # ms until somebody tries again
_WHOLE = 0.7  # share of refunds that give back all
_ALL = ("settlement", "refund", "dispute")
"""Traits that are asked of every payment; what follows is asked of some."""
_CAPTURED = ("capture", "how much", "capture/radius", "capture/angle")
_AUTHORIZED = (*_CAPTURED, *_ALL)
_PARTED = ("part", "rest of it/radius", "rest of it/angle")
_OTHERS = ("approved", "again", "rest", "resolved/radius", "resolved/angle", "resolved on")
_REFUNDED = (
    *("refunded", "refunded part"),
    *("refund/radius", "refund/angle", "refunded again/radius", "refunded again/angle"),
)
_DISPUTED = (
    *("won", "reason", "denied"),
    *("dispute/radius", "dispute/angle", "dispute end/radius", "dispute end/angle"),
)


def _by_category(rows: dict[str, Figure]) -> np.ndarray:
    return np.array([rows[category].value for category in MERCHANT_CATEGORIES])


_REFUNDS, _REFUND_DAYS = _by_category(refunds.BY_CATEGORY), _by_category(refunds.DELAY_BY_CATEGORY)
_CAPTURE_DAYS, _DISPUTES = _by_category(lifecycle.CAPTURE_DELAY), _by_category(lifecycle.DISPUTES_REMOTE)
_HELD = np.array(
    [
        [held.value * _DAY for held in (lifecycle.VALID_IN_PERSON, lifecycle.VALID_REMOTE)],
        (never := [voided.value for voided in (lifecycle.VOIDED_IN_PERSON, lifecycle.VOIDED_REMOTE)]),
        [
            void + expired.value
            for void, expired in zip(never, (lifecycle.EXPIRED_IN_PERSON, lifecycle.EXPIRED_REMOTE), strict=True)
        ],
    ]
)
"""In person and at a distance: milliseconds that an authorisation holds; the shares of those that are voided, and that
are voided or expire."""
_RETAIL = MERCHANT_CATEGORIES.index("retail")
_FRAUD, _DENIED = REASONS.index("fraud"), lifecycle.DENIED_AFTER
_REASON_EDGES = [
    np.cumsum([shares.of.get(reason, 0.0) for reason in REASONS])[:-1]
    for shares in (lifecycle.REASONS_REMOTE, lifecycle.REASONS_IN_PERSON)
]


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

    @staticmethod
    def refund_chance(categories: np.ndarray, factor: float) -> np.ndarray:
        """How likely payments of these categories are refunded. factor: times as likely as the facts say."""
        found: np.ndarray = np.minimum(1.0, factor * _REFUNDS[categories])
        return found

    def tell(self, payments: Payments) -> LifeStory:
        """All that happens to them."""
        return self._tell(payments, whole=True)

    def begin(self, payments: Payments) -> LifeStory:
        """As much of it as it takes to know what comes first. Nothing is given back before it is captured, nor a second
        time before the first, and what is disputed was settled before."""
        return self._tell(payments, whole=False)

    def _tell(self, payments: Payments, *, whole: bool) -> LifeStory:
        """What happens to few of them is drawn for those few alone, and all that is drawn for them at once."""
        times = np.full((len(STEPS), len(payments)), NEVER)
        amounts = np.zeros((len(STEPS), len(payments)), np.int64)
        good, since, approved = payments.state == APPROVED, payments.begun, np.zeros(len(payments), bool)
        if len(others := np.flatnonzero(~good)):
            since = since.copy()
            self._decide(payments, others, since, approved, times, amounts)
            good[others] = approved[others] & (payments.state[others] == PENDING)
        nobody = np.zeros(len(payments), bool)
        won, reason = nobody, nobody.astype(np.intp)
        if self.method.authorizes:
            chances = self._chances(payments.number, _AUTHORIZED if whole else _CAPTURED)
            taken, last = self._capture(payments, chances[:4], good, since, times, amounts, whole=whole)
            if not whole:
                return LifeStory(times, amounts, approved, won, reason)
            chances = chances[4:]
        else:
            chances = self._chances(payments.number, _ALL)
            taken, last = np.where(good, payments.minor, 0), since
        self._settle(payments, chances[0], taken, last, times, amounts)
        given_back = self._refund(payments, chances[1], taken, last, times, amounts)
        if self.method.disputes and (whole or payments.fate.any()):
            won, reason = self._dispute(payments, chances[2], taken - given_back, last, times, amounts)
        if payments.fate.any():
            times[SETTLEMENT, payments.fate == UNSETTLED] = NEVER
        return LifeStory(times, amounts, approved, won, reason)

    def _decide(
        self,
        payments: Payments,
        others: np.ndarray,
        since: np.ndarray,
        approved: np.ndarray,
        times: np.ndarray,
        amounts: np.ndarray,
    ) -> None:
        """What becomes of those that were not approved at first: when they are tried again or decided, and how."""
        some = payments.at(others)
        decided, again, rest, *delay, on = self._chances(some.number, _OTHERS)
        pending = some.state == PENDING
        approved[others] = decided < np.where(
            pending, lifecycle.PENDING_COMPLETED.value, lifecycle.RETRY_APPROVED.value
        )
        retried = (some.state == DECLINED) & (some.tries < _MOST_TRIES) & (again < declines.RETRIES.value)
        if retried.any():
            tried, rest = others[retried], rest[retried]
            times[RETRY, tried] = some.begun[retried] + (rest**3 * (_LATEST - _SOONEST)).astype(np.int64) + _SOONEST
            amounts[RETRY, tried] = some.minor[retried]
        if pending.any():
            which = others[pending]
            since[which] = times[RESOLUTION, which] = self._resolved(some, delay, on)[pending]
            amounts[RESOLUTION, which] = some.minor[pending]

    def _resolved(self, payments: Payments, delay: Sequence[np.ndarray], on: np.ndarray) -> np.ndarray:
        """When what is pending is decided."""
        soon: np.ndarray = payments.begun + _lognormal(delay, lifecycle.PENDING_HOURS.value / 24)
        if self.method.settlement != "scheme":
            return soon
        by_day = self._schemes.soonest(payments.country, payments.begun, on)
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
        *,
        whole: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Captures, voids and expiries. Returns how much is captured in all, and the last time. whole: with the second
        part of what is captured in two."""
        remote = payments.remote
        which, how, *delay = chances
        holds, voided, unused = _HELD[:, remote.astype(np.intp)]
        median = np.where(remote, _CAPTURE_DAYS[payments.category], lifecycle.CAPTURE_DELAY_IN_PERSON.value)
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
        amounts[CAPTURE] = captured = np.where(taken, payments.minor, 0)
        if not whole:
            return captured, last
        parted = (payments.category == _RETAIL) & (how < lifecycle.IN_TWO_PARTS.value)
        less = how >= 1.0 - lifecycle.LESS_THAN_AUTHORIZED.value
        if len(other := np.flatnonzero(taken & remote & (parted | less) & (payments.minor > 1))):
            part, *delay = self._chances(payments.number[other], _PARTED)
            amounts[CAPTURE, other] = captured[other] = _part(payments.minor[other], part)
            in_two = parted[other]
            if len(parted := other[in_two]):
                ends = since[parted] + holds[parted].astype(np.int64)
                rest = _lognormal([each[in_two] for each in delay], 0.7)
                times[REST, parted] = last[parted] = np.minimum(last[parted] + rest, ends - _MINUTE)
                amounts[REST, parted] = payments.minor[parted] - captured[parted]
                captured[parted] = payments.minor[parted]
        return captured, last

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
        taken, days = taken[refunded], _REFUND_DAYS[payments.category[refunded]]
        how, part, *delays = self._chances(payments.number[refunded], _REFUNDED)
        when = last[refunded] + _lognormal(delays[:2], days)
        whole = (how < _WHOLE) | (taken <= 1)
        first = np.where(whole, taken, _part(taken, part))
        times[REFUND, refunded], amounts[REFUND, refunded] = when, first
        found[refunded] = first
        again = ~whole & (how >= 1.0 - (1.0 - _WHOLE) * 0.3)
        if again.any():
            more = refunded[again]
            times[MORE, more] = when[again] + _lognormal([each[again] for each in delays[2:]], days[again])
            amounts[MORE, more] = taken[again] - first[again]
            found[more] = taken[again]
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
        chance = _DISPUTES[payments.category] * np.where(payments.remote, 1.0, lifecycle.IN_PERSON_OF_REMOTE.value)
        denied = payments.fate == DENIED
        disputed = np.flatnonzero((left > 0) & (denied | (uniform < chance)))
        if not len(disputed):
            return won, reason
        defended, why, late, *delays = self._chances(payments.number[disputed], _DISPUTED)
        won[disputed] = defended < lifecycle.CONTESTED.value * lifecycle.WON.value
        limit = round(lifecycle.DISPUTE_LIMIT.value * _DAY)
        delay, denied = np.minimum(_lognormal(delays[:2], lifecycle.DISPUTE_DELAY.value), limit), denied[disputed]
        delay[denied] = ((_DENIED.low + late[denied] * (_DENIED.high - _DENIED.low)) * _DAY).astype(np.int64)
        reason[disputed] = np.where(
            denied,
            _FRAUD,
            np.where(payments.remote[disputed], *(np.searchsorted(edges, why, "right") for edges in _REASON_EDGES)),
        )
        when = last[disputed] + delay
        # Behind the refunds and the settlement of what is disputed.
        for step in (SETTLEMENT, REFUND, MORE):
            before = times[step, disputed]
            when = np.where(before != NEVER, np.maximum(when, before + _HOUR), when)
        times[DISPUTE, disputed] = when
        times[DISPUTE_END, disputed] = when + _lognormal(delays[2:], lifecycle.DISPUTE_LENGTH.value)
        amounts[DISPUTE, disputed] = amounts[DISPUTE_END, disputed] = left[disputed]
        return won, reason


def _part(minor: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Some of it: at least one, and not all."""
    found: np.ndarray = 1 + (uniform * np.maximum(minor - 1, 0)).astype(np.int64)
    values: np.ndarray = np.minimum(found, np.maximum(minor - 1, 1))
    return values


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
