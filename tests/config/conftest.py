import pytest


@pytest.fixture(autouse=True)
def _no_exceptions_from_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that ran before in this process reached hubs directly, and their hosts stand in these variables."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
