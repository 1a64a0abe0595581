"""The web UI in a real browser: from the start form to Stop, and what every page owes to those who look at it."""

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from paysim.loadtest.judge.advice import advice
from paysim.summary.counters import HubCounters
from paysim.summary.model import Summary
from tests.support.environment import ROOT
from tests.support.running import WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until
from tests.support.web import COUNTS, data, serve, settled, swarm

from .chromium import DESKTOP, PHONE
from .locust_page import FIELDS, OURS, LocustPage
from .payments_page import PaymentsPage

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("figures of the last seconds are compared")]

CONFIG = """
simulator:
  output: {batch_size: 20}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 300}
    patterns:
      payment_methods: {credit_card: 0.6, debit_card: 0.3, bank_transfer: 0.1}
"""
JUDGED = CONFIG + "  thresholds: {window: 5s, p95_ms: 1000, error_rate: 0.5}\n"
"""A p95 that a busy machine holds, and a hub that holds acknowledgements back does not."""


def test_a_run_from_the_form_to_stop(start, hub, chromium):
    load_test, web = serve(start, config=JUDGED)
    wait_until(web.up)
    locust, payments = LocustPage(chromium, web.url), PaymentsPage(chromium, f"{web.url}/payments")

    # The form: changed values, and none that is wrong.
    locust.open()
    locust.press("Custom parameters")
    locust.fill(userCount=10, spawnRate=10, paysimRate=500, paysimBatchSize=10)
    chromium.until(lambda: "not of each user. Empty: 300." in chromium.text("#paysim-hint-paysimRate"))
    assert chromium.run("return document.querySelector('[name=host]').readOnly")
    assert chromium.serious_findings(FIELDS) == []
    locust.start()
    locust.tab("Payments")
    chromium.until(
        lambda: int(locust.table().get("Total", {}).get("Acked", "0").replace(",", "")) > 1000,
        what="the tab stays empty",
    )
    chromium.until(lambda: "," in locust.table()["Total"]["Acked"])
    assert float(locust.table()["Total"]["p95, ms"]) > 0
    assert set(locust.table()) == {"credit_card", "debit_card", "bank_transfer", "Total"}
    assert locust.table()["credit_card"]["Configured %"] == "60"
    assert chromium.serious_findings(OURS) == []
    locust.tab("Event Hub")
    chromium.until(lambda: "producer 0" in locust.table())
    assert not any("connection 0" in row for row in locust.table()), "connections are folded away"
    assert chromium.serious_findings(OURS) == []
    chromium.until(lambda: "of 500 asked" in chromium.text("#paysim-bar"))
    # What the form set is what an edit finds there.
    locust.press("Edit")
    locust.press("Custom parameters")
    chromium.until(lambda: locust.values().get("paysimRate") == "500")

    # The page shows what the API says at that moment.
    payments.open()
    assert chromium.text("#target").endswith("LOCAL HUB, not Azure")

    def agrees() -> bool:
        before, shown = data(web)["now"], payments.count("acked")
        after = data(web)["now"]
        return before == after and shown == before["total"]["acked"] > 1000

    chromium.until(agrees, what="the page never shows what the API says")
    assert payments.browser.run("return document.querySelector('#tile-rate small').innerText") == "of 500 asked"
    tiles = [name for name, row in HubCounters.rows().items() if row.tile is not None]
    assert tiles and all(payments.tile(name) == "0" for name in tiles), "each counter that has a tile is shown"
    assert [row[0] for row in payments.rows("mix")] == ["credit card", "debit card", "bank transfer"]
    chromium.until(lambda: len(payments.rows("partitions")) == 4)
    assert len(payments.charts()) == 5  # no chart of faults: there are none
    assert chromium.text("#configuration") == "config.yaml"
    assert "1 producer" not in chromium.text("#senders") and "Producer 0" in chromium.text("#senders summary")

    # The verdict changes while one looks: what the hub holds back is a threshold missed.
    chromium.until(lambda: chromium.text("#verdict").startswith("… So far all is held"), what="nothing is held")
    hub.fault("ack-delay", "2000")
    chromium.until(lambda: chromium.text("#verdict").startswith("✗ Missed so far: p95_ms"), what="nothing is missed")
    assert chromium.run("return document.querySelector('#thresholds tr.bad').innerText").startswith("✗")
    chromium.until(lambda: "bad" in chromium.run("return document.querySelector('#tile-now-p95').parentNode.className"))
    hub.fault("ack-delay", "0")

    # A reload of the file is marked.
    assert payments.marks() == 0
    load_test.config.write_text(
        JUDGED.replace("credit_card: 0.6, debit_card: 0.3", "credit_card: 0.3, debit_card: 0.6")
    )
    chromium.until(lambda: "payment_methods" in chromium.text("#changes"), what="the reload is not told")
    chromium.until(lambda: payments.marks() > 10, what="the reload has no mark")
    chromium.until(lambda: [row[1] for row in payments.rows("mix")] == ["30.0 %", "60.0 %", "10.0 %"])

    # Reset counts from there; Stop ends it, and then all figures are Locust's own.
    before = payments.count("acked")
    locust.open()
    locust.running()
    locust.press("Reset")
    wait_until(lambda: data(web)["now"]["total"]["acked"] < before)
    locust.press("Stop")
    wait_until(lambda: data(web)["state"] == "stopped")
    payments.open()
    counted, total = settled(web), data(web)["now"]["total"]
    assert sum(total[name] for name in COUNTS) == counted["Aggregated"]
    # What was sent is read back before the summary is written; then the page has the result of the whole run.
    wait_until((load_test.folder / "output" / "latest" / "summary.json").exists, timeout=90)
    summary = load_test.summary
    outcome = summary["verdict"]["outcome"].capitalize()
    chromium.until(lambda: outcome in chromium.text("#verdict") and chromium.text("#result"))
    assert chromium.text("#state") == "stopped"
    assert all(reason in chromium.text("#reasons") for reason in summary["verdict"]["reasons"])
    assert total["acked"] < payments.count("acked") == summary["transactions"]["acked"]
    links = chromium.run("return [...document.querySelectorAll('#files a')].map((a) => [a.innerText, a.href])")
    assert [text for text, _ in links] == ["Report", "Summary", "JUnit"]
    assert json.loads(web.get("/payments/files/summary.json"))["run_id"] == summary["run_id"]
    assert chromium.console_errors() == []
    chromium.open(links[0][1])  # the report, as one file, may load nothing else
    chromium.until(lambda: chromium.text("h1") == f"Run {summary['run_id']}" and outcome in chromium.text("#verdict"))
    assert chromium.console_errors() == []


