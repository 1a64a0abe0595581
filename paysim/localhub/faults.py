"""What the hub has been told to do wrong, and for how long. State and decisions only; nothing here acts."""

from dataclasses import dataclass


class FaultError(ValueError):
    """A fault that does not exist or a value it cannot take."""


@dataclass
class Faults:
    """The faults in force in one hub process."""

    ack_delay: float = 0.0  # seconds that every acknowledgement is held
    stalled_until: float = 0.0  # on the event loop's clock; nothing is read or written before

    def set(self, name: str, value: float, now: float) -> None:
        """Switch a fault on, or off with 0. Raises FaultError."""
        if value < 0 or value != value or value == float("inf"):
            raise FaultError(f"{name} takes a number of 0 or more")
        if name == "ack-delay":
            self.ack_delay = value / 1000
        elif name == "stall":
            self.stalled_until = now + value
        else:
            raise FaultError(f"there is no fault {name}")
