"""The HTML report of a run that failed, as it is read: verdict and reasons first, whole-run figures, zoom, print."""

import re
from collections.abc import Callable
from functools import partial

import pytest

from paysim.config.schema import Thresholds
from paysim.loadtest.judge import verdict
from paysim.loadtest.live.figures import Live
from paysim.loadtest.report import html_report, summary
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import ConnectionFigures, PublisherFigures
from paysim.summary.delivery import Delay, DeliveryRecord
from paysim.summary.model import FollowUpsRecord, Reload
from tests.support.accounts import account, facts
from tests.support.live_accounts import RUN
from tests.support.live_accounts import account as live_account

from .chromium import Chromium
from .payments_page import PaymentsPage

SECONDS = 60
STALL = range(20, 25)
"""Seconds in which nothing was acknowledged."""


def _delivery() -> DeliveryRecord:
    return DeliveryRecord(
        arrived=5495, lost=5, duplicated=0, unexpected=0, out_of_order=None, foreign=3, unreadable=0, expired=0,
        explained_duplicates=0, unknown_arrived=0, after_last_report=0, contract=None, ranges={}, seconds=1.5,
        delay_ms=Delay(p50=2.0, p99=40.0, max=5010.0),
    )  # fmt: skip


def _live() -> Live:
    live = Live()
    live.begin(RUN)
    acked = 0
    for second in range(SECONDS + 1):
        acked += 0 if second in STALL or not second else 100
        told = live_account(0, acked=acked, partitions={"0": acked // 2, "1": acked - acked // 2})
        one = ConnectionFigures(sends=1, retries=0, throttled=0, reconnects=2, state="healthy", events=acked, bytes=1)
        reconnects = 2 if second >= STALL.stop else 0
        told.hub = PublisherFigures(
            reconnects=reconnects, connections=2, states={"healthy": 2}, by_connection=[one, one]
        )
        live.accounts = partial(dict, {"": told})
        live.tick(float(second), 5, 100.0 if second < 40 else 200.0, running=second < SECONDS)
    live.reloaded(Reload(at_s=40.0, change="transaction.volume.rate: null → 1000"))
    return live


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    told, latencies = account(0, 5500, failed=7, late=40), Latencies()
    for kind in ("response", "from_schedule"):
        latencies.record(kind, 0.01, 5500)
    told.latencies = latencies.encode()
    made = summary.make(facts(duration_s=float(SECONDS), target_per_s=100.0, workers=0), [told])
    made.delivery = _delivery()
    made.transactions.violations = {"zero_amount": 12}
    made.follow_ups = FollowUpsRecord(by_type={"capture": 300, "dispute_end": 100}, open=70, open_of_silent=5)
    limits = Thresholds(p95_ms=5, p99_ms=500, error_rate=0.01, min_rate_share=None)
    verdict.judge(made, limits, verdict.EndFacts(verifies=True))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html_report.page(made, _live(), {"credit_card": 1.0}))
    return path.as_uri()


def test_it_begins_with_the_verdict_and_says_what_failed_and_why(chromium: Chromium, report: str) -> None:
    chromium.open(report)
    first = chromium.run("return document.querySelector('main > :not([hidden])').innerText")
    assert first.startswith("✗ Failed exit code 1")
    assert "p95_ms was" in chromium.text("#reasons") and "5 lost" in chromium.text("#reasons")
    assert chromium.run("return document.querySelector('#verdict').getBoundingClientRect().top") < 200
    rows = chromium.run(
        "return [...document.querySelectorAll('#thresholds tbody tr')].map((r) => [r.className, r.innerText])"
    )
    assert [(kind, " ".join(text.split())) for kind, text in rows] == [
        ("bad", "✗ missed p95_ms 10.0 ms ≤ 5 ms whole run"),
        ("ok", "✓ held p99_ms 10.0 ms ≤ 500 ms whole run"),
        ("ok", "✓ held error_rate 0.127 % ≤ 1 % whole run"),
    ]
    # Figures are of the whole run, and coloured by what they are held against; nothing is said of "now".
    page = PaymentsPage(chromium, report)
    assert (page.tile("acked"), page.tile("failed"), page.tile("p95")) == ("5,500", "7", "10.0 ms")
    kinds = {
        name: chromium.run(f"return document.querySelector('#tile-{name}').parentNode.className")
        for name in ("p95", "p99")
    }
    assert kinds == {"p95": "bad", "p99": "ok"}
    assert chromium.run("return document.querySelector('#now')") is None
    assert chromium.text("#note") == ""
    delivery = chromium.run(
        "return [...document.querySelectorAll('table.words tr')].map((row) => row.innerText.split('\\t').join(': '))"
    )
    assert delivery[:2] == ["✗ Acknowledged, and there: 5,495 of 5,500", "✗ Lost: acknowledged, and not there: 5"]
    assert "Events of others in the same partitions: 3" in delivery
    assert "Violations: 12 on purpose" in chromium.text("#result")
    followed = PaymentsPage(chromium, report).rows("follow-ups")
    assert [row[:3] for row in followed] == [["capture", "300", "75.0 %"], ["dispute end", "100", "25.0 %"]]
    assert "70 payments with something due after the end" in chromium.text("#follow-ups")
    assert "5 of them of a process that went silent" in chromium.text("#follow-ups .bad")
    assert chromium.text("#changes") == "0:40 – rate none → 1,000"
    assert "2 connections: 2 healthy at the end, 2 reconnects" in chromium.text("#senders summary")
    assert chromium.console_errors() == []


def test_it_can_be_read_wide_and_narrow_light_and_dark_and_on_paper(chromium: Chromium, report: str) -> None:
    chromium.open(report)
    chromium.run("document.querySelector('#senders details').open = true")
    PaymentsPage(chromium, report).require_readable()
    longest = "[...document.querySelectorAll('#result tbody tr')].find((r) => r.innerText.startsWith('max')).lastChild"
    assert chromium.run(f"return {longest}.getBoundingClientRect().right <= innerWidth")

    # On paper: white, without what can be pressed.
    chromium.run("dispatchEvent(new Event('beforeprint'))")
    assert chromium.run("return document.documentElement.dataset.theme") == "light"
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for gone in ("#theme", "#zoom", "figure details"):
            assert chromium.run("return getComputedStyle(document.querySelector(arguments[0])).display", gone) == "none"
        assert chromium.text("#verdict").startswith("✗ Failed")
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        chromium.run("dispatchEvent(new Event('afterprint'))")


def test_charts_show_each_second_and_hide_what_is_empty(chromium: Chromium, report: str) -> None:
    page = PaymentsPage(chromium, report)
    page.open()
    assert page.charts() == [
        "Transactions per second, and users",
        "Response time, ms: batch ready → acknowledged",
        "MB per second against throughput units",
        "Faults per second",
    ]
    chromium.run("document.querySelector('figure summary').click()")
    chromium.until(lambda: chromium.run("return document.querySelectorAll('figure tbody tr').length > 50"))
    rates = chromium.run(
        "return Object.fromEntries([...document.querySelectorAll('figure:first-child tbody tr')]"
        ".map((row) => [row.cells[0].innerText, row.cells[1].innerText]))"
    )
    assert [rates[f"0:{second}"] for second in range(18, 28)] == 2 * ["100"] + 5 * ["0"] + 3 * ["100"]
    assert page.marks() > 10, "the change has no mark"


def _mouse(chromium: Chromium, kind: str, x: float, y: float, **more: object) -> None:
    told = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1, **more}
    chromium.driver.execute_cdp_cmd("Input.dispatchMouseEvent", told)


