"""Which faults are in force in a hub, and for how long. State and decisions only; nothing here acts."""

from typing import Any, TypeVar

from paysim.localhub.faults.base import FAULTS, Counted, Fault

Kind = TypeVar("Kind", bound=Fault)
CountedKind = TypeVar("CountedKind", bound=Counted)


class FaultError(ValueError):
    """A fault that does not exist or a value it cannot take."""


class FaultsInForce:
    """The faults in force in one hub process. Times are on the event loop's clock."""

    def __init__(self) -> None:
        self._values = dict.fromkeys(FAULTS, 0.0)
        self._conditions = {name: fault.condition for name, fault in FAULTS.items()}
        self._by_kind: dict[type, list[Any]] = {}

    def set(self, name: str, value: float, now: float, condition: str | None = None) -> Fault:
        """Switch a fault on, or off with 0. Raises FaultError."""
        fault: Fault | None = FAULTS.get(name)
        if fault is None:
            raise FaultError(f"there is no fault {name}")
        if not fault.fits(value):
            raise FaultError(f"{name} takes a {'whole ' if fault.unit == 'N' else ''}number of 0 or more")
        if condition is not None and fault.condition is None:
            raise FaultError(f"{name} takes no condition")
        self._conditions[name] = condition or fault.condition
        self._values[name] = fault.kept(value, now)
        return fault

    def setting(self, name: str) -> float:
        """A setting in seconds, 0 when it is off."""
        return self._values[name]

    def left(self, name: str, now: float) -> float:
        """For how many seconds more a span lasts; 0 or less when it is over."""
        return self._values[name] - now

    def acting(self, kind: type[Kind], now: float = 0.0) -> tuple[Kind, float] | None:
        """The fault of this kind that is in force, and its value: of a setting or of what is left of a span, seconds.

        now: for a span.
        """
        for fault in self._of_kind(kind):
            if (value := fault.remains(self._values[fault.name], now)) > 0:
                return fault, value
        return None

    def taken(self, kind: type[CountedKind]) -> CountedKind | None:
        """The fault of this kind that is in force for this send, which it then is used up for."""
        acting = self.acting(kind)
        if acting is None:
            return None
        self._values[acting[0].name] -= 1
        return acting[0]

    def _of_kind(self, kind: type[Kind]) -> list[Kind]:
        found = self._by_kind.get(kind)  # asked for with every send
        if found is None:
            found = self._by_kind[kind] = [fault for fault in FAULTS.values() if isinstance(fault, kind)]
        return found

    def condition(self, name: str) -> str:
        """The AMQP condition that goes with a fault which has one."""
        condition = self._conditions[name]
        assert condition is not None, "it takes none"
        return condition
