"""One browser a test process; without one the tests are skipped, and say what to install."""

from collections.abc import Iterator

import pytest

selenium = pytest.importorskip("selenium", reason="selenium is missing: pip install -r requirements-dev.txt")

from tests.support.load_test_fixtures import hub, start  # noqa: E402, F401  (fixtures)

from .chromium import DESKTOP, Chromium, missing  # noqa: E402


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Iterator[Chromium]:
    if reason := missing():
        pytest.skip(reason)
    chromium = Chromium(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.close()


@pytest.fixture
def chromium(browser) -> Chromium:
    """The browser as a user finds it: a wide window, a light system, an empty console, nobody logged in."""
    browser.open("about:blank")  # the last test's page asks a server that is gone
    browser.driver.delete_all_cookies()
    browser.width(DESKTOP)
    browser.theme("light")
    browser.console_errors()
    return browser
