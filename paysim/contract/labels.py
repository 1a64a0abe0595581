"""Scenarios as a configuration and the labels see them: what goes wrong on purpose, and when it can.

A transaction that a scenario made carries its name as its label, and the episode that it belongs to. The entries are
in `paysim.transactions.scenarios`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from uuid import UUID

import orjson

from paysim.registry import Registry

from .methods import PAYMENT_METHODS, PaymentMethod
from .names import OneOf


@dataclass(frozen=True, slots=True)
class Intention:
    """What a configuration says that a scenario may depend on.

    methods, statuses, channels: their shares. goes_out: whether the field with this path is in the events. rate:
    transactions/s of live time, None where it is not known. total: of the run or data set, None without end. follows:
    whether captures, settlements and disputes follow payments. days: of the window in replay, None live.
    """

    methods: Mapping[str, float]
    statuses: Mapping[str, float]
    channels: Mapping[str, float]
    goes_out: Callable[[str], bool]
    rate: float | None
    total: int | None
    follows: bool
    days: float | None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way in which transactions are bad.

    about: what is wrong, one sentence. why: how that comes about, or who does it and what for. pipeline: what one
    should do. source: of the rule that is broken, empty where that is the contract itself. length: transactions of an
    episode. needs: the fields that it changes or is seen by. breaks_contract: whether the
    body alone shows that it is wrong. is_object: whether the body is still a JSON object. good_alone: whether each such
    transaction is good by itself, so that only several together are suspicious. is_good: whether each is good, and only
    comes when or as it should not, so that a pipeline has to take it. repeats: whether it has the id of another, which
    went out before it. in_avro: whether Avro, with a type in every place, can say it. in_lifecycle: whether it is about
    what follows payments, so that it takes `lifecycle: full`; its transactions keep to the rules of the others.
    """

    name: str
    about: str
    why: str
    pipeline: str
    source: str = ""
    length: int = 1
    needs: tuple[str, ...] = ()
    breaks_contract: bool = False
    is_object: bool = True
    good_alone: bool = False
    is_good: bool = False
    repeats: bool = False
    in_avro: bool = True
    in_lifecycle: bool = False

    def suits(self, method: PaymentMethod) -> bool:
        """Whether payments by this method can be bad in this way."""
        return True

    def possible(self, methods: Mapping[str, float]) -> float:
        """The share of payments that can be bad in this way."""
        return sum(share for name, share in methods.items() if self.suits(PAYMENT_METHODS[name]))

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        """Why a configuration cannot have this share of all transactions."""
        if self.in_lifecycle and not intention.follows:
            yield "is about what follows a payment, and lifecycle: payments has none but refunds; set lifecycle: full"
        for path in self.needs:
            if not intention.goes_out(path):
                yield f"needs {path}, which mapping.drop takes away"


FRAUD = "fraud"
"""Says of a payment that it is fraud in truth. No scenario: it is good by itself, and nothing in it says so."""

SCENARIOS: Registry[Scenario] = Registry("scenario")
ScenarioName = Annotated[str, OneOf(SCENARIOS)]


def repeats(label: str | None) -> bool:
    """Whether transactions with this label have the id of another."""
    return label is not None and label in SCENARIOS and SCENARIOS[label].repeats


def is_good(label: str) -> bool:
    """Whether transactions with this label have to be taken like those without one."""
    return label in SCENARIOS and SCENARIOS[label].is_good


def in_lifecycle(label: str) -> bool:
    """Whether transactions with this label keep to the rules of what follows payments."""
    return label in SCENARIOS and SCENARIOS[label].in_lifecycle


class EpisodePart(NamedTuple):
    """What a transaction is in an episode of several. episode: 16 bytes, the id of the first of them; role: its own."""

    episode: bytes
    role: str


def label_line(transaction_id: bytes, scenario: str, part: EpisodePart | None, line: int | None = None) -> bytes:
    """A label as JSON Lines have it: transaction_id, violation, episode, and, where they are known, role and line.

    part: None where the transaction is an episode by itself. line: where it stands in its data set, from 1.
    """
    label: dict[str, str | int] = {
        "transaction_id": str(UUID(bytes=transaction_id)),
        "violation": scenario,
        "episode": str(UUID(bytes=part.episode if part else transaction_id)),
    }
    if part is not None:
        label["role"] = part.role
    if line is not None:
        label["line"] = line
    return orjson.dumps(label, option=orjson.OPT_APPEND_NEWLINE)


def fraud_line(transaction_id: bytes, line: int | None = None) -> bytes:
    """What JSON Lines say of a payment that is fraud: transaction_id, fraud, and, where it is known, line."""
    label: dict[str, str | int] = {"transaction_id": str(UUID(bytes=transaction_id)), FRAUD: True}
    return orjson.dumps(label if line is None else label | {"line": line}, option=orjson.OPT_APPEND_NEWLINE)
