"""A stand-in for Azure Schema Registry on 127.0.0.1: as much of its HTTP as azure-schemaregistry asks here.

It is no registry, and its `Server` header says so: it compares definitions as text, and takes the tokens it is told.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from .servers import certificate


class RegistryStandIn:
    """HTTPS with a certificate of `ca_file`. Its group is `events`; `schemas` has what was registered, by name.

    status: what it answers to everybody from now on, where it is set. asked: method and path of each request.
    """

    def __init__(self, folder: Path, tokens: list[str]) -> None:
        self.schemas: dict[str, list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.status: int | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            server_version, sys_version = "stand-in-for-Azure-Schema-Registry/1", ""

            def do_PUT(self) -> None:
                self._answer(register=True)

            def do_POST(self) -> None:
                self._answer(register=False)

            def _answer(self, register: bool) -> None:
                definition = self.rfile.read(int(self.headers["Content-Length"])).decode()
                path = urlsplit(self.path).path
                stand_in.asked.append((self.command, path))
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                if token not in tokens:
                    return self._end(401)
                if stand_in.status is not None:
                    return self._end(stand_in.status)
                _, groups, group, schemas, name = path.split("/")
                name = name.removesuffix(":get-id")
                assert (groups, schemas) == ("$schemaGroups", "schemas")
                assert self.headers["Content-Type"] == "application/json; serialization=Avro"
                known = stand_in.schemas.get(name, [])
                if group != "events" or (definition not in known and not register):
                    return self._end(404)
                if definition not in known:
                    json.loads(definition)
                    stand_in.schemas[name] = known = [*known, definition]
                version = known.index(definition) + 1
                return self._end(
                    204,
                    {
                        "Schema-Id": f"id-of-{name}-{version}",
                        "Schema-Group-Name": group,
                        "Schema-Name": name,
                        "Schema-Version": str(version),
                    },
                )

            def _end(self, status: int, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for header, value in (headers or {}).items():
                    self.send_header(header, value)
                if status == 302:
                    self.send_header("Location", "https://elsewhere.invalid/")
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        ca_file, context = certificate(folder)
        self.ca_file = str(ca_file)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def namespace(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
