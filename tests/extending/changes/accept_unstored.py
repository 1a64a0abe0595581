"""A fault of the local hub: it acknowledges sends that it never stored."""

from paysim.localhub.amqp.proton_link import Delivery
from paysim.localhub.faults.base import FAULTS, FaultySends, InsteadOfStoring


def _accept(sends: FaultySends, delivery: Delivery) -> None:
    delivery.accept()


FAULTS.add(
    InsteadOfStoring(
        name="accept-unstored", meaning="acknowledge the next N sends without storing them", strike=_accept
    )
)
