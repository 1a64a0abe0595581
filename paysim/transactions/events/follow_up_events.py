"""The events of what follows payments: from columns to bytes, ids and keys of partitions.

They are joined from the pieces that payments are made of, in a layout that has a place for the id that they name. All
pieces but their own id and time are made for some hundred of them ahead. Where there is no such layout each is made as
a document.
"""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import orjson

from paysim.contract.labels import EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.lifecycle.due_events import DueEvents
from paysim.transactions.lifecycle.fates import DENIED

from .columns import texts_of
from .mapping import CompiledMapping, partition_key, rfc3339
from .payment_pieces import PaymentPieces
from .pieces import BETWEEN, Layout, Masked, Part, Placed, Rest, Stamp
from .stamp_texts import Moments
from .stamps import Stamper, uuid_text

# Where the 32 digits of an id stand between quotes and dashes.
_DIGITS = np.array([at for at in range(1, 37) if at not in (9, 14, 19, 24)])
_LATER = ("transaction_id", "transaction_timestamp")
_EMPTY = np.frombuffer(b'"00000000-0000-0000-0000-000000000000"', np.uint8)


def uuids(ids: np.ndarray) -> np.ndarray:
    """(n, 16) octets → (n, 38) characters: ids in quotes."""
    rows = np.repeat(_EMPTY[None, :], len(ids), axis=0)
    digits = np.frombuffer(ids.tobytes().hex().encode(), np.uint8)
    rows[:, _DIGITS] = digits.reshape(len(ids), 32)
    return rows


