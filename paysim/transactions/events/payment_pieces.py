"""Turns payments that were drawn into pieces of events, by the layout of their method.

Each run of the layout is a column here: for every payment the text that was prepared for its record, or its drawn
value with text around it. The pieces are joined at hand-out, when the stamps between them are known (`emitter`,
`refund_events`).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import orjson

from paysim.transactions.behaviour.payment_records import PaymentRecords, SampledPayments
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.lifecycle.refunds import refund_record
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world import customers

from . import columns
from .layout import FieldRun, Guard, Layout, Masked, NotLaidOut, compile_layout
from .person_pieces import KEPT, PersonRecords
from .refund_stamp import RefundStamp
from .templates.filters import text_of
from .templates.tree import Test

_AT_ONCE = 1024  # people
_OWN_SOURCES = ("instrument", "outcome", "entry")  # each method has records of its own of these
_ALWAYS_SAID = ("transaction_type", "payment_method", "payment_status")
_Column = Callable[[SampledPayments], list[bytes]]


class PaymentPieces:
    """The pieces of one method's events.

    layout, refund_layout, follow_up_layout: of its payments, of their refunds, of what else follows them; None where
    they cannot be laid out, and are made as documents one by one. refund_stamp: where a refund's event is a payment's
    with another stamp. partition_by: the field that partitions go by; None where the hub places.
    """

    def __init__(self, tables: SamplingTables, records: PaymentRecords) -> None:
        self._tables, self.records, self._method = tables, records, records.method
        self.partition_by = tables.partition_by
        outcomes = records.by_source["outcome"]
        self._possible = {path: {outcome[path] for outcome in outcomes} for path in _ALWAYS_SAID}
        self.layout: Layout | None
        try:
            self.layout = compile_layout(records.fields, tables.mapping, self._possible)
        except NotLaidOut:
            self.layout = None
        self.refund_layout = self._layout_of_refunds()
        self.refund_stamp = None
        if self.layout is not None and self.refund_layout is not None:
            self.refund_stamp = RefundStamp.of(self.layout, self.refund_layout)
        self._masks = _Masks(records)
        self._of_people: list[Callable[[np.ndarray], list[bytes]]] = []
        self._plan = [self._column(run) for run in self.layout.runs] if self.layout else []
        self._refund_plan = [self._column(run) for run in self.refund_layout.runs] if self.refund_layout else []
        self.follow_up_layout = self._layout_of_others({}) if tables.follows else None
        self._follow_up_plan = (
            [self._column(run) for run in self.follow_up_layout.runs] if self.follow_up_layout else []
        )

    def _layout_of_refunds(self) -> Layout | None:
        method = self._method
        if not set(method.not_in_refunds) <= set(method.presented) or self.layout is None:
            return None
        found = self._layout_of_others(refund_record(method))
        return None if found is None or any(isinstance(part, Masked) for part in found.parts) else found

    def _layout_of_others(self, fixed: Mapping[str, str]) -> Layout | None:
        """The layout of what names another transaction."""
        said = {path: {value} for path, value in {**fixed, "original_transaction_id": "there"}.items()}
        try:
            return compile_layout(self.records.fields, self._tables.mapping, {**self._possible, **said}, refund=True)
        except NotLaidOut:
            return None

    def add(self, drawn: SampledPayments) -> None:
        """Give payments their pieces, and the keys of their partitions."""
        # Joined at hand-out: made now, a thousand events of each method would be out of the caches by then.
        drawn.columns = [column(drawn) for column in self._plan] or [[b""] * drawn.count]
        if self.partition_by is not None:
            drawn.keys = self._keys(drawn, self.partition_by)

    def of_refunds(self, drawn: SampledPayments, positions: Sequence[int]) -> list[list[bytes]]:
        """The pieces of the refunds at these positions, in the layout of refunds."""
        picks = {source: which[positions] for source, which in drawn.picks.items()}
        own = {path: [column[at] for at in positions] for path, column in drawn.drawn.items()}
        some = SampledPayments(len(positions), picks, drawn.minor[positions], own)
        return [column(some) for column in self._refund_plan]

    def add_to_follow_ups(self, drawn: SampledPayments) -> None:
        """Give what follows payments its pieces, in the layout of that, and the keys of their partitions."""
        if self.partition_by is not None:
            drawn.keys = self._keys(drawn, self.partition_by)
        drawn.columns = [column(drawn) for column in self._follow_up_plan]

    def prepare(self) -> None:
        """Make the pieces for everybody who may pay by this method."""
        held = np.flatnonzero(self._tables.world.held[:, METHODS.names.index(self._method.name)])
        for start in range(0, min(len(held), KEPT), _AT_ONCE):
            some = held[start : start + _AT_ONCE]
            for take in self._of_people:
                take(some)

    def _keys(self, drawn: SampledPayments, path: str) -> list[str]:
        """The key of each payment: a field's value, else its customer. Those of stamped fields follow at hand-out."""
        records = self.records
        field = next((field for field in records.fields if field.path == path), None)
        keys = customers.ids(self._tables.world.persons.at(drawn.picks["customer"]))
        if field is None or field.source == "stamp":
            return keys
        if path == "amount":
            return [text.decode() for text in columns.amounts(drawn.minor, records.decimals(drawn), "number")]
        if field.drawn:
            given = zip(drawn.drawn[path], keys, strict=True)
            return [key if value is None else text_of(orjson.loads(value)) for value, key in given]
        if path == "customer_id":
            return keys
        values = records.values(field.source, path, drawn)
        return [key if value is None else text_of(value) for value, key in zip(values, keys, strict=True)]

    # What these return does not hold this object, which holds them: else it is not freed when it is let go.

    def _column(self, run: FieldRun) -> _Column:
        """How this run of the layout becomes a column of pieces."""
        made = self._unmasked(run)
        if not run.masks:
            return made
        guard, masks = run.masks, self._masks
        return lambda drawn: [
            text if there else b"" for text, there in zip(made(drawn), masks.of(guard, drawn), strict=True)
        ]

    def _unmasked(self, run: FieldRun) -> _Column:
        if (gather := run.gather) is not None:
            inner = [self._column(each) for each in run.group]
            return lambda drawn: gather([column(drawn) for column in inner])
        if run.source == "constant":
            text = b"".join(piece for piece in run.pieces if isinstance(piece, bytes))
            return lambda drawn: [text] * drawn.count
        if run.drawn:
            path, (before, slot, after) = run.source, run.around()
            if path == "amount":
                decimals = self.records.decimals
                return lambda drawn: slot.amounts(drawn.minor, decimals(drawn), before, after)
            return lambda drawn: slot.column(drawn.drawn[path], before, after)
        source, records = run.source, self.records.by_source[run.source]
        fragments = self._tables.fragments(run, records, self._method.name if source in _OWN_SOURCES else "")
        if isinstance(records, PersonRecords):
            self._of_people.append(fragments)
        return lambda drawn: fragments(drawn.picks[source])


