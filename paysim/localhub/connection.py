"""One client's connection: which node each of its links gets, and whether it may.

Addresses, tokens and the service's refusals live here. Bytes come and go through the `engine`, which the
server feeds; time comes from the server too, so that nothing here knows asyncio.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from paysim.localhub import management
from paysim.localhub.cbs import Grants
from paysim.localhub.egress import Egress, Places
from paysim.localhub.engine import Delivery, Engine, Link
from paysim.localhub.filters import FilterError, position
from paysim.localhub.ingress import Ingress, Intake
from paysim.localhub.links import Later, Node
from paysim.localhub.namespace import Hub
from paysim.localhub.nodes import Replies, Requests
from paysim.localhub.requests import Answer, Request

UNAUTHORIZED = "amqp:unauthorized-access"
NOT_FOUND = "amqp:not-found"
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


class Connection:
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
        self.engine = Engine(self, service.container)

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
        link.open()
        if link.attach.client_receives:
            replies = Replies(link)
            self._replies[name].append(replies)
            self._nodes[link] = replies
            return
        handle = self._put_token if name == _CBS else self._read
        self._nodes[link] = Requests(link, handle, lambda request: self._reply_link(name, request))

    def _refusal(self, path: list[str], client_receives: bool) -> tuple[str, str] | None:
        """Why the client may not have a link to this address, if it may not."""
        name = path[0]
        if not self._grants.allow(name, time.time()):
            claim = "Listen" if client_receives else "Send"
            return UNAUTHORIZED, f"Unauthorized access. '{claim}' claim is required for '{name}'."
        hub = self._service.hub(name)
        rest = path[1:]
        if hub is None:
            return NOT_FOUND, f"The messaging entity '{name}' could not be found."
        if client_receives:
            if len(rest) != 4 or rest[0].lower() != "consumergroups" or rest[2].lower() != "partitions":
                return NOT_FOUND, f"'{'/'.join(path)}' is not a partition in a consumer group."
            if rest[1].lower() not in hub.groups:
                return NOT_FOUND, f"The consumer group '{rest[1]}' of '{name}' could not be found."
            rest = rest[2:]
        if rest and (len(rest) != 2 or rest[0].lower() != "partitions" or hub.partition(rest[1]) is None):
            return NOT_FOUND, f"'{'/'.join(rest)}' of '{name}' could not be found."
        return None

    def _attach_sender(self, link: Link, path: list[str]) -> None:
        hub = self._hub(path)
        partition = hub.partition(path[2]) if len(path) > 2 else None
        link.open()
        self._nodes[link] = Ingress(link, self._service.intake, hub, partition, self._later, self._cut)

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
        except FilterError as error:
            return link.refuse(INVALID_FIELD, str(error))
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
        lifetime = self._service.intake.faults.setting("token-lifetime")
        answer, grant = self._grants.put(request, self._service.key_name, self._service.key, now, lifetime)
        if grant is not None:
            self._later(max(0.0, grant.expires_at - now), self._end_unauthorized)
        return answer

    def _end_unauthorized(self) -> None:
        """Detach the links whose token has expired and was not renewed."""
        now = time.time()
        for link, node in list(self._nodes.items()):
            if isinstance(node, Ingress | Egress) and not self._grants.allow(node.hub.name, now):
                link.detach(UNAUTHORIZED, "ExpiredToken: the token is expired.")

    def detach_all(self, condition: str, description: str) -> None:
        """Detach every link into or out of a hub."""
        for link, node in list(self._nodes.items()):
            if isinstance(node, Ingress | Egress):
                link.detach(condition, description)

    def _read(self, request: Request, now: float) -> Answer:
        name = request.text("name")
        if not self._grants.allow(name, now):
            return Answer(401, f"Unauthorized access to '{name}'.")
        return management.read(request, self._service.hub(name))

    def _wake(self, egress: Egress) -> None:
        if egress not in self._ready:
            self._ready.append(egress)
            self._want_pump()

    def wake_blocked(self) -> None:
        """Let receivers try again whose session window may have moved; Proton does not tell."""
        for node in self._nodes.values():
            if isinstance(node, Egress) and node.blocked:
                self._wake(node)

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


def _path(address: str | None) -> list[str]:
    """An address' segments, without scheme and host: at least one, which may be empty."""
    text = address or ""
    if "://" in text:
        try:
            text = urlsplit(text).path
        except ValueError:
            text = ""
    return unquote(text).strip("/").split("/")
