"""What Prometheus scrapes from a run, headless and from the web UI."""

import socket
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.dashboard import BEHIND, dashboard_metrics
from tests.support.running import WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("figures of the last seconds are compared")]

HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")
CONFIG = """
simulator:
  output: {batch_size: 10}
  transaction:
    lifecycle: full  # its dashboard row is asked for too
    population: {customers: 200, merchants: 50}
    volume: {total: 2000, rate: 500}
  metrics: {port: %d}
"""


def scrape(url):
    """(name, payment method, outcome) → value."""
    with urllib.request.urlopen(url, timeout=20) as response:
        text = response.read().decode()
    return {
        (s.name, s.labels.get("payment_method"), s.labels.get("outcome")): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def total(found, name, outcome=None):
    return sum(value for (each, _, of), value in found.items() if each == name and of == outcome)


def test_a_headless_run_is_scraped_on_its_port_and_the_dashboard_finds_what_it_asks_for(start, hub):
    port = free_port()
    load_test = start(*HEADLESS, "--master", "--expect-workers", "1", config=CONFIG % port)
    load_test.add_worker()
    load_test.wait_for_users()
    seen = {}

    def scraped():
        seen.update(scrape(f"http://127.0.0.1:{port}/metrics"))
        # Users are counted once a second: the first acknowledgement may come before, and follow-ups come later.
        followed = total(seen, "paysim_follow_up_transactions_total")
        return total(seen, "paysim_transactions_total", "acked") > 0 and followed and total(seen, "paysim_users") == 10

    wait_until(scraped, 20, load_test.logs)
    assert total(seen, "paysim_senders") == 1
    assert total(seen, "paysim_target_transactions_per_second") == 500
    assert total(seen, "paysim_response_time_seconds_count") == total(seen, "paysim_transactions_total", "acked")
    assert {name for name in dashboard_metrics() if not BEHIND.match(name)} <= {name for name, *_ in seen}
    assert load_test.wait() == 0, load_test.logs()


@pytest.mark.long
def test_the_web_ui_serves_the_same_below_its_base_path(start, hub):
    port = free_port()
    options = ("--web-host", "127.0.0.1", "--web-port", str(port), "--web-base-path", "/load")
    load_test = start(*options, config="simulator: {transaction: {volume: {total: 300, rate: 300}}}")
    ui = WebUI(port)
    ui.url += "/load"
    wait_until(ui.up, 40, load_test.logs)
    ui.swarm(5, 5)
    load_test.wait_for_log("All users spawned")
    wait_until(lambda: ui.stats()["state"] == "stopped", 20, load_test.logs)
    found = scrape(f"{ui.url}/metrics")
    assert total(found, "paysim_transactions_total", "acked") == 300
    assert total(found, "paysim_running") == 0
    load_test.kill()


def test_a_port_that_is_taken_is_said_before_anything_starts(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        load_test = start(*HEADLESS, config=CONFIG % port)
        assert load_test.wait(40) == 2, load_test.logs()
    assert f"metrics.port: {port} cannot be used: address already in use" in load_test.log.read_text()
    assert "Traceback" not in load_test.log.read_text()


def test_hooks_of_forks_as_opentelemetry_has_them_hold_up_no_program(start, hub, tmp_path):
    # Locust's --otel registers such hooks when the locustfile has been imported; under gevent they run our greenlets
    # in the child, or, as here, only take their time.
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(
        "import os, time\n"
        "from paysim.loadtest import PaymentUser\n"
        "os.register_at_fork(after_in_child=lambda: time.sleep(100))\n"
    )
    options = ("-f", str(locustfile), "--paysim-total=200", "--paysim-rate=200")
    load_test = start("--headless", "--only-summary", "-u", "5", "-r", "5", *options)

    assert load_test.wait() == 0, load_test.logs()
    assert load_test.summary["delivery"]["arrived"] == 200