class _Masks:
    """For which payments tests hold that are asked of each."""

    def __init__(self, records: PaymentRecords) -> None:
        self._records = records
        self._tests: dict[tuple[str, frozenset[str | None]], np.ndarray] = {}

    def of(self, guard: Guard, drawn: SampledPayments) -> list[bool]:
        """For which payments all tests hold."""
        found = np.ones(drawn.count, bool)
        for test in guard:
            holds = np.ones(drawn.count, bool)
            for path, values in test.conditions:
                holds &= self._holds(path, values, drawn)
            found &= holds == test.holds
        as_list: list[bool] = found.tolist()
        return as_list

    def _holds(self, path: str, values: frozenset[str | None], drawn: SampledPayments) -> np.ndarray:
        """For which payments a field is one of some values."""
        test = Test(((path, values),))
        field = next(field for field in self._records.fields if field.path == path)
        if field.drawn:
            given = ({} if v is None else {path: orjson.loads(v)} for v in drawn.drawn[path])
            return np.array([test.of(each) for each in given], bool)
        records = self._records.by_source[field.source]
        if isinstance(records, PersonRecords):
            given = ({} if v is None else {path: v} for v in self._records.values(field.source, path, drawn))
            return np.array([test.of(each) for each in given], bool)
        known = self._tests.get((path, values))
        if known is None:
            known = self._tests[path, values] = np.array([test.of(record) for record in records], bool)
        found: np.ndarray = known[drawn.picks[field.source]]
        return found
