"""Credit and debit cards: who issued them, and what the issuer answers; how they are shown is `card_presentation`.

There is no card number anywhere, not even a made-up one: a card is its brand, its last four and a token.
Answers are ISO 8583 field 39 (1987 edition, as the schemes use it).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

import numpy as np
from pydantic import Field

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.contract.codes import DisputeReason, Status
from paysim.contract.methods import DISPUTED, Condition, Rules, details, one_of, when
from paysim.facts import authentication, brands, declines
from paysim.transactions.events import columns
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import Persons

from .base import (
    METHODS,
    Codes,
    Column,
    ColumnDraw,
    Method,
    Presentation,
    Setting,
    Values,
    absent,
    codes_of,
)
from .card_presentation import Entries, at_home

if TYPE_CHECKING:
    from paysim.contract.model import Transaction

CardBrand = Literal[
    "visa", "mastercard", "amex", "discover", "jcb", "maestro", "interac", "eftpos", "cartes_bancaires", "elo",
    "rupay", "girocard", "hipercard", "bancontact", "pagobancomat", "multibanco"
]  # fmt: skip
EntryMode = Literal["ecommerce", "credential_on_file", "chip", "contactless", "magnetic_stripe"]
ThreeDSecure = Literal["authenticated", "attempted", "exempted", "not_enrolled"]
Verification = Literal["none", "pin", "signature", "device"]


class CardDetails(ContractModel):
    """credit_card, debit_card. Never a card number, a CVV or track data."""

    brand: CardBrand
    last4: Annotated[str, Field(pattern="^[0-9]{4}$")]
    token: Annotated[str, Field(pattern="^tok_[A-Z2-7]{24}$")]
    entry_mode: EntryMode
    three_ds: ThreeDSecure | Absent = ABSENT
    cardholder_verification: (
        Annotated[Verification, Field(description="channel pos only: what proved that it was the holder")] | Absent
    ) = ABSENT
    response_code: Annotated[str, Field(pattern="^[0-9A-Z]{2}$")] | Absent = ABSENT
    dispute_reason: Annotated[DisputeReason, Field(description="disputes and their ends only")] | Absent = ABSENT
    network_reason_code: (
        Annotated[
            str, Field(pattern=r"^[0-9A-Z]{2,4}(\.[0-9])?$", description="the same by the network, where it has one")
        ]
        | Absent
    ) = ABSENT
    authorization_code: Annotated[str, Field(pattern="^[0-9A-Z]{6}$")] | Absent = ABSENT
    retrieval_reference: Annotated[str, Field(pattern="^[0-9A-Z]{12}$")]


APPROVED = "00"
CANCELLED = "17"  # customer cancellation
_NEEDS_A_PIN = ("55", "75")
_PIN_DECLINES = 0.8
"""Share of the declines of payments by PIN that are for a wrong one or for too many of them."""
_SOFT = 0.35
"""Share of the declines of exempted payments that ask for authentication instead."""


def _but(codes: Codes, *left_out: str) -> dict[str | None, float]:
    return {code: share for code, share in codes.items() if code not in left_out}


def _with(codes: Codes, more: Codes, share: float) -> Codes:
    """`codes` with a share of `more` before them: the first are those that people try again after."""
    whole, added = sum(codes.values()), sum(more.values())
    first = {code: each / added * share for code, each in more.items()}
    return first | {code: each / whole * (1 - share) for code, each in codes.items()}


_PERSON, _ONLINE = codes_of(declines.CODES_IN_PERSON), codes_of(declines.CODES_ONLINE)
# Variant (`card_presentation.variant`) → why issuers decline.
DECLINES: dict[str, Codes] = {
    "pin": _with(_but(_PERSON, *_NEEDS_A_PIN), {code: _PERSON[code] for code in _NEEDS_A_PIN}, _PIN_DECLINES),
    "in_person": _but(_PERSON, *_NEEDS_A_PIN),
    "online": _ONLINE,
    **{f"soft_{code}": _with(_ONLINE, {code: 1.0}, _SOFT) for code in authentication.SOFT_DECLINES},
}
_STATUSES_APPROVED = tuple(status for status in get_args(Status) if status not in ("failed", "pending", "cancelled"))
_PRESENT = ("chip", "contactless", "magnetic_stripe")


class CardRules(Rules):
    """The issuer's answer goes with the status, the entry mode with the channel."""

    def conditions(self, methods: Sequence[str]) -> Iterator[Condition]:
        def cards(fields: dict[str, Condition], then: Condition) -> Condition:
            return when({"payment_method": one_of(methods), **fields}, details(then))

        yield from DISPUTED.conditions(methods)
        never = {"not": {"required": ["authorization_code"]}}
        yield cards(
            {"payment_status": {"enum": list(_STATUSES_APPROVED)}},
            {"required": ["response_code", "authorization_code"], "properties": {"response_code": {"const": "00"}}},
        )
        yield cards(
            {"payment_status": {"enum": ["failed", "cancelled"]}},
            {"required": ["response_code"], "properties": {"response_code": {"not": {"const": "00"}}}, **never},
        )
        yield cards(
            {"payment_status": {"const": "pending"}}, {"allOf": [never, {"not": {"required": ["response_code"]}}]}
        )
        yield cards(
            {"channel": {"const": "pos"}},
            {"not": {"required": ["three_ds"]}, "properties": {"entry_mode": {"enum": list(_PRESENT)}}},
        )
        yield cards(
            {"channel": {"enum": ["web", "mobile", "api"]}},
            {
                "not": {"required": ["cardholder_verification"]},
                "properties": {"entry_mode": {"enum": ["ecommerce", "credential_on_file"]}},
            },
        )

    def faults(self, transaction: "Transaction") -> Iterator[str]:
        card, status, channel = transaction.payment_details, transaction.payment_status, transaction.channel
        assert isinstance(card, CardDetails)
        yield from DISPUTED.faults(transaction)
        approved = status in _STATUSES_APPROVED
        if approved != (card.response_code == APPROVED):
            yield f"status {status} does not go with response code {card.response_code}"
        if approved != (card.authorization_code is not None):
            yield "an approved payment, and nothing else, has an authorization_code"
        if (status == "pending") != (card.response_code is None):
            yield "a pending payment, and nothing else, has no response_code"
        if (card.entry_mode in _PRESENT) != (channel == "pos"):
            yield f"entry mode {card.entry_mode} does not go with channel {channel}"
        if card.three_ds is not None and channel == "pos":
            yield "3-D Secure exists online only"
        if card.cardholder_verification is not None and channel != "pos":
            yield "cardholder_verification exists at a terminal only"


