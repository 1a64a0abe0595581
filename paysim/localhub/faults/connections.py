"""Faults of connections and links: frozen, refused, not answered, closed, detached."""

from paysim.localhub.faults.base import FAULTS, FaultyClient, FaultyServer, LastingFault, Once, Span, WhileAccepting


def _stall(server: FaultyServer, value: float = 0) -> None:
    """Freeze every connection, and thaw all when the time is over."""
    left = server.faults.left("stall", server.loop.time())
    server.stalled = left > 0
    for client in list(server.connections):
        client.set_stalled(server.stalled)
    if server.stalled:
        server.loop.call_later(left, _stall, server)


def _refuse(server: FaultyServer, value: float = 0) -> None:
    """Stop listening, and listen again when the time is over."""
    left = server.faults.left("refuse", server.loop.time())
    if left > 0:
        server.stop_listening()
        server.loop.call_later(left, _refuse, server)
    else:
        server.listen_again()


def _close_idle(server: FaultyServer, value: float = 0) -> None:
    limit, now = server.faults.setting("idle-close"), server.loop.time()
    if not limit:
        return
    for client in list(server.connections):
        if now - client.heard >= limit:
            client.end("amqp:connection:forced", f"The connection was inactive for more than {limit:g} s.")
    server.loop.call_later(max(0.01, limit / 20), _close_idle, server)


def _ignore(client: FaultyClient) -> None:
    client.ignore()


def _detach(server: FaultyServer, value: float) -> None:
    for client in list(server.connections) if value else ():
        client.detach(server.faults.condition("detach"), "The local hub was told to detach this.")


FAULTS.add(Span(name="stall", meaning="freeze: read and write nothing", switched=_stall))
FAULTS.add(Span(name="refuse", meaning="do not listen: new connections are refused", switched=_refuse))
FAULTS.add(WhileAccepting(name="silent", meaning="accept new connections and never answer them", accept=_ignore))
FAULTS.add(
    LastingFault(
        name="idle-close",
        unit="SECONDS",
        meaning="close connections on which nothing came for that long",
        switched=_close_idle,
    )
)
FAULTS.add(
    Once(
        name="detach",
        meaning="detach all links to hubs now, with --condition",
        condition="amqp:link:detach-forced",
        switched=_detach,
    )
)
