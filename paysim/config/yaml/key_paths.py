"""The few keys that are treated by name, and reaching a value by its keys."""

from typing import Any

from paysim.config.errors import Keys

CONNECTION_STRING = ("output", "event_hub", "connection_string")
ALLOWED_TARGETS = ("output", "event_hub", "allowed_targets")
# The proxy is one too: its URL may hold a password.
SECRETS: tuple[Keys, ...] = (
    CONNECTION_STRING,
    ("verify", "connection_string"),
    ("output", "event_hub", "proxy"),
)


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
