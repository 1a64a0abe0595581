"""Bodies held against the contract and their labels: what has no label must keep it, what is labelled as broken must
not.

The first byte of a body tells whether it is JSON or Avro.

Validating a body takes about 0.1 ms, thirty times as long as reading one. So the first hundred of each label, and of
those without one, are validated, and one in a hundred from then on; `checked` says how many that were.
"""

from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import orjson
from pydantic import ValidationError

import paysim.transactions  # noqa: F401  (registers the methods and scenarios that bodies are held against)
from paysim.contract.labels import SCENARIOS
from paysim.contract.model import Transaction
from paysim.transactions.schema import avro_schema

_AVRO = b"\x48"
"""Begins each Avro body of the contract, and no JSON: its first field is an id, a text of 36 characters."""
FIRST = 100
ONE_IN = 100


def breaks(label: str | None) -> bool:
    """Whether a body with this label breaks the contract in a way that the body alone shows."""
    return label is not None and label in SCENARIOS and SCENARIOS[label].breaks_contract


@dataclass
class Contract:
    """Counts of bodies. bad: they break the contract without such a label. good: they keep it in spite of one."""

    checked: int = 0
    bad: int = 0
    good: int = 0
    _met: dict[str | None, int] = field(default_factory=dict)

    def wants(self, label: str | None) -> bool:
        """Whether the next body of this label is to be checked."""
        met = self._met[label] = self._met.get(label, -1) + 1
        return met < FIRST or met % ONE_IN == 0

    def check(self, label: str | None, body: bytes) -> None:
        self.checked += 1
        keeps = _keeps(body)
        if breaks(label):
            self.good += keeps
        else:
            self.bad += not keeps


def _keeps(body: bytes) -> bool:
    try:
        if body.startswith(_AVRO):
            Transaction.model_validate_json(orjson.dumps(_present(_decoded(body))), strict=True)
        else:
            Transaction.model_validate_json(body, strict=True)  # text is no number
    except (ValidationError, _NotAvro):
        return False
    return True


class _NotAvro(Exception):
    """Bytes that the schema of the contract does not read."""


@cache
def _schema() -> Any:
    import fastavro

    return fastavro.parse_schema(orjson.loads(avro_schema()))


def _decoded(body: bytes) -> Any:
    import fastavro  # only where events are Avro

    stream = BytesIO(body)
    try:
        found = fastavro.schemaless_reader(stream, _schema(), None)
    except Exception as error:  # whatever it raises for bytes that are none, IndexError and OverflowError among them
        raise _NotAvro from error
    if stream.tell() != len(body):
        raise _NotAvro
    return found


def _present(value: Any) -> Any:
    """Without what is null, and the records that nothing is left of."""
    if not isinstance(value, dict):
        return value
    found = {name: _present(inner) for name, inner in value.items()}
    return {name: inner for name, inner in found.items() if inner is not None and inner != {}}
