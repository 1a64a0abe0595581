"""Card messages by the data elements of ISO 8583:1987, as JSON. A card number is nowhere: field 2 is left out.

Outcomes are known when a transaction is made, so it is the answer that goes out: an authorisation response (0110), a
request (0100) while it is pending, and for a refund the response of a financial message (0210, processing code 20).
A capture is the answer to a financial advice (0230), a void to a reversal (0410), an expiry to a reversal that is
advised (0430), a settlement to a reconciliation advice (0530), here of one payment. A dispute is the issuer's advice of
a chargeback (0422) and its end the answer to that (0432); who won stands in field 48, as the standard has no place.
Field 48 names what is followed too: field 90 would take what a follow-up does not know of its original.
"""

from typing import Any

from paysim.config.mapping.presets import PRESETS, Preset

_REFUND = {"transaction_type": "refund"}
_ATTEMPTS = ["payment", "authorization", "retry", "resolution"]
_TYPES = {
    "refund": "0210",
    "capture": "0230",
    "void": "0410",
    "expiry": "0430",
    "settlement": "0530",
    "dispute": "0422",
    "dispute_end": "0432",
}
_REFERENCES = {"refund": "refund_of", "retry": "retry_of"}
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
    attempt = {"of": "payment_status", "values": {"pending": "0100", "*": "0110"}}
    others = {"of": "transaction_type", "values": _TYPES}
    named = {
        name: {"when": {"transaction_type": type_}, "then": "{original_transaction_id}"}
        for type_, name in _REFERENCES.items()
    }
    original = {
        "when": {"transaction_type": ["resolution", *(type_ for type_ in _TYPES if type_ not in _REFERENCES)]},
        "then": "{original_transaction_id}",
    }
    return {
        "body": {
            "mti": {"when": {"transaction_type": _ATTEMPTS}, "then": attempt, "else": others},
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
                    **named,
                    "original": original,
                    "outcome": {"when": {"transaction_type": "dispute_end"}, "then": "{payment_status}"},
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
