"""The events of what follows payments: from columns to bytes, ids and keys of partitions.

They are joined from the pieces that payments are made of, in a layout that has a place for the id that they name. Where
there is no such layout each is made as a document.
"""

from collections.abc import Iterable
from itertools import repeat

import numpy as np
import orjson

from paysim.contract.labels import EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.behaviour.payment_records import SampledPayments
from paysim.transactions.lifecycle.fates import DENIED
from paysim.transactions.lifecycle.follow_ups import FollowUpEvents

from .columns import texts_of
from .mapping import CompiledMapping, partition_key, rfc3339
from .payment_pieces import PaymentPieces
from .pieces import BETWEEN, Masked, Part, Rest
from .pieces import Stamp as StampPart
from .sources import STAMPED
from .stamps import Moments, Stamper, times_at

# Where the 32 digits of an id stand between quotes and dashes.
_DIGITS = np.array([at for at in range(1, 37) if at not in (9, 14, 19, 24)])
_IDS = ("transaction_id", "correlation_id", "original_transaction_id")
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
        layout = pieces.follow_up_layout
        self._parts: tuple[Part, ...] | None = None if layout is None else layout.parts

    def lay_out(self, drawn: SampledPayments) -> None:
        """Give events their pieces, and the keys of their partitions."""
        if self._parts is not None:
            self._pieces.add_to_follow_ups(drawn)

    def write(self, events: FollowUpEvents, ids: Moments, times: Moments, first: int) -> Batch:
        """Write what `lay_out` has seen.

        ids, times: the time in the id and the transaction's own, Unix milliseconds, one for all or one each. first: the
        sequence number of the first.
        """
        count = len(events)
        numbers = np.arange(first, first + count, dtype=np.uint64)
        stamper = self._stamper
        rows = np.concatenate(
            [
                stamper.id_rows(ids, numbers),
                stamper.correlation_rows(events.purchase),
                stamper.id_rows(events.sent, events.original),
            ]
        )
        own: list[bytes] = rows[:count].view("V16").ravel().tolist()
        batch = self._written(events, times, rows, own)
        for at in np.flatnonzero(events.denied).tolist():
            batch.labels[at] = DENIED
            batch.episodes[at] = EpisodePart(rows[2 * count + at].tobytes(), "dispute")
        return batch

    def _written(self, events: FollowUpEvents, times: Moments, rows: np.ndarray, own: list[bytes]) -> Batch:
        """rows: ids, three for each event. own: those of the events."""
        count = len(events)
        texts = texts_of(uuids(rows))
        quoted = {path: texts[at * count : (at + 1) * count] for at, path in enumerate(_IDS)}
        if self._parts is None:
            return self._documents(events, times, quoted, own)
        found: list[Iterable[bytes]] = []
        for part in self._parts:
            found += self._columns(part, events.drawn.columns, quoted, times, count)
        joined = list(map(b"".join, zip(*found, strict=False)))
        keys, path = events.drawn.keys, self._pieces.partition_by
        if keys is not None and path in STAMPED:
            keys = self._stamped_keys(path, quoted, times, count)
        return self._batch(joined, own, keys)

    @staticmethod
    def _columns(
        part: Part, columns: list[list[bytes]], quoted: dict[str, list[bytes]], times: Moments, count: int
    ) -> list[Iterable[bytes]]:
        if isinstance(part, bytes):
            return [repeat(part, count)]
        if isinstance(part, Rest):
            return [*columns[part.start : part.stop]]
        assert isinstance(part, StampPart)
        placed, leaf = part.placed, part.placed.leaf
        if leaf.path == "transaction_timestamp":
            return [times_at(placed, times, count)]
        return [placed.column(quoted[leaf.path], b"", b"")]

    def _stamped_keys(self, path: str, quoted: dict[str, list[bytes]], times: Moments, count: int) -> list[str]:
        if path == "transaction_timestamp":
            return list(map(rfc3339, [times] * count if isinstance(times, int) else times.tolist()))
        return [text[1:-1].decode() for text in quoted[path]]

    def _batch(self, joined: list[bytes], ids: list[bytes], keys: list[str] | None) -> Batch:
        if not self._mapping.properties:
            return Batch(self._method, joined, ids, keys=keys)
        apart = [event.partition(BETWEEN) for event in joined]
        bodies, properties = [body for _, _, body in apart], [found for found, _, _ in apart]
        return Batch(self._method, bodies, ids, keys=keys, properties=properties)

    def _documents(
        self, events: FollowUpEvents, times: Moments, quoted: dict[str, list[bytes]], ids: list[bytes]
    ) -> Batch:
        bodies, properties, keys = [], [], []
        for at in range(len(events)):
            document, decimals = self._pieces.records.document(events.drawn, at)
            stamp = {path: texts[at][1:-1].decode() for path, texts in quoted.items()}
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
            ids,
            keys=keys if path is not None else None,
            properties=properties if self._mapping.properties else None,
        )


def is_plain(parts: tuple[Part, ...]) -> bool:
    """Whether a layout can be written here: no part depends on other sources."""
    return not any(isinstance(part, Masked) for part in parts)
