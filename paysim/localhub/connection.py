"""One client's connection: which node each of its links gets, and whether it may.

Addresses, tokens and the service's refusals live here. Bytes come and go through the `engine`, which the
server feeds; time comes from the server too, so that nothing here knows asyncio.
"""

import hmac
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from paysim.localhub.access.cbs import Grants
from paysim.localhub.access.sas import TokenGrant
from paysim.localhub.amqp.engine import Engine
from paysim.localhub.amqp.filters import NAMES, FilterError, PositionError, position
from paysim.localhub.amqp.inbound import MAX_REQUEST
from paysim.localhub.amqp.proton_link import Delivery, Link
from paysim.localhub.amqp.requests import Answer, Request
from paysim.localhub.faults.base import WhileGranting
from paysim.localhub.links import management
from paysim.localhub.links.base import Later, Node
from paysim.localhub.links.egress import Egress, Places
from paysim.localhub.links.ingress import Ingress, Intake
from paysim.localhub.links.producers import CAPABILITY, IdempotentPublisher, PublisherRefused
from paysim.localhub.links.request_links import Replies, Requests
from paysim.localhub.refusals import (
    Refusal,
    beyond_the_end,
    expired,
    missing,
    missing_group,
    missing_partition,
    unauthorized,
)
from paysim.localhub.storage.namespace import Hub
from paysim.localhub.storage.partition_log import PartitionLog

INVALID_FIELD = "amqp:invalid-field"
_CBS, _MANAGEMENT = "$cbs", "$management"


@dataclass(frozen=True)
class Service:
    """What all connections of a hub process share."""

    intake: Intake
    places: Places
    key_name: str
    key: str
    container: str

    def hub(self, name: str) -> Hub | None:
        return self.intake.namespace.hub(name)

    def knows(self, policy: str, key: str) -> bool:
        """Whether this is the namespace's policy with its key."""
        right = hmac.compare_digest(key.encode(), self.key.encode())
        return right and policy == self.key_name


