"""How a log record reads: a line for people or a JSON object for machines, with the same keys and no secret.

Pure: records in, text out. `log_setup` says which handlers use it.
"""

import json
import logging
import re
import time
from typing import Any

from paysim.config.targets.connection_strings import KEY

context: dict[str, str] = {}
"""What every line of this process names besides itself: `worker`, and `run_id` once a run has begun."""

_SECRETS = (
    (re.compile(r"(SharedAccessKey\s*=\s*)[^;\s'\"]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(SharedAccessSignature\s*=\s*)[^;'\"]*?(?=;(?!\s*s[re])|['\"\n]|$)", re.IGNORECASE), r"\1***"),
    (re.compile(r"(SharedAccessSignature\s+)s\S+", re.IGNORECASE), r"\1***"),
    (re.compile(r"((?<![a-z])sig=)[^&\s;'\"]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(Bearer\s+)[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE), r"\1***"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"), "***"),
    (re.compile(r"(https?://[^/\s:@]+:)[^/\s@]+@"), r"\1***@"),
    (re.compile(KEY), "***"),
)


def masked(text: str) -> str:
    """The text without keys, signatures, tokens and passwords: a last net, for what should never have got here."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class Masking(logging.Formatter):
    """Any format, secrets masked, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class MaskingOther(logging.Formatter):
    """What another formatter makes of a record, secrets masked."""

    def __init__(self, other: logging.Formatter) -> None:
        super().__init__()
        self._other = other

    def format(self, record: logging.LogRecord) -> str:
        return masked(self._other.format(record))


class Text(Masking):
    """`2026-01-01 12:00:00.123 INFO    locust.main: what happened [WORKER RUN_ID]`, in local time."""

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        known = " ".join(context[key] for key in ("worker", "run_id") if key in context)
        return super().formatMessage(record) + (f" [{known}]" if known else "")


class Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, worker, run_id, event, then the fields of the record, if any."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "worker": context.get("worker"),
            "run_id": context.get("run_id"),
            "event": record.getMessage(),
            **fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # Before it is text: a secret may end in a quote, and what stands behind that is JSON's.
        return json.dumps(_masked_inside(line), ensure_ascii=False)


def _masked_inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {masked(str(key)): _masked_inside(item) for key, item in value.items()}
    return value if value is None or isinstance(value, int | float) else masked(str(value))


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What a record carries for machines: `logger.info(…, extra={"fields": {…}})`."""
    given = getattr(record, "fields", None)
    return given if isinstance(given, dict) else {}
