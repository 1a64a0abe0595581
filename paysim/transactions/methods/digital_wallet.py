"""Digital wallets: the provider a person uses, its token, and why a wallet says no."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.transactions.randomness import pick, stream, tokens
from paysim.transactions.world.countries import COUNTRIES

from .base import METHODS, Codes, Method, Record


class WalletDetails(ContractModel):
    """digital_wallet."""

    provider: Literal["paypal", "apple_pay", "google_pay", "cash_app", "paypay", "mercado_pago", "phonepe", "paytm"]
    token: Annotated[str, Field(pattern="^wlt_[A-Z2-7]{24}$")]
    reason_code: (
        Literal["insufficient_funds", "authentication_failed", "instrument_declined", "limit_exceeded"] | Absent
    ) = ABSENT


REASONS: Codes = {
    "insufficient_funds": 0.45,
    "authentication_failed": 0.25,
    "instrument_declined": 0.20,
    "limit_exceeded": 0.10,
}


def providers(seed: int, country: str, count: int) -> list[str]:
    """The provider of each of the first `count` people of a country; their devices suit it."""
    shares = COUNTRIES[country].wallets
    names = list(shares)
    chosen = pick(list(shares.values()), stream(seed, "digital_wallet", country).random(count)).tolist()
    return [names[at] for at in chosen]


class DigitalWallet(Method):
    name = "digital_wallet"
    weight = 0.08
    details = (WalletDetails,)
    popularity = 0.08
    amount_shift = -0.30

    def instruments(self, seed: int, country: str, held: np.ndarray) -> Sequence[Record]:
        """A wallet for everybody: provider and token."""
        count = len(held)
        marks = tokens("wlt_", stream(seed, self.name, country, "token").integers(0, 32, (count, 24)))
        return [{"provider": p, "token": t} for p, t in zip(providers(seed, country, count), marks, strict=True)]

    def reasons(self, variant: str) -> Codes:
        return REASONS


METHODS.add(DigitalWallet())
