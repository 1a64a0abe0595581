"""The events of what follows payments: from columns to bytes, ids and keys of partitions.

They are joined from the pieces that payments are made of, in a layout that has a place for the id that they name; all
but their own id and time is joined for some hundred of them ahead. Where there is no such layout each is made as a
document.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np
import orjson

from paysim.contract.labels import EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.lifecycle.due_events import DueEvents
from paysim.transactions.lifecycle.fates import DENIED

from .columns import texts_of
from .mapping import CompiledMapping, partition_key, rfc3339
from .payment_pieces import PaymentPieces
from .pieces import BETWEEN, Masked, Part, Rest
from .pieces import Stamp as StampPart
from .stamps import Moments, Stamper, uuid_text

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
        self._stretches: list[list[Part]] | None = None
        if pieces.follow_up_layout is not None:
            parts, self._stretches = _split(pieces.follow_up_layout.parts)
            self._stamper = stamper.of(parts)

    def lay_out(self, events: DueEvents) -> None:
        """Give events their pieces, all but what is known when they go out, and the keys of their partitions."""
        if self._stretches is None:
            return
        drawn, path = events.drawn, self._pieces.partition_by
        self._pieces.add_to_follow_ups(drawn)
        quoted = self._quoted(events, slice(0, drawn.count))
        events.columns = [_joined(stretch, drawn.columns, quoted) for stretch in self._stretches]
        drawn.columns = []
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
        if self._stretches is None:
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


def _split(parts: Sequence[Part]) -> tuple[list[Part], list[list[Part]]]:
    """A layout of what is known only when an event goes out, with a column in the place of each stretch of the others;
    and these stretches."""
    found: list[Part] = []
    stretches: list[list[Part]] = []
    for part in parts:
        assert not isinstance(part, Masked)
        if isinstance(part, StampPart) and part.placed.leaf.path in _LATER:
            found.append(part)
        elif found and isinstance(found[-1], Rest):
            stretches[-1].append(part)
        elif isinstance(part, bytes):
            found.append(part)
        elif part != Rest(0, 0):  # nothing is drawn before the first stamp
            found.append(Rest(len(stretches), len(stretches) + 1))
            stretches.append([part])
    return found, stretches


def _joined(stretch: Sequence[Part], columns: list[list[bytes]], quoted: dict[str, list[bytes]]) -> list[bytes]:
    """A stretch of each event. columns: of the runs of the layout."""
    found: list[Iterable[bytes]] = []
    for part in stretch:
        if isinstance(part, bytes):
            found.append(repeat(part))
        elif isinstance(part, Rest):
            found += columns[part.start : part.stop]
        else:
            assert isinstance(part, StampPart)
            found.append(part.placed.column(quoted[part.placed.leaf.path], b"", b""))
    return list(map(b"".join, zip(*found, strict=False)))  # what is the same for all has no end
