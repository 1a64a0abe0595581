"""What a scenario can do to a transaction. Each kind is a class, each scenario one of them in a file of its family.

A file registers its scenarios by the decorators here. A function's name is the scenario's, its docstring says what is
wrong, and below that *Why:*, *Pipeline:* and, where the rule is not the contract's own, *Source:*.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import orjson

from paysim.contract.base import ContractModel
from paysim.contract.fields import DETAILS
from paysim.contract.labels import SCENARIOS, Intention, Scenario
from paysim.contract.methods import PAYMENT_METHODS, PaymentMethod
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.base import METHODS, ColumnDraw


@dataclass(slots=True)
class EditCase:
    """One transaction to be broken. highest, limit: the highest amount of its method in major units of its currency;
    decimals: of that currency; declines: the records of the outcomes with which it could have been declined."""

    document: Document
    rng: np.random.Generator
    highest: Callable[[], float]
    decimals: int
    declines: Callable[[], Sequence[Document]]

    @property
    def limit(self) -> float:
        return self.highest()

    def one_of(self, *choices: str) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    def major(self, amount: float) -> float:
        return round(amount, self.decimals)


def date(document: Document, moment: int, rng: np.random.Generator) -> None:
    """Give a payment another time, in Unix milliseconds, and what its network numbers by the hour."""
    status, kept = document["payment_status"], dict(document)
    draw = ColumnDraw(1, moment, np.array([status == "completed"]), np.array([status == "cancelled"]), lambda: [kept])
    document["transaction_timestamp"] = moment
    for name, column in METHODS[document["payment_method"]].columns.items():
        value = column(rng, draw)[0]
        if value is not None and f"{DETAILS}.{name}" in document:
            document[f"{DETAILS}.{name}"] = orjson.loads(value)


Edit = Callable[[EditCase], None]
Rewrite = Callable[[bytes, np.random.Generator], bytes]
Change = Callable[[Document, float, np.random.Generator], tuple[Document, float, int]]


@dataclass(frozen=True, kw_only=True)
class _OfMethods(Scenario):
    """details: of methods with these only."""

    details: type[ContractModel] | None = None

    def suits(self, method: PaymentMethod) -> bool:
        return self.details is None or self.details in method.details

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        possible = self.possible(intention.methods)
        if self.details is not None and share > possible:
            what = "payment_methods has none" if possible == 0 else f"they are only {possible:g} of all"
            yield f"needs {' or '.join(filter(self._suits, PAYMENT_METHODS))} payments, and {what}"

    def _suits(self, name: str) -> bool:
        return self.suits(PAYMENT_METHODS[name])


@dataclass(frozen=True, kw_only=True)
class FieldEdit(_OfMethods):
    """Changes fields of a payment that was drawn like any other. Its document has been through the mapping's `values`
    already, so a bad value goes out as it is; names, places and formats follow."""

    edit: Edit


@dataclass(frozen=True, kw_only=True)
class BodyEdit(_OfMethods):
    """Changes the bytes of a body. Where it leaves them as they are there is no label."""

    rewrite: Rewrite


@dataclass(frozen=True, kw_only=True)
class Repeat(Scenario):
    """Sends an earlier transaction of the run again. Without one at hand a plain payment goes out, without a label."""

    repeats: bool = True


@dataclass(frozen=True, kw_only=True)
class WrongRefund(Scenario):
    """A refund that no refund should be.

    change: what becomes of the refund of a payment that went out (document, amount in major units → document, amount,
    decimals); without one at hand a plain payment goes out, without a label. None: it refunds nothing that went out.
    """

    change: Change | None = None


def field_edit(
    *needs: str,
    breaks_contract: bool = True,
    is_object: bool = True,
    in_avro: bool = True,
    details: type[ContractModel] | None = None,
    is_good: bool = False,
) -> Callable[[Edit], Edit]:
    """Registers a function that changes fields."""

    def register(edit: Edit) -> Edit:
        SCENARIOS.add(
            FieldEdit(
                name=edit.__name__,
                **described(edit),
                needs=needs,
                breaks_contract=breaks_contract,
                is_object=is_object,
                in_avro=in_avro,
                is_good=is_good,
                edit=edit,
                details=details,
            )
        )
        return edit

    return register


def body_edit(
    *,
    breaks_contract: bool = True,
    is_object: bool = True,
    in_avro: bool = True,
    details: type[ContractModel] | None = None,
) -> Callable[[Rewrite], Rewrite]:
    """Registers a function that changes the bytes of a body."""

    def register(rewrite: Rewrite) -> Rewrite:
        SCENARIOS.add(
            BodyEdit(
                name=rewrite.__name__,
                **described(rewrite),
                breaks_contract=breaks_contract,
                is_object=is_object,
                in_avro=in_avro,
                rewrite=rewrite,
                details=details,
            )
        )
        return rewrite

    return register


class Description(TypedDict):
    """What a docstring says, by the fields of a scenario."""

    about: str
    why: str
    pipeline: str
    source: str


def described(function: Callable[..., object]) -> Description:
    """What a function's docstring says, each part on one line. Raises ValueError where a part is missing."""
    text = " ".join((function.__doc__ or "").split())
    rest, _, source = text.partition(" Source: ")
    rest, _, pipeline = rest.partition(" Pipeline: ")
    what, _, why = rest.partition(" Why: ")
    if not (what and why and pipeline):
        raise ValueError(
            f"scenario {function.__name__} needs a docstring that says what is wrong, and below that Why: and Pipeline:"
        )
    return {"about": what, "why": why, "pipeline": pipeline, "source": source}
