"""Reads a data set: JSON Lines of transactions, and the labels beside it.

A labelled transaction was made bad on purpose and is left out; a label may also say what was fraud in truth
(`{"transaction_id": …, "fraud": true}`), which is no reason to leave it out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from paysim.contract.codes import STATUSES_OF

from .data import Data, NotATransaction


class UnreadableData(ValueError):
    """What is no data set; the text is one line for the user: file, line, what is wrong."""


@dataclass
class DataLabels:
    """lines, ids: of transactions that are left out; lines from 1. fraud: id → whether; None where no label says."""

    lines: set[int] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    fraud: dict[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """data: without what is labelled. left_out: how many that was."""

    data: Data
    left_out: int


def file(path: Path) -> Read:
    """A file that `paysim generate` wrote. Raises UnreadableData, and OSError where it cannot be opened."""
    beside = path.with_name(f"{path.name}.labels.jsonl")
    labels = _labels(beside) if beside.exists() else DataLabels()
    with path.open("rb") as lines:
        return _read(lines, labels, str(path))


def bodies(found: Iterable[tuple[bytes, str | None, bool]], name: str) -> Read:
    """Transactions that were just generated, each with its label or None, and whether it is fraud. Raises
    UnreadableData."""
    said: dict[str, bool] = {}
    labels = DataLabels(fraud=said)

    def kept() -> Iterator[bytes]:
        for number, (body, label, fraud) in enumerate(found, 1):
            if fraud:
                said[orjson.loads(body)["transaction_id"]] = True
            if label is not None:
                labels.lines.add(number)
            yield body

    return _read(kept(), labels, name)


def _read(lines: Iterable[bytes], labels: DataLabels, name: str) -> Read:
    numbers: list[int] = []
    left_out = 0

    def documents() -> Iterator[dict[str, object]]:
        nonlocal left_out
        for number, line in enumerate(lines, 1):
            if number in labels.lines:
                left_out += 1
                continue
            try:
                document = orjson.loads(line)
            except orjson.JSONDecodeError:
                raise UnreadableData(f"{name}:{number}: is not JSON; truth reads JSON Lines") from None
            if not isinstance(document, dict):
                raise UnreadableData(f"{name}:{number}: is not an object")
            if labels.ids and document.get("transaction_id") in labels.ids:
                left_out += 1
                continue
            if (known := _payment_or_refund(document)) is not None:
                numbers.append(number)
                yield known

    try:
        data = Data(documents(), labels.fraud)
    except NotATransaction as error:
        position, _, text = str(error).partition(": ")
        hint = "; a mapping renames fields, and truth reads transactions before it"
        raise UnreadableData(f"{name}:{numbers[int(position) - 1]}: {text}{hint}") from None
    if not data.n:
        raise UnreadableData(f"{name}: holds no transaction")
    return Read(data, left_out)


def _payment_or_refund(document: dict[str, object]) -> dict[str, object] | None:
    """Facts are about payments and refunds: an authorisation is a payment, and what else follows one is passed over."""
    type_ = document.get("transaction_type")
    if type_ in ("authorization", "retry"):
        status = document.get("payment_status")
        found = document | {"transaction_type": "payment"}
        found.pop("original_transaction_id", None)
        return found | {"payment_status": "completed"} if status == "authorized" else found
    return document if type_ not in STATUSES_OF or type_ in ("payment", "refund") else None


def _labels(path: Path) -> DataLabels:
    labels = DataLabels()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = orjson.loads(line)
                id_ = str(entry["transaction_id"])
                if "fraud" in entry:
                    labels.fraud = labels.fraud or {}
                    labels.fraud[id_] = bool(entry["fraud"])
                if "violation" in entry or "scenario" in entry:
                    if "line" in entry:
                        labels.lines.add(int(entry["line"]))
                    else:
                        labels.ids.add(id_)
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                raise UnreadableData(f"{path}:{number}: is no label: transaction_id, and violation or fraud") from None
    return labels
