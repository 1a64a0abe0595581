"""The fields of a transaction by their dotted paths, read from the model and from the payment methods."""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .methods import PAYMENT_METHODS
from .model import Transaction
from .names import OneOf

DETAILS = "payment_details"

# Fields that differ with every transaction: a format can change them, a table of values cannot.
COUNTLESS = frozenset(
    {"transaction_id", "correlation_id", "original_transaction_id", "transaction_timestamp", "amount"}
)

FORMATS: dict[str, tuple[str, ...]] = {
    "amount": ("number", "string", "minor_units"),
    "timestamp": ("rfc3339", "epoch_ms"),
}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


OBJECTS: tuple[str, ...] = tuple(
    name for name, field in Transaction.model_fields.items() if name == DETAILS or _is_model(field.annotation)
)


def details_of(method: str) -> tuple[str, ...]:
    """The paths below `payment_details` of a payment method."""
    models = PAYMENT_METHODS[method].details
    return tuple(dict.fromkeys(f"{DETAILS}.{name}" for model in models for name in model.model_fields))


def fields() -> tuple[str, ...]:
    """All paths, in the order of the contract; those below `payment_details` of every payment method."""
    found: list[str] = []
    for name, field in Transaction.model_fields.items():
        if name == DETAILS:
            found += dict.fromkeys(path for method in PAYMENT_METHODS for path in details_of(method))
        elif _is_model(field.annotation):
            inner: Any = field.annotation
            found += [f"{name}.{below}" for below in inner.model_fields]
        else:
            found.append(name)
    return tuple(found)


def kind(path: str) -> str:
    """What a field holds: amount, timestamp, id, currency, country, text, number, integer, flag or list."""
    known = {"amount": "amount", "transaction_timestamp": "timestamp", "currency": "currency"}
    if path in known:
        return known[path]
    if path in COUNTLESS:
        return "id"
    if path.endswith("_country"):
        return "country"
    types: list[tuple[type, str]] = [(bool, "flag"), (int, "integer"), (float, "number"), (list, "list")]
    annotation = _annotation(path)
    for each in (annotation, *get_args(annotation)):
        for python, name in types:
            if each is python or get_origin(each) is python:
                return name
    return "text"


def _annotation(path: str) -> Any:
    head, _, below = path.partition(".")
    if head == DETAILS:
        models = [model for method in PAYMENT_METHODS.values() for model in method.details]
        return next(model.model_fields[below].annotation for model in models if below in model.model_fields)
    annotation: Any = Transaction.model_fields[head].annotation
    return annotation.model_fields[below].annotation if below else annotation


def values() -> dict[str, tuple[str, ...]]:
    """Field → its values, for those outside of objects that have a closed set of them."""
    return {name: known for name, field in Transaction.model_fields.items() if (known := _closed(field))}


def closed(path: str) -> tuple[str, ...]:
    """The values of a field that has a closed set of them; one of `payment_details` has those of every method."""
    if not path.startswith(f"{DETAILS}."):
        return values().get(path, ())
    name = path.removeprefix(f"{DETAILS}.")
    models = [model for method in PAYMENT_METHODS.values() for model in method.details]
    known = [_literals(model.model_fields[name].annotation) for model in models if name in model.model_fields]
    return tuple(dict.fromkeys(value for each in known for value in each)) if all(known) else ()


def _literals(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for each in get_args(annotation) if (found := _literals(each))), ())


def _closed(field: FieldInfo) -> tuple[str, ...]:
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)
    return next((part.registry.names for part in field.metadata if isinstance(part, OneOf)), ())


def meet(one: str, other: str) -> bool:
    """Whether two fields can be in the same event: those of two payment methods never are."""
    return any(_in_events(method, one) and _in_events(method, other) for method in PAYMENT_METHODS)


def _in_events(method: str, path: str) -> bool:
    return not path.startswith(f"{DETAILS}.") or path in details_of(method)
