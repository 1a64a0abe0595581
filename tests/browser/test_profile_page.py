"""The page of `paysim profile`, as it is seen: wide and narrow, light and dark."""

from pathlib import Path

from paysim.cli import main

from .chromium import DESKTOP, PHONE, Chromium


def test_the_page_can_be_read(chromium: Chromium, tmp_path: Path) -> None:
    config, page = tmp_path / "c.yaml", tmp_path / "p.html"
    config.write_text("simulator:\n  seed: 7\n  transaction:\n    violations: {zero_amount: 0.1}\n")
    assert main(["profile", str(config), "--total", "1000", "--output", str(page)]) == 0
    chromium.open(page.as_uri())
    for theme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(24, 29, 35)")):
        chromium.theme(theme)
        for width in (DESKTOP, PHONE):
            chromium.width(width)
            assert chromium.overflow() <= 0
            assert chromium.serious_findings() == []
        assert chromium.run("return getComputedStyle(document.querySelector('figure')).backgroundColor") == ground
        ink = chromium.run("return getComputedStyle(document.querySelector('svg text')).fill")
        assert ink == chromium.run("return getComputedStyle(document.body).color")
    # The words of a wide chart keep their size on a phone: it is scrolled.
    assert chromium.run("return document.querySelector('.wide svg').clientWidth") >= 700
    assert chromium.console_errors() == []
