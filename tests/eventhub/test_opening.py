"""Each way in which the hub cannot be used is one clear line in time, by the real SDK over real sockets."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.eventhub import opening
from paysim.publishers import make_publisher
from tests.support.hub_process import HubProcess
from tests.support.servers import babbling, free_port, hanging_up, listening, silent, untrusted

pytestmark = pytest.mark.busy("attempts have real deadlines")

KEY = "c2VjcmV0LWtleS1vZi10aGUtdGVzdA=="


def failure(text: str, **event_hub: Any) -> str:
    """What `open` says, which must be one line, within 20 s and without the key."""
    event_hub["connection_string"] = text
    publisher = make_publisher(Config.model_validate({"output": {"event_hub": event_hub}}))
    started = time.monotonic()
    try:
        with pytest.raises(TargetError) as caught:
            publisher.open()
    finally:
        publisher.close()
    assert time.monotonic() - started < 20
    said = str(caught.value)
    assert said and "\n" not in said and "SharedAccess" not in said and KEY not in said
    return said


def emulator(port: int, hub: str = "payments", key: str = KEY) -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
        f"SharedAccessKey={key};EntityPath={hub};UseDevelopmentEmulator=true"
    )


def namespace(host: str = "127.0.0.1") -> str:
    return f"Endpoint=sb://{host}/;SharedAccessKeyName=name;SharedAccessKey={KEY};EntityPath=payments"


def test_a_name_that_does_not_resolve() -> None:
    said = failure(namespace("nohub.invalid"), allowed_targets=["nohub.invalid/payments"])
    assert said == "cannot use nohub.invalid/payments: the name nohub.invalid does not resolve"


def test_a_closed_port() -> None:
    port = free_port()
    assert failure(emulator(port)) == f"cannot use 127.0.0.1/payments: 127.0.0.1:{port} refuses connections"


def test_a_wrong_key(hub: HubProcess) -> None:
    said = failure(emulator(hub.port))
    assert said == (
        "cannot use 127.0.0.1/payments: unauthorised: the shared access key or signature is wrong, "
        "or lacks the right to send"
    )


def test_a_hub_that_does_not_exist(hub: HubProcess) -> None:
    said = failure(emulator(hub.port, "paiments", hub.key))
    assert said == "cannot use 127.0.0.1/paiments: there is no event hub paiments in 127.0.0.1"


def test_the_time_allowed_is_below_20_s() -> None:
    assert opening.CONNECT_WITHIN + opening.ASK_WITHIN < 18


def test_a_server_that_accepts_and_stays_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_WITHIN", 2.0)
    with listening(silent) as port:
        plain: list[str] = []
        thread = threading.Thread(target=lambda: plain.append(failure(emulator(port))))
        thread.start()
        over_tls = failure(namespace(), endpoint=f"127.0.0.1:{port}")
        thread.join()
    expected = f"cannot use 127.0.0.1/payments: 127.0.0.1:{port} does not answer within 2 s"
    assert plain == [expected] and over_tls == expected


def test_a_server_that_stays_silent_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_WITHIN", 0.5)
    ended = threading.Event()

    def until_closed(connection: Any) -> None:
        while connection.recv(1 << 16):
            pass
        ended.set()

    with listening(until_closed) as port:
        failure(emulator(port))
        assert ended.wait(10)


def test_a_silent_web_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_WITHIN", 1.5)
    with listening(silent) as port:
        said = failure(namespace(), endpoint=f"127.0.0.1:{port}", transport="amqp_websocket")
    assert said.startswith("cannot use 127.0.0.1/payments: ")


@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        (hanging_up, "closed the connection before it was set up"),
        (babbling, "cannot use 127.0.0.1/payments: "),
    ],
)
def test_a_server_that_is_no_hub(serve: Callable[[Any], None], expected: str) -> None:
    with listening(serve) as port:
        assert expected in failure(emulator(port))


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    with listening(untrusted(tmp_path)) as port:
        said = failure(namespace(), endpoint=f"127.0.0.1:{port}")
    assert said == (
        f"cannot use 127.0.0.1/payments: the TLS certificate of 127.0.0.1:{port} is not trusted "
        "(unable to get local issuer certificate); its CA can be given as output.event_hub.ca_file"
    )


def test_a_certificate_that_is_not_trusted_over_a_web_socket(tmp_path: Path) -> None:
    with listening(untrusted(tmp_path)) as port:
        said = failure(namespace(), endpoint=f"127.0.0.1:{port}", transport="amqp_websocket")
    assert "is not trusted (unable to get local issuer certificate)" in said


def test_a_server_without_tls(hub: HubProcess) -> None:
    said = failure(namespace(), endpoint=f"127.0.0.1:{hub.port}")
    assert said.startswith(f"cannot use 127.0.0.1/payments: no TLS connection to 127.0.0.1:{hub.port} (")


@pytest.mark.parametrize(("content", "expected"), [(None, "no such file or directory"), ("x", "holds no certif")])
def test_a_ca_file_that_cannot_be_used(tmp_path: Path, content: str | None, expected: str) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    config = {"connection_string": namespace(), "ca_file": str(path)}
    with pytest.raises(TargetError, match=rf"^cannot use output.event_hub.ca_file {path}: .*{expected}"):
        make_publisher(Config.model_validate({"output": {"event_hub": config}}))


def test_an_identity_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    # The local hub takes keys only: the credential is asked before anything is sent, and has nothing to offer.
    from azure.identity import CredentialUnavailableError, DefaultAzureCredential

    def unavailable(*_: object, **__: object) -> None:
        raise CredentialUnavailableError(message="a long text with a tracking id")

    monkeypatch.setattr(DefaultAzureCredential, "get_token", unavailable)
    config = {
        "connection_string": None,
        "fully_qualified_namespace": "localhub.localhost",
        "eventhub_name": "payments",
        "allowed_targets": ["localhub.localhost/payments"],
    }
    publisher = make_publisher(Config.model_validate({"output": {"event_hub": config}}))
    address = publisher._address  # type: ignore[attr-defined]
    assert address.host == "localhub.localhost"
    error = CredentialUnavailableError(message="a long text with a tracking id")
    from paysim.eventhub.failures import classify

    said = opening.explain(classify(error, left=False), address, error)
    assert said.startswith("cannot use localhub.localhost/payments: DefaultAzureCredential found no identity")
    assert "tracking" not in said
