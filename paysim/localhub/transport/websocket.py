"""AMQP over WebSocket: the server's half of RFC 6455, as far as an AMQP stream needs it. No I/O.

The service takes it on the path `/$servicebus/websocket` with the subprotocol AMQPWSB10; each direction is a
stream of binary messages whose borders mean nothing.
"""

import base64
import hashlib
from collections.abc import Iterator

PATH = "/$servicebus/websocket"
PROTOCOL = "AMQPWSB10"
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x2, 0x8, 0x9, 0xA
_MOST_HEADERS = 16_384
_MOST_CONTROL = 125
_MOST_FRAME = 4 * 1_048_576


class WebSocketError(ValueError):
    """The client does not speak WebSocket, or not for AMQP."""


class WebSocket:
    """One connection, from its HTTP request on."""

    def __init__(self) -> None:
        self._data = b""
        self._left = 0  # bytes of a binary message's frame that have not come yet
        self._mask = b""
        self._open = False
        self._replies: list[bytes] = []
        self.closed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The AMQP bytes in what has come. Raises WebSocketError."""
        self._data += data
        if not self._open and not self._shake_hands():
            return
        while not self.closed:
            if self._left:
                if not self._data:
                    return
                yield self._part()
            elif (code := self._frame()) is None:
                return
            elif code not in (_BINARY, _CONTINUATION):
                self._control(code)

    def _part(self) -> bytes:
        """What has come of a binary message; it is not kept until the message is whole."""
        part, self._data = self._data[: self._left], self._data[self._left :]
        unmasked = _unmasked(part, self._mask)
        self._left -= len(part)
        turn = len(part) % 4
        self._mask = self._mask[turn:] + self._mask[:turn]
        return unmasked

    def _control(self, code: int) -> None:
        payload, self._left = self._part() if self._left else b"", 0
        if code == _PING:
            self._replies.append(_framed(_PONG, payload))
        elif code == _CLOSE:
            self._replies.append(_framed(_CLOSE, payload[:2]))
            self.closed = True
        elif code != _PONG:
            raise WebSocketError("a frame that is not binary")

    def output(self) -> bytes:
        """What the WebSocket itself has to say to the client now."""
        said, self._replies = b"".join(self._replies), []
        return said

    @staticmethod
    def wrapped(data: bytes) -> bytes:
        """AMQP bytes as a binary message."""
        return _framed(_BINARY, data)

    def _shake_hands(self) -> bool:
        head, found, rest = self._data.partition(b"\r\n\r\n")
        if not found:
            if len(self._data) > _MOST_HEADERS:
                raise WebSocketError("the request is too long")
            return False
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        target = request.split(" ")[1:2]
        protocols = [name.strip() for name in headers.get("sec-websocket-protocol", "").split(",")]
        if not target or target[0].split("?")[0].rstrip("/").lower() != PATH:
            self._refuse("404 Not Found")
        if "sec-websocket-key" not in headers or PROTOCOL not in protocols:
            self._refuse("400 Bad Request")
        digest = hashlib.sha1(headers["sec-websocket-key"].encode() + _MAGIC, usedforsecurity=False).digest()
        self._replies.append(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n"
            b"Sec-WebSocket-Protocol: " + PROTOCOL.encode() + b"\r\n\r\n"
        )
        self._data, self._open = rest, True
        return True

    def _refuse(self, status: str) -> None:
        self._replies.append(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
        raise WebSocketError(status)

    def _frame(self) -> int | None:
        """Take the head of the next frame, and wait for the whole of a control frame: its opcode."""
        data = self._data
        if len(data) < 2:
            return None
        code, size, at = data[0] & 0x0F, data[1] & 0x7F, 2
        if not data[1] & 0x80:
            raise WebSocketError("a client's frame without a mask")
        if size >= 126:
            wide = 2 if size == 126 else 8
            size, at = int.from_bytes(data[2 : 2 + wide], "big"), 2 + wide
        is_control = code not in (_BINARY, _CONTINUATION)
        if size > (_MOST_CONTROL if is_control else _MOST_FRAME):
            raise WebSocketError("a frame that is too long")
        if len(data) < at + 4 + (size if is_control else 0):
            return None
        self._mask, self._left = data[at : at + 4], size
        self._data = data[at + 4 :]
        return code


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    whole = (mask * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
    return number.to_bytes(len(payload), "big")


def _framed(code: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | code, size))
    elif size < 65_536:
        head = bytes((0x80 | code, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | code, 127)) + size.to_bytes(8, "big")
    return head + payload
