"""Times as columns of databases have them: datetimes, ISO 8601 texts, numbers since 1970. One column has one form."""

from datetime import UTC, datetime, timedelta
from typing import Any

_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0.0, 1.0))
"""A number above the first is in units of which a second has so many: nanoseconds, microseconds, milliseconds,
seconds."""


def microseconds(value: Any) -> int:
    """A value of a column in Unix microseconds. A time without a zone is UTC. Raises ValueError for what is no time."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        seconds: float = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
        return round(seconds * 1e6)
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ValueError(f"a time is needed, not {type(value).__name__}")
    number = float(value)
    return round(number / _unit(number) * 1e6)


def earlier(value: Any, seconds: float) -> Any:
    """The time so many seconds before, in the form of the value, so that it compares with others of its column."""
    if isinstance(value, datetime):
        return value - timedelta(seconds=seconds)
    if isinstance(value, str):
        return _earlier_text(value, seconds)
    back = seconds * _unit(float(value))
    return type(value)(max(0, int(value - back) if isinstance(value, int) else value - type(value)(back)))


def like(value: Any, moment_us: float) -> Any:
    """A moment in the form of the value."""
    return earlier(value, (microseconds(value) - moment_us) / 1e6)


def _unit(value: float) -> float:
    return next(per_second for above, per_second in _UNITS if value >= above)


def _earlier_text(value: str, seconds: float) -> str:
    moment = datetime.fromisoformat(value) - timedelta(seconds=seconds)
    text = moment.isoformat(value[10:11] or " ", "microseconds" if "." in value else "seconds")
    if value.endswith(("Z", "z")):
        return text.removesuffix("+00:00") + value[-1]
    return text[: len(value)] if len(value) == 10 else text
