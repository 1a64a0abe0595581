"""Payment methods as the contract and a configuration see them: names, default weights, and forms of `payment_details`.

The entries, with everything else that there is to say of a method, are the files of `paysim.transactions.methods`.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from pydantic import TypeAdapter

from paysim.registry import Registry

from .base import ContractModel
from .codes import DISPUTES
from .names import OneOf

if TYPE_CHECKING:
    from .model import Transaction

Condition = dict[str, Any]


def when(fields: dict[str, Any], then: dict[str, Any]) -> Condition:
    """JSON Schema: where these fields have these forms, `then` holds."""
    return {"if": {"properties": fields, "required": list(fields)}, "then": then}


def details(then: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema: `then` holds for `payment_details`."""
    return {"properties": {"payment_details": then}}


def one_of(names: Sequence[str]) -> dict[str, Any]:
    """JSON Schema: one of these."""
    return {"const": names[0]} if len(names) == 1 else {"enum": list(names)}


class Rules:
    """What holds between `payment_details` and the rest of a transaction. Methods that share them share an object.

    These are those of most methods: a failed payment, and nothing else, has a `reason_code`.
    """

    def conditions(self, methods: Sequence[str]) -> Iterator[Condition]:
        """The rules as JSON Schema says them, for these payment methods."""
        failed, reason = {"const": "failed"}, {"required": ["reason_code"]}
        yield when({"payment_method": one_of(methods), "payment_status": failed}, details(reason))
        yield when({"payment_method": one_of(methods), "payment_status": {"not": failed}}, details({"not": reason}))

    def faults(self, transaction: "Transaction") -> Iterator[str]:
        """What of the rules a transaction breaks. Its `payment_details` are of one of the method's models."""
        reason = getattr(transaction.payment_details, "reason_code", None)
        if (reason is not None) != (transaction.payment_status == "failed"):
            yield "a failed payment, and nothing else, has a reason_code"


REASON_CODE = Rules()


class DisputeRules(Rules):
    """Disputes and their ends, and nothing else, say why."""

    def conditions(self, methods: Sequence[str]) -> Iterator[Condition]:
        said, disputes = {"required": ["dispute_reason"]}, {"enum": list(DISPUTES)}
        yield when({"payment_method": one_of(methods), "transaction_type": disputes}, details(said))
        yield when({"payment_method": one_of(methods), "transaction_type": {"not": disputes}}, details({"not": said}))

    def faults(self, transaction: "Transaction") -> Iterator[str]:
        said = getattr(transaction.payment_details, "dispute_reason", None)
        if (said is not None) != (transaction.transaction_type in DISPUTES):
            yield "a dispute and its end, and nothing else, have a dispute_reason"


DISPUTED = DisputeRules()


class PaymentMethod:
    """A payment method.

    weight: its share in the default mix; 0 for none.
    details: the models of its `payment_details`; several are told apart by their fields.
    """

    name: ClassVar[str]
    weight: ClassVar[float] = 0.0
    details: ClassVar[tuple[type[ContractModel], ...]]
    rules: ClassVar[Rules] = REASON_CODE

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Validates `payment_details`."""
        union: Any = Union[self.details]  # noqa: UP007 (a tuple of types)
        return TypeAdapter(union)


# In the order of the default mix, the commonest first.
PAYMENT_METHODS: Registry[PaymentMethod] = Registry("payment method", order=lambda one: (-one.weight, one.name))
PaymentMethodName = Annotated[str, OneOf(PAYMENT_METHODS)]


def groups(of: str) -> list[tuple[Any, list[str]]]:
    """The methods that have the same `details` or `rules`, with what they have, in the order of the registry."""
    found: list[tuple[Any, list[str]]] = []
    for name, method in PAYMENT_METHODS.items():
        value = getattr(method, of)
        names = next((names for known, names in found if known == value), None)
        if names is None:
            found.append((value, [name]))
        else:
            names.append(name)
    return found
