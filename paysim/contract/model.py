"""The contract: what one transaction is, before any mapping.

The hot path does not build these objects; tests hold what it makes against them, and against the JSON Schema that
`python -m paysim.contract.model` writes to docs/transaction.schema.json.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import orjson
from pydantic import Field, model_validator

from .codes import MINOR_UNITS, Channel, Country, Currency, MerchantCategory, PaymentMethod, PaymentStatus
from .payment_details import (
    ABSENT,
    Absent,
    BankTransferDetails,
    CardDetails,
    ContractModel,
    CryptoDetails,
    WalletDetails,
)

_HEX = "[0-9a-f]"
UUID8 = f"^{_HEX}{{8}}-{_HEX}{{4}}-8{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}}$"
TIMESTAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
DeviceType = Literal["desktop", "smartphone", "tablet", "server", "terminal"]
FraudIndicator = Literal[
    "new_device", "velocity", "proxy_detected", "address_mismatch", "unusual_pattern", "disposable_email"
]

# Which device a channel is used from.
DEVICES: dict[str, tuple[str, ...]] = {
    "web": ("desktop", "smartphone", "tablet"),
    "mobile": ("smartphone", "tablet"),
    "pos": ("terminal",),
    "api": ("server",),
}
_DETAILS: dict[str, tuple[type[ContractModel], ...]] = {
    "credit_card": (CardDetails,),
    "debit_card": (CardDetails,),
    "bank_transfer": get_args(get_args(BankTransferDetails)[0]),
    "digital_wallet": (WalletDetails,),
    "cryptocurrency": (CryptoDetails,),
}
_APPROVED = ("completed", "refunded")


class Location(ContractModel):
    """Where the payment was made: the merchant's place for channel pos, else the customer's. Degrees, WGS 84."""

    city: Annotated[str, Field(min_length=1)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class Metadata(ContractModel):
    """What the gateway saw. Addresses are of the documentation ranges (RFC 5737, RFC 3849)."""

    ip_address: Annotated[
        str,
        Field(pattern=r"^((192\.0\.2|198\.51\.100|203\.0\.113)\.[0-9]{1,3}|2001:db8:[0-9a-f:]+)$"),
    ]
    user_agent: Annotated[str, Field(min_length=1, max_length=512)]
    risk_score: Annotated[float, Field(ge=0, le=1)]
    fraud_indicators: list[FraudIndicator]


def _conditions() -> list[dict[str, Any]]:
    """The rules between fields, as JSON Schema says them."""

    def when(fields: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
        return {"if": {"properties": fields, "required": list(fields)}, "then": then}

    def details(then: dict[str, Any]) -> dict[str, Any]:
        return {"properties": {"payment_details": then}}

    cards = {"enum": ["credit_card", "debit_card"]}
    reasoned = {"enum": ["bank_transfer", "digital_wallet", "cryptocurrency"]}
    approved = {"enum": list(_APPROVED)}
    never = {"not": {"required": ["authorization_code"]}}
    transfer = {"required": ["scheme"]}
    return [
        when({"payment_method": cards}, details({"$ref": "#/$defs/CardDetails"})),
        when({"payment_method": {"const": "bank_transfer"}}, details(transfer)),
        when({"payment_method": {"const": "digital_wallet"}}, details({"$ref": "#/$defs/WalletDetails"})),
        when({"payment_method": {"const": "cryptocurrency"}}, details({"$ref": "#/$defs/CryptoDetails"})),
        when(
            {"transaction_type": {"const": "refund"}},
            {"required": ["original_transaction_id"], "properties": {"payment_status": {"const": "refunded"}}},
        ),
        when(
            {"transaction_type": {"const": "payment"}},
            {
                "not": {"required": ["original_transaction_id"]},
                "properties": {"payment_status": {"not": {"const": "refunded"}}},
            },
        ),
        when(
            {"payment_method": cards, "payment_status": approved},
            details(
                {
                    "required": ["response_code", "authorization_code"],
                    "properties": {"response_code": {"const": "00"}},
                }
            ),
        ),
        when(
            {"payment_method": cards, "payment_status": {"enum": ["failed", "cancelled"]}},
            details(
                {"required": ["response_code"], "properties": {"response_code": {"not": {"const": "00"}}}, **never}
            ),
        ),
        when(
            {"payment_method": cards, "payment_status": {"const": "pending"}},
            details({"allOf": [never, {"not": {"required": ["response_code"]}}]}),
        ),
        when(
            {"payment_method": cards, "channel": {"const": "pos"}},
            details(
                {
                    "not": {"required": ["three_ds"]},
                    "properties": {"entry_mode": {"enum": ["chip", "contactless", "magnetic_stripe"]}},
                }
            ),
        ),
        when(
            {"payment_method": cards, "channel": {"enum": ["web", "mobile", "api"]}},
            details({"properties": {"entry_mode": {"enum": ["ecommerce", "credential_on_file"]}}}),
        ),
        when(
            {"payment_method": reasoned, "payment_status": {"const": "failed"}},
            details({"required": ["reason_code"]}),
        ),
        when(
            {"payment_method": reasoned, "payment_status": {"not": {"const": "failed"}}},
            details({"not": {"required": ["reason_code"]}}),
        ),
        *(
            when({"channel": {"const": channel}}, {"properties": {"device_type": {"enum": list(devices)}}})
            for channel, devices in DEVICES.items()
        ),
    ]


class Transaction(ContractModel):
    """One payment or refund: one JSON object, one event."""

    transaction_id: Annotated[str, Field(pattern=UUID8, description="UUID version 8 (RFC 9562), see identity")]
    correlation_id: Annotated[str, Field(pattern=UUID8, description="of the purchase: a refund carries its payment's")]
    original_transaction_id: (
        Annotated[str, Field(pattern=UUID8, description="refunds only: the payment's transaction_id")] | Absent
    ) = ABSENT
    transaction_timestamp: Annotated[
        str,
        Field(pattern=TIMESTAMP, description="RFC 3339, UTC, milliseconds", json_schema_extra={"format": "date-time"}),
    ]
    transaction_type: Literal["payment", "refund"]
    payment_method: PaymentMethod
    payment_status: PaymentStatus
    amount: Annotated[float, Field(gt=0, description="at most the currency's decimals (ISO 4217)")]
    currency: Currency
    customer_id: Annotated[str, Field(pattern="^cus_[A-Z2-7]{8}$")]
    customer_name: Annotated[str, Field(min_length=1)]
    customer_email: Annotated[str, Field(pattern=r"^[a-z0-9.]+@example\.(com|org|net)$")]
    customer_country: Country
    merchant_id: Annotated[str, Field(pattern="^mer_[A-Z2-7]{8}$")]
    merchant_name: Annotated[str, Field(min_length=1)]
    merchant_category: MerchantCategory
    merchant_category_code: Annotated[str, Field(pattern="^[0-9]{4}$", description="ISO 18245")]
    merchant_country: Country
    channel: Channel
    device_type: DeviceType
    location: Location
    payment_details: CardDetails | WalletDetails | CryptoDetails | BankTransferDetails
    metadata: Metadata

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if faults := list(self._faults()):
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        moment = datetime.fromisoformat(self.transaction_timestamp)
        if moment.utcoffset() is None:  # pragma: no cover - the pattern asks for Z
            yield "transaction_timestamp is not in UTC"
        decimals = -int(Decimal(repr(self.amount)).normalize().as_tuple().exponent)
        if decimals > MINOR_UNITS[self.currency]:
            yield f"amount has {decimals} decimals, {self.currency} has {MINOR_UNITS[self.currency]}"
        refund = self.transaction_type == "refund"
        if refund != (self.payment_status == "refunded"):
            yield "a refund, and nothing else, is refunded"
        if refund != (self.original_transaction_id is not None):
            yield "a refund, and nothing else, has an original_transaction_id"
        if self.device_type not in DEVICES[self.channel]:
            yield f"channel {self.channel} is not used from a {self.device_type}"
        if not isinstance(self.payment_details, _DETAILS[self.payment_method]):
            yield f"payment_details are not of a {self.payment_method}"
        elif isinstance(self.payment_details, CardDetails):
            yield from self._card_faults(self.payment_details)
        elif (self.payment_details.reason_code is not None) != (self.payment_status == "failed"):
            yield "a failed payment, and nothing else, has a reason_code"

    def _card_faults(self, card: CardDetails) -> Iterator[str]:
        approved = self.payment_status in _APPROVED
        if approved != (card.response_code == "00"):
            yield f"status {self.payment_status} does not go with response code {card.response_code}"
        if approved != (card.authorization_code is not None):
            yield "an approved payment, and nothing else, has an authorization_code"
        if (self.payment_status == "pending") != (card.response_code is None):
            yield "a pending payment, and nothing else, has no response_code"
        present = card.entry_mode in ("chip", "contactless", "magnetic_stripe")
        if present != (self.channel == "pos"):
            yield f"entry mode {card.entry_mode} does not go with channel {self.channel}"
        if card.three_ds is not None and self.channel == "pos":
            yield "3-D Secure exists online only"


def json_schema() -> dict[str, Any]:
    """The contract as JSON Schema, draft 2020-12, the rules between fields included."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Transaction.model_json_schema(),
        "allOf": _conditions(),
    }


def schema_text() -> str:
    """What docs/transaction.schema.json holds."""
    return orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


if __name__ == "__main__":  # pragma: no cover - a developer's one-liner; the test compares schema_text
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/transaction.schema.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(schema_text(), encoding="utf-8")
