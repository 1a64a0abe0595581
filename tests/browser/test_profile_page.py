"""The page of `paysim profile`, as it is seen: wide and narrow, light and dark."""

import pytest

from paysim.cli import main

from .chromium import DESKTOP, PHONE, Chromium
from .offline_page import every_look, require_readable


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("profile")
    config = folder / "config.yaml"
    config.write_text("simulator:\n  seed: 7\n  transaction:\n    violations: {duplicate: 0.01}\n")
    assert main(["profile", str(config), "--total", "5000", "--output", str(folder / "profile.html")]) == 0
    return (folder / "profile.html").as_uri()


@every_look
def test_the_page_can_be_read(chromium: Chromium, page: str, width: int, theme: str) -> None:
    require_readable(chromium, page, width, theme)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_text_is_large_enough_and_cut_off_nowhere(chromium: Chromium, page: str, width: int):
    chromium.width(width)
    chromium.open(page)
    small, cut = chromium.run("""
        const shown = [...document.querySelectorAll("figure *")].filter((part) =>
            part.children.length === 0 && part.innerText?.trim() && part.closest(".read, .heat td") === null
            && parseFloat(getComputedStyle(part).fontSize) > 0);
        const right = document.documentElement.clientWidth;
        return [
            shown.filter((part) => parseFloat(getComputedStyle(part).fontSize) < 11).map((part) => part.innerText),
            shown.filter((part) => part.getBoundingClientRect().right > right).map((part) => part.innerText),
        ];
    """)
    assert (small, cut) == ([], [])


def test_charts_have_what_they_show(chromium: Chromium, page: str):
    chromium.open(page)
    counts = chromium.run("""
        const count = (selector) => document.querySelectorAll(selector).length;
        return [count("figure"), count(".map circle"), count(".stacks li"), count(".heat tbody tr"), count(".heat td")];
    """)
    figures, places, countries, rows, cells = counts
    assert figures == 14
    assert places > 50
    assert countries == 9
    assert rows == 7 + 7
    assert cells == rows * 24 + 2
    assert "of all." in chromium.text('figure[aria-label="Payments per person"]')