def test_the_page_is_for_everybody(start, chromium, tmp_path):
    """Dark and light, wide and narrow, by keyboard and by ear, before a run and in it."""
    _, web = serve(start, config=CONFIG)
    wait_until(web.up)
    page = PaymentsPage(chromium, f"{web.url}/payments")
    page.open()
    chromium.until(lambda: "No test has run yet" in chromium.text("#note"))
    assert chromium.run("return document.querySelector('#note a').href") == f"{web.url}/"
    assert page.charts() == []
    assert chromium.serious_findings() == []
    web.swarm(10, 10)
    chromium.until(lambda: len(page.charts()) == 5 and page.count("acked") > 500)

    page.require_readable()

    # The button wins over the system, and is remembered.
    chromium.run("document.querySelector('#theme').click()")
    page.open()
    assert chromium.run("return document.documentElement.dataset.theme") == "light"
    # Arrow keys tell the values of a moment; a table has all of them.
    chromium.until(lambda: len(page.charts()) == 5)
    chromium.run("document.querySelector('.plot').focus()")
    chromium.keys("ArrowLeft", "ArrowLeft")
    spoken = chromium.run("return document.querySelector('figure [role=status]').innerText")
    assert re.fullmatch(r"\d:\d\d: acknowledged [\d.,]+/s, target 300/s, users \(right\) 10", spoken)
    chromium.run("document.querySelector('figure summary').click()")
    chromium.until(lambda: chromium.run("return document.querySelectorAll('figure tbody tr').length > 3"))
    assert chromium.serious_findings() == []

    # Locust's page with what we add to it.
    locust = LocustPage(chromium, web.url)
    for pixels in (DESKTOP, PHONE):
        chromium.width(pixels)
        locust.open()
        locust.running()
        locust.tab("Event Hub")
        chromium.until(lambda: "Total" in locust.table())
        assert chromium.overflow() == 0
        assert chromium.serious_findings(OURS) == []
    assert chromium.console_errors() == []


@pytest.mark.long
def test_login_and_base_path_hold_for_the_pages(start, chromium):
    port = free_port()
    options = ("-f", str(ROOT / "docs/examples/login.py"), "--web-login", "--web-base-path", "/load")
    start(
        *("--web-host", "127.0.0.1", "--web-port", str(port), *options),
        config=CONFIG,
        WEB_USER="ann",
        WEB_PASSWORD="a long one",
    )
    web = WebUI(port)
    web.url += "/load"
    wait_until(web.up)
    page = PaymentsPage(chromium, f"{web.url}/payments")

    for password in ("wrong", "a long one"):
        chromium.open(page.url)
        login = LocustPage(chromium, chromium.driver.current_url)
        assert "/load/login" in login.url
        login.fill(username="ann", password=password)
        login.press("Login")
        chromium.until(lambda: "Wrong name" in chromium.text("body") or chromium.text("#paysim-bar"))
    locust = LocustPage(chromium, f"{web.url}/")
    locust.fill(userCount=5, spawnRate=5)
    locust.start()
    chromium.run("document.querySelector('#paysim-bar a').click()")
    chromium.until(lambda: page.count("acked") > 200 and len(page.charts()) == 5)
    # The session ends: the page leads back to the login instead of going stale.
    chromium.driver.delete_all_cookies()
    chromium.until(lambda: "/load/login" in chromium.driver.current_url)
    assert chromium.console_errors() == []


