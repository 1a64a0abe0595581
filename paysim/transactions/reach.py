"""Shares that are asked for and cannot be reached, because too few payments can be so, or in time.

What a configuration says alone shows is refused when it is read (`scenarios/room`). This is what only its payments
show: of how many something is to follow before the end of the window, and how many of these are left.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from paysim.config.schema import Config
from paysim.contract.identity import Run

_NEARLY = 0.99  # what is told of payments of a pilot is no surer
_FEW = 2_000  # people and merchants of a pilot that is made for this alone
REFUNDED = "patterns.payment_status.refunded"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Shares of payments: what is asked for, and what there can be."""

    asked: float
    possible: float


class Reach:
    """methods: the shares of payment methods."""

    def __init__(self, methods: Mapping[str, float]) -> None:
        self._methods = methods
        self._parts: dict[str, dict[str, Shortfall]] = {}

    def note(self, key: str, method: str, asked: float, possible: float) -> None:
        """key: below `transaction`. asked, possible: shares among the payments of a method."""
        self._parts.setdefault(key, {})[method] = Shortfall(asked, min(asked, possible))

    @property
    def shortfalls(self) -> dict[str, Shortfall]:
        """Key → over all methods, where less can be than is asked for."""
        found = {}
        for key, parts in sorted(self._parts.items()):
            own = [(self._methods.get(method, 0.0), part) for method, part in parts.items()]
            asked = sum(share * part.asked for share, part in own)
            possible = sum(share * part.possible for share, part in own)
            if possible < _NEARLY * asked:
                found[key] = Shortfall(asked, possible)
        return found


def said(shortfalls: Mapping[str, Shortfall]) -> list[str]:
    """Of each, a line that begins with its key."""
    return [
        f"transaction.{key}: is {each.asked:.3g}, and there can be only {each.possible:.2g}; too few payments are left "
        "that can be so before the end"
        for key, each in shortfalls.items()
    ]


def reach_warnings(config: Config) -> list[str]:
    """What cannot be reached, a line each, told from few people. It takes a second where anything may be so."""
    from paysim.transactions.generator import TransactionGenerator

    transaction = config.transaction
    is_replay = transaction.timestamps.mode == "replay"
    if not (transaction.lifecycle == "full" or (is_replay and transaction.patterns.payment_status != "auto")):
        return []
    few = transaction.population.model_copy(update={"customers": _FEW, "merchants": _FEW})
    known = transaction.model_copy(update={"population": few})
    generator = TransactionGenerator(config.model_copy(update={"transaction": known}), run=Run.new(), producer=0)
    return said(generator.shortfalls)
