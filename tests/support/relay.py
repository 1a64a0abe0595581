"""Stands between two processes, and sees or cuts what they say to each other."""

import contextlib
import socket
import threading


class Relay:
    """Passes connections to its own port on to another one, and keeps every byte. Once it is cut both ends hear nothing
    more, and their connections stay open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked, self.answered = bytearray(), bytearray()
        self.cut = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            for source, sink, seen in ((client, server, self.asked), (server, client, self.answered)):
                threading.Thread(target=self._pass, args=(source, sink, seen), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                seen += data
                if not self.cut.is_set():
                    sink.sendall(data)
        if not self.cut.is_set():
            sink.close()

    def close(self) -> None:
        self._listener.close()
