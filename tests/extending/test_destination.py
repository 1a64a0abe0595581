"""A destination is one file, and one that leads to another host passes the same gate as an event hub."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .house import HEADLESS, House

CONFIG = {"output": {"destination": "collector"}, "transaction": {"volume": {"rate_per_user": 40}}}


class Site:
    """An HTTP server of this machine: the transactions that came."""

    def __init__(self) -> None:
        self.transactions: list[str] = []
        came = self.transactions

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.extend(json.loads(line)["transaction_id"] for line in body.splitlines())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def test_a_file_in_destinations_is_a_destination_everywhere(
    house: House, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.add("collector", "publishers/destinations")
    monkeypatch.setenv("COLLECTOR", site.address)
    config = house.config(**CONFIG)
    assert "  target    127.0.0.1/collected (may be loaded)" in house.run("paysim", "check", config)
    assert "one of event_hub, file, stdout, collector" in house.tables()
    said, summary = house.load_test(config)
    acked = summary["transactions"]["acked"]
    assert acked > 0 and acked == len(site.transactions) == len(set(site.transactions))
    assert summary["target"] == "127.0.0.1/collected" and "HTTP" in said


def test_a_destination_that_leads_to_another_host_passes_the_target_gate(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.add("collector", "publishers/destinations")
    monkeypatch.setenv("COLLECTOR", "collector.example:80")
    config = house.config(**CONFIG)
    refusal = "target collector.example/collected is not in output.event_hub.allowed_targets"
    assert refusal in house.run("paysim", "check", config, expected=2)
    locust = ("locust", "-f", "locustfiles/payments.py", "--paysim-config", config, *HEADLESS)
    assert refusal in house.run(*locust, expected=2)
    making = "from paysim.publishers import make_publisher as make; from paysim.config.loader import load"
    (house.folder / "make.py").write_text(f"{making}\nfrom pathlib import Path\nmake(load(Path('{config}')).config)\n")
    assert f"TargetError: {refusal}" in house.run("make", expected=1), "the last gate, behind all others"
    monkeypatch.setenv("PAYSIM_ALLOW_TARGET", "collector.example/collected")
    assert "  target    collector.example/collected (may be loaded)" in house.run("paysim", "check", config)


def test_a_destination_that_does_not_say_where_it_leads_cannot_be_registered() -> None:
    from paysim.config.targets.destinations import DESTINATIONS
    from paysim.publishers.base import PublishingDestination

    class Silent(PublishingDestination):
        name = "silent"

    with pytest.raises(TypeError, match="target"):
        DESTINATIONS.add(Silent())  # type: ignore[abstract]
