"""Bank transfers, by the scheme of the customer's country (`bank_schemes`)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from paysim.contract.codes import CHANNELS
from paysim.contract.methods import Condition, Rules, details, one_of, when
from paysim.facts.bank_schemes import PIX_ISPB
from paysim.transactions.events import columns
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import Persons

from .bank_schemes import SCHEMES, Scheme
from .base import METHODS, Codes, Column, ColumnDraw, Method, PaymentDraw, Presentation, Record, Setting, Values

if TYPE_CHECKING:
    from paysim.contract.model import Transaction

_POS = CHANNELS.index("pos")
_DRAWS = 8  # uniform numbers that an account takes at the most


def scheme_of(country: str) -> Scheme:
    """The scheme that a country's people use."""
    return SCHEMES[COUNTRIES[country].scheme]


def _references(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    schemes = [instrument["payment_details.scheme"] for instrument in draw.instruments()]
    return list(columns.references(rng, draw.count, draw.moments, schemes, sorted(PIX_ISPB.codes)))


class CodeAtTheTill(Presentation):
    """A transfer at a till is by its code (Pix, UPI); elsewhere nothing is presented."""

    def __init__(self) -> None:
        self.records = [{}, {"payment_details.entry_mode": "qr"}]

    def draw(self, uniform: np.ndarray, payments: PaymentDraw) -> np.ndarray:
        found: np.ndarray = (payments.channel == _POS).astype(np.intp)
        return found


class TransferRules(Rules):
    """A code is shown at a till only."""

    def conditions(self, methods: Sequence[str]) -> Iterator[Condition]:
        yield from super().conditions(methods)
        never = details({"not": {"required": ["entry_mode"]}})
        yield when({"payment_method": one_of(methods), "channel": {"not": {"const": "pos"}}}, never)

    def faults(self, transaction: "Transaction") -> Iterator[str]:
        yield from super().faults(transaction)
        if transaction.channel != "pos" and getattr(transaction.payment_details, "entry_mode", None) is not None:
            yield "entry_mode qr exists at a terminal only"


class BankTransfer(Method):
    """The schemes end at the border. At a terminal only those are paid by that have a code for it."""

    name = "bank_transfer"
    weight = 0.1
    details = tuple(scheme.model for scheme in SCHEMES.values())
    rules = TransferRules()
    popularity = 0.10
    amount_shift = 0.80
    unused_channels = frozenset({"pos"})
    domestic = True
    settles_by_day = True
    one_currency = True
    settlement = "scheme"
    kept: ClassVar[Mapping[str, int]] = {"reference": 38}
    presented = ("entry_mode",)
    not_in_refunds = ("entry_mode",)
    columns: ClassVar[Mapping[str, Column]] = {"reference": _references}

    def products(self, country: str) -> Mapping[str, float]:
        """The scheme."""
        return {scheme_of(country).name: 1.0}

    def unused(self, country: str) -> frozenset[str]:
        by_code = "entry_mode" in scheme_of(country).model.model_fields
        return frozenset() if by_code else self.unused_channels

    def usable(self, product: str, country: str, year: int) -> bool:
        return year in SCHEMES[product].rules.used

    def of_product(self, product: str) -> Record:
        return {"scheme": product}

    def instruments(self, persons: Persons) -> Mapping[str, Values]:
        """An account."""
        draws = np.column_stack([persons.uniform(f"{self.name}/{part}") for part in range(_DRAWS)]).tolist()
        accounts = [(country, scheme_of(country).account) for country in COUNTRIES]
        found: dict[str, Values] = {}
        for at, (place, row) in enumerate(zip(persons.country.tolist(), draws, strict=True)):
            country, account = accounts[place]
            for name, value in account(country, iter(row)).items():
                if name not in found:
                    found[name] = [None] * len(draws)
                found[name][at] = b'"%b"' % value.encode()  # ASCII without quotes
        return found

    def variant(self, country: str, product: str) -> str:
        return product

    def reasons(self, variant: str) -> Codes:
        return SCHEMES[variant].reasons

    def presentation(self, kinds: Sequence[tuple[str, str]], setting: Setting) -> Presentation:
        return CodeAtTheTill()


METHODS.add(BankTransfer())
