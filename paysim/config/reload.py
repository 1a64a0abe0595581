"""What a changed file may change while a test runs: compares two valid configurations.

A reload is all or nothing: where any key outside of `LIVE` differs it is refused, and the old configuration runs on.
Watching the file is `paysim.loadtest.run.config_watcher`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .schema import Config

LIVE = (
    "transaction",
    "output.batch_size",
    "output.linger_ms",
    "output.rate_limit",
    "thresholds",
    "logging.level",
)
NOT_LIVE = ("transaction.population", "transaction.mapping", "thresholds.after")


@dataclass(frozen=True)
class Change:
    """One key that differs, as `transaction.volume.rate: 100 → 200`."""

    key: str
    before: Any
    after: Any

    @property
    def live(self) -> bool:
        """Whether it may change while a test runs."""
        return _below(self.key, LIVE) and not _below(self.key, NOT_LIVE)

    def __str__(self) -> str:
        return f"{self.key}: {_shown(self.before)} → {_shown(self.after)}"


def changes(before: Config, after: Config) -> list[Change]:
    """Every key whose value differs, secrets compared but not shown."""
    return list(_differences("", before.model_dump(), after.model_dump()))


def _differences(at: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key in before:
            yield from _differences(f"{at}.{key}" if at else str(key), before[key], after[key])
    else:
        yield Change(at, before, after)


def _below(key: str, prefixes: tuple[str, ...]) -> bool:
    return any(key == prefix or key.startswith(f"{prefix}.") for prefix in prefixes)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float):
        return f"{value:g}"
    return "null" if value is None else str(value)  # a secret shows itself as ***
