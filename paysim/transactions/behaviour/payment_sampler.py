"""Draws payments of one method as columns: who pays, for what, where, how much, when, how risky, and with what outcome.

What is drawn here has no id and no time of the clock yet (`events/stamps`), and no bytes (`events/payment_pieces`).
Whether it goes out as a payment or makes way for a refund or a scenario is decided elsewhere (`marking`, `emitter`).
Each column has a stream of random numbers of its own, so it does not matter how many payments are drawn at once.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from paysim.config.schema import Amounts
from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.amounts import exchange_rates
from paysim.transactions.behaviour.amounts.amount_draws import AmountDraw, ConfiguredAmounts, FactualAmounts
from paysim.transactions.behaviour.risk.retries import Retries
from paysim.transactions.behaviour.risk.risk_model import Attempts, RiskModel
from paysim.transactions.behaviour.timing.banking_days import BankingDayRule
from paysim.transactions.behaviour.timing.calendar import Calendar, Slice
from paysim.transactions.lifecycle.refund_delays import RefundDelays
from paysim.transactions.lifecycle.refunds import Refund, refund_rates
from paysim.transactions.methods.base import METHODS, ColumnDraw, PaymentDraw
from paysim.transactions.randomness import Streams, pick
from paysim.transactions.scenarios.cast import Cast
from paysim.transactions.scenarios.episodes import Deal
from paysim.transactions.world.active import World

from .payers import PayersOfMethod, Weighted
from .payment_records import PaymentRecords, SampledPayments
from .purchases import POS, Purchases
from .sampling_tables import SamplingTables
from .staging import Staging

_PILOT = 16_384  # payments that show what is bought where
_RISK_PILOT = 4_096  # payments that the tables of risk are solved on


class PaymentSampler:
    """Draws payments by one method. records: what they point at."""

    def __init__(
        self, tables: SamplingTables, method: str, streams: Streams, amounts: Amounts, payers: PayersOfMethod
    ) -> None:
        self.method, self._tables, self._streams, self.payers = METHODS[method], tables, streams, payers
        world = tables.world
        self._purchases = Purchases(tables, self.method)
        self._merchant_country = world.merchant_country
        self._amounts = self._amounts_of(amounts)
        self.records = PaymentRecords(tables, self.method)
        self._refund_rates = refund_rates(tables.categories(method))
        self._delays: RefundDelays | None = None
        self._banking: BankingDayRule | None = None
        self._shared = [
            {f"{DETAILS}.{name}": value for name, value in self.method.of_product(product).items()}
            for _, product in self.records.products
        ]
        self._risk = RiskModel(self.records.outcomes.declined, tables.risks, tables.recent, streams["fraud"])
        self._retries = Retries(streams["retry"])
        self._streams = pilot = Streams(world.seed, method, "risk pilot")
        self.payers = Weighted(tables.payers(method), world.country, pilot["customer"])
        self.pilot = self.draw(_RISK_PILOT, 0)
        """Payments as they are, none of which goes out."""
        self._streams, self.payers = streams, payers

    @property
    def world(self) -> World:
        """Who pays whom."""
        return self._tables.world

    def cast(self, rng: np.random.Generator) -> Cast:
        """Who stories of this method can be told of."""
        return Cast(self._tables.world, self.method, self.payers, self._most(), rng)

    def _most(self) -> np.ndarray:
        """The largest amount in each country, US dollars."""
        rates = np.array([exchange_rates.PER_DOLLAR[currency] for currency in self._tables.currencies])
        most: np.ndarray = (self._amounts.most / 10.0**self._tables.decimals / rates)[self._tables.home_currency]
        return most

    def narrow(self, window: Slice, room: int | None) -> None:
        """Draw from a part of the window from now on; room: how many, if that is known. Who is awake then pays, and for
        what is sold then."""
        self.payers.narrow(self._purchases.narrow(window), room)

    def replay(self, calendar: Calendar, refunds: float) -> float:
        """Follow a calendar. refunds: for each completed payment, over all of its window. Returns how many
        there can be."""
        self._delays = RefundDelays(calendar, self.cells(), self._refund_rates, refunds)
        if self.method.settles_by_day:
            self._banking = BankingDayRule(calendar, self.records.outcomes, self._tables.mix.statuses)
        return self._delays.reached

    def cells(self) -> np.ndarray:
        """(COUNTRIES, MERCHANT_CATEGORIES): the shares of payments over the whole window."""
        return self._purchases.cells

    def mass(self, window: Slice, refunds: float) -> float:
        """The share of transactions that lies in a part of the window in replay. refunds: their share."""
        assert self._delays is not None
        given_back = self._delays.share_before(window.end) - self._delays.share_before(window.start)
        return (1.0 - refunds) * float((self.cells() * window.masses).sum()) + refunds * given_back

    def draw(
        self,
        count: int,
        now: int,
        window: Slice | None = None,
        dealt: Sequence[Deal] = (),
        refunds: Mapping[int, Refund] | None = None,
    ) -> SampledPayments:
        """`count` payments. now: Unix milliseconds, the time of live ones; window: where others lie.
        dealt: which of them are steps of stories; refunds: what is drawn in the place of which."""
        refunds = refunds or {}
        world, streams = self._tables.world, self._streams
        customer = self.payers.take(count, now).copy()
        staging = Staging(dealt, self._tables)
        staging.pay(customer)
        bought = staging.buy(self._purchases.draw(customer, streams))
        channel, merchant = bought.channel, bought.merchant
        at_terminal = channel == POS
        currency = self._currencies(customer)
        chance = streams["amount"].standard_normal(count)
        minor = self._amounts.draw(bought, currency, chance, streams)
        times = None
        if window is not None:
            times = window.times(world.country[customer], bought.category, streams["time"].random(count))
            staging.time(times, window)
        staging.cost(minor, currency)
        hint, outcome = streams["entry"].random(count), streams["outcome"].random(count)
        again, tried = self._try_again(
            [customer, merchant, channel, currency, minor, chance, hint],
            self._kinds(at_terminal, [*staging.places, *refunds]),
            outcome,
            (now, times, 0 if window is None else window.end - 1),
        )
        picks = {
            "customer": customer,
            "instrument": customer,
            "merchant": merchant,
            **world.where(customer, merchant, channel),
            "currency": currency,
        }
        staging.equip(picks, channel)
        home, country = world.country[customer], self._merchant_country[merchant]
        self._present(picks, PaymentDraw(self.records.kind[customer], country, channel, currency, minor), hint, again)
        risk = self._risk.draw(
            Attempts(
                customer=customer,
                home=home,
                remote=~at_terminal,
                abroad=country != home,
                known=bought.known,
                own_device=channel < POS,
                amount=chance,
                hint=hint,
                outcome=outcome,
                times=times,
                now=now,
            )
        )
        picks["risk"] = risk.records
        picks["outcome"] = self.records.outcomes.draw(outcome, risk.declined, self.records.variants(picks), tried)
        staging.end(picks["outcome"], self.records.outcomes)
        if times is not None and self._banking is not None:
            uniform = streams["banking day"].random(count)
            picks["outcome"] = self._banking.apply(picks["outcome"], home, bought.category, times, uniform)
        if refunds:
            self.records.refund(refunds, picks, minor, times)
        drawn = self.columns(count, picks, now if times is None else times, streams)
        return SampledPayments(count, picks, minor, drawn, times, risk.fraud)

    def _kinds(self, at_terminal: np.ndarray, others: list[int]) -> np.ndarray:
        """What takes the place of what in a second attempt: 0 in person, 1 at a distance, 2 what is none at all."""
        kinds: np.ndarray = (~at_terminal).astype(np.int8)
        kinds[others] = 2
        return kinds

    def _try_again(
        self,
        columns: list[np.ndarray],
        kinds: np.ndarray,
        outcome: np.ndarray,
        when: tuple[int, np.ndarray | None, int],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Declined customers try again, in the place of others. when: now, times and their end in replay. Returns the
        positions of second attempts, and of what is tried again."""
        now, times, end = when
        if not self._risk.solved or self._tables.follows:  # then attempts follow what was declined
            return np.empty(0, np.intp), np.empty(0, np.intp)
        places = self._retries.live(columns, kinds, now) if times is None else np.empty(0, np.intp)
        declined = self._risk.tried_again(kinds, outcome)
        if times is not None:
            return self._retries.in_replay(columns, kinds, declined, times, end), declined
        self._retries.wait(columns, kinds, declined, now)
        return places, declined

    def _present(
        self, picks: dict[str, np.ndarray], payments: PaymentDraw, hint: np.ndarray, again: np.ndarray
    ) -> None:
        """How each payment is presented. again: positions of second attempts."""
        presentation = self.records.presentation
        if presentation is None:
            return
        entry = presentation.draw(hint, payments)
        if presentation.again is not None:
            entry[again] = presentation.again[entry[again]]
        picks["entry"] = entry

    def _amounts_of(self, amounts: Amounts) -> AmountDraw:
        """How the amounts of this method are drawn: by the configured distribution, or by the facts."""
        if amounts.shape is not None:
            return ConfiguredAmounts(self._tables, self.method, amounts)
        pilot = Streams(self._tables.world.seed, "pilot", self.method.name)
        payers = Weighted(self._tables.payers(self.method.name), self._tables.world.country, pilot["customer"])
        bought = self._purchases.draw(payers.take(_PILOT, 0), pilot)
        return FactualAmounts(self._tables, self.method, amounts, bought)

    def _currencies(self, customer: np.ndarray) -> np.ndarray:
        shares = self._tables.currency_shares
        if shares is None or self.method.one_currency:
            values: np.ndarray = self._tables.home_currency[self._tables.world.country[customer]]
            return values
        return pick(shares, self._streams["currency"].random(len(customer)))

    def columns(
        self, count: int, picks: Mapping[str, np.ndarray], moments: np.ndarray | int, streams: Streams
    ) -> dict[str, list[bytes | None]]:
        """What is drawn for each transaction alone: field → JSON values."""
        if not self.method.columns:
            return {}
        outcome = picks["outcome"]
        draw = ColumnDraw(
            count,
            moments,
            self.records.completed[outcome],
            self.records.cancelled[outcome],
            lambda: [self._shared[kind] for kind in self.records.kind[picks["customer"]].tolist()],
        )
        return {f"{DETAILS}.{name}": column(streams[name], draw) for name, column in self.method.columns.items()}

    def limit(self, drawn: SampledPayments, at: int) -> float:
        """The highest amount of this method in this payment's currency, major units."""
        currency = drawn.picks["currency"][at]
        return float(self._amounts.most[currency] / 10.0 ** self._tables.decimals[currency])

    def refundable(self, drawn: SampledPayments) -> np.ndarray:
        """How likely each payment is to be refunded, 1 on average over those that were completed."""
        rates = self._refund_rates[self._sold_by(drawn, slice(None))]
        values: np.ndarray = rates * self.records.refundable[drawn.picks["outcome"]]
        return values

    def refund_chances(self, drawn: SampledPayments) -> np.ndarray:
        """How likely each is refunded, if it was completed, in replay."""
        assert self._delays is not None and drawn.times is not None
        return self._delays.chance(self._sold_by(drawn, slice(None)), drawn.times)

    def refund_times(self, drawn: SampledPayments, positions: np.ndarray) -> list[int]:
        """When these are refunded, Unix milliseconds, in replay."""
        assert self._delays is not None and drawn.times is not None
        uniform = self._streams["refund delay"].random(len(positions))
        found: list[int] = self._delays.due(self._sold_by(drawn, positions), drawn.times[positions], uniform).tolist()
        return found

    def _sold_by(self, drawn: SampledPayments, positions: np.ndarray | slice) -> np.ndarray:
        categories: np.ndarray = self._tables.world.merchant_category[drawn.picks["merchant"][positions]]
        return categories
