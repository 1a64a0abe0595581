"""How the configuration reaches the SDK; what of it cannot be tried without a namespace in Azure."""

from typing import Any

import pytest
from azure.eventhub import EventData, TransportType

from paysim.config.schema import EventHub
from paysim.eventhub.address import HubAddress
from tests.support.hub_process import running

TEXT = "Endpoint=sb://127.0.0.1:5;SharedAccessKeyName=n;SharedAccessKey=secret;UseDevelopmentEmulator=true"


def settings(embedded: str | None = None, **config: Any) -> Any:
    """The SDK's own configuration object."""
    client = HubAddress(EventHub.model_validate(config), embedded).client(30, 7)
    return client._config


def test_the_sdk_is_told_not_to_retry_and_how_long_to_wait() -> None:
    sdk = settings(connection_string=TEXT, eventhub_name="payments")
    assert (sdk.max_retries, sdk.backoff_factor, sdk.send_timeout, sdk.socket_timeout) == (0, 0, 30, 7)
    assert sdk.transport_type is TransportType.Amqp and not sdk.use_tls


def test_a_web_socket_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):  # what was reached directly in this process is in there
        monkeypatch.delenv(name, raising=False)
    sdk = settings(
        connection_string=TEXT,
        eventhub_name="payments",
        transport="amqp_websocket",
        proxy="http://user:word@127.0.0.1:3128",
    )
    assert sdk.transport_type is TransportType.AmqpOverWebsocket
    assert sdk.http_proxy == {
        "proxy_hostname": "127.0.0.1",
        "proxy_port": 3128,
        "username": "user",
        "password": "word",
    }


def test_a_private_endpoint() -> None:
    sdk = settings(connection_string=TEXT, eventhub_name="payments", endpoint="127.0.0.1:6000")
    assert sdk.custom_endpoint_address.startswith("sb://127.0.0.1:6000")
    assert sdk.transport_type is TransportType.Amqp


def test_the_port_of_the_endpoint_counts_over_tls_too() -> None:
    tls = "Endpoint=sb://{}/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=payments"
    assert settings(connection_string=tls.format("127.0.0.1")).custom_endpoint_address is None
    for host in ("127.0.0.1:6001", "[::1]:6001"):
        sdk = settings(connection_string=tls.format(host))
        assert sdk.custom_endpoint_address.startswith(f"sb://{host}") and sdk.use_tls


def test_the_port_of_the_endpoint_counts_over_web_sockets_too() -> None:
    sdk = settings(connection_string=TEXT, eventhub_name="payments", transport="amqp_websocket")
    assert sdk.custom_endpoint_address.startswith("sb://127.0.0.1:5/")
    assert not sdk.use_tls


@pytest.mark.parametrize(("host", "transport"), [("127.0.0.1", "amqp_websocket"), ("::1", "amqp")])
def test_a_local_hub_is_reached_by_its_connection_string_alone(host: str, transport: str) -> None:
    with running("--host", host) as hub:
        config = EventHub.model_validate({"connection_string": hub.connection_string, "transport": transport})
        with HubAddress(config).client(30, 10) as producer:
            producer.send_event(EventData("x"), partition_id="0")
            assert producer.get_partition_properties("0")["last_enqueued_sequence_number"] == 0


def test_the_embedded_hub_is_reached_directly() -> None:
    sdk = settings(TEXT, connection_string="embedded", endpoint="127.0.0.1:6000")
    assert sdk.custom_endpoint_address is None and sdk.hostname == "127.0.0.1:5"


def test_an_identity_needs_no_connection_string() -> None:
    address = HubAddress(
        EventHub.model_validate(
            {
                "connection_string": None,
                "fully_qualified_namespace": "ns.localhost",
                "eventhub_name": "payments",
                "allowed_targets": ["ns.localhost/payments"],
            }
        )
    )
    client = address.client(30, 7)
    assert type(client._credential).__name__ == "DefaultAzureCredential"
    assert client._config.hostname == "ns.localhost" and client._config.use_tls
    assert str(address) == "ns.localhost/payments"


def test_an_address_shows_no_secret() -> None:
    address = HubAddress(EventHub.model_validate({"connection_string": TEXT, "eventhub_name": "payments"}))
    assert "secret" not in f"{address} {address!r} {address.host}"
