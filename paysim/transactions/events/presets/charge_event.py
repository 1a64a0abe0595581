"""Events in the shape of a card processor's webhook: an event around a charge, or around what follows one.

What the status says, everything else says too: a declined charge is neither paid nor captured, and names its reason;
one that is authorised is paid and not captured yet. A pending charge that is decided is told of again, under its id.
Each capture, void, expiry, settlement, refund and dispute is an object of its own, which names its charge.
"""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset

_CHARGES = {"transaction_type": ["payment", "authorization", "retry", "resolution"]}
# Type → of what follows a charge, the event's type, the object, and the beginning of its id.
_FOLLOWS = {
    "refund": ("refund.created", "refund", "re"),
    "capture": ("charge.captured", "capture", "cap"),
    "void": ("charge.voided", "void", "void"),
    "expiry": ("charge.expired", "expiry", "exp"),
    "settlement": ("charge.settled", "settlement", "set"),
    "dispute": ("charge.dispute.created", "dispute", "dp"),
    "dispute_end": ("charge.dispute.closed", "dispute", "dp"),
}
_DECLINED = {"payment_status": ["failed", "cancelled"]}
# Answers of ISO 8583 field 39.
_REASONS = {
    "51": "insufficient_funds",
    "05": "do_not_honor",
    "54": "expired_card",
    "62": "restricted_card",
    "61": "withdrawal_limit_exceeded",
    "57": "transaction_not_allowed",
    "65": "too_many_attempts",
    "91": "issuer_not_available",
    "96": "processing_error",
    "17": "cancelled_by_customer",
    "*": "generic_decline",
}


def _by_status(completed: Any, pending: Any, declined: Any, authorized: Any = None) -> dict[str, Any]:
    """authorized: None where it is as completed."""
    values = {"completed": completed, "pending": pending, "failed": declined, "cancelled": declined}
    return {"of": "payment_status", "values": {**values, "authorized": completed if authorized is None else authorized}}


def _by_type(of: dict[str, Any], otherwise: Any = None) -> Any:
    """A rule for each of these types, and one for the rest."""
    for type_, rule in reversed(of.items()):
        found = {"when": {"transaction_type": type_}, "then": rule}
        otherwise = found if otherwise is None else {**found, "else": otherwise}
    return otherwise


def _charge() -> dict[str, Any]:
    reason = {"of": "payment_details.response_code", "values": _REASONS}
    return {
        "id": _by_type({"resolution": "ch_{original_transaction_id}"}, "ch_{transaction_id}"),
        "object": "charge",
        "retry_of": _by_type({"retry": "ch_{original_transaction_id}"}),
        "amount": "{amount|minor_units}",
        "currency": "{currency|lower}",
        "created": "{transaction_timestamp|epoch_s}",
        "status": _by_status("succeeded", "pending", "failed"),
        "paid": _by_status(True, False, False),
        "captured": _by_status(True, False, False, authorized=False),
        "failure_code": {"when": _DECLINED, "then": reason},
        "outcome": {
            "network_status": _by_status("approved_by_network", "not_sent_to_network", "declined_by_network"),
            "network_code": "{payment_details.response_code}",
            "approval_code": "{payment_details.authorization_code}",
            "risk_score": "{metadata.risk_score|percent}",
        },
        "customer": "{customer_id}",
        "billing_details": {
            "name": "{customer_name}",
            "email": "{customer_email}",
            "address": {"country": "{customer_country}"},
        },
        "payment_method": "{payment_details.token}",
        "payment_method_details": {"type": "card", "card": _card()},
        "merchant": _merchant(),
        "metadata": {"order": "{correlation_id}", "transaction": "{transaction_id}"},
    }


def _card() -> dict[str, Any]:
    funding = {"credit_card": "credit", "debit_card": "debit", "*": "unknown"}
    return {
        "brand": "{payment_details.brand}",
        "last4": "{payment_details.last4}",
        "funding": {"of": "payment_method", "values": funding},
        "entry_mode": "{payment_details.entry_mode}",
        "three_d_secure": "{payment_details.three_ds}",
    }


def _merchant() -> dict[str, Any]:
    return {"id": "{merchant_id}", "name": "{merchant_name}", "mcc": "{merchant_category_code}"}


def _follow_up() -> dict[str, Any]:
    return {
        "id": _by_type({type_: f"{prefix}_{{transaction_id}}" for type_, (_, _, prefix) in _FOLLOWS.items()}),
        "object": {"of": "transaction_type", "values": {type_: name for type_, (_, name, _) in _FOLLOWS.items()}},
        "charge": "ch_{original_transaction_id}",
        "amount": "{amount|minor_units}",
        "currency": "{currency|lower}",
        "created": "{transaction_timestamp|epoch_s}",
        "status": {
            "of": "payment_status",
            "values": {"won": "won", "lost": "lost", "disputed": "open", "*": "succeeded"},
        },
        "payment_method_details": {"type": "card", "card": _card()},
        "merchant": _merchant(),
        "metadata": {"order": "{correlation_id}", "transaction": "{transaction_id}"},
    }


def _rules() -> dict[str, Any]:
    charged = _by_status("charge.succeeded", "charge.pending", "charge.failed")
    followed = {"of": "transaction_type", "values": {type_: event for type_, (event, _, _) in _FOLLOWS.items()}}
    return {
        "body": {
            "id": "evt_{transaction_id}",
            "object": "event",
            "created": "{transaction_timestamp|epoch_s}",
            "livemode": False,
            "type": {"when": _CHARGES, "then": charged, "else": followed},
            "data": {"object": {"when": _CHARGES, "then": _charge(), "else": _follow_up()}},
        }
    }


PRESETS.add(
    Preset(
        name="charge_event",
        about="The shape of a card processor's webhook: an event around a charge or what follows it, consistent.",
        source="none: the shape that webhooks of card processors have in common",
        rules=_rules,
        methods=("credit_card", "debit_card"),
    )
)
