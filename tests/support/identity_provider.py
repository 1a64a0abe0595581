"""An identity provider on 127.0.0.1: what App Service offers a managed identity, with tokens the local hub takes.

`DefaultAzureCredential` finds it by two environment variables and asks it over HTTP; the rest is the real thing.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from paysim.localhub.access import jwt

AUDIENCE = "https://eventhubs.azure.net/"


class IdentityProvider:
    """Signs with the hub's key tokens of `lifetime` seconds; `tokens` are those it gave."""

    def __init__(self, key: str, lifetime: float) -> None:
        self.tokens: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                expires = int(time.time() + lifetime)
                token = jwt.signed({"aud": AUDIENCE, "exp": expires}, key)
                provider.tokens.append(token)
                answer = {
                    "access_token": token,
                    "expires_on": str(expires),
                    "resource": AUDIENCE,
                    "token_type": "Bearer",
                }
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def environment(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{self.port}/token", "IDENTITY_HEADER": "x"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
