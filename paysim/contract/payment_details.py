"""The contract of `payment_details`: one model a payment method, one a bank transfer scheme.

Fields that do not apply are absent, never null. Forms follow their standards: ISO 8583 (cards), ISO 20022 and the
national rule books (bank transfers), see `cards`, `bank_accounts`, `wallets` and `crypto`, where values are made.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema


class ContractModel(BaseModel):
    """A closed object: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# A field that may be absent: `name: Kind | Absent = ABSENT`.
Absent = SkipJsonSchema[None]
ABSENT: Any = Field(default=None, json_schema_extra=_without_default)

CardBrand = Literal[
    "visa", "mastercard", "amex", "discover", "jcb", "maestro", "interac", "eftpos",
    "cartes_bancaires", "elo", "rupay"
]  # fmt: skip
EntryMode = Literal["ecommerce", "credential_on_file", "chip", "contactless", "magnetic_stripe"]
ThreeDSecure = Literal["authenticated", "attempted", "exempted", "not_enrolled"]


class CardDetails(ContractModel):
    """credit_card, debit_card. Never a card number, a CVV or track data."""

    brand: CardBrand
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]
    token: Annotated[str, Field(pattern="^tok_[A-Z2-7]{24}$")]
    entry_mode: EntryMode
    three_ds: ThreeDSecure | Absent = ABSENT
    response_code: Annotated[str, Field(pattern="^[0-9A-Z]{2}$")] | Absent = ABSENT
    authorization_code: Annotated[str, Field(pattern="^[0-9A-Z]{6}$")] | Absent = ABSENT
    retrieval_reference: Annotated[str, Field(pattern="^[0-9A-Z]{12}$")]


AccountNumber = Annotated[str, Field(pattern=r"^\*+[0-9]{4}$", description="masked but for the last four")]


class _Transfer(ContractModel):
    reference: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9/?:().,'+ -]{1,35}$",
            description="ISO 20022 EndToEndId, Max35Text",
        ),
    ]


class SepaTransfer(_Transfer):
    """SEPA Credit Transfer: IBAN (masked) and BIC (ISO 9362; 0 in place 8: test and training)."""

    scheme: Literal["SEPA"]
    iban: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{2}\*{7,26}[0-9A-Z]{4}$")]
    bic: Annotated[str, Field(pattern="^[A-Z]{6}[A-Z2-9]0$")]
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


class AchTransfer(_Transfer):
    """US Automated Clearing House; reason codes are Nacha's."""

    scheme: Literal["ACH"]
    routing_number: Annotated[str, Field(pattern=r"^[0-9]{4}\*{4}[0-9]$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^R[0-9]{2}$")] | Absent = ABSENT


class FpsTransfer(_Transfer):
    """UK Faster Payments."""

    scheme: Literal["FPS"]
    sort_code: Annotated[str, Field(pattern="^[0-9]{2}-[0-9]{2}-[0-9]{2}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


class EftTransfer(_Transfer):
    """Payments Canada electronic funds transfer."""

    scheme: Literal["EFT"]
    institution_number: Annotated[str, Field(pattern="^[0-9]{3}$")]
    transit_number: Annotated[str, Field(pattern="^[0-9]{5}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^9[0-9]{2}$")] | Absent = ABSENT


class BecsTransfer(_Transfer):
    """Australian Bulk Electronic Clearing System."""

    scheme: Literal["BECS"]
    bsb: Annotated[str, Field(pattern="^[0-9]{3}-[0-9]{3}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^[1-9]$")] | Absent = ABSENT


class ZenginTransfer(_Transfer):
    """Japanese Zengin system."""

    scheme: Literal["Zengin"]
    bank_code: Annotated[str, Field(pattern="^[0-9]{4}$")]
    branch_code: Annotated[str, Field(pattern="^[0-9]{3}$")]
    account_number: AccountNumber
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


class PixTransfer(_Transfer):
    """Brazilian Pix, to an alias (chave)."""

    scheme: Literal["PIX"]
    alias_type: Literal["email", "phone", "random"]
    alias: Annotated[str, Field(pattern=r"\*")]
    reason_code: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{2}$")] | Absent = ABSENT


class UpiTransfer(_Transfer):
    """Indian Unified Payments Interface, to an alias (virtual payment address) behind a branch (IFSC)."""

    scheme: Literal["UPI"]
    alias: Annotated[str, Field(pattern=r"^[a-z]\*+[0-9]{2}@upi\.example$")]
    ifsc: Annotated[str, Field(pattern="^[A-Z]{4}0[A-Z0-9]{6}$")]
    reason_code: Annotated[str, Field(pattern="^[A-Z][A-Z0-9]{1,2}$")] | Absent = ABSENT


BankTransferDetails = Annotated[
    SepaTransfer | AchTransfer | FpsTransfer | EftTransfer | BecsTransfer | ZenginTransfer | PixTransfer | UpiTransfer,
    Field(discriminator="scheme"),
]


class WalletDetails(ContractModel):
    """digital_wallet."""

    provider: Literal["paypal", "apple_pay", "google_pay", "cash_app", "paypay", "mercado_pago", "phonepe", "paytm"]
    token: Annotated[str, Field(pattern="^wlt_[A-Z2-7]{24}$")]
    reason_code: (
        Literal["insufficient_funds", "authentication_failed", "instrument_declined", "limit_exceeded"] | Absent
    ) = ABSENT


class CryptoDetails(ContractModel):
    """cryptocurrency. Addresses are of a test network where the form says so, else masked."""

    asset: Literal["BTC", "ETH", "USDC", "USDT", "LTC"]
    network: Literal["bitcoin_testnet", "litecoin_testnet", "ethereum", "polygon"]
    address: Annotated[
        str, Field(pattern=r"^(tb1[a-z0-9]{39}|tltc1[a-z0-9]{39}|0x[0-9A-Fa-f]{4}\*{32}[0-9A-Fa-f]{4})$")
    ]
    transaction_hash: Annotated[str, Field(pattern="^(0x)?[0-9a-f]{64}$")] | Absent = ABSENT
    reason_code: Literal["confirmation_timeout", "underpaid", "fee_too_low"] | Absent = ABSENT
