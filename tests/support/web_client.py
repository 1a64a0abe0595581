"""What a client of AMQP over WebSocket says, as bytes (RFC 6455)."""


def websocket_request(path: str = "/$servicebus/websocket", protocol: str = "AMQPWSB10", key: str = "a2V5") -> bytes:
    """The opening handshake."""
    lines = [f"GET {path} HTTP/1.1", "Host: h", f"Sec-WebSocket-Protocol: {protocol}", "Upgrade: websocket"]
    return "\r\n".join([*lines, *([f"Sec-WebSocket-Key: {key}"] if key else []), "", ""]).encode()


def masked(code: int, payload: bytes) -> bytes:
    """A frame as clients must send it."""
    mask, size = b"\x01\x02\x03\x04", len(payload)
    wide = b"" if size < 126 else size.to_bytes(2 if size < 65_536 else 8, "big")
    head = bytes((0x80 | code, 0x80 | (size if size < 126 else 126 if size < 65_536 else 127)))
    over = (mask * (size // 4 + 1))[:size]
    return head + wide + mask + (int.from_bytes(payload) ^ int.from_bytes(over)).to_bytes(size)