def _authorization_codes(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    return absent(columns.authorization_codes(rng, draw.count), ~draw.completed)


def _retrieval_references(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    return list(columns.retrieval_references(rng, draw.count, draw.moments))


class Card(Method):
    """What credit and debit cards have in common. kind: in `paysim.facts.brands`, credit or debit.

    A product is a brand, or a domestic one and the brand of its co-badge: `girocard+visa`.
    """

    details = (CardDetails,)
    rules = CardRules()
    is_card = True
    authorizes = True
    disputes = True
    kept: ClassVar[Mapping[str, int]] = {"authorization_code": 8}
    code_field = "response_code"
    of_disputes = ("dispute_reason", "network_reason_code")
    presented = ("brand", "entry_mode", "three_ds", "cardholder_verification")
    not_in_refunds = ("three_ds", "cardholder_verification")  # nobody authenticates again
    columns: ClassVar[Mapping[str, Column]] = {
        "authorization_code": _authorization_codes,
        "retrieval_reference": _retrieval_references,
    }
    kind: ClassVar[str]

    def brands(self, country: str) -> Mapping[str, float]:
        """Brands of this kind of card in a country: by the facts, or where these have no row by the country's own."""
        known = brands.CREDIT if self.kind == "credit" else brands.DEBIT
        if country in known or not COUNTRIES[country].brands:
            return brands.of(country, self.kind).of
        of_kind = {b: s for b, s in COUNTRIES[country].brands.items() if self.kind in brands.BRANDS[b].kinds}
        return of_kind or brands.of(country, self.kind).of

    def products(self, country: str) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for brand, share in self.brands(country).items():
            if brand in brands.CO_BADGES:
                found |= {f"{brand}+{other}": share * part for other, part in brands.CO_BADGES[brand].of.items()}
            else:
                found[brand] = share
        return found

    def usable(self, product: str, country: str, year: int) -> bool:
        return brands.usable(at_home(product), country, year)

    def instruments(self, persons: Persons) -> Mapping[str, Values]:
        """A card: last4, token."""
        last4 = (persons.uniform(f"{self.name}/last4") * 10_000).astype(int).tolist()
        marks = columns.tokens(b"tok_", persons.digits(f"{self.name}/token", 24))
        return {"last4": [b'"%04d"' % four for four in last4], "token": list(marks)}

    def reasons(self, variant: str) -> Codes:
        return DECLINES[variant]

    def codes(self, status: str, variant: str) -> Codes:
        answers: dict[str, Codes] = {"completed": {APPROVED: 1.0}, "cancelled": {CANCELLED: 1.0}}
        return answers[status] if status in answers else super().codes(status, variant)

    def presentation(self, kinds: Sequence[tuple[str, str]], setting: Setting) -> Presentation:
        return Entries(kinds, setting)


class CreditCard(Card):
    name = "credit_card"
    weight = 0.5
    popularity = 0.50
    amount_shift = 0.10
    kind = "credit"


class DebitCard(Card):
    name = "debit_card"
    weight = 0.3
    popularity = 0.30
    amount_shift = -0.20
    kind = "debit"


METHODS.add(CreditCard())
METHODS.add(DebitCard())
