"""Faults of what becomes of a send: answered late, refused, lost on the way, stored and not answered."""

from paysim.localhub.amqp.proton_link import Delivery
from paysim.localhub.faults.base import (
    FAULTS,
    FaultySends,
    InsteadOfAcknowledging,
    InsteadOfStoring,
    WhileAcknowledging,
)


def _hold(sends: FaultySends, delivery: Delivery, seconds: float) -> None:
    sends.later(seconds, delivery.accept)


def _reject(sends: FaultySends, delivery: Delivery) -> None:
    delivery.reject(sends.faults.condition("reject"), "The local hub was told to reject this.")


def _cut(sends: FaultySends, delivery: Delivery) -> None:
    sends.cut()


def _leave(sends: FaultySends, delivery: Delivery) -> None:
    """Never answer."""


FAULTS.add(
    WhileAcknowledging(
        name="ack-delay", unit="MS", meaning="hold every acknowledgement that long", scale=0.001, acknowledge=_hold
    )
)
FAULTS.add(
    InsteadOfStoring(
        name="reject",
        meaning="reject the next N sends with --condition",
        condition="com.microsoft:server-busy",
        strike=_reject,
    )
)
FAULTS.add(
    InsteadOfStoring(
        name="drop-before", meaning="cut the connection of the next N sends before storing them", strike=_cut
    )
)
FAULTS.add(
    InsteadOfAcknowledging(
        name="drop-after",
        meaning="cut the connection of the next N sends, stored but not acknowledged",
        strike=_cut,
    )
)
FAULTS.add(
    InsteadOfAcknowledging(
        name="unanswered", meaning="store the next N sends and never acknowledge them", strike=_leave
    )
)
