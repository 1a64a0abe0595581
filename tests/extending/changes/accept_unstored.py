"""A fault of the local hub: it acknowledges sends that it never stored."""

from typing import TYPE_CHECKING

from paysim.localhub.faults.base import FAULTS, InsteadOfStoring

if TYPE_CHECKING:
    from paysim.localhub.ingress import Ingress
    from paysim.localhub.proton_link import Delivery


def _accept(ingress: "Ingress", delivery: "Delivery") -> None:
    delivery.accept()


FAULTS.add(
    InsteadOfStoring(
        name="accept-unstored", meaning="acknowledge the next N sends without storing them", strike=_accept
    )
)
