"""The namespace: its event hubs, their partitions and consumer groups, and how much of it is kept.

Says where an event goes and stores it. Knows no links and no connections; `partition_log` keeps the bytes.
"""

import fcntl
import os
import time
from pathlib import Path

from paysim.localhub.amqp.messages import Send
from paysim.localhub.storage.partition_log import PartitionLog
from paysim.localhub.storage.partitioning import partition_of_key

LOCK = "lock"  # the file in a folder that the hub holds while it runs
DEFAULT_GROUP = "$Default"
_MEBIBYTE = 1_048_576


class DataFolderError(OSError):
    """The data folder cannot be used: the message says why in one line."""


class Hub:
    """One event hub."""

    def __init__(self, name: str, partitions: list[PartitionLog], groups: list[str], created_ms: int) -> None:
        self.name = name
        self.partitions = partitions
        self.groups = {group.lower() for group in (DEFAULT_GROUP, *groups)}
        self.created_ms = created_ms
        self._turn = 0

    def partition(self, text: str) -> PartitionLog | None:
        """The partition of that id, None when there is none."""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
        return self.partitions[number] if 0 <= number < len(self.partitions) else None

    def place(self, partition_key: str | None) -> PartitionLog:
        """Where a send without partition id goes: by its key, else to each partition in turn."""
        if partition_key is not None:
            return self.partitions[partition_of_key(partition_key, len(self.partitions))]
        self._turn = (self._turn + 1) % len(self.partitions)
        return self.partitions[self._turn]


class Namespace:
    """All hubs and the folder they live in. One process at a time may hold a folder."""

    def __init__(
        self,
        folder: Path,
        hubs: list[str],
        partitions: int,
        groups: list[str],
        retention_mb: int,
        *,
        is_kept: bool = True,
    ) -> None:
        """Open or create everything. `is_kept`: a later run may find the folder again. Raises DataFolderError."""
        self._retention = retention_mb * _MEBIBYTE
        share = self._retention // (4 * partitions * len(hubs))
        segment_bytes = max(64 * 1024, min(64 * _MEBIBYTE, share))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = locked(folder / LOCK)
            self.hubs = {
                name.lower(): Hub(
                    name,
                    [PartitionLog(folder / name / str(n), segment_bytes, is_kept=is_kept) for n in range(partitions)],
                    groups,
                    _created_ms(folder / name / "created"),
                )
                for name in hubs
            }
        except OSError as error:
            reason = error.strerror or str(error)
            raise DataFolderError(f"the data folder {folder} cannot be used: {reason}") from error
        self._logs = [log for hub in self.hubs.values() for log in hub.partitions]
        self._size = sum(log.size for log in self._logs)

    def hub(self, name: str) -> Hub | None:
        return self.hubs.get(name.lower())

    def store(self, log: PartitionLog, send: Send) -> None:
        """Store one send in a partition of this namespace. Raises OSError when the disk is full."""
        self._size += log.append(send)
        if self._size > self._retention:
            self._retire()

    def _retire(self) -> None:
        """Delete the oldest segments of all until the rest fits."""
        while self._size > self._retention:
            full = [log for log in self._logs if len(log.segments) > 1]
            if not full:
                return
            self._size -= min(full, key=lambda log: log.segments[0].oldest_ms).drop_oldest()

    def close(self) -> None:
        for log in self._logs:
            log.close()
        os.close(self._lock)


def _created_ms(path: Path) -> int:
    """When the hub was made, Unix milliseconds, as its folder says: as long as that is kept it is the same hub."""
    try:
        return int(path.read_text("ascii"))
    except (FileNotFoundError, ValueError):  # a hub without a past, or with one that nobody knows
        created = time.time_ns() // 1_000_000
    fresh = path.with_suffix(".new")
    fresh.write_text(str(created), "ascii")
    fresh.replace(path)
    return created


def locked(path: Path) -> int:
    """Hold this file: a descriptor to close. Raises OSError when another process holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise OSError(0, "another local hub holds it") from None
    return file
