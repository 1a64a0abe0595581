"""A payment gateway's events: epoch milliseconds, minor units, a status of success, declined, timeout or error."""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset

# With `kind` they are told apart again.
_DONE = ("completed", "refunded", "authorized", "captured", "voided", "expired", "settled", "disputed")


def _rules() -> dict[str, Any]:
    return {
        "rename": {
            "transaction_id": "id",
            "correlation_id": "order_id",
            "original_transaction_id": "original_id",
            "transaction_timestamp": "timestamp",
            "transaction_type": "kind",
            "payment_method": "method",
            "payment_status": "status",
            "amount": "amount.value",
            "currency": "amount.currency",
            "customer_id": "customer.reference",
            "customer_name": "customer.name",
            "customer_email": "customer.email",
            "customer_country": "customer.country",
            "merchant_id": "merchant.id",
            "merchant_name": "merchant.name",
            "merchant_category": "merchant.segment",
            "merchant_category_code": "merchant.mcc",
            "merchant_country": "merchant.country",
            "payment_details": "instrument",
            "payment_details.response_code": "result.code",
            "payment_details.reason_code": "result.reason",
            "payment_details.authorization_code": "result.approval",
            "metadata.risk_score": "risk",
            "metadata.ip_address": "client.ip",
            "metadata.user_agent": "client.agent",
        },
        "values": {
            "payment_status": {
                **dict.fromkeys(_DONE, "success"),
                "failed": "declined",
                "pending": "timeout",
                "won": "won",
                "lost": "lost",
                "*": "error",
            },
            "payment_method": {"credit_card": "CARD", "debit_card": "CARD", "bank_transfer": "BANK", "*": "OTHER"},
        },
        "drop": ["location", "metadata.fraud_indicators"],
        "add": {"schema_version": 3, "result.source": "gateway", "search.customer": {"copy": "customer_id"}},
        "formats": {"amount": "minor_units", "timestamp": "epoch_ms"},
    }


PRESETS.add(
    Preset(
        name="gateway",
        about="A payment gateway: epoch milliseconds, minor units, nested objects, as config/mappings/gateway.yaml.",
        source="none: it is an example of what renames, tables and formats do",
        rules=_rules,
    )
)
