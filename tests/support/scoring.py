"""Labels and decisions of a run as tests of scoring write them."""

import json
import uuid
from collections.abc import Iterable
from pathlib import Path

from paysim.contract.identity import high_bits, low_bits

RUN = 0x20000A
MADE = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def id_of(sequence: int, *, run: int = RUN, producer: int = 0, made: int = MADE) -> str:
    return str(uuid.UUID(bytes=high_bits(made, producer) + low_bits(run, sequence)))


def labels(path: Path, entries: Iterable[tuple[str, str, str | None]]) -> Path:
    """A file of them: id, scenario, and the id that an episode is named by."""
    lines = (
        json.dumps({"transaction_id": own, "violation": name} | ({} if episode is None else {"episode": episode}))
        for own, name, episode in entries
    )
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
