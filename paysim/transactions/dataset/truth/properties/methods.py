"""By what people pay, in each country."""

from collections.abc import Callable

from paysim.facts import methods
from paysim.facts.figure import Fact, Figure

from ..data import Data
from ..registry import Band, near, near_share, register
from ..statistics import Measured, share

_PINNED = ("patterns.payment_methods",)


def _measure(country: str, method: str) -> Callable[[Data], Measured | None]:
    def measure(data: Data) -> Measured | None:
        return share(data.method.is_in(method), data.payment & data.country.is_in(country), data.people)

    measure.__module__ = __name__
    return measure


def _add(name: str, title: str, country: str, method: str, fact: Fact, band: Band, says: str = "") -> None:
    register(name, title, fact, band, minimum=300, pinned=_PINNED, says=says)(_measure(country, method))


_add("pix", "Pix in Brazil", "BR", "bank_transfer", methods.PIX_SHARE, near(methods.PIX_SHARE))
_add("upi", "UPI in India", "IN", "bank_transfer", methods.UPI_SHARE, Band(methods.UPI_SHARE.value * 0.8, 0.97))
_add(
    "debit_jp",
    "debit cards in Japan",
    "JP",
    "debit_card",
    methods.JP_DEBIT_SHARE_OF_VALUE,
    Band(0.01, 0.07),
    says="3.1 % of value, by number about as many",
)
for _country, _method, _title in (
    ("DE", "debit_card", "debit cards in Germany"),
    ("US", "credit_card", "credit cards in the US"),
    ("US", "debit_card", "debit cards in the US"),
    ("GB", "debit_card", "debit cards in Britain"),
    ("CA", "credit_card", "credit cards in Canada"),
    ("AU", "digital_wallet", "wallets in Australia"),
    ("FR", "debit_card", "debit cards in France"),
    ("JP", "credit_card", "credit cards in Japan"),
):
    _fact: Figure = near_share(methods.METHODS[_country], _method)
    _add(f"{_method}_{_country.lower()}", _title, _country, _method, _fact, near(_fact))


@register("crypto", "payments in cryptocurrency", methods.CRYPTO_SHARE, Band(0.0, 0.005), minimum=2_000, pinned=_PINNED)
def crypto(data: Data) -> Measured | None:
    return share(data.method.is_in("cryptocurrency"), data.payment, data.people)
