"""Other fates: a payment goes out as it was drawn, and what follows it is not what would have."""

from collections.abc import Iterator
from dataclasses import dataclass

from paysim.contract.labels import Intention, Scenario
from paysim.contract.methods import PAYMENT_METHODS, PaymentMethod


@dataclass(frozen=True, kw_only=True)
class OtherFate(Scenario):
    """fate: what becomes of the payment's story, by its name in `lifecycle/fates`. methods: that can have it, all where
    none is named. days: of a window of replay, at the least."""

    fate: str
    methods: tuple[str, ...] = ()
    days: float
    in_lifecycle: bool = True

    def suits(self, method: PaymentMethod) -> bool:
        return not self.methods or method.name in self.methods

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        possible = sum(own for name, own in intention.methods.items() if self.suits(PAYMENT_METHODS[name]))
        if share > possible:
            what = f"they are only {possible:g} of all" if possible else "payment_methods has none"
            yield f"needs {' or '.join(self.methods)} payments, and {what}"
        if intention.days is not None and intention.days < self.days:
            yield f"takes a window of at least {self.days:g} days, and timestamps has {intention.days:.3g}"