class FollowUpWriter:
    """Writes the follow-ups of one method's payments."""

    def __init__(self, method: str, pieces: PaymentPieces, stamper: Stamper, mapping: CompiledMapping) -> None:
        self._method, self._pieces, self._stamper, self._mapping = method, pieces, stamper, mapping
        self._columns: list[int | _Known] | None = None
        if pieces.follow_up_layout is not None:
            parts, self._columns = _with_known(pieces.follow_up_layout)
            self._stamper = stamper.of(parts)

    def lay_out(self, events: DueEvents) -> None:
        """Give events their pieces, all but what is known when they go out, and the keys of their partitions."""
        if self._columns is None:
            return
        drawn, path = events.drawn, self._pieces.partition_by
        self._pieces.add_to_follow_ups(drawn)
        runs, drawn.columns = drawn.columns, []
        quoted = self._quoted(events, slice(0, drawn.count))
        events.columns = [runs[each] if isinstance(each, int) else each.column(quoted, runs) for each in self._columns]
        if path in quoted:
            drawn.keys = [text[1:-1].decode() for text in quoted[path]]

    def write(self, events: DueEvents, which: slice, ids: Moments, times: Moments, first: int) -> Batch:
        """Write some of what `lay_out` has seen.

        ids, times: the time in the id and the transaction's own, Unix milliseconds, one for all or one each. first: the
        sequence number of the first.
        """
        batch = self._written(events, which, ids, times, first)
        for place in events.denied:
            if which.start <= place < which.stop:
                [purchase] = self._stamper.id_rows(events.sent[place : place + 1], events.original[place : place + 1])
                at = place - which.start
                batch.labels[at], batch.episodes[at] = DENIED, EpisodePart(purchase.tobytes(), "dispute")
        return batch

    def _written(self, events: DueEvents, which: slice, ids: Moments, times: Moments, first: int) -> Batch:
        count, stamper = which.stop - which.start, self._stamper
        if self._columns is None:
            return self._documents(events, which, ids, times, first)
        if count == 1 and isinstance(ids, int) and ids == times:
            body, id_ = stamper.single(ids, first, [column[which.start] for column in events.columns])
            joined, own = [body], [id_]
        else:
            columns = stamper.columns(ids, times, first, count, [column[which] for column in events.columns])
            joined = list(map(b"".join, zip(*columns, strict=False)))  # what is the same for all has no end
            own = stamper.ids(ids, first, count)
        keys, path = events.drawn.keys, self._pieces.partition_by
        if keys is not None:
            keys = keys[which]
            if path == "transaction_id":
                keys = list(map(uuid_text, own))
            elif path == "transaction_timestamp":
                keys = list(map(rfc3339, [times] * count if isinstance(times, int) else times.tolist()))
        if not self._mapping.properties:
            return Batch(self._method, joined, own, keys=keys)
        apart = [event.partition(BETWEEN) for event in joined]
        bodies, properties = [body for _, _, body in apart], [found for found, _, _ in apart]
        return Batch(self._method, bodies, own, keys=keys, properties=properties)

    def _quoted(self, events: DueEvents, which: slice) -> dict[str, list[bytes]]:
        """The ids that are known before events go out, in quotes."""
        rows = np.concatenate(
            [
                self._stamper.correlation_rows(events.purchase[which]),
                self._stamper.id_rows(events.sent[which], events.original[which]),
            ]
        )
        texts = texts_of(uuids(rows))
        count = len(texts) // 2
        return {"correlation_id": texts[:count], "original_transaction_id": texts[count:]}

    def _documents(self, events: DueEvents, which: slice, ids: Moments, times: Moments, first: int) -> Batch:
        count = which.stop - which.start
        own = self._stamper.ids(ids, first, count)
        texts = {path: [text[1:-1].decode() for text in found] for path, found in self._quoted(events, which).items()}
        bodies, properties, keys = [], [], []
        for at in range(count):
            document, decimals = self._pieces.records.document(events.drawn, which.start + at)
            stamp = {"transaction_id": uuid_text(own[at])} | {path: column[at] for path, column in texts.items()}
            whole = stamp | {"transaction_timestamp": times if isinstance(times, int) else int(times[at])} | document
            bodies.append(self._mapping.encoded(whole, decimals))
            if self._mapping.properties:
                properties.append(orjson.dumps(self._mapping.properties_of(whole, decimals)))
            if self._pieces.partition_by is not None:
                keys.append(partition_key(self._pieces.partition_by, whole, decimals))
        path = self._pieces.partition_by
        return Batch(
            self._method,
            bodies,
            own,
            keys=keys if path is not None else None,
            properties=properties if self._mapping.properties else None,
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """A stamp that is known when events are told. mask: the run of the layout that says which of them have it."""

    placed: Placed
    mask: int | None = None

    def column(self, quoted: dict[str, list[bytes]], runs: list[list[bytes]]) -> list[bytes]:
        """Of each event. quoted: ids by their path. runs: of the layout, of each."""
        made = self.placed.column(quoted[self.placed.leaf.path], b"", b"")
        if self.mask is None:
            return made
        return [text if there else b"" for text, there in zip(made, runs[self.mask], strict=True)]


def _is_known(part: bytes | Stamp) -> bool:
    return isinstance(part, Stamp) and part.placed.leaf.path not in _LATER


def _with_known(layout: Layout) -> tuple[list[Part], list[int | _Known]]:
    """The parts of a layout in which stamps that are known are columns like what is drawn; and these columns, as the
    numbers of its runs or such stamps."""
    parts: list[Part] = []
    columns: list[int | _Known] = []

    def add(*some: int | _Known) -> None:
        before = parts.pop() if parts and isinstance(parts[-1], Rest) else None
        start = before.start if isinstance(before, Rest) else len(columns)
        columns.extend(some)
        parts.append(Rest(start, len(columns)))

    for part in layout.parts:
        if isinstance(part, Rest):
            add(*range(part.start, part.stop))
        elif isinstance(part, Masked):
            for known, some in groupby(part.parts, _is_known):
                if known:
                    add(*(_Known(each.placed, part.mask) for each in some if isinstance(each, Stamp)))
                else:
                    parts.append(Masked(tuple(some), part.mask))
        elif isinstance(part, Stamp) and _is_known(part):
            add(_Known(part.placed))
        else:
            parts.append(part)
    masks = dict.fromkeys(part.mask for part in parts if isinstance(part, Masked))
    columns += [mask for mask in masks if mask not in columns]
    return [Masked(p.parts, columns.index(p.mask)) if isinstance(p, Masked) else p for p in parts], columns
