"""What a ledger takes: a JSON object with what it needs, in the forms that standards give."""

import json
import re
import uuid
from typing import Any

_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def transaction_id(body: bytes, message_id: Any) -> uuid.UUID | None:
    """The id of a message, or of its body."""
    if isinstance(message_id, uuid.UUID):
        return message_id
    try:
        return uuid.UUID(str(json.loads(body)["transaction_id"]))
    except (ValueError, KeyError, TypeError):
        return None


def is_valid(body: bytes) -> bool:
    """Whether paysim's contract takes it; without paysim, whether it has what a ledger needs."""
    try:
        import paysim.transactions  # noqa: F401  (registers the payment methods)
        from paysim.contract.model import Transaction

        Transaction.model_validate_json(body)
    except ImportError:
        return _is_plausible(body)
    except ValueError:
        return False
    return True


def _is_plausible(body: bytes) -> bool:
    try:
        document = json.loads(body)
        return (
            document["amount"] > 0
            and bool(_CURRENCY.fullmatch(document["currency"]))
            and bool(_COUNTRY.fullmatch(document["customer_country"]))
            and bool(_EMAIL.fullmatch(document["customer_email"]))
            and bool(document["customer_id"])
        )
    except (ValueError, KeyError, TypeError):
        return False
