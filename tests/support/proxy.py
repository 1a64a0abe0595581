"""A CONNECT proxy on 127.0.0.1 that leads everybody to one port of this machine, and remembers who asked."""

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.support.servers import listening


class ConnectProxy:
    """port: its own. asked: the first line of every request. status: what it answers instead of connecting."""

    port: int

    def __init__(self, to: int, login: str | None, status: str | None) -> None:
        self._to, self._login, self._status = to, login, status
        self.asked: list[str] = []

    def serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096) or b"\r\n\r\n"
            lines = head.decode("latin-1").split("\r\n")
            self.asked.append(lines[0])
            status = self._status
            if self._login is not None:
                wanted = f"Proxy-Authorization: Basic {base64.b64encode(self._login.encode()).decode()}"
                status = status or (None if wanted in lines else "407 Proxy Authentication Required")
            if status is not None:
                client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode() if status else b"")
                return
            with socket.create_connection(("127.0.0.1", self._to)) as hub:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=_pipe, args=(hub, client), daemon=True).start()
                _pipe(client, hub)


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxying(to: int, login: str | None = None, status: str | None = None) -> Iterator[ConnectProxy]:
    proxy = ConnectProxy(to, login, status)
    with listening(proxy.serve) as proxy.port:
        yield proxy
