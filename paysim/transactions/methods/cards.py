"""Credit and debit cards: who issued them, how they are presented, what the issuer answers.

There is no card number anywhere, not even a made-up one: a card is its brand, its last four and a token.
Answers are ISO 8583 field 39 (1987 edition, as the schemes use it).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.contract.codes import CHANNELS
from paysim.contract.methods import Condition, Rules, details, one_of, when
from paysim.transactions.events import columns
from paysim.transactions.randomness import pick, stream, tokens
from paysim.transactions.world.countries import COUNTRIES

from .base import METHODS, Codes, Column, ColumnDraw, Method, Presentation, Record, Values, absent

if TYPE_CHECKING:
    from paysim.contract.model import Transaction

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


# Schemes that issue debit cards only; a credit card has one of the other brands of its country.
DEBIT_ONLY = frozenset({"interac", "eftpos", "maestro"})
# Brands that issue hardly any debit cards.
CREDIT_ONLY = frozenset({"amex"})
# Schemes outside of EMV 3-D Secure.
WITHOUT_3DS = frozenset({"interac", "eftpos"})
APPROVED = "00"
# Why issuers decline, with the shares one sees: do not honour, insufficient funds, expired, restricted, over a
# limit, not permitted, too often, issuer unavailable, system malfunction.
DECLINES: Codes = {
    "51": 0.38,
    "05": 0.28,
    "54": 0.07,
    "62": 0.05,
    "61": 0.07,
    "57": 0.05,
    "65": 0.04,
    "91": 0.04,
    "96": 0.02,
}
CANCELLED = "17"  # customer cancellation

# Rules of authentication → channel → (entry mode, three_ds or None) → share. 3-D Secure exists online only; which rules
# hold is a matter of country and brand (`authentication`).
ENTRY: dict[str, dict[str, dict[tuple[str, str | None], float]]] = {
    "strong": {
        "web": {
            ("ecommerce", "authenticated"): 0.54,
            ("ecommerce", "attempted"): 0.05,
            ("ecommerce", "exempted"): 0.22,
            ("ecommerce", "not_enrolled"): 0.03,
            ("credential_on_file", "exempted"): 0.16,
        },
        "mobile": {
            ("ecommerce", "authenticated"): 0.40,
            ("ecommerce", "attempted"): 0.04,
            ("ecommerce", "exempted"): 0.26,
            ("credential_on_file", "exempted"): 0.30,
        },
        "pos": {("contactless", None): 0.72, ("chip", None): 0.27, ("magnetic_stripe", None): 0.01},
        "api": {("credential_on_file", None): 0.85, ("ecommerce", "exempted"): 0.15},
    },
    "optional": {
        "web": {
            ("ecommerce", None): 0.62,
            ("ecommerce", "authenticated"): 0.12,
            ("ecommerce", "attempted"): 0.04,
            ("ecommerce", "not_enrolled"): 0.02,
            ("credential_on_file", None): 0.20,
        },
        "mobile": {
            ("ecommerce", None): 0.50,
            ("ecommerce", "authenticated"): 0.08,
            ("ecommerce", "attempted"): 0.02,
            ("credential_on_file", None): 0.40,
        },
        "pos": {("contactless", None): 0.56, ("chip", None): 0.38, ("magnetic_stripe", None): 0.06},
        "api": {("credential_on_file", None): 0.85, ("ecommerce", None): 0.15},
    },
    "none": {
        "web": {("ecommerce", None): 0.80, ("credential_on_file", None): 0.20},
        "mobile": {("ecommerce", None): 0.60, ("credential_on_file", None): 0.40},
        "pos": {("contactless", None): 0.80, ("chip", None): 0.20},
        "api": {("credential_on_file", None): 0.85, ("ecommerce", None): 0.15},
    },
}
RULES = tuple(ENTRY)
_STATUSES_APPROVED = ("completed", "refunded")
_PRESENT = ("chip", "contactless", "magnetic_stripe")


class CardRules(Rules):
    """The issuer's answer goes with the status, the entry mode with the channel."""

    def conditions(self, methods: Sequence[str]) -> Iterator[Condition]:
        def cards(fields: dict[str, Condition], then: Condition) -> Condition:
            return when({"payment_method": one_of(methods), **fields}, details(then))

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
            {"properties": {"entry_mode": {"enum": ["ecommerce", "credential_on_file"]}}},
        )

    def faults(self, transaction: "Transaction") -> Iterator[str]:
        card, status, channel = transaction.payment_details, transaction.payment_status, transaction.channel
        assert isinstance(card, CardDetails)
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


