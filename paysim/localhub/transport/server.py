"""Sockets and time: the asyncio side of the hub. Bytes in, bytes out, timers; no meaning.

A connection that breaks, or breaks the protocol, ends alone. A stall stops every connection's reading and
writing without closing any, as a frozen machine would.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Any

from paysim.localhub.connection import ClientConnection, Service
from paysim.localhub.faults.base import WhileAccepting
from paysim.localhub.transport.websocket import WebSocket, WebSocketError

_LOG = logging.getLogger(__name__)
HANDSHAKE_LIMIT = 60.0  # seconds until a client must have shown a token; the service waits that long for a link
_HIGH_WATER = 1_048_576  # unsent bytes from which on receivers get nothing more


class Server:
    """The listening socket and all its connections."""

    def __init__(self, service: Service, tls: ssl.SSLContext | None = None) -> None:
        self.service = service
        self._tls = tls
        self.loop = asyncio.get_running_loop()
        self.connections: set[ClientProtocol] = set()
        self.stalled = False
        # Shared: each read is worked off before the next. A view, because asyncio's TLS slices what it is given.
        self.buffer = memoryview(bytearray(262_144))
        self.faults = service.intake.faults
        self._listener: asyncio.Server | None = None
        self._address: tuple[str, int] = ("", 0)
        self.addresses: list[str] = []  # that it listens on
        self._reopening: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int) -> int:
        """Listen. Returns the port. Raises OSError."""
        self._listener = await self.loop.create_server(
            lambda: ClientProtocol(self), host, port, backlog=1024, ssl=self._tls
        )
        self._address = self._listener.sockets[0].getsockname()
        self.addresses = [str(each.getsockname()[0]) for each in self._listener.sockets]
        return int(self._address[1])

    async def close(self) -> None:
        """Say goodbye to every client and stop listening."""
        if self._listener is not None:
            self._listener.close()
        for client in list(self.connections):
            client.end("amqp:connection:forced", "The local hub is shutting down.")
        await asyncio.sleep(0)

    def set_fault(self, name: str, value: float, condition: str | None = None) -> None:
        """Put a fault in force. Raises FaultError."""
        self.faults.set(name, value, self.loop.time(), condition).switched(self, value)

    def stop_listening(self) -> None:
        """Refuse new connections from now on."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def listen_again(self) -> None:
        """Take new connections again, as soon as the port is free; nothing where they are taken."""
        if self._listener is None:
            self._reopening = self.loop.create_task(self._listen_again())

    async def _listen_again(self) -> None:
        while self._listener is None:
            try:
                await self.listen(*self._address[:2])
            except OSError as error:
                _LOG.warning("the port is taken, trying again: %s", error.strerror)
                await asyncio.sleep(0.5)


class ClientProtocol(asyncio.BufferedProtocol):
    """One client's socket and the engine behind it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = server.loop
        self._transport: asyncio.Transport | None = None
        self._connection = ClientConnection(server.service, self._later, self._want_pump, self.abort)
        self._engine = self._connection.engine
        self._paused = False
        self._pumping = False
        self._timers: set[asyncio.TimerHandle] = set()
        self._heartbeat: asyncio.TimerHandle | None = None
        self._ignored = False
        self._web: WebSocket | None = None
        self._began = self.heard = server.loop.time()
        if acting := server.faults.acting(WhileAccepting, self._began):
            acting[0].accept(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=_HIGH_WATER)
        self._server.connections.add(self)
        if self._server.stalled:
            self.set_stalled(True)
        self._later(HANDSHAKE_LIMIT, self._end_untrusted)

    def _end_untrusted(self) -> None:
        if self._engine.trusted or self._ignored:
            return
        if self._engine.opened:
            limit = round(1000 * HANDSHAKE_LIMIT)
            self.end(
                "amqp:connection:forced", f"The connection was inactive for more than the allowed {limit} milliseconds."
            )
        else:
            self.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = self._server.buffer[:nbytes]
        first, self.heard = self.heard == self._began, self._loop.time()
        if self._ignored:
            return
        if first and bytes(data[:4]) == b"GET ":
            self._web = WebSocket()
        self._guarded(lambda: self._receive(data))

    def _receive(self, data: memoryview) -> None:
        if self._web is None:
            self._engine.receive(data)
        else:
            self._receive_web(self._web, bytes(data))
        self._connection.wake_blocked()

    def _receive_web(self, web: WebSocket, data: bytes) -> None:
        assert self._transport is not None
        try:
            for part in web.feed(data):
                self._engine.receive(part)
        except WebSocketError:
            web.closed = True
        self._transport.write(web.output())
        if web.closed:
            self._transport.close()

    def _guarded(self, action: Callable[[], Any]) -> None:
        """Do something to the connection and send what comes of it; a defect ends this connection alone."""
        try:
            if self._engine.alive:
                action()
                self._flush()
        except Exception:
            _LOG.exception("a connection failed")
            self.abort()

    def _flush(self) -> None:
        if self._transport is None or self._server.stalled:
            return
        self._engine.handle_events()
        data = self._engine.output()
        if data:
            self._transport.write(data if self._web is None else self._web.wrapped(data))
        if self._heartbeat is None and data and self._engine.opened:
            self._tick()
        if self._engine.finished:
            self._transport.close()

    def _tick(self) -> None:
        """Let the engine send its heartbeat, or find that the client's is missing."""
        delay = self._engine.tick()
        self._heartbeat = None if delay is None else self._loop.call_later(delay, self._guarded, self._tick)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call this after so many seconds, if the connection is still there, and send what comes of it."""

        def run() -> None:
            self._timers.discard(timer)
            self._guarded(action)

        timer = self._loop.call_later(seconds, run)
        self._timers.add(timer)

    def _want_pump(self) -> None:
        if not self._pumping and not self._paused:
            self._pumping = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._pumping = False
        if not self._server.stalled:
            self._guarded(self._pump_once)

    def _pump_once(self) -> None:
        if self._connection.pump():
            self._want_pump()

    def pause_writing(self) -> None:
        self._paused = True
        if not self._engine.trusted and self._transport is not None:
            self._transport.pause_reading()  # what it asks without reading the answers would pile up

    def resume_writing(self) -> None:
        self._paused = False
        if not self._server.stalled and self._transport is not None:
            self._transport.resume_reading()
        self._want_pump()

    def ignore(self) -> None:
        """Read from now on what comes, and never answer it."""
        self._ignored = True

    def set_stalled(self, stalled: bool) -> None:
        """Stop or go on reading and writing."""
        assert self._transport is not None
        if stalled:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
            self._guarded(self._want_pump)

    def end(self, condition: str, description: str) -> None:
        """Close the connection with an error."""
        self._guarded(lambda: self._engine.close(condition, description))
        if self._transport is not None:
            self._transport.close()

    def detach(self, condition: str, description: str) -> None:
        """Detach every link into or out of a hub."""
        self._guarded(lambda: self._connection.detach_all(condition, description))

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(self)
        for timer in (*self._timers, self._heartbeat):
            if timer is not None:
                timer.cancel()
        self._timers.clear()
        self._engine.release()
