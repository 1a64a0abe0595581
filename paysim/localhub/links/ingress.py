"""The way into a hub: a send is checked, stored and acknowledged, or one of the faults strikes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from paysim.localhub.amqp.encoding import DecodeError
from paysim.localhub.amqp.inbound import MAX_MESSAGE
from paysim.localhub.amqp.messages import Send, read_send
from paysim.localhub.amqp.proton_link import Delivery, Link
from paysim.localhub.conditions import DECODE_ERROR, FULL, TOO_LARGE
from paysim.localhub.faults.base import InsteadOfAcknowledging, InsteadOfStoring, Planted, WhileAcknowledging
from paysim.localhub.faults.state import FaultsInForce
from paysim.localhub.links import throttling
from paysim.localhub.links.base import CreditKeeper, Later
from paysim.localhub.links.producers import IdempotentPublisher, Producers, PublisherRefused
from paysim.localhub.links.throttling import Throttle
from paysim.localhub.refusals import tracked
from paysim.localhub.storage.namespace import Hub, Namespace
from paysim.localhub.storage.partition_log import PartitionLog


@dataclass(frozen=True)
class Intake:
    """What every way into the namespace shares."""

    namespace: Namespace
    faults: FaultsInForce
    throttle: Throttle
    clock: Callable[[], float]
    producers: Producers = field(default_factory=Producers)
    held: dict[PartitionLog, Send] = field(default_factory=dict)
    """Sends of one event that a fault puts behind their partition's next send."""


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
        publisher: IdempotentPublisher | None = None,
    ) -> None:
        """`later` defers an acknowledgement, `cut` breaks the connection without a word.

        `publisher`: the idempotent producer whose link this is.
        """
        self._intake, self.hub, self._partition, self._publisher = intake, hub, partition, publisher
        self.later, self.cut = later, cut
        self.faults = intake.faults
        self._credit = CreditKeeper(link)

    def on_delivery(self, delivery: Delivery) -> None:
        self._credit.spend()
        if delivery.incoming.too_large:
            size = delivery.incoming.size
            said = f"The received message (size:{size} bytes) exceeds the limit ({MAX_MESSAGE} bytes) currently allowed"
            delivery.reject(TOO_LARGE, tracked(f"{said} on the link."))
        elif fault := self.faults.taken(InsteadOfStoring):
            fault.strike(self, delivery)
        elif self._stored(delivery):
            if stored_fault := self.faults.taken(InsteadOfAcknowledging):
                stored_fault.strike(self, delivery)
            else:
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
            for stored in self._planted(log, send):
                intake.namespace.store(log, stored)
            if self._publisher is not None:
                self._publisher.stored(send)
        except PublisherRefused as refused:
            delivery.reject(*refused.refusal)
            return False
        except DecodeError as error:
            delivery.reject(DECODE_ERROR, f"The message cannot be read: {error}.")
            return False
        except OSError as error:
            delivery.reject(FULL, f"The local hub cannot store the message: {error.strerror}.")
            return False
        return True

    def _planted(self, log: PartitionLog, send: Send) -> list[Send]:
        """What to store in a partition in place of a send: the send, unless a fault asks for something else."""
        held = self._intake.held
        if earlier := held.pop(log, None):
            return [send, earlier]
        fault = self.faults.taken(Planted)
        return [send] if fault is None else fault.rewrite(held, log, send)

    def _acknowledge(self, delivery: Delivery) -> None:
        if acting := self.faults.acting(WhileAcknowledging):
            fault, seconds = acting
            fault.acknowledge(self, delivery, seconds)
        else:
            delivery.accept()

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...
