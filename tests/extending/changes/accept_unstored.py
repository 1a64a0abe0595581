"""A fault of the local hub: it acknowledges sends that it never stored."""

from paysim.localhub.faults.base import FAULTS, FaultySends, InsteadOfStoring
from paysim.localhub.proton_link import Delivery


def _accept(sends: FaultySends, delivery: Delivery) -> None:
    delivery.accept()


FAULTS.add(
    InsteadOfStoring(
        name="accept-unstored", meaning="acknowledge the next N sends without storing them", strike=_accept
    )
)
