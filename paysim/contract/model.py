"""The contract: what one transaction is, before any mapping.

The hot path does not build these objects; tests hold what it makes against them, and against the JSON Schema, which is
docs/transaction.schema.json. What the `payment_details` of a method are, and what holds between them and the rest, the
method says itself (`methods.PaymentMethod`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo, model_validator
from pydantic.json_schema import models_json_schema
from pydantic_core import CoreSchema, core_schema

from .base import ABSENT, Absent, ContractModel
from .codes import (
    BEGINNINGS,
    MINOR_UNITS,
    STATUSES_OF,
    Channel,
    Currency,
    MerchantCategory,
    Status,
    TransactionType,
)
from .countries import Country
from .methods import PAYMENT_METHODS, PaymentMethodName, details, groups, one_of, when

_REF = "#/$defs/{model}"
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


class Location(ContractModel):
    """Where the payment was made: the merchant's place for channel pos, else the customer's. Degrees, WGS 84."""

    city: Annotated[str, Field(min_length=1)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class Metadata(ContractModel):
    """What the gateway saw. Addresses are nobody's (RFC 2544, RFC 3849, RFC 5737)."""

    ip_address: Annotated[
        str,
        Field(
            pattern=r"^((192\.0\.2|198\.1[89]\.[0-9]{1,3}|198\.51\.100|203\.0\.113)\.[0-9]{1,3}|2001:db8:[0-9a-f:]+)$"
        ),
    ]
    user_agent: Annotated[str, Field(min_length=1, max_length=512)]
    risk_score: Annotated[float, Field(ge=0, le=1)]
    fraud_indicators: list[FraudIndicator]


class Details:
    """Annotates `payment_details`: they must be of one of the models of the transaction's payment method."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "object"}  # `json_schema` says the rest

    @staticmethod
    def _validated(value: Any, info: ValidationInfo) -> Any:
        method = info.data.get("payment_method")  # absent where it is at fault itself
        return value if method is None else PAYMENT_METHODS[method].adapter.validate_python(value)


class Transaction(ContractModel):
    """One payment, or what follows one: one JSON object, one event."""

    transaction_id: Annotated[str, Field(pattern=UUID8, description="UUID version 8 (RFC 9562), see identity")]
    correlation_id: Annotated[str, Field(pattern=UUID8, description="of the purchase: a refund carries its payment's")]
    original_transaction_id: (
        Annotated[
            str,
            Field(
                pattern=UUID8,
                description="of what follows a payment: the payment's transaction_id; of a retry: the declined one's",
            ),
        ]
        | Absent
    ) = ABSENT
    transaction_timestamp: Annotated[
        str,
        Field(pattern=TIMESTAMP, description="RFC 3339, UTC, milliseconds", json_schema_extra={"format": "date-time"}),
    ]
    transaction_type: Annotated[
        TransactionType, Field(description="payment and refund; the others with lifecycle: full only")
    ]
    payment_method: PaymentMethodName
    payment_status: Status
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
    payment_details: Annotated[ContractModel, Details()]
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
        if self.payment_status not in STATUSES_OF[self.transaction_type]:
            yield f"type {self.transaction_type} does not go with status {self.payment_status}"
        if (self.transaction_type in BEGINNINGS) != (self.original_transaction_id is None):
            yield "what follows a payment, and nothing else, has an original_transaction_id"
        if self.device_type not in DEVICES[self.channel]:
            yield f"channel {self.channel} is not used from a {self.device_type}"
        yield from PAYMENT_METHODS[self.payment_method].rules.faults(self)


def _one_of(models: Sequence[type[ContractModel]]) -> dict[str, Any]:
    refs = [{"$ref": _REF.format(model=model.__name__)} for model in models]
    return refs[0] if len(refs) == 1 else {"anyOf": refs}


def _named(type_: str) -> dict[str, Any]:
    """Whether transactions of a type name another."""
    named = {"required": ["original_transaction_id"]}
    return {"not": named} if type_ in BEGINNINGS else named


def _conditions() -> list[dict[str, Any]]:
    """The rules between fields, as JSON Schema says them."""
    return [
        *(when({"payment_method": one_of(names)}, details(_one_of(models))) for models, names in groups("details")),
        *(
            when(
                {"transaction_type": {"const": type_}},
                _named(type_) | {"properties": {"payment_status": one_of(known)}},
            )
            for type_, known in STATUSES_OF.items()
        ),
        *(condition for rules, names in groups("rules") for condition in rules.conditions(names)),
        *(
            when({"channel": {"const": channel}}, {"properties": {"device_type": {"enum": list(devices)}}})
            for channel, devices in DEVICES.items()
        ),
    ]


def json_schema() -> dict[str, Any]:
    """The contract as JSON Schema, draft 2020-12, with all registered payment methods and the rules between fields."""
    found = Transaction.model_json_schema(ref_template=_REF)
    models = [model for models, _ in groups("details") for model in models]
    _, known = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    found["$defs"] = dict(sorted({**found["$defs"], **known["$defs"]}.items()))
    found["properties"]["payment_details"] = {**_one_of(models), "title": "Payment Details"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "allOf": _conditions()}


def schema_text() -> str:
    """What docs/transaction.schema.json holds."""
    return orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"
