"""Card messages by the data elements of ISO 8583:1987, as JSON. A card number is nowhere: field 2 is left out.

Outcomes are known when a transaction is made, so it is the answer that goes out: an authorisation response (0110), a
request (0100) while it is pending, and for a refund the response of a financial message (0210, processing code 20).
"""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset

_REFUND = {"transaction_type": "refund"}
# Field 22, the first two digits how the card was read, the third whether a PIN can be entered.
_ENTRY_MODES = {
    "chip": "051",
    "contactless": "071",
    "magnetic_stripe": "902",
    "credential_on_file": "102",
    "ecommerce": "812",
    "*": "000",
}


def _rules() -> dict[str, Any]:
    pending = {"when": {"payment_status": "pending"}, "then": "0100", "else": "0110"}
    return {
        "body": {
            "mti": {"when": _REFUND, "then": "0210", "else": pending},
            "fields": {
                "3": {"when": _REFUND, "then": "200000", "else": "000000"},
                "4": "{amount|minor_units|pad:12}",
                "7": "{transaction_timestamp|date:MMDDhhmmss}",
                "11": "{payment_details.retrieval_reference|cut:-6}",
                "12": "{transaction_timestamp|date:hhmmss}",
                "13": "{transaction_timestamp|date:MMDD}",
                "18": "{merchant_category_code}",
                "19": "{merchant_country|numeric_country}",
                "22": {"of": "payment_details.entry_mode", "values": _ENTRY_MODES},
                "25": {"of": "channel", "values": {"pos": "00", "*": "59"}},
                "37": "{payment_details.retrieval_reference}",
                "38": "{payment_details.authorization_code}",
                "39": "{payment_details.response_code}",
                "41": "{merchant_id|cut:-8}",
                "42": "{merchant_id|pad:15}",
                "43": "{merchant_name|cut:38|pad:38}{merchant_country}",
                "48": {
                    "token": "{payment_details.token}",
                    "brand": "{payment_details.brand}",
                    "last4": "{payment_details.last4}",
                    "transaction": "{transaction_id}",
                    "refund_of": "{original_transaction_id}",
                },
                "49": "{currency|numeric_currency}",
            },
        }
    }


PRESETS.add(
    Preset(
        name="iso8583_json",
        about="Card messages by the data elements of ISO 8583:1987, as JSON; the card is a token in field 48.",
        source="ISO 8583:1987, message type identifiers and data elements",
        rules=_rules,
        methods=("credit_card", "debit_card"),
    )
)
