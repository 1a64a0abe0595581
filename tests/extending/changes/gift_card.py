"""A payment method: paysim/transactions/methods/gift_card.py. Shops sell cards with money on them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from paysim.contract.base import ABSENT, Absent, ContractModel
from paysim.transactions.events import columns
from paysim.transactions.methods.base import METHODS, Codes, Column, ColumnDraw, Method, Values
from paysim.transactions.world.persons import Persons


class GiftCardDetails(ContractModel):
    """gift_card."""

    voucher: Annotated[str, Field(pattern="^gift_[A-Z2-7]{12}$")]
    balance_check: Annotated[str, Field(pattern="^[0-9]{4}$")]
    reason_code: Literal["balance_too_low", "expired"] | Absent = ABSENT


def _balance_checks(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    return [b'"%04d"' % int(number * 10_000) for number in rng.random(draw.count)]


class GiftCard(Method):
    """Small amounts, at the counter and on the web, in the country where it was bought."""

    name = "gift_card"
    weight = 0.25
    details = (GiftCardDetails,)
    popularity = 0.05
    amount_shift = -0.50
    unused_channels = frozenset({"api"})
    domestic = True
    columns: ClassVar[Mapping[str, Column]] = {"balance_check": _balance_checks}

    def instruments(self, persons: Persons) -> Mapping[str, Values]:
        return {"voucher": list(columns.tokens(b"gift_", persons.digits("gift_card/voucher", 12)))}

    def reasons(self, variant: str) -> Codes:
        return {"balance_too_low": 0.8, "expired": 0.2}


METHODS.add(GiftCard())