class ClientConnection:
    """The engine's handler for one client."""

    def __init__(self, service: Service, later: Later, want_pump: Callable[[], None], cut: Callable[[], None]) -> None:
        """`want_pump` asks for a call of `pump` soon, `cut` breaks the connection without a word."""
        self._service = service
        self._later = later
        self._want_pump = want_pump
        self._cut_socket = cut
        self._was_cut = False
        self._grants = Grants()
        self._nodes: dict[Link, Node] = {}
        self._replies: dict[str, list[Replies]] = {_CBS: [], _MANAGEMENT: []}
        self._ready: deque[Egress] = deque()  # links that may have something to send, in turn
        self.engine = Engine(self, service.container, self._check_key)

    def _check_key(self, policy: str, key: str) -> bool:
        if not self._service.knows(policy, key):
            return False
        self._grants.allow_all()
        return True

    def on_attach(self, link: Link) -> None:
        address = link.attach.source if link.attach.client_receives else link.attach.target
        path = _path(address)
        if path[0] in self._replies:
            self._attach_request_node(link, path[0])
        elif refusal := self._refusal(path, link.attach.client_receives):
            link.refuse(*refusal)
        elif link.attach.client_receives:
            self._attach_receiver(link, path)
        else:
            self._attach_sender(link, path)

    def _attach_request_node(self, link: Link, name: str) -> None:
        link.open(MAX_REQUEST)
        if link.attach.client_receives:
            replies = Replies(link)
            self._replies[name].append(replies)
            self._nodes[link] = replies
            return
        handle = self._put_token if name == _CBS else self._read
        self._nodes[link] = Requests(link, handle, lambda request: self._reply_link(name, request))

    def _refusal(self, path: list[str], client_receives: bool) -> Refusal | None:
        """Why the client may not have a link to this address, if it may not."""
        name, host, whole = path[0], self.engine.hostname, "/".join(path)
        if not self._grants.allow(name, time.time()):
            return unauthorized("Listen" if client_receives else "Send", host, whole)
        hub = self._service.hub(name)
        rest = path[1:]
        if hub is None:
            return missing(host, whole)
        if client_receives:
            if len(rest) != 4 or rest[0].lower() != "consumergroups" or rest[2].lower() != "partitions":
                return missing(host, whole)
            if rest[1].lower() not in hub.groups:
                return missing_group(host, hub.name, rest[1])
            rest = rest[2:]
        if rest and (len(rest) != 2 or rest[0].lower() != "partitions"):
            return missing(host, whole)
        if rest and hub.partition(rest[1]) is None:
            return missing_partition(host, hub.name, rest[1], len(hub.partitions))
        return None

    def _attach_sender(self, link: Link, path: list[str]) -> None:
        hub = self._hub(path)
        partition = hub.partition(path[2]) if len(path) > 2 else None
        publisher: IdempotentPublisher | None = None
        if partition is not None and CAPABILITY in link.attach.capabilities:
            try:
                publisher = self._service.intake.producers.attach(partition, link.attach.properties)
            except PublisherRefused as refused:
                return link.refuse(*refused.refusal)
        link.open(properties=publisher.properties() if publisher is not None else None)
        intake = self._service.intake
        self._nodes[link] = Ingress(link, intake, hub, partition, self._later, self._cut, publisher)
        return None

    def _cut(self) -> None:
        """Break the connection; what it has sent besides is not looked at any more."""
        self._was_cut = True
        self._cut_socket()

    def _attach_receiver(self, link: Link, path: list[str]) -> None:
        hub = self._hub(path)
        log = hub.partition(path[4])
        assert log is not None, "refused before"
        try:
            start = position(link.attach.filters)
        except PositionError as error:
            return link.refuse(*beyond_the_end(error.what, error.value, _last(log, error.what)))
        except FilterError as error:
            return link.refuse(INVALID_FIELD, str(error))
        last = _last(log, NAMES[start.kind])
        if start.kind != "time" and start.value > last + 1:
            return link.refuse(*beyond_the_end(NAMES[start.kind], start.given, last))
        place = (hub.name, path[2].lower(), path[4])
        if refusal := self._service.places.refusal(place, link):
            return link.refuse(*refusal)
        link.open()
        egress = Egress(link, hub, log, start, self._wake, lambda: self._later(0.0, lambda: None))
        self._service.places.take(place, egress)
        self._nodes[link] = egress
        return None

    def _hub(self, path: list[str]) -> Hub:
        hub = self._service.hub(path[0])
        assert hub is not None, "refused before"
        return hub

    def _reply_link(self, name: str, request: Request) -> Replies | None:
        links = self._replies[name]
        if request.reply_to is not None:
            links = [replies for replies in links if replies.link.attach.target == request.reply_to] or links
        return links[-1] if links else None

    def _put_token(self, request: Request, now: float) -> Answer:
        def change(grant: TokenGrant) -> TokenGrant:
            acting = self._service.intake.faults.acting(WhileGranting)
            return grant if acting is None else acting[0].grant(grant, acting[1], now)

        answer, grant = self._grants.put(request, self._service.key_name, self._service.key, now, change)
        if grant is None:
            return answer
        self.engine.trust()
        if grant.hub and self._service.hub(grant.hub) is None:
            return Answer(404, missing(self.engine.hostname, grant.hub)[1])
        self._later(max(0.0, grant.expires_at - now), self._end_unauthorized)
        return answer

    def _end_unauthorized(self) -> None:
        """Detach the links whose token has expired and was not renewed."""
        now = time.time()
        for link, node in list(self._nodes.items()):
            if isinstance(node, Ingress | Egress) and not self._grants.allow(node.hub.name, now):
                link.detach(*expired())

    def detach_all(self, condition: str, description: str) -> None:
        """Detach every link into or out of a hub."""
        for link, node in list(self._nodes.items()):
            if isinstance(node, Ingress | Egress):
                link.detach(condition, description)

    def _read(self, request: Request, now: float) -> Answer:
        name = request.text("name")
        if not self._grants.allow(name, now):
            return Answer(401, unauthorized("Manage,Listen,Send", self.engine.hostname, name)[1])
        return management.read(request, self._service.hub(name), self.engine.hostname)

    def _wake(self, egress: Egress) -> None:
        if egress not in self._ready:
            self._ready.append(egress)
            self._want_pump()

    def wake_blocked(self) -> None:
        """Let receivers try again whose session window may have moved; Proton does not tell."""
        for node in self._nodes.values():
            if isinstance(node, Egress) and node.blocked:
                self._wake(node)
            elif isinstance(node, Replies):
                node.on_credit()

    def pump(self) -> bool:
        """Let the first waiting receiver send some events. Returns whether any still waits."""
        if self._ready:
            egress = self._ready.popleft()
            if egress.pump():
                self._ready.append(egress)
        return bool(self._ready)

    def on_delivery(self, link: Link, delivery: Delivery) -> None:
        node = self._nodes.get(link)
        if node is not None and not self._was_cut:
            node.on_delivery(delivery)

    def on_credit(self, link: Link) -> None:
        node = self._nodes.get(link)
        if node is not None:
            node.on_credit()

    def on_detach(self, link: Link) -> None:
        node = self._nodes.pop(link, None)
        if node is None:
            return
        node.on_detach()
        if isinstance(node, Replies):
            for links in self._replies.values():
                if node in links:
                    links.remove(node)
        elif isinstance(node, Egress):
            self._service.places.leave(node)
            if node in self._ready:
                self._ready.remove(node)


def _last(log: PartitionLog, what: str) -> int:
    """The last sequence number, or the last event's offset, in a partition; -1 in an empty one."""
    if what == NAMES["offset"]:
        return log.last.last_offset if log.last else -1
    return log.next_sequence - 1


def _path(address: str | None) -> list[str]:
    """An address' segments, without scheme and host: at least one, which may be empty."""
    text = address or ""
    if "://" in text:
        try:
            text = urlsplit(text).path
        except ValueError:
            text = ""
    return unquote(text).strip("/").split("/")
