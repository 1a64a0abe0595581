"""CloudEvents 1.0, in structured mode (all of it in the body) and in binary mode (attributes as properties)."""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset
from paysim.contract.fields import fields

_SOURCE = "CloudEvents 1.0.2, its JSON event format and its AMQP protocol binding (github.com/cloudevents/spec)"
_ATTRIBUTES = {
    "specversion": "1.0",
    "id": "{transaction_id}",
    "source": "/merchants/{merchant_id}",
    "type": "payment.{payment_status}",
    "subject": "{correlation_id}",
    "time": "{transaction_timestamp}",
}


def _data() -> dict[str, Any]:
    """The contract's own document."""
    found: dict[str, Any] = {}
    for path in fields():
        *parents, name = path.split(".")
        inner = found
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = f"{{{path}}}"
    return found


PRESETS.add(
    Preset(
        name="cloudevents",
        about="CloudEvents in structured mode: the attributes in the body, the contract's own document as data.",
        source=_SOURCE,
        rules=lambda: {"body": {**_ATTRIBUTES, "datacontenttype": "application/json", "data": _data()}},
        content_type="application/cloudevents+json",
    )
)
PRESETS.add(
    Preset(
        name="cloudevents_binary",
        about="CloudEvents in binary mode: the attributes as properties, the contract's own document as body.",
        source=_SOURCE,
        rules=lambda: {"properties": {f"cloudEvents:{name}": value for name, value in _ATTRIBUTES.items()}},
    )
)
