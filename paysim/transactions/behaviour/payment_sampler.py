"""Draws payments of one method, some hundred at a time: columns with numpy, and for each the prepared pieces that its
event is joined of at hand-out.

What is drawn here has no id and no time yet (`stamps`). Whether it goes out as a payment or makes way for a refund or a
scenario is decided elsewhere (`marking`, `emitter`). Each column has a stream of random numbers of its own, so it does
not matter how many payments are drawn at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from paysim.config.schema import Amounts
from paysim.contract.codes import CHANNELS
from paysim.contract.fields import DETAILS
from paysim.facts import people
from paysim.transactions.behaviour.amounts import exchange_rates
from paysim.transactions.behaviour.amounts.amount_draws import AmountDraw, Bought, ConfiguredAmounts, FactualAmounts
from paysim.transactions.behaviour.mix.purchase_table import PurchaseTable
from paysim.transactions.behaviour.risk.outcomes import Outcomes
from paysim.transactions.behaviour.risk.retries import Retries
from paysim.transactions.behaviour.risk.risk_model import Attempts, RiskModel
from paysim.transactions.behaviour.timing.banking_days import BankingDayRule
from paysim.transactions.behaviour.timing.calendar import Calendar, Slice
from paysim.transactions.events import columns
from paysim.transactions.events.layout import FieldRun, Guard, Layout, Masked, NotLaidOut, compile_layout
from paysim.transactions.events.mapping import Document
from paysim.transactions.events.person_pieces import KEPT, PersonRecords
from paysim.transactions.events.refund_stamp import RefundStamp
from paysim.transactions.events.sources import fields_of
from paysim.transactions.events.templates.filters import text_of
from paysim.transactions.events.templates.tree import Test
from paysim.transactions.lifecycle.refund_delays import RefundDelays
from paysim.transactions.lifecycle.refunds import DrawnPicks, Refund, picks_of, refund_rates, refund_record
from paysim.transactions.methods.base import METHODS, ColumnDraw, PaymentDraw, Setting
from paysim.transactions.randomness import Streams, edges_of, pick
from paysim.transactions.scenarios.bursts import Burst
from paysim.transactions.world import customers
from paysim.transactions.world.countries import COUNTRIES

from .payers import PayersOfMethod, Weighted
from .sampling_tables import SamplingTables

Deal = tuple[int, Burst, int]  # position, burst, the how-manieth of it
_POS = CHANNELS.index("pos")
_PILOT = 16_384  # payments that show what is bought where
_AT_ONCE = 1024  # people
_TO_A_FAVOURITE = 0.7  # share of payments at a merchant the customer goes back to
# Popularity of merchants among the others: a power of a uniform number, so that the first sell most.
_CROWDING = 1.7
_RISK_PILOT = 4_096  # payments that the tables of risk are solved on


@dataclass(slots=True)
class SampledPayments:
    """Payments that were drawn, in order. `picks`: source → position of each one's record; `minor`: amounts in
    minor units of the currency; `drawn`: field → JSON values of each, None where absent; `fraud`: positions of those
    that are fraud in truth."""

    count: int
    picks: dict[str, np.ndarray]
    minor: np.ndarray
    drawn: dict[str, list[bytes | None]]
    times: np.ndarray | None = None  # Unix milliseconds, in replay
    fraud: list[int] = field(default_factory=list)
    columns: list[list[bytes]] = field(default_factory=list)  # pieces of the events but for their stamps
    keys: list[str] | None = None


class PaymentSampler:
    """Draws payments by one method."""

    def __init__(
        self, tables: SamplingTables, method: str, streams: Streams, amounts: Amounts, payers: PayersOfMethod
    ) -> None:
        self.method, self._tables, self._streams, self.payers = METHODS[method], tables, streams, payers
        world = tables.world
        self._shares = tables.bought(method)
        self._sold = self._shares.reshape(len(COUNTRIES), len(CHANNELS), -1).sum(axis=1)
        self._table = PurchaseTable(self._shares)
        self._country_edges = edges_of(tables.country_weights)
        self._abroad = self._anywhere(self._table.in_person)
        self._merchant_country = world.merchant_country
        holdings = world.holdings(method, tables.day.year)
        self._kind = holdings.of
        self._amounts = self._amounts_of(amounts)
        self._presentation = self.method.presentation(holdings.kinds, Setting(tables.day, tuple(tables.currencies)))
        self._by_entry = self._presentation is not None and self._presentation.variants is not None
        if self._presentation is not None and self._presentation.variants is not None:
            each = self._presentation.variants
        else:
            each = [self.method.variant(country, product) for country, product in holdings.kinds]
        variants = sorted(set(each))
        self._variants = np.array([variants.index(one) for one in each]) if len(variants) > 1 else None
        self.outcomes = Outcomes(self.method, tables.mix.statuses, variants)
        self.records = {
            **tables.records,
            "instrument": world.instruments(method, holdings),
            "outcome": self.outcomes.records,
        }
        if self._presentation is not None:
            self.records["entry"] = self._presentation.records
        rates = refund_rates(tables.categories(method))
        self._refund_rates = rates[world.merchant_category]
        self._delays: RefundDelays | None = None
        self._banking: BankingDayRule | None = None
        self._for_refunds()
        self.fields = fields_of(method)
        self.layout: Layout | None
        try:
            self.layout = compile_layout(self.fields, tables.mapping, {"payment_method": method})
        except NotLaidOut:
            self.layout = None
        self.refund_layout = self._layout_of_refunds()
        self.refund_stamp = None
        if self.layout is not None and self.refund_layout is not None:
            self.refund_stamp = RefundStamp.of(self.layout, self.refund_layout)
        self._shared = [
            {f"{DETAILS}.{name}": value for name, value in self.method.of_product(product).items()}
            for _, product in holdings.kinds
        ]
        self._tests: dict[tuple[str, frozenset[str | None]], np.ndarray] = {}
        self._of_people: list[Callable[[np.ndarray], list[bytes]]] = []
        self._plan = [self._pieces(run) for run in self.layout.runs] if self.layout else []
        self._refund_plan = [self._pieces(run) for run in self.refund_layout.runs] if self.refund_layout else []
        self._risk = RiskModel(self.outcomes.declined, tables.risks, tables.recent, streams["fraud"])
        self._retries = Retries(streams["retry"])
        self._streams = pilot = Streams(world.seed, method, "risk pilot")
        self.payers = Weighted(tables.payers(method), world.country, pilot["customer"])
        self._draw(_RISK_PILOT, 0, None, (), {})
        self._streams, self.payers = streams, payers

    def _for_refunds(self) -> None:
        """Records for refunds, behind those of payments: the outcome, and how a payment was presented without what
        happened to it alone. `_presented_again`: position of a payment's record → of its refund's."""
        left_out = {f"{DETAILS}.{name}" for name in self.method.not_in_refunds}
        entries = list(self.records.get("entry", ()))
        kept = [{path: value for path, value in record.items() if path not in left_out} for record in entries]
        each = {tuple(record.items()): record for record in kept}
        places = {name: len(entries) + at for at, name in enumerate(each)}
        self._presented_again = np.array([places[tuple(record.items())] for record in kept], np.intp)
        if entries:
            self.records["entry"] = [*entries, *each.values()]
        self._refunded = len(self.records["outcome"])
        # A refund is of a payment that was completed, and not cancelled.
        self._completed = np.append(self.outcomes.completed, True)
        self._cancelled = np.append(self.outcomes.cancelled, False)
        self._refundable = np.append(self.outcomes.completed, False)
        self.records["outcome"] = [*self.records["outcome"], refund_record(self.method)]

    def _layout_of_refunds(self) -> Layout | None:
        method = self.method
        if not set(method.not_in_refunds) <= set(method.presented) or self.layout is None:
            return None
        fixed = {**refund_record(method), "original_transaction_id": "there"}
        try:
            found = compile_layout(self.fields, self._tables.mapping, fixed, refund=True)
        except NotLaidOut:
            return None
        return None if any(isinstance(part, Masked) for part in found.parts) else found

    def _anywhere(self, in_person: np.ndarray) -> np.ndarray:
        """For each country, the share of payments at a distance, but to favourites, whose merchant may be anywhere.

        It makes as many payments cross the border as the facts say. in_person: of each country, the share at a
        terminal, which never does.
        """
        others = 1.0 - np.diff(self._country_edges, prepend=0.0)
        border = [people.CROSS_BORDER.get(c, people.CROSS_BORDER["*"]).value for c in COUNTRIES]
        reached = (1.0 - in_person) * (1.0 - _TO_A_FAVOURITE) * others
        return np.minimum(1.0, np.array(border) / np.maximum(reached, 1e-9))

    def narrow(self, window: Slice, room: int | None) -> None:
        """Draw from a part of the window from now on; room: how many, if that is known. Who is awake then pays, and for
        what is sold then."""
        weights = self._shares * np.tile(window.masses, (1, len(CHANNELS)))
        self.payers.narrow(weights.sum(axis=1), room)
        self._table = PurchaseTable(np.where(weights.sum(axis=1, keepdims=True) > 0, weights, self._shares))

    def cells(self) -> np.ndarray:
        """(COUNTRIES, MERCHANT_CATEGORIES): the shares of payments over the whole window."""
        payers = self._tables.payers(self.method.name)
        countries = np.bincount(self._tables.world.country, payers, minlength=len(COUNTRIES))
        values: np.ndarray = (countries / countries.sum())[:, None] * self._sold
        return values

    def draw(
        self,
        count: int,
        now: int,
        window: Slice | None = None,
        dealt: Sequence[Deal] = (),
        refunds: Mapping[int, Refund] | None = None,
    ) -> SampledPayments:
        """`count` payments. now: Unix milliseconds, the time of live ones; window: where others lie.
        dealt: which of them belong to bursts; refunds: what is drawn in the place of which."""
        drawn = self._draw(count, now, window, dealt, refunds or {})
        # Joined at hand-out: made now, a thousand events of each method would be out of the caches by then.
        drawn.columns = [pieces(drawn) for pieces in self._plan] or [[b""] * count]
        if self.partition_by is not None:
            drawn.keys = self._keys(drawn, self.partition_by)
        return drawn

    def prepare(self) -> None:
        """Make the pieces of events for everybody who may pay by this method."""
        held = np.flatnonzero(self._tables.world.held[:, METHODS.names.index(self.method.name)])
        for start in range(0, min(len(held), KEPT), _AT_ONCE):
            some = held[start : start + _AT_ONCE]
            for take in self._of_people:
                take(some)

    @property
    def partition_by(self) -> str | None:
        """The field that partitions go by; None where the hub places."""
        return self._tables.partition_by

    def _keys(self, drawn: SampledPayments, path: str) -> list[str]:
        """The key of each payment: a field's value, else its customer. Those of stamped fields follow at hand-out."""
        field = next((field for field in self.fields if field.path == path), None)
        keys = customers.ids(self._tables.world.persons.at(drawn.picks["customer"]))
        if field is None or field.source == "stamp":
            return keys
        if path == "amount":
            return [text.decode() for text in columns.amounts(drawn.minor, self._decimals(drawn), "number")]
        if field.drawn:
            given = zip(drawn.drawn[path], keys, strict=True)
            return [key if value is None else text_of(orjson.loads(value)) for value, key in given]
        if path == "customer_id":
            return keys
        values = self._values(field.source, path, drawn)
        return [key if value is None else text_of(value) for value, key in zip(values, keys, strict=True)]

    def _values(self, source: str, path: str, drawn: SampledPayments) -> list[Any]:
        """A field of each payment, None where absent."""
        records, picks = self.records[source], drawn.picks[source]
        if isinstance(records, PersonRecords):
            return records.of(path, picks)
        return [records[at].get(path) for at in picks.tolist()]

    def refundable(self, drawn: SampledPayments) -> np.ndarray:
        """How likely each payment is to be refunded, 1 on average over those that were completed."""
        values: np.ndarray = self._refund_rates[drawn.picks["merchant"]] * self._refundable[drawn.picks["outcome"]]
        return values

    def _as_refunds(
        self,
        refunds: Mapping[int, Refund],
        picks: dict[str, np.ndarray],
        minor: np.ndarray,
        times: np.ndarray | None,
    ) -> None:
        """Put refunds in the places of payments, and those of another configuration's payments their times at least."""
        if times is not None:
            times[list(refunds)] = [refund.moment for refund in refunds.values()]
        own = {at: refund for at, refund in refunds.items() if not refund.payment.has_document}
        if not own:
            return
        at = np.fromiter(own, np.intp, len(own))
        for source, which in picks_of(list(own.values())).items():
            picks[source][at] = which
        picks["outcome"][at] = self._refunded
        if "entry" in picks:
            picks["entry"][at] = self._presented_again[picks["entry"][at]]
        minor[at] = [refund.minor for refund in own.values()]
        for refund in own.values():
            refund.is_drawn = True

    def refund_columns(self, drawn: SampledPayments, positions: Sequence[int]) -> list[list[bytes]]:
        """The pieces of the refunds at these positions, in the layout of refunds."""
        picks = {source: which[positions] for source, which in drawn.picks.items()}
        own = {path: [column[at] for at in positions] for path, column in drawn.drawn.items()}
        some = SampledPayments(len(positions), picks, drawn.minor[positions], own)
        return [pieces(some) for pieces in self._refund_plan]

    def _draw(
        self, count: int, now: int, window: Slice | None, dealt: Sequence[Deal], refunds: Mapping[int, Refund]
    ) -> SampledPayments:
        world, streams = self._tables.world, self._streams
        customer = self.payers.take(count, now).copy()
        for position, burst, _ in dealt:
            customer[position] = burst.customer
        bought = self._bought(customer, streams)
        channel, merchant = bought.channel, bought.merchant
        at_terminal = channel == _POS
        currency = self._currencies(customer)
        chance = streams["amount"].standard_normal(count)
        minor = self._amounts.draw(bought, currency, chance, streams)
        times = None
        if window is not None:
            times = window.times(world.country[customer], bought.category, streams["time"].random(count))
        for position, burst, number in dealt:
            if burst.scenario.dollars is not None:
                minor[position] = self._amount_between(burst.scenario.dollars, int(currency[position]))
            if times is not None and window is not None:
                times[position] = burst.moment(number, int(times[position]), window.start, window.end)
        hint, outcome = streams["entry"].random(count), streams["outcome"].random(count)
        again = self._try_again(
            [customer, merchant, channel, currency, minor, chance, hint],
            self._kinds(at_terminal, [*(at for at, _, _ in dealt), *refunds]),
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
        home, country = world.country[customer], self._merchant_country[merchant]
        self._present(picks, PaymentDraw(self._kind[customer], country, channel, currency, minor), hint, again)
        risk = self._risk.draw(
            Attempts(
                customer=customer,
                home=home,
                remote=~at_terminal,
                abroad=country != home,
                known=bought.known,
                own_device=channel < _POS,
                amount=chance,
                hint=hint,
                outcome=outcome,
                times=times,
                now=now,
            )
        )
        picks["risk"] = risk.records
        picks["outcome"] = self.outcomes.draw(outcome, risk.declined, self._variants_of(picks))
        if times is not None and self._banking is not None:
            uniform = streams["banking day"].random(count)
            picks["outcome"] = self._banking.apply(picks["outcome"], home, bought.category, times, uniform)
        if refunds:
            self._as_refunds(refunds, picks, minor, times)
        drawn = self._columns(count, picks, now if times is None else times)
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
    ) -> np.ndarray:
        """Declined customers try again, in the place of others. when: now, times and their end in replay. Returns the
        positions of second attempts."""
        now, times, end = when
        if not self._risk.solved:
            return np.empty(0, np.intp)
        places = self._retries.live(columns, kinds, now) if times is None else np.empty(0, np.intp)
        declined = self._risk.tried_again(kinds, outcome)
        if times is not None:
            return self._retries.in_replay(columns, kinds, declined, times, end)
        self._retries.wait(columns, kinds, declined, now)
        return places

    def _present(
        self, picks: dict[str, np.ndarray], payments: PaymentDraw, hint: np.ndarray, again: np.ndarray
    ) -> None:
        """How each payment is presented. again: positions of second attempts."""
        if self._presentation is None:
            return
        entry = self._presentation.draw(hint, payments)
        if self._presentation.again is not None:
            entry[again] = self._presentation.again[entry[again]]
        picks["entry"] = entry

    def _variants_of(self, picks: dict[str, np.ndarray]) -> np.ndarray | None:
        if self._variants is None:
            return None
        values: np.ndarray = self._variants[picks["entry"] if self._by_entry else self._kind[picks["customer"]]]
        return values

    def _bought(self, customer: np.ndarray, streams: Streams) -> Bought:
        """What each customer buys, on which channel, at which merchant."""
        count = len(customer)
        channel, category = self._table.draw(streams["purchase"].random(count), self._tables.world.country[customer])
        at_terminal = channel == _POS
        merchant, known = self._merchants(customer, category, at_terminal, streams)
        merchant = np.where(at_terminal, self._tables.world.at_terminal[merchant], merchant)
        return Bought(customer, category, channel, merchant, known)

    def _amounts_of(self, amounts: Amounts) -> AmountDraw:
        """How the amounts of this method are drawn: by the configured distribution, or by the facts."""
        if amounts.shape is not None:
            return ConfiguredAmounts(self._tables, self.method, amounts)
        pilot = Streams(self._tables.world.seed, "pilot", self.method.name)
        payers = Weighted(self._tables.payers(self.method.name), self._tables.world.country, pilot["customer"])
        return FactualAmounts(self._tables, self.method, amounts, self._bought(payers.take(_PILOT, 0), pilot))

    def _amount_between(self, dollars: tuple[float, float], currency: int) -> float:
        """An amount between two of US dollars, in minor units of a currency."""
        minor_per_dollar = exchange_rates.PER_DOLLAR[self._tables.currencies[currency]] * 10.0 ** int(
            self._tables.decimals[currency]
        )
        return float(np.floor(self._streams["burst amount"].uniform(*dollars) * minor_per_dollar))

    def _merchants(
        self, customer: np.ndarray, category: np.ndarray, at_terminal: np.ndarray, streams: Streams
    ) -> tuple[np.ndarray, np.ndarray]:
        """A merchant for each payment: one that the customer goes back to, or another, here or at a distance abroad;
        and whether it is the former."""
        world, cells, count = self._tables.world, self._tables.world.cells, len(customer)
        home = world.country[customer]
        which = streams["merchant"].random(count)
        favourite = world.favourites(customer, category, which)
        country = home
        if not self.method.domestic:
            # One number decides whether it is abroad and, rescaled, in which country.
            abroad, share = streams["merchant country"].random(count), self._abroad[home]
            anywhere = np.searchsorted(self._country_edges, abroad / share % 1.0, side="right")
            country = np.where((abroad < share) & ~at_terminal, anywhere, home)
        cell = category * len(COUNTRIES) + country
        other = cells.first[cell] + (which**_CROWDING * cells.count[cell]).astype(np.intp)
        known = streams["favourite"].random(count) < _TO_A_FAVOURITE
        return np.where(known, favourite, other), known

    def _currencies(self, customer: np.ndarray) -> np.ndarray:
        shares = self._tables.currency_shares
        if shares is None or self.method.one_currency:
            values: np.ndarray = self._tables.home_currency[self._tables.world.country[customer]]
            return values
        return pick(shares, self._streams["currency"].random(len(customer)))

    def _columns(
        self, count: int, picks: dict[str, np.ndarray], moments: np.ndarray | int
    ) -> dict[str, list[bytes | None]]:
        if not self.method.columns:
            return {}
        outcome = picks["outcome"]
        draw = ColumnDraw(
            count,
            moments,
            self._completed[outcome],
            self._cancelled[outcome],
            lambda: [self._shared[kind] for kind in self._kind[picks["customer"]].tolist()],
        )
        return {f"{DETAILS}.{name}": column(self._streams[name], draw) for name, column in self.method.columns.items()}

    def _pieces(self, run: FieldRun) -> Callable[[SampledPayments], list[bytes]]:
        """How this run of the layout becomes a column of fragments."""
        made = self._unmasked(run)
        if not run.masks:
            return made
        return lambda drawn: [
            text if there else b"" for text, there in zip(made(drawn), self._mask(run.masks, drawn), strict=True)
        ]

    def _unmasked(self, run: FieldRun) -> Callable[[SampledPayments], list[bytes]]:
        if (gather := run.gather) is not None:
            inner = [self._pieces(each) for each in run.group]
            return lambda drawn: gather([column(drawn) for column in inner])
        if run.source == "constant":
            text = b"".join(piece for piece in run.pieces if isinstance(piece, bytes))
            return lambda drawn: [text] * drawn.count
        if run.drawn:
            path, (before, slot, after) = run.source, run.around()
            if path == "amount":
                return lambda drawn: slot.amounts(drawn.minor, self._decimals(drawn), before, after)
            return lambda drawn: slot.column(drawn.drawn[path], before, after)
        owner = self.method.name if run.source in ("instrument", "outcome", "entry") else ""
        source, fragments = run.source, self._tables.fragments(run, self.records[run.source], owner)
        if isinstance(self.records[source], PersonRecords):
            self._of_people.append(fragments)
        return lambda drawn: fragments(drawn.picks[source])

    def _mask(self, guard: Guard, drawn: SampledPayments) -> list[bool]:
        """For which payments all tests hold."""
        found = np.ones(drawn.count, bool)
        for test in guard:
            holds = np.ones(drawn.count, bool)
            for path, values in test.conditions:
                one = Test(((path, values),))
                field = next(field for field in self.fields if field.path == path)
                if field.drawn:
                    given = ({} if v is None else {path: orjson.loads(v)} for v in drawn.drawn[path])
                    holds &= np.array([one.of(each) for each in given], bool)
                else:
                    records = self.records[field.source]
                    if isinstance(records, PersonRecords):
                        given = ({} if v is None else {path: v} for v in self._values(field.source, path, drawn))
                        holds &= np.array([one.of(each) for each in given], bool)
                        continue
                    known = self._tests.get((path, values))
                    if known is None:
                        known = self._tests[path, values] = np.array([one.of(record) for record in records], bool)
                    holds &= known[drawn.picks[field.source]]
            found &= holds == test.holds
        as_list: list[bool] = found.tolist()
        return as_list

    def _decimals(self, drawn: SampledPayments) -> np.ndarray:
        decimals: np.ndarray = self._tables.decimals[drawn.picks["currency"]]
        return decimals

    def document(self, drawn: SampledPayments, at: int) -> Document:
        """The payment at this position as a flat document, without its stamp, in the order of the fields."""
        picks = {source: int(which[at]) for source, which in drawn.picks.items()}
        amount = int(drawn.minor[at]) / 10 ** self.decimals(drawn, at)
        return self._document(picks, amount, {path: column[at] for path, column in drawn.drawn.items()})

    def picks(self, drawn: SampledPayments, positions: np.ndarray | None = None) -> DrawnPicks:
        """What it takes to make refunds and documents of these payments later; positions: of these alone."""
        picks = drawn.picks
        if positions is not None:
            picks = {source: which[positions] for source, which in picks.items()}
        return DrawnPicks(self._document, picks, self._tables.decimals)

    def _sold_by(self, drawn: SampledPayments, positions: np.ndarray | slice) -> np.ndarray:
        categories: np.ndarray = self._tables.world.merchant_category[drawn.picks["merchant"][positions]]
        return categories

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

    def replay(self, calendar: Calendar, refunds: float) -> None:
        """Follow a calendar. refunds: for each completed payment, over all of its window."""
        self._delays = RefundDelays(
            calendar, self.cells(), refund_rates(self._tables.categories(self.method.name)), refunds
        )
        if self.method.settles_by_day:
            self._banking = BankingDayRule(calendar, self.outcomes, self._tables.mix.statuses)

    def mass(self, window: Slice, refunds: float) -> float:
        """The share of transactions that lies in a part of the window in replay. refunds: their share."""
        assert self._delays is not None
        given_back = self._delays.share_before(window.end) - self._delays.share_before(window.start)
        return (1.0 - refunds) * float((self.cells() * window.masses).sum()) + refunds * given_back

    def _document(self, picks: Mapping[str, int], amount: float, drawn: Mapping[str, bytes | None]) -> Document:
        found: dict[str, Any] = {}
        for source, position in picks.items():
            found |= self.records[source][position]
        found["amount"] = amount
        for path, value in drawn.items():
            if value is not None:
                found[path] = orjson.loads(value)
        return {field.path: found[field.path] for field in self.fields if field.path in found}

    def variant(self, drawn: SampledPayments, at: int) -> int:
        """Which variant of the outcomes this payment has."""
        return self.outcomes.variant(int(drawn.picks["outcome"][at]))

    def limit(self, drawn: SampledPayments, at: int) -> float:
        """The highest amount of this method in this payment's currency, major units."""
        currency = drawn.picks["currency"][at]
        return float(self._amounts.most[currency] / 10.0 ** self._tables.decimals[currency])

    def decimals(self, drawn: SampledPayments, at: int) -> int:
        """The decimals of this payment's currency."""
        return int(self._tables.decimals[drawn.picks["currency"][at]])
