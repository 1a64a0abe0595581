"""Which partition a key belongs to, by the hash of the service, and blocks divided by it."""

from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver

from paysim.transactions.block import Block

_MAX_KNOWN = 500_000


class Partitions:
    """Positions in the hub's list of partitions. The hash is slow in Python, so keys are remembered."""

    def __init__(self, partition_ids: list[str]) -> None:
        self._positions = {partition_id: at for at, partition_id in enumerate(partition_ids)}
        self._resolver = PartitionResolver(partition_ids)
        self._known: dict[str, int] = {}

    def of(self, key: str) -> int:
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            found = self._positions[self._resolver.get_partition_id_by_partition_key(key)]
            self._known[key] = found
        return found

    def divide(self, block: Block) -> list[tuple[int, Block]]:
        """The block by partition, the order within each kept."""
        by_partition: dict[int, list[int]] = {}
        for at, key in enumerate(block.keys or []):
            by_partition.setdefault(self.of(key), []).append(at)
        return [(partition, block.part(positions)) for partition, positions in by_partition.items()]
