"""The page of `paysim truth --html`, as it is seen: wide and narrow, light and dark, on paper."""

import base64
from typing import Any

import pytest

from paysim.cli import main

from .chromium import Chromium
from .offline_page import every_look, require_readable


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("truth")
    config = folder / "config.yaml"
    config.write_text("simulator:\n  seed: 7\n  transaction:\n    patterns: {channels: {web: 0.6, pos: 0.4}}\n")
    assert main(["truth", str(config), "--total", "20000", "--html", str(folder / "truth.html")]) in (0, 1)
    return (folder / "truth.html").as_uri()


@every_look
def test_the_page_can_be_read(chromium: Chromium, page: str, width: int, theme: str) -> None:
    require_readable(chromium, page, width, theme)


def test_every_verdict_has_a_sign_and_a_word(chromium: Chromium, page: str):
    chromium.open(page)
    counts = chromium.text("ul.counts")
    shown: dict[str, int] = {}
    for text in chromium.run("return [...document.querySelectorAll('td:last-child')].map((cell) => cell.innerText)"):
        sign, _, word = text.partition(" ")
        assert sign in "✓✗=·"
        shown[word] = shown.get(word, 0) + 1
    assert shown["configured"] == 4
    for word, count in shown.items():
        assert f"{count} {word}" in counts


def test_the_page_prints_on_some_sheets(chromium: Chromium, page: str):
    chromium.open(page)
    printed: dict[str, Any] = chromium.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    pdf = base64.b64decode(printed["data"])
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page\n") <= 30
