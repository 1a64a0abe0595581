"""How risky a payment is, and what that decides: score, indicators, declines, fraud.

The risk of a payment is one number that nobody sees: a sum of what is unusual about it (amount for this person and
place, a merchant that is not one of the person's, another country, a new device, several payments within the hour, a
sign of disguise), and of what an engine knows and the events do not say (`hint`). Level 0 to LEVELS is that number, in
standard deviations of a pilot draw. Everything else is a table by level:

- the score rises with it;
- the chance of a decline is logistic in it, higher at a distance than in person. Its intercept is solved on the pilot,
  so that the configured share comes out, and corrected by counts while payments are drawn (`Quota`);
- the chance of fraud is exponential in it, solved and corrected in the same way.

Declines that are tried again (`retries`) are apart: they depend on the channel alone, not on the risk, so that trying
again moves neither amounts nor people. They are those for want of funds, a wrong PIN or a missing authentication.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args, overload

import numpy as np

from paysim.contract.model import FraudIndicator
from paysim.facts import authentication, declines, fraud
from paysim.transactions.behaviour.risk.recent_payments import RecentPayments
from paysim.transactions.world.countries import COUNTRIES

LEVELS = 1_024
_LOW, _HIGH = -3.2, 6.4
"""Standard deviations that the levels lie between."""
_SCORE, _SCORE_AT_MEAN = 1.1, -2.4
"""Log-odds of the score: for a standard deviation, and at the mean."""
_DECLINE = 1.15
"""Log-odds of a decline for a standard deviation."""
_DISTANCE = declines.RATE_ONLINE.middle / declines.RATE_IN_PERSON.value
"""Odds of a decline at a distance over those in person."""
_FRAUD = 1.3
"""Logarithm of the chance of fraud for a standard deviation."""
_SURELY = 0.6  # the most that the chance of fraud may be
_SUSPECT = round((0.5 - _LOW) / (_HIGH - _LOW) * LEVELS)
"""From this level on: below it hardly any fraud would be, and it saves the draw."""
RETRIED = declines.RETRIES.value

INDICATORS: tuple[str, ...] = get_args(FraudIndicator)
_BIT = {name: 1 << at for at, name in enumerate(INDICATORS)}
_SETS = 1 << len(INDICATORS)
_UNKNOWN, _ABROAD = _SETS, _SETS << 1
# What each adds to the risk, in about standard deviations of what is usual.
_WEIGHTS = {
    **{_BIT[name]: weight for name, weight in {
        "velocity": 1.3, "new_device": 1.5, "proxy_detected": 1.5, "address_mismatch": 1.3, "unusual_pattern": 0.9,
        "disposable_email": 1.7,
    }.items()},
    _UNKNOWN: 0.35,
    _ABROAD: 0.7,
}  # fmt: skip
_HINT, _AMOUNT, _REMOTE, _STRICT = 1.9, 0.40, 0.35, -0.3
"""For what only an engine knows (from end to end), a standard deviation of the amount, a payment at a distance, and a
country whose law asks for authentication."""
# Share of payments at a distance that show each: those with the lowest hints.
_SIGNS = {"proxy_detected": 0.010, "address_mismatch": 0.012, "disposable_email": 0.004}
_STRANGE = 2.3  # standard deviations of an amount that make a pattern unusual, at a merchant that is not the person's
_FINE = {0: LEVELS, 1: LEVELS >> 2}  # levels of scores by the number of indicators
_COARSE = LEVELS >> 5


class RiskRecords(Sequence[dict[str, Any]]):
    """Score and indicators, made when they are asked for: the levels of each set of indicators, set after set. What is
    rare has fewer."""

    def __init__(self) -> None:
        levels = [_FINE.get(number.bit_count(), _COARSE) for number in range(_SETS)]
        self.first = np.cumsum([0, *levels[:-1]])
        self.shift = np.array([(LEVELS // each).bit_length() - 1 for each in levels])
        self._count = sum(levels)
        self._named = [[name for name in INDICATORS if _BIT[name] & number] for number in range(_SETS)]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(self._count))]
        number = int(np.searchsorted(self.first, at, side="right")) - 1
        width = 1 << int(self.shift[number])
        level = (at - int(self.first[number]) + 0.5) * width
        return {"metadata.risk_score": score(level), "metadata.fraud_indicators": self._named[number]}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for named, shift in zip(self._named, self.shift.tolist(), strict=True):
            for at in range(LEVELS >> shift):
                level = (at + 0.5) * (1 << shift)
                yield {"metadata.risk_score": score(level), "metadata.fraud_indicators": named}

    def of(self, level: np.ndarray, flags: np.ndarray) -> np.ndarray:
        """Positions of the records of these levels and sets of indicators (with other flags beside them)."""
        found = level.copy()
        indicators = flags & np.uint8(_SETS - 1)
        few = np.flatnonzero(indicators)
        number = indicators.take(few)
        found[few] = self.first.take(number) + (level.take(few) >> self.shift.take(number))
        return found


def deviations(level: Any) -> Any:
    """Standard deviations of a level, which may lie between two."""
    return _LOW + level * ((_HIGH - _LOW) / LEVELS)


def score(level: float) -> float:
    """What an engine says, 0 to 1."""
    return round(1.0 / (1.0 + float(np.exp(-_SCORE_AT_MEAN - _SCORE * deviations(level)))), 3)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Payments as they are tried, a column each.

    customer: positions. home: of their countries in COUNTRIES. remote, abroad, known: whether at a distance, in another
    country, at one of the person's own merchants. own_device: whether from a browser or an application. amount:
    standard deviations from what is usual for this person and category. hint: uniform numbers, low where an engine
    knows something bad. outcome: uniform numbers that what becomes of it is drawn by. times: Unix milliseconds, in
    replay; now: live.
    """

    customer: np.ndarray
    home: np.ndarray
    remote: np.ndarray
    abroad: np.ndarray
    known: np.ndarray
    own_device: np.ndarray
    amount: np.ndarray
    hint: np.ndarray
    outcome: np.ndarray
    times: np.ndarray | None
    now: int


