"""Times as events have them."""

from datetime import UTC, datetime
from functools import cache

from stdnum import luhn


def rfc3339(milliseconds: int) -> str:
    """A time as RFC 3339 writes it, in UTC with milliseconds and Z."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


def epoch_ms(milliseconds: int) -> int:
    """A time that is no card number: of 13 digits one in ten passes Luhn, and then the next does not."""
    return milliseconds + luhn.is_valid(str(milliseconds))


@cache
def _wide(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _second(seconds: int) -> str:
    if _wide.cache_info().currsize > 10_000:
        _wide.cache_clear()
    return _wide(seconds)