def authentication(country: str, brand: str) -> str:
    """Which rules of ENTRY hold for a card."""
    if brand in WITHOUT_3DS:
        return "none"
    return "strong" if COUNTRIES[country].strong_authentication else "optional"


class Entries(Presentation):
    """How a card is presented, for each of the rules of authentication and each channel."""

    fields = ("entry_mode", "three_ds")

    def __init__(self) -> None:
        self.records = []
        edges, first = [], []
        for ways in (ENTRY[rules][channel] for rules in RULES for channel in CHANNELS):
            first.append(len(self.records))
            for mode, three_ds in ways:
                record: Record = {"payment_details.entry_mode": mode}
                if three_ds is not None:
                    record["payment_details.three_ds"] = three_ds
                self.records.append(record)
            edges.append(np.cumsum(list(ways.values())) / sum(ways.values()))
        width = max(map(len, edges))
        self._edges = np.array([np.pad(edge, (0, width - len(edge)), constant_values=2.0) for edge in edges])
        self._first = np.array(first)

    def rule(self, country: str, instrument: Record) -> int:
        return RULES.index(authentication(country, str(instrument["payment_details.brand"])))

    def draw(self, uniform: np.ndarray, rules: np.ndarray, channels: np.ndarray) -> np.ndarray:
        kinds = rules * len(CHANNELS) + channels
        found: np.ndarray = self._first[kinds] + (uniform[:, None] >= self._edges[kinds]).sum(axis=1)
        return found


def _authorization_codes(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    return absent(columns.authorization_codes(rng, draw.count), ~draw.completed)


def _retrieval_references(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    return list(columns.retrieval_references(rng, draw.count, draw.moments))


class Card(Method):
    """What credit and debit cards have in common. barred: brands that issue no such cards."""

    details = (CardDetails,)
    rules = CardRules()
    is_card = True
    code_field = "response_code"
    not_in_refunds = ("three_ds",)  # nobody authenticates again
    columns: ClassVar[Mapping[str, Column]] = {
        "authorization_code": _authorization_codes,
        "retrieval_reference": _retrieval_references,
    }
    barred: ClassVar[frozenset[str]]

    def instruments(self, seed: int, country: str, held: np.ndarray) -> Sequence[Record]:
        """A card for everybody: brand, last4, token."""
        count = len(held)
        brands = {brand: share for brand, share in COUNTRIES[country].brands.items() if brand not in self.barred}
        draws = stream(seed, self.name, country).random((count, 2))
        chosen = pick(list(brands.values()), draws[:, 0]).tolist()
        names = list(brands)
        last4 = (draws[:, 1] * 10_000).astype(int).tolist()
        marks = tokens("tok_", stream(seed, self.name, country, "token").integers(0, 32, (count, 24)))
        return [
            {"brand": names[b], "last4": f"{four:04d}", "token": token}
            for b, four, token in zip(chosen, last4, marks, strict=True)
        ]

    def reasons(self, variant: str) -> Codes:
        return DECLINES

    def codes(self, status: str, variant: str) -> Codes:
        answers: dict[str, Codes] = {"completed": {APPROVED: 1.0}, "cancelled": {CANCELLED: 1.0}}
        return answers[status] if status in answers else super().codes(status, variant)

    def presentation(self) -> Presentation:
        return Entries()


class CreditCard(Card):
    name = "credit_card"
    weight = 0.5
    popularity = 0.50
    amount_shift = 0.10
    barred = DEBIT_ONLY


class DebitCard(Card):
    name = "debit_card"
    weight = 0.3
    popularity = 0.30
    amount_shift = -0.20
    barred = CREDIT_ONLY


METHODS.add(CreditCard())
METHODS.add(DebitCard())
