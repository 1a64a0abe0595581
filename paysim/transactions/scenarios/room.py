"""Whether scenarios have room together: a payment is one thing only, so those of each method have to hold them all.

Each scenario alone is checked by itself (`faults`); what is told here is their sum. Without it some would get what
the others leave, and nobody would see it.
"""

from collections.abc import Iterator, Mapping

from paysim.config.checks import CHECKS, Check
from paysim.config.mix import Mix, mix_of
from paysim.config.schema import Transaction
from paysim.config.sections.base import Fault
from paysim.contract.labels import SCENARIOS
from paysim.transactions.randomness import by_name

from .clocks import WrongClock, at_terminals
from .marking import MarkedShares

_ROOM = 1e-9


class RoomForScenarios(Check):
    name = "scenarios of each method together"

    def faults(self, transaction: Transaction) -> Iterator[Fault]:
        wanted = {name: share for name, share in by_name(transaction.violations).items() if share}
        if wanted:
            mix = mix_of(transaction)
            refunds = mix.statuses.get("refunded", 0.0) if transaction.lifecycle == "payments" else 0.0
            # Where nobody asks for refunds they take what is left.
            yield from _of_methods(wanted, mix, 0.0 if transaction.patterns.payment_status == "auto" else refunds)
            yield from _at_terminals(wanted, mix, refunds)


def _of_methods(wanted: Mapping[str, float], mix: Mix, refunds: float) -> Iterator[Fault]:
    """Of the first method whose payments cannot hold them. refunds: that are asked for in the places of payments."""
    for method in (name for name, share in mix.methods.items() if share):
        parts = MarkedShares.of(method, mix.methods, 0.0, dict(wanted)).of_payments
        if refunds:
            parts["refunds"] = refunds
        if (total := sum(parts.values())) > 1.0 + _ROOM:
            largest = sorted(parts, key=lambda name: (-parts[name], name))[:3]
            most = ", ".join(f"{name} {parts[name]:.3g}" for name in largest)
            yield (
                ("violations",),
                f"take {total:.3g} of all {method} payments together{' and with refunds' if refunds else ''} (most: "
                f"{most}), and a payment is one of them only; allowed: at most 1. What few methods can do is more of "
                "theirs, and a second message takes its first too",
            )
            return


def _at_terminals(wanted: Mapping[str, float], mix: Mix, refunds: float) -> Iterator[Fault]:
    clocks = {name: share for name, share in wanted.items() if isinstance(SCENARIOS[name], WrongClock)}
    possible = at_terminals(wanted, mix, refunds)
    total = sum(clocks.values())
    if clocks and total > possible + _ROOM:
        yield (
            ("violations", min(clocks)),
            f"is {total:g} of all, and payments at a terminal that are nothing else are {max(0.0, possible):.3g}; "
            "allowed: at most that",
        )


CHECKS.add(RoomForScenarios())
