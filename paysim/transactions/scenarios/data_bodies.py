"""Bad data: bodies that are written in a way in which they should not be, whatever they say."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import orjson

from paysim.contract.fields import DETAILS
from paysim.transactions.methods.cards import CardDetails

from .base import body_edit

OVERSIZED = 200 * 1024  # bytes of a body
_SPACES = memoryview(b" " * OVERSIZED)  # a part of it is no copy
_TEXT = re.compile(rb'(?<=":)"')
_LATIN_1 = b"\xe9"  # é in ISO 8859-1; in UTF-8 it begins a character of three bytes
_T = TypeVar("_T")
_NEW = (("schema_version", "2.0"), ("loyalty_points", 120), ("customer_segment", "gold"))


def _one_of(choices: Sequence[_T], rng: np.random.Generator) -> _T | None:
    """One of them, None of none. It takes one number of the stream, however many there are."""
    uniform = rng.random()
    return choices[int(uniform * len(choices))] if choices else None


@body_edit(is_object=False, in_avro=False)
def malformed_json(body: bytes, rng: np.random.Generator) -> bytes:
    """The body is no JSON: a comma too many.

    Why: Somebody puts JSON together as text.
    Pipeline: Put it aside as it is, with its offset, and read on: one bad event must not stop a partition.
    Source: RFC 8259
    """
    return body[:-1] + b",}"


@body_edit(is_object=False)
def truncated_json(body: bytes, rng: np.random.Generator) -> bytes:
    """The body ends in the middle.

    Why: A buffer or a column was too short.
    Pipeline: Put it aside as it is, with its offset, and read on.
    Source: RFC 8259
    """
    return body[: int(rng.integers(1, len(body)))]


@body_edit(breaks_contract=False, in_avro=False)
def oversized(body: bytes, rng: np.random.Generator) -> bytes:
    """The body has 200 KiB, as white space between its tokens; the transaction itself is good.

    Why: A client pads, or attaches what does not belong there.
    Pipeline: Take it: it is legal and below the limit of most hubs. What is too large for a later step is refused
    there, by name.
    Source: Azure Event Hubs quotas: 1 MB an event, 256 kB in the basic tier
    """
    return b"".join((body[:-1], _SPACES[: OVERSIZED - len(body)], body[-1:]))


@body_edit(is_object=False, in_avro=False)
def invalid_utf8(body: bytes, rng: np.random.Generator) -> bytes:
    """A text has a byte that is no UTF-8: an é as ISO 8859-1 writes it.

    Why: A system of another age passes text on without saying how it is encoded.
    Pipeline: Put it aside as it is, with its offset. Never replace what cannot be read: names and keys change by it.
    Source: RFC 3629; RFC 8259, section 8.1
    """
    at = _one_of([found.end() for found in _TEXT.finditer(body)], rng)
    if at is None:
        return body
    return body[:at] + _LATIN_1 + body[at:]


@body_edit(is_object=False, in_avro=False)
def byte_order_mark(body: bytes, rng: np.random.Generator) -> bytes:
    """The body begins with a byte order mark.

    Why: A file was saved by an editor or a spreadsheet that puts one in front of UTF-8.
    Pipeline: Skip it or reject it, in every step alike: what one reader takes the next refuses.
    Source: RFC 8259, section 8.1
    """
    return b"\xef\xbb\xbf" + body


@body_edit(in_avro=False)
def renamed_field(body: bytes, rng: np.random.Generator) -> bytes:
    """A field has another name: customerId for customer_id, Amount for amount.

    Why: The sender's schema has drifted: a library now writes names in its own way.
    Pipeline: Reject it, and count such events by name: if they are many, the contract has changed. Never store the
    rest of it as if the field had been absent.
    Source: JSON Schema 2020-12, additionalProperties
    """
    document = orjson.loads(body)
    old = _one_of(list(document), rng)
    if old is None:
        return body
    new = _otherwise(old)
    return orjson.dumps({new if name == old else name: value for name, value in document.items()})


def _otherwise(name: str) -> str:
    """In camel case, or where it is one word with a capital; never the same."""
    first, *others = name.split("_")
    new = first + "".join(map(str.capitalize, others)) if others else name.capitalize()
    return new if new != name else f"{name}2"


@body_edit(in_avro=False)
def new_field(body: bytes, rng: np.random.Generator) -> bytes:
    """There is a field that the contract does not have.

    Why: The sender has a new version, and nobody was told.
    Pipeline: Do as the contract says of unknown fields (this one allows none), in every step alike, and tell somebody.
    Source: JSON Schema 2020-12, additionalProperties
    """
    document = orjson.loads(body)
    name, value = _NEW[int(rng.integers(len(_NEW)))]
    return orjson.dumps({**document, name: value})


@body_edit(in_avro=False)
def number_as_string(body: bytes, rng: np.random.Generator) -> bytes:
    """A number is a text: "12.50" for 12.5.

    Why: A sender writes all numbers as text, so that none loses digits on its way.
    Pipeline: Reject it, or read it as a decimal number where the contract allows both. Never compare it as text: "9"
    is more than "10".
    Source: RFC 8259, section 6
    """
    document = orjson.loads(body)
    found = _one_of(list(_numbers(document)), rng)
    if found is None:
        return body
    inside, name = found
    inside[name] = str(inside[name])
    return orjson.dumps(document)


def _numbers(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where numbers stand: the object or list, and the name or position in it."""
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, dict | list):
            yield from _numbers(each)
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield value, name


@body_edit(in_avro=False, details=CardDetails)
def cvv_leak(body: bytes, rng: np.random.Generator) -> bytes:
    """The card's security code stands in the event.

    Why: A form is passed on with all its fields.
    Pipeline: Reject it without writing it down anywhere: nobody may keep this code once a payment is authorised.
    Source: PCI DSS 4.0, requirement 3.3.1
    """
    document = orjson.loads(body)
    details = document.get(DETAILS)
    inside = details if isinstance(details, dict) else document
    inside["cvv"] = f"{int(rng.integers(1000)):03d}"
    return orjson.dumps(document)
