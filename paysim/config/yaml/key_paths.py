"""The few keys that are treated by name, and reaching a value by its keys."""

from collections.abc import Iterator
from typing import Any, Final

from paysim.config.errors import Keys

CONNECTION_STRING = ("output", "event_hub", "connection_string")
ALLOWED_TARGETS = ("output", "event_hub", "allowed_targets")
EACH: Final = "*"
"""Stands for each item of a list."""
# The proxy is one too: its URL may hold a password.
SECRETS: tuple[Keys, ...] = (
    CONNECTION_STRING,
    ("verify", "connection_string"),
    ("output", "event_hub", "proxy"),
    ("pipeline", "stages", EACH, "event_hub", "connection_string"),
    ("pipeline", "stages", EACH, "sql", "url"),
    ("pipeline", "lag", EACH, "checkpoints", "blob"),
)


def is_secret(keys: Keys) -> bool:
    """Whether a secret stands under these keys."""
    return any(len(keys) == len(each) and all(map(_fits, keys, each)) for each in SECRETS)


def _fits(key: str | int, named: str | int) -> bool:
    return isinstance(key, int) if named == EACH else key == named


def secrets_in(value: Any) -> Iterator[Keys]:
    """The keys of the secret fields in nested mappings or models, those of each item of a list; all that may be set."""
    for keys in SECRETS:
        if EACH not in keys:
            yield keys
            continue
        position = keys.index(EACH)
        items = at(value, keys[:position])
        for number in range(len(items) if isinstance(items, list) else 0):
            yield (*keys[:position], number, *keys[position + 1 :])


def at(value: Any, keys: Keys) -> Any:
    """What is under these keys of nested mappings or models, or None."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list):
            value = value[key] if isinstance(key, int) and key < len(value) else None
        else:
            value = getattr(value, str(key), None)
    return value


def put(data: dict[str, Any], keys: Keys, value: Any) -> None:
    """Set what is under these keys of nested mappings, which must be there."""
    *above, last = keys
    for key in above:
        data = data[key]  # type: ignore[index]
    data[last] = value  # type: ignore[index]
