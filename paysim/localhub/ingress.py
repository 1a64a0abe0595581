"""The way into a hub: a send is checked, stored and acknowledged, or one of the faults strikes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from paysim.localhub import throttling
from paysim.localhub.encoding import DecodeError
from paysim.localhub.faults import Faults
from paysim.localhub.inbound import MAX_MESSAGE
from paysim.localhub.links import DECODE_ERROR, FULL, TOO_LARGE, CreditKeeper, Later
from paysim.localhub.messages import read_send
from paysim.localhub.namespace import Hub, Namespace
from paysim.localhub.partition_log import PartitionLog
from paysim.localhub.planting import Planter
from paysim.localhub.proton_link import Delivery, Link
from paysim.localhub.publishing import Producers, Publisher, Refused
from paysim.localhub.refusals import tracked
from paysim.localhub.throttling import Throttle


@dataclass(frozen=True)
class Intake:
    """What every way into the namespace shares."""

    namespace: Namespace
    faults: Faults
    planter: Planter
    throttle: Throttle
    clock: Callable[[], float]
    producers: Producers = field(default_factory=Producers)


class Ingress:
    """Takes the events of one link."""

    def __init__(
        self,
        link: Link,
        intake: Intake,
        hub: Hub,
        partition: PartitionLog | None,
        later: Later,
        cut: Callable[[], None],
        publisher: Publisher | None = None,
    ) -> None:
        """`later` defers an acknowledgement, `cut` breaks the connection without a word.

        `publisher`: the idempotent producer whose link this is.
        """
        self._intake, self.hub, self._partition, self._publisher = intake, hub, partition, publisher
        self._later, self._cut = later, cut
        self._credit = CreditKeeper(link)

    def on_delivery(self, delivery: Delivery) -> None:
        self._credit.spend()
        faults = self._intake.faults
        if delivery.incoming.too_large:
            size = delivery.incoming.size
            said = f"The received message (size:{size} bytes) exceeds the limit ({MAX_MESSAGE} bytes) currently allowed"
            delivery.reject(TOO_LARGE, tracked(f"{said} on the link."))
        elif faults.take("reject"):
            delivery.reject(faults.condition("reject"), "The local hub was told to reject this.")
        elif faults.take("drop-before"):
            self._cut()
        elif self._stored(delivery):
            if faults.take("drop-after"):
                self._cut()
            elif not faults.take("unanswered"):
                self._acknowledge(delivery)

    def _stored(self, delivery: Delivery) -> bool:
        """Store a send, or reject it with the reason."""
        intake, incoming = self._intake, delivery.incoming
        try:
            send = read_send(incoming.message_format, incoming.payload())
            if self._publisher is not None and not self._publisher.is_new(send):
                return True
            if not intake.throttle.admit(send.events, incoming.size, intake.clock()):
                delivery.reject(throttling.BUSY, throttling.DESCRIPTION)
                return False
            log = self._partition or self.hub.place(send.partition_key)
            for stored in intake.planter.stored_as(log, send):
                intake.namespace.store(log, stored)
            if self._publisher is not None:
                self._publisher.stored(send)
        except Refused as refused:
            delivery.reject(*refused.refusal)
            return False
        except DecodeError as error:
            delivery.reject(DECODE_ERROR, f"The message cannot be read: {error}.")
            return False
        except OSError as error:
            delivery.reject(FULL, f"The local hub cannot store the message: {error.strerror}.")
            return False
        return True

    def _acknowledge(self, delivery: Delivery) -> None:
        delay = self._intake.faults.setting("ack-delay")
        if delay:
            self._later(delay, delivery.accept)
        else:
            delivery.accept()

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...
