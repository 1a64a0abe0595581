"""The security layer in front of AMQP: which mechanisms the hub offers, and what a client answers. No I/O.

Source: OASIS AMQP 1.0 part 5, section 5.3; RFC 4616 for PLAIN. As the service has them: MSSBCBS, ANONYMOUS and
EXTERNAL say no more than that a token follows on `$cbs`; PLAIN brings the name of a policy and its key, which are
checked here and stand for the whole namespace.
"""

from collections.abc import Callable
from typing import Any

from paysim.localhub.amqp import encoding
from paysim.localhub.amqp.encoding import Buffer, DecodeError, descriptor, read_value

MECHANISMS = ["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"]
HEADER = b"AMQP\x03\x01\x00\x00"
_MECHANISMS, _INIT, _CHALLENGE, _RESPONSE, _OUTCOME = range(0x40, 0x45)
_NAMES = {"amqp:sasl-init:list": _INIT, "amqp:sasl-response:list": _RESPONSE}
_OK, _AUTH = 0, 1
_MOST = 8192  # bytes of a frame; the standard allows 512
_WHOLE_HEADER = 8


class SaslError(ValueError):
    """The client does not speak SASL as it should."""


class Sasl:
    """One client's beginning. A client may also begin with AMQP at once, as the standard lets it."""

    def __init__(self, check: Callable[[str, str], bool]) -> None:
        """`check` says whether the name of a policy and a key belong together."""
        self._check = check
        self._data = b""
        self._said: list[bytes] = []
        self._begun = False
        self._asked = False  # for the answer to an empty challenge
        self.over = False  # AMQP follows
        self.refused = False
        self.knows_key = False  # by PLAIN

    def feed(self, data: Buffer) -> bytes:
        """Take bytes from the client. Returns those behind the layer, once it is over. Raises SaslError."""
        self._data += data
        if not self._begun and not self._begin():
            return b""
        while not self.over and not self.refused and (frame := self._frame()) is not None:
            try:
                self._handle(*frame)
            except DecodeError as error:
                raise SaslError(str(error)) from None
        if not self.over:
            return b""
        rest, self._data = self._data, b""
        return rest

    def output(self) -> bytes:
        """What is to go to the client now."""
        said, self._said = b"".join(self._said), []
        return said

    def _begin(self) -> bool:
        if len(self._data) < _WHOLE_HEADER:
            return False
        self._begun = True
        if self._data[:_WHOLE_HEADER] != HEADER:
            self.over = True  # AMQP, or nothing that this layer understands
            return True
        self._data = self._data[_WHOLE_HEADER:]
        self._said.append(HEADER)
        self._say(_MECHANISMS, encoding.symbol_array(MECHANISMS))
        return True

    def _frame(self) -> tuple[int, list[Any]] | None:
        """Take the next whole frame: its code and its fields."""
        data = self._data
        if len(data) < 4:
            return None
        size = int.from_bytes(data[:4], "big")
        if not 8 <= size <= _MOST:
            raise SaslError(f"a frame of {size} bytes")
        if len(data) < size:
            return None
        offset = data[4] * 4
        if data[5] != 1 or not 8 <= offset < size:
            raise SaslError("a frame that is not of SASL")
        frame, self._data = data[:size], data[size:]
        try:
            found, at = descriptor(frame, offset)
            fields = read_value(frame, at)[0]
        except DecodeError as error:
            raise SaslError(str(error)) from None
        code = _NAMES.get(found) if isinstance(found, str) else found
        if code is None or not isinstance(fields, list):
            raise SaslError("a frame that is not of SASL")
        return code, fields

    def _handle(self, code: int, fields: list[Any]) -> None:
        if code == _INIT and fields and not self._asked:
            mechanism, answer = fields[0], fields[1] if len(fields) > 1 else None
            if mechanism == "PLAIN" and answer is None:
                self._asked = True
                self._say(_CHALLENGE, encoding.binary(b""))
            elif mechanism == "PLAIN":
                self._plain(answer)
            else:
                self._end(mechanism in MECHANISMS)
        elif code == _RESPONSE and fields and self._asked:
            self._plain(fields[0])
        else:
            raise SaslError("a frame out of turn")

    def _plain(self, answer: Any) -> None:
        """`[on whose behalf] NUL policy NUL key`."""
        parts = answer.split(b"\0") if isinstance(answer, bytes) else []
        try:
            self.knows_key = len(parts) == 3 and self._check(parts[1].decode(), parts[2].decode())
        except UnicodeDecodeError:
            self.knows_key = False
        self._end(self.knows_key)

    def _end(self, welcome: bool) -> None:
        self._say(_OUTCOME, b"\x50" + bytes((_OK if welcome else _AUTH,)))
        self.over, self.refused = welcome, not welcome

    def _say(self, code: int, field: bytes) -> None:
        body = b"\0\x53" + bytes((code,)) + encoding.list_of([field])
        self._said.append((len(body) + 8).to_bytes(4, "big") + b"\x02\x01\0\0" + body)
