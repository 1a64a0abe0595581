"""Faults of what becomes of a send: refused, lost on the way, stored and not answered."""

from typing import TYPE_CHECKING

from paysim.localhub.faults.base import FAULTS, InsteadOfAcknowledging, InsteadOfStoring, Setting

if TYPE_CHECKING:
    from paysim.localhub.ingress import Ingress
    from paysim.localhub.proton_link import Delivery


def _reject(ingress: "Ingress", delivery: "Delivery") -> None:
    delivery.reject(ingress.faults.condition("reject"), "The local hub was told to reject this.")


def _cut(ingress: "Ingress", delivery: "Delivery") -> None:
    ingress.cut()


def _leave(ingress: "Ingress", delivery: "Delivery") -> None:
    """Never answer."""


FAULTS.add(
    Setting(name="ack-delay", unit="MS", meaning="hold every acknowledgement that long", scale=0.001)  # see Ingress
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
