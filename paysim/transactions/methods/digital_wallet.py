"""Digital wallets: the provider a person uses, how its device is shown, its token, and why a wallet says no."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.contract.codes import CHANNELS, DisputeReason
from paysim.contract.methods import DISPUTED, Condition, Rules, details, one_of, when
from paysim.facts import wallets
from paysim.transactions.events import columns
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import Persons

from .base import METHODS, Codes, Method, PaymentDraw, Presentation, Record, Setting, Values

if TYPE_CHECKING:
    from paysim.contract.model import Transaction

_POS = CHANNELS.index("pos")
_SHOWN = ("entry_mode", "cardholder_verification")


class WalletDetails(ContractModel):
    """digital_wallet."""

    provider: Literal["paypal", "apple_pay", "google_pay", "cash_app", "paypay", "mercado_pago", "phonepe", "paytm"]
    token: Annotated[str, Field(pattern="^wlt_[A-Z2-7]{24}$")]
    entry_mode: (
        Annotated[Literal["contactless", "qr"], Field(description="channel pos only: by tap or by code")] | Absent
    ) = ABSENT
    cardholder_verification: (
        Annotated[Literal["device"], Field(description="channel pos only: the device knew its owner")] | Absent
    ) = ABSENT
    reason_code: (
        Literal["insufficient_funds", "authentication_failed", "instrument_declined", "limit_exceeded"] | Absent
    ) = ABSENT
    dispute_reason: Annotated[DisputeReason, Field(description="disputes and their ends only")] | Absent = ABSENT


REASONS: Codes = {
    "insufficient_funds": 0.45,
    "authentication_failed": 0.25,
    "instrument_declined": 0.20,
    "limit_exceeded": 0.10,
}


def _rows(country: str) -> Mapping[str, wallets.Wallet]:
    """The providers of a country: by the facts, or where these have no row by the country's own."""
    own = COUNTRIES[country].wallets
    known = {wallet.provider: wallet for wallet in wallets.of(country)}
    if any(wallet.country == country for wallet in known.values()) or not own:
        return known
    default = next(iter(known.values()))
    return {name: replace(known.get(name, default), provider=name, share=share) for name, share in own.items()}


def _pays_at_a_till(wallet: wallets.Wallet, year: int | None = None) -> bool:
    return wallet.in_person is not None and (year is None or year in wallet.in_person)


def in_person(product: str) -> str:
    """The provider that somebody pays by at a till; a product is `provider` or `provider+the other one there`."""
    return product.rpartition("+")[2]


def on_the_phone(persons: Persons) -> tuple[list[str], np.ndarray]:
    """The provider that is on the phone of each of these people, whether they pay so or not; their devices suit it.

    Returns providers, and a position among them for each.
    """
    holdings = METHODS["digital_wallet"].holdings(persons)
    names = [in_person(product) for _, product in holdings.kinds]
    return names, holdings.of


class Presentations(Presentation):
    """At a distance nothing is presented; at a till a device is, by tap or by code."""

    def __init__(self, kinds: Sequence[tuple[str, str]]) -> None:
        self.records, here = [], []
        for country, product in kinds:
            remote, till = product.partition("+")[0], in_person(product)
            row = _rows(country).get(till)
            mode = "qr" if row is not None and row.qr else "contactless"
            here.append(len(self.records))
            shown: Record = {"payment_details.provider": till, "payment_details.entry_mode": mode}
            shown["payment_details.cardholder_verification"] = "device"
            self.records += [{"payment_details.provider": remote}, shown]
        self._first = np.array(here)

    def draw(self, uniform: np.ndarray, payments: PaymentDraw) -> np.ndarray:
        found: np.ndarray = self._first[payments.kind] + (payments.channel == _POS)
        return found


class WalletRules(Rules):
    """A device is shown at a till only."""

    def conditions(self, methods: Sequence[str]) -> Iterator[Condition]:
        yield from super().conditions(methods)
        yield from DISPUTED.conditions(methods)
        shown = {"anyOf": [{"required": [name]} for name in _SHOWN]}
        yield when({"payment_method": one_of(methods), "channel": {"not": {"const": "pos"}}}, details({"not": shown}))

    def faults(self, transaction: "Transaction") -> Iterator[str]:
        yield from super().faults(transaction)
        yield from DISPUTED.faults(transaction)
        if transaction.channel != "pos":
            for name in _SHOWN:
                if getattr(transaction.payment_details, name) is not None:
                    yield f"{name} exists at a terminal only"


class DigitalWallet(Method):
    """A person's device or account, never a server."""

    name = "digital_wallet"
    weight = 0.08
    details = (WalletDetails,)
    rules = WalletRules()
    popularity = 0.08
    amount_shift = -0.30
    unused_channels = frozenset({"api"})
    disputes = True
    of_disputes = ("dispute_reason",)
    presented = ("provider", *_SHOWN)
    not_in_refunds = _SHOWN

    def products(self, country: str) -> Mapping[str, float]:
        """Who has a provider that does not pay at tills has one that does as well."""
        rows = _rows(country)
        tills = {name: row.share for name, row in rows.items() if _pays_at_a_till(row)}
        found: dict[str, float] = {}
        for name, row in rows.items():
            if name in tills or not tills:
                found[name] = row.share
            else:
                found |= {f"{name}+{t}": row.share * share / sum(tills.values()) for t, share in tills.items()}
        return found

    def usable(self, product: str, country: str, year: int) -> bool:
        rows = _rows(country)
        remote, till = product.partition("+")[0], in_person(product)
        return year in rows[remote].used and _pays_at_a_till(rows[till], year)

    def instruments(self, persons: Persons) -> Mapping[str, Values]:
        """A token."""
        return {"token": list(columns.tokens(b"wlt_", persons.digits(f"{self.name}/token", 24)))}

    def reasons(self, variant: str) -> Codes:
        return REASONS

    def presentation(self, kinds: Sequence[tuple[str, str]], setting: Setting) -> Presentation:
        return Presentations(kinds)


METHODS.add(DigitalWallet())
