"""What is behind the hub on the page: the path of hops, and its charts, wide and narrow, light and dark."""

from pathlib import Path

import pytest

from paysim.config.schema import Thresholds
from paysim.config.sections.pipeline import Pipeline
from paysim.loadtest.judge import verdict
from paysim.loadtest.live.figures import Live
from paysim.loadtest.report import html_report, summary
from paysim.summary.pipeline import PipelineRecord
from tests.support import hops
from tests.support.accounts import account, facts
from tests.support.live_accounts import RUN
from tests.support.live_accounts import account as live_account

from .chromium import DESKTOP, PHONE, Chromium
from .payments_page import PaymentsPage


def report(folder: Path, watched: bool = True, **more: object) -> str:
    """The HTML report of a run of five seconds: the page with the figures in it."""
    made = summary.make(facts(), [account(0, 1000)])
    live = Live()
    live.accounts = lambda: {"": live_account(0, acked=1000)}
    if watched:
        live.pipeline = lambda: hops.figures(**more)
        made.pipeline = PipelineRecord.model_validate(hops.figures(**more).model_dump(exclude={"now", "window"}))
    live.begin(RUN)
    for second in range(5):
        live.tick(float(second), 5, 200.0)
    stage = {"name": "stored", "event_hub": {"eventhub_name": "stored"}, "thresholds": {"p95_ms": 200}}
    pipeline = Pipeline.model_validate({"stages": [stage]} if watched else {})
    verdict.judge(made, Thresholds(), verdict.EndFacts(), pipeline)
    path = folder / "report.html"
    path.write_text(html_report.page(made, live, {"credit_card": 1.0}))
    return path.as_uri()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_hops_can_be_read(chromium: Chromium, tmp_path: Path, width: int, theme: str):
    chromium.width(width)
    chromium.theme(theme)
    chromium.open(report(tmp_path))
    assert chromium.overflow() <= 0
    assert chromium.serious_findings("'#behind'") == []
    assert chromium.serious_findings("'#hop-charts'") == []
    assert chromium.console_errors() == []


def test_the_path_of_hops_is_a_table_with_what_is_wrong_in_it(chromium: Chromium, tmp_path: Path):
    page = PaymentsPage(chromium, report(tmp_path))
    page.open()
    asked, acknowledged, in_the_hub, stored, rejected = page.rows("hops")
    assert asked[:2] == ["asked", "200"]
    assert acknowledged[:3] == ["acknowledged", "20", "100"]
    assert [row[0] for row in (in_the_hub, stored, rejected)] == ["in the hub", "stored", "rejected"]
    assert stored[1:8] == ["12.5", "90", "2", "8", "not measured", "1", "10"]
    assert chromium.run("return [...document.querySelectorAll('#hops td .bad')].map((each) => each.innerText)") == [
        "2",
        "1",
    ]
    assert "Lag of ingest: 7 events, growing by 1.5" in chromium.text("#hops")
    assert "stages.stored.p95_ms" in chromium.text("#thresholds")


def test_after_the_run_there_is_no_rate_of_now(chromium: Chromium, tmp_path: Path):
    page = PaymentsPage(chromium, report(tmp_path, now=[]))
    page.open()
    acknowledged, _, stored, _ = page.rows("hops")
    assert acknowledged[:2] == ["acknowledged", "100"]
    assert stored[:4] == ["stored", "90", "2", "8"]
    assert chromium.text("#behind-title small") == "counts and latencies of the whole run"
    assert "Per s" not in chromium.text("#hops thead")


def test_the_name_of_a_hop_stays_where_the_table_is_scrolled(chromium: Chromium, tmp_path: Path):
    chromium.width(PHONE)
    chromium.open(report(tmp_path))
    left = "return document.querySelector('#hops tbody tr:last-child > :first-child').getBoundingClientRect().left"
    before = chromium.run(left)
    chromium.run("document.querySelector('#hops .scroll').scrollLeft = 1000")
    assert chromium.run("return document.querySelector('#hops .scroll').scrollLeft") > 0
    assert chromium.run(left) == before


def test_rate_latency_backlog_arrivals_and_lag_are_charts(chromium: Chromium, tmp_path: Path):
    chromium.open(report(tmp_path))
    titles = chromium.run(
        "return [...document.querySelectorAll('#hop-charts figure')].filter((f) => f.querySelector('canvas'))"
        ".map((f) => f.querySelector('figcaption').innerText.split(/[,:]/)[0])"
    )
    assert titles == [
        "Rate by hop", "Latency by hop", "Not there yet by stage", "Arrived by stage", "Lag by partition",
    ]  # fmt: skip
    legend = chromium.text("#hop-charts figure:nth-child(2) .legend")
    assert "stored p95 250 ms" in " ".join(legend.split())
    assert "–" in chromium.text("#hop-charts figure:nth-child(5) .legend li:nth-child(2)")  # a partition without one


def test_what_is_not_measured_says_why_and_shows_no_figures(chromium: Chromium, tmp_path: Path):
    chromium.open(report(tmp_path, error="the watcher process ended"))
    assert "Not measured: the watcher process ended." in chromium.text("#hops")
    assert chromium.run("return document.querySelector('#hops table')") is None


def test_a_run_that_is_not_watched_has_nothing_of_it(chromium: Chromium, tmp_path: Path):
    chromium.open(report(tmp_path, watched=False))
    for part in ("behind", "hop-charts"):
        assert chromium.run("return document.getElementById(arguments[0]).hidden", part)
    assert chromium.console_errors() == []