def test_a_page_of_another_origin_starts_nothing_and_frames_nothing(start, chromium, tmp_path):
    port = free_port()
    start("--web-host", "127.0.0.1", "--web-port", str(port), config=CONFIG)
    web = WebUI(port)
    wait_until(web.up)
    form = "".join(f'<input name="{name}" value="5">' for name in ("user_count", "spawn_rate"))
    (tmp_path / "evil.html").write_text(
        f'<form id="f" method="post" action="{web.url}/swarm">{form}</form><iframe src="{web.url}/payments"></iframe>'
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        chromium.open(f"http://127.0.0.1:{server.server_port}/evil.html")
        chromium.until(lambda: any("frame" in line.lower() for line in chromium.console_errors()))
        chromium.run("document.getElementById('f').submit()")
        chromium.until(lambda: "changes nothing here" in chromium.text("body"))
    finally:
        server.shutdown()
        server.server_close()
    assert web.stats()["state"] == "ready"


def test_a_refused_edit_is_told_over_the_page_and_a_slow_rate_is_no_zero(start, chromium):
    _, web = serve(start, config=CONFIG.replace("rate: 300", "rate: 0.5"))
    wait_until(web.up)
    assert swarm(web, user_count=1, spawn_rate=1, run_time="100s")["success"]
    wait_until(lambda: data(web)["planned_s"])
    planned = data(web)["planned_s"]
    locust = LocustPage(chromium, web.url)
    for pixels in (DESKTOP, PHONE):
        chromium.width(pixels)
        locust.open()
        locust.running()
        locust.press("Edit")
        locust.press("Custom parameters")
        locust.fill(paysimRate="abc", paysimTotal="many")
        locust.press("Update")
        chromium.until(lambda: "Refused, and nothing changed" in chromium.text("#paysim-refused"))
        faults = chromium.run("return [...document.querySelectorAll('#paysim-refused li')].map((li) => li.innerText)")
        assert faults == [
            'rate must be a number, not the text "abc"',
            'total must be a whole number, not the text "many"',
        ]
        assert chromium.serious_findings("'#paysim-refused'") == []
        chromium.run("document.querySelector('#paysim-refused button').click()")
        chromium.until(
            lambda: re.search(r"0\.\d+ transactions/s over the last 3 s, of 0\.5", chromium.text("#paysim-bar"))
        )
        assert chromium.overflow() == 0
        assert chromium.serious_findings(OURS) == []
    assert data(web)["planned_s"] == pytest.approx(planned, abs=1), (
        "what was refused leaves the end of the run as it was"
    )
    page = PaymentsPage(chromium, f"{web.url}/payments")
    page.open()
    chromium.until(lambda: float(page.tile("rate") or 0) > 0)
    assert chromium.run("return document.querySelector('#tile-rate small').innerText") == "of 0.5 asked"
    assert "total must be a whole number" in chromium.text("#note")
    web.swarm(1, 1)  # what is sent now is taken
    chromium.until(lambda: chromium.run("return document.querySelector('#note').hidden"))


def test_the_report_opens_from_disk_and_says_why_what_was_bad_on_purpose_and_what_to_do(start, hub, chromium):
    config = (
        CONFIG.replace("    volume: {rate: 300}", "    volume: {rate: 300}\n    violations: {zero_amount: 0.1}")
        + '  report: {html: "output/{run_id}/report.html", junit: "output/{run_id}/junit.xml"}\n'
    )
    hub.fault("ack-delay", "300")
    hub.fault("drop-before", "3")
    load_test = start("--headless", "--only-summary", "-u", "1", "-r", "1", "-t", "6s", config=config)
    load_test.wait()
    summary = load_test.summary
    report = load_test.folder / "output" / "latest" / "report.html"
    page = PaymentsPage(chromium, report.resolve().as_uri())
    chromium.offline(True)
    try:
        page.open()
        assert chromium.text("h1") == f"Run {summary['run_id']}"
        assert page.count("acked") == summary["transactions"]["acked"]
        assert (
            chromium.text("#verdict")
            == f"✗ {summary['verdict']['outcome'].capitalize()} exit code {summary['exit_code']}"
        )
        assert chromium.text("#note") == ""
        advice_shown = chromium.text("#advice")
        assert f"Next: {advice(Summary.model_validate(summary))[0]}" in advice_shown
        assert re.search(r"[\d.]+ % of the rate: [\d.]+/s of 300/s asked", advice_shown)
        said = chromium.text("#result")
        assert "Attempts that failed: 3 connection lost" in said
        assert re.search(r"Violations: \d+ on purpose: \d+ zero_amount", said)
        assert re.search(
            r"Files: HTML report output/.*/report.html, JUnit output/.*/junit.xml, labels output/.*, log output/", said
        )
        assert "Faults per second" in page.charts()
        chromium.run("document.querySelector('#facts summary').click()")
        shown = json.loads(chromium.run("return document.querySelector('#facts pre').innerText"))
        assert shown["output"]["batch_size"] == 20
        assert chromium.console_errors() == []
    finally:
        chromium.offline(False)
