"""Scenarios as a configuration and the labels see them: what goes wrong on purpose, and when it can.

A transaction that a scenario made carries its name as its label. The entries are in `paysim.transactions.scenarios`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from paysim.registry import Registry

from .methods import PAYMENT_METHODS, PaymentMethod
from .names import OneOf


@dataclass(frozen=True, slots=True)
class Intention:
    """What a configuration says that a scenario may depend on.

    methods, statuses: their shares. goes_out: whether the field with this path is in the events. rate: transactions/s
    of live time, None where it is not known. total: of the run or data set, None without end.
    """

    methods: Mapping[str, float]
    statuses: Mapping[str, float]
    goes_out: Callable[[str], bool]
    rate: float | None
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way in which transactions are bad.

    about: what is wrong, one sentence. needs: the fields that it changes or is seen by. breaks_contract: whether the
    body alone shows that it is wrong. is_object: whether the body is still a JSON object. good_alone: whether each such
    transaction is good by itself, so that only several together are suspicious. in_avro: whether Avro, with a type in
    every place, can say it.
    """

    name: str
    about: str
    needs: tuple[str, ...] = ()
    breaks_contract: bool = False
    is_object: bool = True
    good_alone: bool = False
    in_avro: bool = True

    def suits(self, method: PaymentMethod) -> bool:
        """Whether payments by this method can be bad in this way."""
        return True

    def possible(self, methods: Mapping[str, float]) -> float:
        """The share of payments that can be bad in this way."""
        return sum(share for name, share in methods.items() if self.suits(PAYMENT_METHODS[name]))

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        """Why a configuration cannot have this share of all transactions."""
        for path in self.needs:
            if not intention.goes_out(path):
                yield f"needs {path}, which mapping.drop takes away"


FRAUD = "fraud"
"""Says of a payment that it is fraud in truth. No scenario: it is good by itself, and nothing in it says so."""


def entry(label: str | None, fraud: bool) -> dict[str, str | bool]:
    """What a file of labels says of a transaction, beside its id: what is wrong with it, and whether it is fraud."""
    found: dict[str, str | bool] = {} if label is None else {"violation": label}
    return found | {FRAUD: True} if fraud else found


SCENARIOS: Registry[Scenario] = Registry("scenario")
ScenarioName = Annotated[str, OneOf(SCENARIOS)]
