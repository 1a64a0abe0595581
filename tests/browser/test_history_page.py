"""The page of `paysim history --html`, as it is seen: wide and narrow, light and dark."""

import pytest

from paysim.cli import main
from tests.support.repeats import run, write

from .chromium import Chromium
from .offline_page import every_look, require_readable


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Forty runs: some did not pass, and half way another configuration begins."""
    folder = tmp_path_factory.mktemp("history")
    runs = [
        run(number, {f"response_{name}": at * (1 + number % 7 / 50) for name, at in (("p50", 5.0), ("p99", 30.0))})
        for number in range(40)
    ]
    for each in runs[::9]:
        each["verdict"].update(outcome="failed", exit_code=1, reasons=["p99_ms was missed"])
    for each in runs[20:]:
        each["config"]["transaction"]["volume"]["rate"] = 500
    write(folder / "output", runs)
    assert main(["history", str(folder / "output"), "--html", str(folder / "trends.html")]) == 0
    return (folder / "trends.html").as_uri()


@every_look
def test_the_page_can_be_read(chromium: Chromium, page: str, width: int, theme: str) -> None:
    require_readable(chromium, page, width, theme)


def test_each_run_is_a_point_with_its_figure_and_a_row(chromium: Chromium, page: str) -> None:
    chromium.open(page)
    points = chromium.run("return [...document.querySelectorAll('svg:first-of-type title')].map((e) => e.textContent)")
    assert len(points) == 40 * (1 + 3)  # rate, and three percentiles
    assert len([each for each in points if each.endswith(", failed")]) == 5 * 4
    assert chromium.run("return document.querySelectorAll('tbody tr').length") == 40
