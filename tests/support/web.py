"""A load test with Locust's web UI, and what its pages ask for."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.load_test_fixtures import CONFIG as PER_USER
from tests.support.running import LoadTest, WebUI
from tests.support.servers import free_port

CONFIG = PER_USER.replace("rate_per_user: 40", "rate: 400")
COUNTS = ("acked", "failed", "unknown")


def serve(
    start: Callable[..., LoadTest], *options: str, config: str = CONFIG, path: str = "", **environ: str
) -> tuple[LoadTest, WebUI]:
    port = free_port()
    load_test = start("--web-host", "127.0.0.1", "--web-port", str(port), *options, config=config, **environ)
    web = WebUI(port)
    web.url += path
    return load_test, web


def data(web: WebUI, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(web.get(f"/payments/data{query}"))
    return found


def swarm(web: WebUI, **form: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(web.post("/swarm", **{"user_count": 10, "spawn_rate": 10} | form))
    return found


def settled(web: WebUI) -> dict[str, int]:
    """What Locust's own statistics count, by payment method."""
    time.sleep(2.1)  # it remembers its answer for two seconds
    return {row["name"]: row["num_requests"] for row in web.stats()["stats"]}