@dataclass(frozen=True, slots=True)
class Assessed:
    """records: positions in `RiskRecords`. declined: chance of a decline. fraud: positions of the payments that are."""

    records: np.ndarray
    declined: np.ndarray
    fraud: list[int]


class Quota:
    """Keeps what is drawn by chances that differ at the share that it should have.

    Counts are taken block by block, and what is too many or too few so far is made up for over some of the next; how
    much that takes is learnt. So a share is off by a number of payments that does not grow, whatever the chances come
    to.
    """

    _BLOCK = 1_024

    def __init__(self, share: float, blocks: int) -> None:
        """blocks: over how many a difference is made up for."""
        self._share, self._window = share, max(share, 1e-12) * blocks * self._BLOCK
        self.factor = self._usual = 1.0
        self._owed = self._found = 0.0
        self._seen = 0

    def pieces(self, count: int) -> Iterator[slice]:
        """The next `count` payments, cut where the factor changes."""
        start = 0
        while start < count:
            stop = min(count, start + self._BLOCK - self._seen)
            yield slice(start, stop)
            self._seen += stop - start
            start = stop
            if self._seen == self._BLOCK:
                self._owed += self._share * self._BLOCK - self._found
                owed = min(1.0, max(-0.9, self._owed / self._window))
                self._usual = min(8.0, max(0.1, self._usual * (1.0 + owed / 4.0)))
                self.factor = self._usual * (1.0 + owed)
                self._found, self._seen = 0.0, 0

    def count(self, found: float) -> None:
        """So many of the piece are what is counted."""
        self._found += found


