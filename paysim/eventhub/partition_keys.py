"""Which partition a key belongs to, by the hash of the service, and batches divided by it."""

import logging
import zlib
from collections.abc import Callable

from paysim.transactions.batch import Batch

log = logging.getLogger(__name__)

_MAX_KNOWN = 500_000


class KeyPartitions:
    """Positions in the hub's list of partitions. The hash is slow in Python, so keys are remembered."""

    def __init__(self, partition_ids: list[str]) -> None:
        self._hash = _hash(partition_ids)
        self._known: dict[str, int] = {}

    def of(self, key: str) -> int:
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            found = self._known[key] = self._hash(key)
        return found

    def divide(self, batch: Batch) -> list[tuple[int, Batch]]:
        """The batch by partition, the order within each kept."""
        by_partition: dict[int, list[int]] = {}
        for at, key in enumerate(batch.keys or []):
            by_partition.setdefault(self.of(key), []).append(at)
        return [(partition, batch.part(positions)) for partition, positions in by_partition.items()]


def _hash(partition_ids: list[str]) -> Callable[[str], int]:
    """Key → position in the list. The SDK has the service's hash, as a private part."""
    try:
        from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver

        resolve: Callable[[str], str] = PartitionResolver(partition_ids).get_partition_id_by_partition_key
        positions = {partition_id: at for at, partition_id in enumerate(partition_ids)}
        positions[resolve("key")]
    except Exception as error:  # whatever another version of the SDK does here
        log.debug("partition keys: %s", error)
        log.warning(
            "azure-eventhub does not tell which partition a key belongs to; what has the same key stays together, "
            "but not in the partition where other producers put it"
        )
        return lambda key: zlib.crc32(key.encode()) % len(partition_ids)
    return lambda key: positions[resolve(key)]
