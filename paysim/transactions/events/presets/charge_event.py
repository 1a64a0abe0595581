"""Events in the shape of a card processor's webhook: an event around a charge, or around a refund of one.

What the status says, everything else says too: a declined charge is neither paid nor captured, and names its reason.
"""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset

_REFUND = {"transaction_type": "refund"}
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


def _by_status(completed: Any, pending: Any, declined: Any) -> dict[str, Any]:
    values = {"completed": completed, "pending": pending, "failed": declined, "cancelled": declined}
    return {"of": "payment_status", "values": values}


def _charge() -> dict[str, Any]:
    reason = {"of": "payment_details.response_code", "values": _REASONS}
    return {
        "id": "ch_{transaction_id}",
        "object": "charge",
        "amount": "{amount|minor_units}",
        "currency": "{currency|lower}",
        "created": "{transaction_timestamp|epoch_s}",
        "status": _by_status("succeeded", "pending", "failed"),
        "paid": _by_status(True, False, False),
        "captured": _by_status(True, False, False),
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


def _refund() -> dict[str, Any]:
    return {
        "id": "re_{transaction_id}",
        "object": "refund",
        "charge": "ch_{original_transaction_id}",
        "amount": "{amount|minor_units}",
        "currency": "{currency|lower}",
        "created": "{transaction_timestamp|epoch_s}",
        "status": "succeeded",
        "payment_method_details": {"type": "card", "card": _card()},
        "merchant": _merchant(),
        "metadata": {"order": "{correlation_id}", "transaction": "{transaction_id}"},
    }


def _rules() -> dict[str, Any]:
    kind = _by_status("charge.succeeded", "charge.pending", "charge.failed")
    return {
        "body": {
            "id": "evt_{transaction_id}",
            "object": "event",
            "created": "{transaction_timestamp|epoch_s}",
            "livemode": False,
            "type": {"when": _REFUND, "then": "refund.created", "else": kind},
            "data": {"object": {"when": _REFUND, "then": _refund(), "else": _charge()}},
        }
    }


PRESETS.add(
    Preset(
        name="charge_event",
        about="The shape of a card processor's webhook: an event around a charge or a refund, statuses consistent.",
        source="none: the shape that webhooks of card processors have in common",
        rules=_rules,
        methods=("credit_card", "debit_card"),
    )
)