class RiskModel:
    """The risk of payments by one method. The first call of `draw` is the pilot: it solves the tables, and counts for
    nothing else."""

    def __init__(self, declined: float, records: RiskRecords, recent: RecentPayments, rng: np.random.Generator) -> None:
        """declined: the share of payments that are. rng: chooses what is fraud."""
        self._share, self._records, self._recent, self._rng = declined, records, recent, rng
        self._signs = np.cumsum(list(_SIGNS.values()))
        self._sign_bits = np.array([_BIT[name] for name in _SIGNS], np.uint8)
        numbers = np.arange(256)
        self._weights = sum(
            (weight * ((numbers & bit) > 0) for bit, weight in _WEIGHTS.items()), np.zeros(len(numbers))
        )
        self._countries = np.array([_STRICT * (country in authentication.RULES) for country in COUNTRIES])
        self._mean = self._scale = 0.0
        self.solved = False
        self._declined, self._fraud = Quota(declined, 4), Quota(fraud.RATE.value, 4)
        self._funds, self._excess = np.zeros(3), np.zeros(2 * LEVELS)
        self._frauds = np.zeros(LEVELS)

    def tried_again(self, kinds: np.ndarray, outcome: np.ndarray) -> np.ndarray:
        """Positions of the payments that are declined whatever their risk, and are tried again. kinds: 0 in person, 1
        at a distance, 2 never."""
        return np.flatnonzero(outcome < self._funds.take(kinds))

    def draw(self, attempts: Attempts) -> Assessed:
        flags = self._flags(attempts)
        risk = self._weights.take(flags)
        risk += _AMOUNT * attempts.amount
        risk -= _HINT * attempts.hint
        risk += _REMOTE * attempts.remote
        risk += self._countries.take(attempts.home)
        if not self.solved:
            self._solve(risk, attempts.remote)
        risk -= self._mean
        risk *= self._scale
        level = risk.astype(np.intp)
        np.maximum(level, 0, out=level)
        np.minimum(level, LEVELS - 1, out=level)
        declined = self._chance(level, attempts)
        found = self._frauds_among(level)
        return Assessed(self._records.of(level, flags), declined, found)

    def _flags(self, attempts: Attempts) -> np.ndarray:
        """Indicators, and what else is unusual, as bits."""
        unknown = ~attempts.known
        flags: np.ndarray = attempts.abroad.view(np.uint8) * np.uint8(_ABROAD)
        flags += unknown.view(np.uint8) * np.uint8(_UNKNOWN)
        few = np.flatnonzero((attempts.hint < self._signs[-1]) & attempts.remote)
        flags[few] |= self._sign_bits[np.searchsorted(self._signs, attempts.hint[few], side="right")]
        flags[np.flatnonzero((attempts.amount > _STRANGE) & unknown)] |= _BIT["unusual_pattern"]
        if self.solved:
            flags[self._recent.busy(attempts.customer, attempts.times, attempts.now)] |= _BIT["velocity"]
            flags[self._recent.new_devices(attempts.customer, attempts.own_device)] |= _BIT["new_device"]
        return flags

    def _chance(self, level: np.ndarray, attempts: Attempts) -> np.ndarray:
        """Of each payment, that it is declined."""
        chance: np.ndarray = self._excess.take(level + attempts.remote * LEVELS)
        funds = self._funds.take(attempts.remote.view(np.uint8))
        for piece in self._declined.pieces(len(level)):
            part = chance[piece]
            part *= self._declined.factor
            part += funds[piece]
            self._declined.count(int(np.count_nonzero(attempts.outcome[piece] < part)))
        return chance

    def _frauds_among(self, level: np.ndarray) -> list[int]:
        """Positions of what is fraud."""
        found: list[int] = []
        for piece in self._fraud.pieces(len(level)):
            few = np.flatnonzero(level[piece] >= _SUSPECT)
            chance = self._frauds.take(level[piece].take(few))
            chance *= self._fraud.factor
            self._fraud.count(float(chance.sum()))
            found += (few[self._rng.random(len(few)) < chance] + piece.start).tolist()
        return found

    def _solve(self, risk: np.ndarray, remote: np.ndarray) -> None:
        """Make the tables of a pilot draw. remote: of each, whether it is at a distance."""
        scale = LEVELS / (_HIGH - _LOW) / max(float(risk.std()), 1e-9)
        self._mean, self._scale = float(risk.mean()) + _LOW * LEVELS / (_HIGH - _LOW) / scale, scale
        level = np.clip(((risk - self._mean) * scale).astype(np.intp), 0, LEVELS - 1)
        at, found = deviations(np.arange(LEVELS) + 0.5), deviations(level + 0.5)
        for which, share in enumerate(by_distance(self._share, float(remote.mean()))):
            mine = found[remote == which]
            if len(mine):
                self._funds[which] = RETRIED * share
                self._excess[which * LEVELS : (which + 1) * LEVELS] = (1.0 - RETRIED) * _rising(mine, at, share)
        suspect = level >= _SUSPECT
        intercept = solved(lambda x: float((suspect * _capped(x + _FRAUD * found)).mean()), fraud.RATE.value)
        self._frauds = _capped(intercept + _FRAUD * at)
        self.solved = True


def by_distance(share: float, remote: float) -> tuple[float, float]:
    """The shares of declines in person and at a distance that make this one of all. remote: the share at a distance."""

    def there(here: float) -> float:
        return _DISTANCE * here / (1.0 + (_DISTANCE - 1.0) * here)

    here = solved(lambda x: (1.0 - remote) * x + remote * there(x), share, 0.0, 1.0)
    return here, there(here)


def _rising(found: np.ndarray, at: np.ndarray, share: float) -> np.ndarray:
    """Chances that rise with the risk. found: of payments, standard deviations; of all of them `share` are hit. at:
    where the chances are wanted."""
    if share in (0.0, 1.0):
        return np.full(len(at), share)
    intercept = solved(lambda x: float(_logistic(x + _DECLINE * found).mean()), share)
    return _logistic(intercept + _DECLINE * at)


def _logistic(odds: np.ndarray) -> np.ndarray:
    values: np.ndarray = 1.0 / (1.0 + np.exp(-odds))
    return values


def _capped(logarithm: np.ndarray) -> np.ndarray:
    values: np.ndarray = np.minimum(_SURELY, np.exp(logarithm))
    return values


def solved(rising: Callable[[float], float], wanted: float, low: float = -40.0, high: float = 40.0) -> float:
    """Where a function that rises with its argument has this value."""
    if rising(high) <= wanted:
        return high
    if rising(low) >= wanted:
        return low
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2
