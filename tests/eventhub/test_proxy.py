"""Through a real proxy on loopback: which connections go to it, with which password, and what is said when it fails."""

import os

import pytest

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.publishers import make_publisher
from tests.support.hub_process import HubProcess
from tests.support.identity_provider import IdentityProvider
from tests.support.proxy import ConnectProxy, proxying
from tests.support.publishing import Desk, make_batch
from tests.support.servers import free_port

VARIABLES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "nobody.example")  # what is added to it goes with the test


def connection_string(hub: HubProcess, host: str) -> str:
    return hub.connection_string.replace("127.0.0.1", host)


def sent(hub: HubProcess, name: str, desk: Desk, host: str = "127.0.0.1", **event_hub: object) -> None:
    config = {"connection_string": connection_string(hub, host), "eventhub_name": name, "connections": 1}
    config |= {"transport": "amqp_websocket", **event_hub}
    publisher = make_publisher(Config.model_validate({"output": {"event_hub": config}}))
    try:
        publisher.open()
        publisher.begin(Run.new(), 0, 1)
        publisher.send(make_batch(10), desk.on_outcome)
        desk.wait(10)
    finally:
        publisher.close()
    assert not desk.errors


def everywhere(monkeypatch: pytest.MonkeyPatch, proxy: ConnectProxy, login: str = "") -> None:
    for name in VARIABLES[:5]:
        monkeypatch.setenv(name, f"http://{login}127.0.0.1:{proxy.port}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("no_proxy", [None, "intranet.example"])
def test_loopback_never_leaves_through_the_environments_proxy(hub, name, desk, monkeypatch, host, no_proxy):
    if no_proxy is not None:
        monkeypatch.setenv("no_proxy", no_proxy)
    else:
        monkeypatch.delenv("no_proxy")
    with proxying(hub.port) as proxy:
        everywhere(monkeypatch, proxy)
        sent(hub, name, desk, host)
    assert proxy.asked == []


def test_the_environments_proxy_is_used_for_another_machine_with_its_password(hub, name, desk, monkeypatch):
    with proxying(hub.port, login="user:p@ss:w/rd%") as proxy:
        everywhere(monkeypatch, proxy, "user:p%40ss%3Aw%2Frd%25@")
        sent(hub, name, desk, "hub.example")
    assert set(proxy.asked) == {f"CONNECT hub.example:{hub.port} HTTP/1.1"}


def test_no_proxy_keeps_a_host_from_it(hub, name, desk, monkeypatch):
    with proxying(hub.port) as proxy:
        everywhere(monkeypatch, proxy)
        monkeypatch.setenv("no_proxy", "127.0.0.0/8")
        sent(hub, name, desk, proxy=f"http://127.0.0.1:{proxy.port}")
    assert proxy.asked == []


def test_user_and_password_of_the_configured_proxy_are_percent_decoded(hub, name, desk):
    with proxying(hub.port, login="us er:p@ss:w/rd%") as proxy:
        sent(hub, name, desk, proxy=f"http://us%20er:p%40ss%3Aw%2Frd%25@127.0.0.1:{proxy.port}")
    assert proxy.asked


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("407 Proxy Authentication Required", "the proxy {proxy} wants another user and password (407)"),
        ("403 Forbidden", "the proxy {proxy} does not allow connections to {hub} (403)"),
        ("502 Bad Gateway", "the proxy {proxy} does not connect to {hub} (502)"),
        ("", "the proxy {proxy} closed the connection without an answer"),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(hub, name, desk, status, expected):
    with proxying(hub.port, status=status) as proxy, pytest.raises(TargetError) as raised:
        sent(hub, name, desk, proxy=f"http://user:s3cret@127.0.0.1:{proxy.port}")
    where = f"127.0.0.1:{proxy.port} (output.event_hub.proxy)"
    said = expected.format(proxy=where, hub=f"127.0.0.1:{hub.port}")
    assert str(raised.value) == f"cannot use 127.0.0.1/{name}: {said}"


def test_a_proxy_that_is_down_or_unknown_is_named(hub, name, desk, monkeypatch):
    port = free_port()
    with pytest.raises(TargetError, match=rf"the proxy 127.0.0.1:{port} \(.*proxy\) refuses connections"):
        sent(hub, name, desk, proxy=f"http://user:s3cret@127.0.0.1:{port}")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    config = {"connection_string": connection_string(hub, "hub.example"), "eventhub_name": name}
    config |= {"transport": "amqp_websocket", "allowed_targets": [f"hub.example/{name}"]}
    publisher = make_publisher(Config.model_validate({"output": {"event_hub": config}}))
    with pytest.raises(TargetError, match=r"the name of the proxy proxy.invalid:1 \(HTTP_PROXY\) does not resolve"):
        publisher.open()


def test_tokens_that_this_machine_gives_are_asked_for_directly(hub, monkeypatch):
    from paysim.config.schema import EventHub
    from paysim.eventhub.address import HubAddress

    provider = IdentityProvider(hub.key, 600)
    try:
        for variable, value in provider.environment.items():
            monkeypatch.setenv(variable, value)
        with proxying(provider.port) as proxy:
            everywhere(monkeypatch, proxy)
            event_hub = {"fully_qualified_namespace": "contoso.servicebus.windows.net", "eventhub_name": "payments"}
            config = EventHub.model_validate(event_hub | {"allowed_targets": ["contoso/payments"]})
            token = HubAddress(config)._credential.get_token("https://eventhubs.azure.net//.default")
    finally:
        provider.close()
    assert token.token == provider.tokens[0]
    assert proxy.asked == []
    assert "nobody.example" in os.environ["no_proxy"]
