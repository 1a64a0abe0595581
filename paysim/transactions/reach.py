"""Shares that are asked for and cannot be reached, because too few payments can be so, or in time.

What a configuration says alone shows is refused when it is read (`scenarios/room`). This is what only its payments
show: of how many something is to follow before the end of the window, how many of these are left, and whether anything
of a scenario is left in an event as it is mapped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.config.sections.mapping import Mapping as EventMapping
from paysim.contract.identity import Run
from paysim.contract.labels import SCENARIOS

if TYPE_CHECKING:
    from paysim.transactions.generator import TransactionGenerator

_NEARLY = 0.99  # what is told of payments of a pilot is no surer
_FEW = 2_000  # people and merchants of a pilot that is made for this alone
_EDITED = 0.4  # of the payments of a pilot that looks whether scenarios can be seen
_OF_EACH = 100  # payments of each method, times the scenarios
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
    transaction = config.transaction
    is_replay = transaction.timestamps.mode == "replay"
    found = []
    if transaction.lifecycle == "full" or (is_replay and transaction.patterns.payment_status != "auto"):
        found += said(_pilot(config).shortfalls)
    if transaction.mapping != EventMapping() or config.output.format != "json":
        found += [f"transaction.violations.{name}: changes nothing that goes out" for name in _unseen(config)]
    return found


def _unseen(config: Config) -> list[str]:
    """Configured scenarios that each break one payment, of which an event as it is mapped shows nothing: no event has
    their label then."""
    from paysim.transactions.scenarios.base import BodyEdit, FieldEdit

    edits = [name for name in config.transaction.violations if type(SCENARIOS[name]) in (FieldEdit, BodyEdit)]
    if not edits:
        return []
    generator = _pilot(config, lifecycle="payments", violations=dict.fromkeys(edits, _EDITED / len(edits)))
    seen = set[str]()
    for method in mix_of(config.transaction).methods:
        seen.update(generator.batch(method, _OF_EACH * len(edits)).labels.values())
    return [name for name in edits if name not in seen]


def _pilot(config: Config, **changes: object) -> "TransactionGenerator":
    from paysim.transactions.generator import TransactionGenerator

    few = config.transaction.population.model_copy(update={"customers": _FEW, "merchants": _FEW})
    transaction = config.transaction.model_copy(update={"population": few, **changes})
    return TransactionGenerator(config.model_copy(update={"transaction": transaction}), run=Run.new(), producer=0)
