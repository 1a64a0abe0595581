"""Payments of one method as they are drawn, and the records that they point at.

A payment that was drawn is a row of numbers: for each source (customer, merchant, outcome …) the position of its
record, an amount, and what is drawn for it alone (`SampledPayments`). What the numbers mean stands here too
(`PaymentRecords`): the records of each source, those of refunds behind those of payments, and the document of a
payment. How payments are drawn stands in `payment_sampler`, how they become bytes in `events/payment_pieces`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.risk.outcomes import Outcomes
from paysim.transactions.events.mapping import Document
from paysim.transactions.events.person_pieces import PersonRecords
from paysim.transactions.events.sources import fields_of
from paysim.transactions.lifecycle.follow_up_outcomes import FollowUpOutcomes, first_records
from paysim.transactions.lifecycle.refunds import DrawnPicks, Refund, picks_of, refund_record
from paysim.transactions.methods.base import Method, Setting

from .sampling_tables import SamplingTables


@dataclass(slots=True)
class SampledPayments:
    """Payments that were drawn, in order. `picks`: source → position of each one's record; `minor`: amounts in
    minor units of the currency; `drawn`: field → JSON values of each, None where absent; `fraud`: positions of those
    that are fraud in truth. `columns` and `keys` are added by `events/payment_pieces`."""

    count: int
    picks: dict[str, np.ndarray]
    minor: np.ndarray
    drawn: dict[str, list[bytes | None]]
    times: np.ndarray | None = None  # Unix milliseconds, in replay
    fraud: list[int] = field(default_factory=list)
    columns: list[list[bytes]] = field(default_factory=list)  # pieces of the events but for their stamps
    keys: list[str] | None = None  # of partitions, where those go by key


class PaymentRecords:
    """What the payments of one method point at.

    kind: of each customer the product that they pay from, by position in `products`. completed, cancelled: of each
    outcome, whether it is so. by_source: source → records. follow_ups: those of what follows payments, where it does.
    """

    def __init__(self, tables: SamplingTables, method: Method) -> None:
        world = tables.world
        self.method = method
        holdings = world.holdings(method.name, tables.day.year)
        self.kind, self.products = holdings.of, holdings.kinds
        self.presentation = method.presentation(holdings.kinds, Setting(tables.day, tuple(tables.currencies)))
        self._by_entry = self.presentation is not None and self.presentation.variants is not None
        if self.presentation is not None and self.presentation.variants is not None:
            each = self.presentation.variants
        else:
            each = [method.variant(country, product) for country, product in holdings.kinds]
        variants = sorted(set(each))
        self._variants = np.array([variants.index(one) for one in each]) if len(variants) > 1 else None
        self.outcomes = Outcomes(method, tables.mix.statuses, variants)
        self.by_source: dict[str, Sequence[dict[str, Any]]] = {
            **tables.records,
            "instrument": world.instruments(method.name, holdings),
            "outcome": first_records(method, self.outcomes) if tables.follows else self.outcomes.records,
        }
        if self.presentation is not None:
            self.by_source["entry"] = self.presentation.records
        self._decimals = tables.decimals
        self._add_refunds()
        self.follow_ups = self._add_follow_ups() if tables.follows else None
        self.fields = fields_of(method.name)
        self._paths = [field.path for field in self.fields]

    def _add_refunds(self) -> None:
        """Records for refunds, behind those of payments: the outcome, and how a payment was presented without what
        happened to it alone. `_presented_again`: position of a payment's record → of its refund's."""
        left_out = {f"{DETAILS}.{name}" for name in self.method.not_in_refunds}
        entries = list(self.by_source.get("entry", ()))
        kept = [{path: value for path, value in record.items() if path not in left_out} for record in entries]
        each = {tuple(record.items()): record for record in kept}
        places = {name: len(entries) + at for at, name in enumerate(each)}
        self._presented_again = np.array([places[tuple(record.items())] for record in kept], np.intp)
        if entries:
            self.by_source["entry"] = [*entries, *each.values()]
        self._refunded = len(self.by_source["outcome"])
        # A refund is of a payment that was completed, and not cancelled.
        self.completed = np.append(self.outcomes.completed, True)
        self.cancelled = np.append(self.outcomes.cancelled, False)
        self.refundable = np.append(self.outcomes.completed, False)
        self.by_source["outcome"] = [*self.by_source["outcome"], refund_record(self.method)]

    def _add_follow_ups(self) -> FollowUpOutcomes:
        """Records of what else follows payments, behind those of refunds."""
        found = FollowUpOutcomes(
            self.method, self.outcomes, len(self.by_source["outcome"]), self.by_source.get("entry", ())
        )
        self.completed = np.append(self.completed, found.completed)
        self.cancelled = np.append(self.cancelled, np.zeros(len(found.completed), bool))
        self.refundable = np.append(self.refundable, np.zeros(len(found.completed), bool))
        self.by_source["outcome"] = [*self.by_source["outcome"], *found.records]
        return found

    def presented_again(self, entries: np.ndarray) -> np.ndarray:
        """Positions of records: how payments were presented, without what happened to them alone."""
        found: np.ndarray = self._presented_again[entries]
        return found

    def refund(
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

    def variants(self, picks: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """Which variant of the outcomes each payment has; None where there is but one."""
        if self._variants is None:
            return None
        values: np.ndarray = self._variants[picks["entry"] if self._by_entry else self.kind[picks["customer"]]]
        return values

    def declines(self, drawn: SampledPayments, at: int) -> list[Document]:
        """The outcomes with which this payment could have been declined."""
        outcomes = self.outcomes
        return [outcomes.records[each] for each in outcomes.failed(outcomes.variant(int(drawn.picks["outcome"][at])))]

    def values(self, source: str, path: str, drawn: SampledPayments) -> list[Any]:
        """A field of each payment, None where absent."""
        records, picks = self.by_source[source], drawn.picks[source]
        if isinstance(records, PersonRecords):
            return records.of(path, picks)
        return [records[at].get(path) for at in picks.tolist()]

    def decimals(self, drawn: SampledPayments) -> np.ndarray:
        """The decimals of each payment's currency."""
        decimals: np.ndarray = self._decimals[drawn.picks["currency"]]
        return decimals

    def decimals_at(self, drawn: SampledPayments, at: int) -> int:
        """The decimals of one payment's currency."""
        return int(self._decimals[drawn.picks["currency"][at]])

    def document(self, drawn: SampledPayments, at: int) -> tuple[Document, int]:
        """The payment at this position as a flat document, without its stamp, in the order of the fields; and the
        decimals of its currency."""
        picks = {source: int(which[at]) for source, which in drawn.picks.items()}
        decimals = int(self._decimals[picks["currency"]])
        amount = int(drawn.minor[at]) / 10**decimals
        return self._document(picks, amount, {path: column[at] for path, column in drawn.drawn.items()}), decimals

    def kept(self, drawn: SampledPayments, positions: np.ndarray) -> tuple[DrawnPicks, list[list[int]]]:
        """What it takes to make refunds and documents of the payments at these positions later, and the row of each."""
        rows: list[list[int]] = np.column_stack([which[positions] for which in drawn.picks.values()]).tolist()
        return DrawnPicks(self._document, tuple(drawn.picks), self._decimals), rows

    def _document(self, picks: Mapping[str, int], amount: float, drawn: Mapping[str, bytes | None]) -> Document:
        found: dict[str, Any] = {}
        for source, position in picks.items():
            found |= self.by_source[source][position]
        found["amount"] = amount
        for path, value in drawn.items():
            if value is not None:
                found[path] = orjson.loads(value)
        return {path: found[path] for path in self._paths if path in found}
