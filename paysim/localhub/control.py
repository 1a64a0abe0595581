"""The control channel: how a command reaches a running hub to change its faults.

A Unix socket for each hub, named by its port, in a folder that only its owner may enter; so the channel needs
no password. One JSON object a line each way.
"""

import asyncio
import contextlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TIMEOUT = 10.0


class ControlError(Exception):
    """The hub cannot be reached or refuses: one line for the person at the keyboard."""


def folder() -> Path:
    """Where the sockets are: private to this user. Raises ControlError when it is somebody else's."""
    path = Path(tempfile.gettempdir()) / f"paysim-localhub-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise ControlError(f"{path} is not a private folder of this user")
    return path


class ControlServer:
    """The hub's end."""

    def __init__(self, port: int, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._path = folder() / f"{port}.sock"
        self._handle = handle
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises ControlError."""
        try:
            self._path.unlink(missing_ok=True)  # left by a hub that was killed: the port is ours now
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        except OSError as error:
            raise ControlError(f"cannot open the control channel {self._path}: {error}") from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            try:
                request = json.loads(await reader.readline())
                if not isinstance(request, dict):
                    raise ValueError("the request is no object")
                answer = self._handle(request)
            except (ValueError, KeyError, TypeError) as error:
                answer = {"error": str(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)


def ask(port: int | None, request: dict[str, Any]) -> dict[str, Any]:
    """Send a request to the hub on that port, or to the only one that runs. Raises ControlError."""
    with _connected(port) as channel:
        try:
            channel.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(channel.makefile("rb").readline())
        except (OSError, ValueError) as error:
            raise ControlError(f"the local hub does not answer: {error}") from None
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return dict(answer)


def _connected(port: int | None) -> socket.socket:
    paths = sorted(folder().glob("*.sock")) if port is None else [folder() / f"{port}.sock"]
    channels: dict[str, socket.socket] = {}
    for path in paths:
        channel = socket.socket(socket.AF_UNIX)
        channel.settimeout(_TIMEOUT)
        try:
            channel.connect(str(path))
            channels[path.stem] = channel
        except OSError:
            channel.close()
    if len(channels) == 1:
        return channels.popitem()[1]
    for channel in channels.values():
        channel.close()
    if channels:
        raise ControlError(f"several local hubs run, on ports {', '.join(channels)}: say which with --port")
    raise ControlError("no local hub runs" if port is None else f"no local hub runs on port {port}")
