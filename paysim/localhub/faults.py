"""What the hub has been told to do wrong, and for how long. State and decisions only; nothing here acts.

A fault is a setting (in force until it is 0), a span (in force for so many seconds), a count (the next so many
sends) or done at once.
"""

from dataclasses import dataclass

SETTING, SPAN, COUNT, ONCE = "setting", "span", "count", "once"


@dataclass(frozen=True)
class Kind:
    """How a fault is switched on. `scale` turns its unit into seconds."""

    sort: str
    unit: str
    meaning: str
    scale: float = 1.0


KINDS: dict[str, Kind] = {
    "ack-delay": Kind(SETTING, "MS", "hold every acknowledgement that long", 0.001),
    "token-lifetime": Kind(SETTING, "SECONDS", "let tokens put from now on expire after that, at the latest"),
    "idle-close": Kind(SETTING, "SECONDS", "close connections on which nothing came for that long"),
    "stall": Kind(SPAN, "SECONDS", "freeze: read and write nothing"),
    "refuse": Kind(SPAN, "SECONDS", "do not listen: new connections are refused"),
    "silent": Kind(SPAN, "SECONDS", "accept new connections and never answer them"),
    "drop-before": Kind(COUNT, "N", "cut the connection of the next N sends before storing them"),
    "drop-after": Kind(COUNT, "N", "cut the connection of the next N sends, stored but not acknowledged"),
    "unanswered": Kind(COUNT, "N", "store the next N sends and never acknowledge them"),
    "reject": Kind(COUNT, "N", "reject the next N sends with --condition"),
    "detach": Kind(ONCE, "1", "detach all links to hubs now, with --condition"),
    "lose-event": Kind(COUNT, "N", "silently drop one event of each of the next N sends"),
    "double-event": Kind(COUNT, "N", "silently store one event of each of the next N sends twice"),
    "swap-events": Kind(COUNT, "N", "silently swap the first two events of each of the next N sends"),
}
CONDITIONS = {"reject": "com.microsoft:server-busy", "detach": "amqp:link:detach-forced"}


class FaultError(ValueError):
    """A fault that does not exist or a value it cannot take."""


class Faults:
    """The faults in force in one hub process. Times are on the event loop's clock."""

    def __init__(self) -> None:
        self._values = dict.fromkeys(KINDS, 0.0)
        self._conditions = dict(CONDITIONS)

    def set(self, name: str, value: float, now: float, condition: str | None = None) -> Kind:
        """Switch a fault on, or off with 0. Raises FaultError."""
        kind = KINDS.get(name)
        if kind is None:
            raise FaultError(f"there is no fault {name}")
        if not 0 <= value < 1e9 or (kind.sort in (COUNT, ONCE) and value != int(value)):
            raise FaultError(f"{name} takes a {'whole ' if kind.unit == 'N' else ''}number of 0 or more")
        if condition is not None and name not in CONDITIONS:
            raise FaultError(f"{name} takes no condition")
        if name in CONDITIONS:
            self._conditions[name] = condition or CONDITIONS[name]
        self._values[name] = now + value if kind.sort == SPAN and value else value * kind.scale
        return kind

    def setting(self, name: str) -> float:
        """A setting in seconds, 0 when it is off."""
        return self._values[name]

    def left(self, name: str, now: float) -> float:
        """For how many seconds more a span lasts; 0 or less when it is over."""
        return self._values[name] - now

    def take(self, name: str) -> bool:
        """Whether a count is in force for this send, which it then is used up for."""
        if self._values[name] <= 0:
            return False
        self._values[name] -= 1
        return True

    def condition(self, name: str) -> str:
        """The AMQP condition that goes with a fault."""
        return self._conditions[name]
