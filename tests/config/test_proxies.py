"""Which proxy counts: the configured one, the environment's as websocket-client takes it, or none."""

from typing import Any

import pytest
from websocket._url import get_proxy_info

from paysim.config.loader import ConfigError, load
from paysim.config.schema import EventHub
from paysim.config.targets.allowed_targets import refusals
from paysim.config.targets.proxies import Proxy, exempt, proxy_of
from paysim.config.targets.target import Target
from tests.support.present import present

AZURE = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=payments"
LOCAL = "Endpoint=sb://127.0.0.1:8403;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=payments"
HOST = "contoso.servicebus.windows.net"
ELSEWHERE = "http://proxy.contoso.com:3128"


def event_hub(text: str = AZURE, **more: Any) -> EventHub:
    return EventHub.model_validate({"connection_string": text, "transport": "amqp_websocket", **more})


def of(host: str = HOST, tls: bool = True, config: EventHub | None = None, **environ: str) -> Proxy | None:
    return proxy_of(config or event_hub(), host, tls=tls, environ=environ)


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
def test_the_environments_proxy_counts_and_is_named(name):
    environ: dict[str, Any] = {name: "http://user:p%40ss%3Aw%2Frd%25@proxy.contoso.com:3128"}
    found = present(of(**environ))
    assert str(found) == f"proxy.contoso.com:3128 ({name})"
    assert (found.user, found.password) == ("user", "p@ss:w/rd%")
    assert "ss:w" not in repr(found)


def test_without_tls_it_is_the_other_variable():
    both: dict[str, Any] = {"https_proxy": "http://a:1", "http_proxy": "http://b:2"}
    assert (present(of(tls=True, **both)).host, present(of(tls=False, **both)).host) == ("a", "b")
    assert of(tls=True, HTTP_PROXY="http://b:2") is None


def test_what_websocket_client_does_not_use_does_not_count():
    assert of(ALL_PROXY=ELSEWHERE, all_proxy=ELSEWHERE) is None
    assert of(config=event_hub(transport="amqp"), HTTPS_PROXY=ELSEWHERE) is None
    assert of(https_proxy="", HTTPS_PROXY=ELSEWHERE) is None


def test_the_configured_one_wins():
    found = of(config=event_hub(proxy="http://127.0.0.1:8"), HTTPS_PROXY=ELSEWHERE)
    assert str(found) == "127.0.0.1:8 (output.event_hub.proxy)"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_loopback_goes_to_no_proxy_that_only_the_environment_names(host):
    assert of(host, HTTPS_PROXY=ELSEWHERE) is None
    assert of(host, config=event_hub(proxy=ELSEWHERE)) is not None


@pytest.mark.parametrize(
    ("entries", "host", "expected"),
    [
        ("*", HOST, True),
        (HOST, HOST, True),
        ("servicebus.windows.net", HOST, True),
        (".servicebus.windows.net", HOST, True),
        ("intranet.example, .windows.net", HOST, True),
        ("ontoso.servicebus.windows.net", HOST, False),
        ("intranet.example", HOST, False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("", HOST, False),
        ("nonsense/99", "10.1.2.3", False),
    ],
)
def test_no_proxy_is_read_as_websocket_client_reads_it(entries, host, expected, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        assert exempt(host, {name: entries}) == expected
        for configured in (None, ELSEWHERE):
            assert (
                of(host, config=event_hub(proxy=configured), HTTPS_PROXY=ELSEWHERE, **{name: entries}) is None
            ) == expected
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", entries)
    assert (get_proxy_info(host, True, "p", 1)[0] is None) == expected


@pytest.mark.parametrize("text", ["proxy:8080", "http://proxy:8080", "http://proxy:8080/", "https://proxy:8080"])
def test_every_way_to_write_an_http_proxy(text):
    found = present(of(HTTPS_PROXY=text))
    assert (found.host, found.port) == ("proxy", 8080)


def test_a_proxy_elsewhere_counts_in_the_gate_wherever_it_is_named():
    emulator = "Endpoint=sb://hub.example:5672;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true"
    target = Target.of(event_hub(emulator), environ={})
    assert list(refusals(target, [], {})) == []
    target = Target.of(event_hub(emulator), environ={"HTTP_PROXY": ELSEWHERE})
    (text,) = refusals(target, [], {})
    assert "reached through the proxy proxy.contoso.com:3128 (HTTP_PROXY)" in text
    assert Target.of(event_hub(LOCAL), environ={"HTTPS_PROXY": ELSEWHERE}).local


@pytest.mark.parametrize("value", ["socks5://proxy:1080", "http://proxy:x", "http://", "http://a/b"])
def test_a_variable_that_names_no_http_proxy_is_a_bad_configuration(value, tmp_path, monkeypatch):
    path = tmp_path / "c.yaml"
    path.write_text(
        "simulator: {output: {event_hub: {transport: amqp_websocket, allowed_targets: ['contoso/payments']}}}"
    )
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ConfigError, match="HTTPS_PROXY is no http://HOST:PORT"):
        load(path, environ={"EVENTHUB_CONNECTION_STRING": AZURE})


def test_check_tells_through_which_proxy(tmp_path, monkeypatch, capsys):
    from paysim.cli import main

    path = tmp_path / "c.yaml"
    path.write_text(
        "simulator: {verify: {enabled: false}, output: {event_hub: {transport: amqp_websocket, "
        "allowed_targets: ['contoso/payments']}}}"
    )
    monkeypatch.setenv("EVENTHUB_CONNECTION_STRING", AZURE)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:word@proxy.contoso.com:3128")
    assert main(["check", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "  target    contoso/payments (may be loaded), through the proxy proxy.contoso.com:3128 (HTTPS_PROXY)" in out
    assert "connections leave through the proxy proxy.contoso.com:3128 (HTTPS_PROXY)" in err
    assert "word" not in out + err
    monkeypatch.setenv("NO_PROXY", "contoso.servicebus.windows.net")
    assert main(["check", str(path)]) == 0
    assert "proxy.contoso" not in "".join(capsys.readouterr())