def _touch(chromium: Chromium, kind: str, *xs: float, y: float) -> None:
    points = [{"x": x, "y": y, "id": n} for n, x in enumerate(xs)]
    chromium.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_it_zooms_and_moves_by_mouse_touch_and_keyboard(chromium: Chromium, report: str) -> None:
    chromium.open(report)
    chromium.run("document.querySelector('.plot').scrollIntoView({block: 'center'})")
    left, y, width = chromium.run(
        "const r = document.querySelector('.u-over').getBoundingClientRect();"
        "return [r.left, r.top + r.height / 2, r.width]"
    )
    whole = chromium.text("#range")
    assert whole == "0:00 to 1:00"

    def x(second: float) -> float:
        return left + width * second / SECONDS

    def shown() -> tuple[int, int]:
        begin, _, end = chromium.text("#range").partition(" to ")
        return tuple(60 * int(m) + int(s) for m, s in (each.split(":") for each in (begin, end)))  # type: ignore[return-value]

    def becomes(what: Callable[[int, int], bool]) -> None:
        chromium.until(lambda: what(*shown()), 10, f"shown: {chromium.text('#range')}")

    # Mouse: what is dragged over is shown, by all charts; Shift moves it; a double click shows all.
    _mouse(chromium, "mousePressed", x(18), y)
    _mouse(chromium, "mouseMoved", x(25), y, buttons=1)
    _mouse(chromium, "mouseMoved", x(30), y, buttons=1)
    _mouse(chromium, "mouseReleased", x(30), y)
    becomes(lambda begin, end: abs(begin - 18) <= 1 and abs(end - 30) <= 1)
    _mouse(chromium, "mousePressed", x(40), y, modifiers=8)
    _mouse(chromium, "mouseMoved", x(20), y, modifiers=8, buttons=1)
    _mouse(chromium, "mouseReleased", x(20), y, modifiers=8)
    becomes(lambda begin, end: begin > 20 and 10 <= end - begin <= 14)
    for n in (1, 2):
        _mouse(chromium, "mousePressed", x(30), y, clickCount=n)
        _mouse(chromium, "mouseReleased", x(30), y, clickCount=n)
    chromium.until(lambda: chromium.text("#range") == whole)

    # Keyboard: in a chart, and by the buttons.
    chromium.run("document.querySelector('.plot').focus({preventScroll: true})")
    chromium.keys("+", "+")
    becomes(lambda begin, end: end - begin == 15)
    chromium.keys("ArrowLeft")
    when = chromium.text("figure .legend .when")
    assert re.fullmatch(r"at 0:\d\d, \d\d:\d\d:\d\d", when), when
    begin = shown()[0]
    chromium.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "key": "ArrowRight", "modifiers": 8})
    becomes(lambda at, end: at > begin)
    chromium.keys("0")
    chromium.until(lambda: chromium.text("#range") == whole)
    assert chromium.run("return document.getElementById('zoom-all').disabled")
    chromium.run("document.getElementById('zoom-in').click()")
    becomes(lambda begin, end: end - begin == 30)
    chromium.run("document.getElementById('zoom-all').click()")

    # Touch: two fingers zoom, one moves.
    chromium.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        _touch(chromium, "touchStart", x(25), x(35), y=y)
        for spread in (8, 14, 20):
            _touch(chromium, "touchMove", x(30 - spread), x(30 + spread), y=y)
        _touch(chromium, "touchEnd", y=y)
        becomes(lambda begin, end: 10 <= end - begin <= 25)
        begin = shown()[0]
        _touch(chromium, "touchStart", x(40), y=y)
        for second in (35, 30, 20):
            _touch(chromium, "touchMove", x(second), y=y)
        _touch(chromium, "touchEnd", y=y)
        becomes(lambda at, end: at > begin)
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert chromium.console_errors() == []
