"""AMQP over WebSocket, for the whole of a run: sent, read back, and verified once more later.

The environment names a proxy, which nothing of it may go to: the hub is on this machine.
"""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.proxy import proxying
from tests.support.running import Hub, LoadTest

CONFIG = """
simulator:
  output:
    batch_size: 20
    event_hub: {{eventhub_name: payments, transport: amqp_websocket{more}}}
  transaction:
    population: {{customers: 200, merchants: 50}}
    volume: {{total: 1000, rate: 400}}
"""

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


@pytest.mark.parametrize("tls", [pytest.param(False, marks=pytest.mark.long), True], ids=["plain", "tls"])
def test_a_run_over_websocket_is_verified_at_its_end_and_later(tmp_path: Path, tls: bool):
    ca_file = tmp_path / "ca.pem"
    hub = Hub(*(["--tls", str(ca_file)] if tls else []))
    more = f", endpoint: 'localhost:{hub.port}', ca_file: {ca_file}" if tls else ""
    stack = contextlib.ExitStack()
    try:
        proxy = stack.enter_context(proxying(hub.port))
        named = f"http://127.0.0.1:{proxy.port}"
        load_test = LoadTest(
            tmp_path,
            CONFIG.format(more=more),
            *("--headless", "--only-summary", "-u", "5", "-r", "5"),
            hub=hub,
            **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), named),
            **dict.fromkeys(("no_proxy", "NO_PROXY"), "intranet.example"),
        )
        assert load_test.wait() == 0, load_test.logs()
        delivery = load_test.summary["delivery"]
        assert (delivery["arrived"], delivery["lost"], delivery["error"]) == (1000, 0, None)
        assert "as azure-eventhub documents it, at about a quarter of the speed" in load_test.log.read_text()
        later = subprocess.run(
            [sys.executable, "-m", "paysim", "verify", "--summary", "output/latest", "--config", "config.yaml"],
            cwd=tmp_path,
            env=load_test.environ,
            capture_output=True,
            text=True,
            timeout=90,
        )
    finally:
        stack.close()
        hub.close()
    assert proxy.asked == []
    assert later.returncode == 0, later.stderr
    assert "all 1,000 acknowledged transactions; none lost" in later.stdout
