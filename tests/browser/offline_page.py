"""What every page in a file must be (`paysim.html_page`): readable wide and narrow, light and dark."""

import pytest

from .chromium import DESKTOP, PHONE, Chromium

LIGHT = "rgb(245, 247, 250)"
every_look = pytest.mark.parametrize(
    ("width", "theme"), [(width, theme) for width in (DESKTOP, PHONE) for theme in ("light", "dark")]
)


def require_readable(chromium: Chromium, page: str, width: int, theme: str) -> None:
    """page: its address."""
    chromium.width(width)
    chromium.theme(theme)
    chromium.open(page)
    assert chromium.overflow() <= 0
    assert chromium.serious_findings() == []
    assert chromium.console_errors() == []
    ground = chromium.run("return getComputedStyle(document.body).backgroundColor")
    assert (ground == LIGHT) == (theme == "light")
