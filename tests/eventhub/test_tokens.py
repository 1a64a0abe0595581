"""Tokens that expire while the publisher sends are renewed, over every transport and with both sorts of credentials."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.publishers import make_publisher
from paysim.publishers.hub.publisher import EventHubPublisher
from tests.support.hub_contents import fault
from tests.support.hub_process import HubProcess, running
from tests.support.identity_provider import IdentityProvider
from tests.support.publishing import Desk, make_batch

pytestmark = pytest.mark.busy("tokens run out in real time")

Closing = Callable[[Any], EventHubPublisher]
LIFETIME = 2.0
TRANSPORTS = ["amqp", "amqp_websocket"]


def sent_for(seconds: float, publisher: EventHubPublisher, desk: Desk) -> int:
    """A send every 50 ms; how many. All are acknowledged, and nothing else than expiry was in their way."""
    publisher.open()
    publisher.begin(Run.at(1, 1), 0, 1)
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        publisher.send(make_batch(1, first=sent), desk.on_outcome)
        sent += 1
        time.sleep(0.05)  # the pace of the sends
    publisher.drain(10)
    assert desk.acked == sent, desk.reasons
    assert set(publisher.figures.attempts_failed) <= {"token expired"}
    assert publisher.figures.states == {"healthy": 2}
    return sent


def configured(**event_hub: Any) -> Config:
    return Config.model_validate({"output": {"event_hub": {"connections": 2, **event_hub}}})


def test_a_shared_access_signature_is_renewed(fresh: HubProcess, desk: Desk, closing: Closing) -> None:
    fault(fresh, "token-lifetime", LIFETIME)
    publisher = closing(make_publisher(configured(), fresh.connection_string))
    sent_for(2.2 * LIFETIME, publisher, desk)
    assert publisher.figures.reconnects >= 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_token_of_an_identity_is_renewed_over_tls(
    tmp_path: Path, desk: Desk, closing: Closing, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    ca_file = tmp_path / "ca.pem"
    with running("--tls", str(ca_file)) as hub:
        provider = IdentityProvider(hub.key, LIFETIME + 1)  # whole seconds
        for name, value in provider.environment.items():
            monkeypatch.setenv(name, value)
        config = configured(
            connection_string=None,
            fully_qualified_namespace="evhns-test.servicebus.windows.net",
            eventhub_name="payments",
            endpoint=f"localhost:{hub.port}",
            allowed_targets=["evhns-test/payments"],
            ca_file=str(ca_file),
            transport=transport,
        )
        publisher = closing(make_publisher(config))
        sent_for(2.2 * LIFETIME, publisher, desk)
        publisher.close()
        assert len(provider.tokens) >= 2
        provider.close()
