"""Times as events have them."""

from datetime import UTC, datetime

from stdnum import luhn


def rfc3339(milliseconds: int) -> str:
    """A time as RFC 3339 writes it, in UTC with milliseconds and Z."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


def epoch_ms(milliseconds: int) -> int:
    """A time that is no card number: of 13 digits one in ten passes Luhn, and then the next does not."""
    return milliseconds + luhn.is_valid(str(milliseconds))
