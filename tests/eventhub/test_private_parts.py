"""Every private part of azure-eventhub: it is there, and without it a warning says what is lost.

That all is sent nevertheless is shown in `test_another_sdk`.
"""

import importlib
import logging
import subprocess
import sys

import pytest
from azure.eventhub._pyamqp import _transport, cbs

from paysim.config.errors import TargetError
from paysim.config.schema import EventHub
from paysim.eventhub import sdk_mends, sdk_parts
from paysim.eventhub.address import HubAddress
from paysim.eventhub.connection import HubConnection
from paysim.eventhub.opening import open_first
from paysim.eventhub.sdk_parts import OF_PRODUCER, PARTS, Private, has
from tests.support.hub_process import HubProcess

CHANGED = "azure-eventhub has changed: mend its row in paysim/eventhub/sdk_parts.py, and who uses it"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_each_private_part_is_there(part: Private) -> None:
    assert part.is_there(), f"there is no {part.title} any more, which is for {part.used}. {CHANGED}"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_without_a_part_one_warning_says_what_is_lost(
    part: Private, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    owner = importlib.import_module(f"azure.eventhub{part.module}")
    *way, name = part.path.split(".")
    for step in way:
        owner = getattr(owner, step)
    if isinstance(owner, type) and name in getattr(owner, "__members__", ()):
        monkeypatch.delattr(sys.modules[f"azure.eventhub{part.module}"], way[-1])  # members of an enum stay
    else:
        monkeypatch.delattr(owner, name)
    sdk_parts.tell_missing.cache_clear()
    sdk_parts._tell.cache_clear()
    with caplog.at_level(logging.WARNING):
        sdk_parts.tell_missing()
        sdk_parts.tell_missing()
    assert [text for text in caplog.messages if text.endswith(f"any more ({part.used}): {part.without}")]
    assert len(caplog.messages) == len(set(caplog.messages))
    sdk_parts._tell.cache_clear()


def test_each_part_of_a_producer_that_is_open_is_there(hub: HubProcess, caplog: pytest.LogCaptureFixture) -> None:
    address = HubAddress(EventHub(eventhub_name="payments"), hub.connection_string)
    connection = HubConnection(address, None, 10)
    with caplog.at_level(logging.WARNING):
        connection.open()
    producer = connection._producer
    try:
        for part in OF_PRODUCER:
            assert has(producer, part.path), f"there is no {part.title} any more: {part.used}. {CHANGED}"
        assert not caplog.messages
        sdk_parts._tell.cache_clear()
        with caplog.at_level(logging.WARNING):
            sdk_parts.tell_missing_of(object())
        assert len(caplog.messages) == len(OF_PRODUCER)
    finally:
        sdk_parts._tell.cache_clear()
        connection.close()


def test_an_ipv6_address_is_no_host_with_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_mends.mend()
    assert _transport.to_host_port("::1", 5) == ("::1", 5)
    assert _transport.to_host_port("fe80::7", 5671) == ("fe80::7", 5671)
    assert _transport.to_host_port("example:7", 5) == ("example", 7)
    monkeypatch.delattr(_transport, "to_host_port")
    assert not sdk_mends.mend_host_and_port()
    monkeypatch.delattr(cbs.CBSAuthenticator, "_on_execute_operation_complete")
    assert not sdk_mends.mend_token_status()


CONDITIONED = """
import sys
from paysim.localhub.access import cbs
from paysim.localhub import command
plain = cbs.Answer
def with_condition(status, description, **more):
    return plain(status, description, condition="amqp:unauthorized-access" if status >= 400 else None, **more)
cbs.Answer = with_condition
sys.exit(command.main())
"""


@pytest.mark.parametrize("hub_script", ["from paysim.localhub import command; command.main()", CONDITIONED])
def test_a_wrong_key_is_told_as_one_whether_or_not_the_refusal_has_a_condition(hub_script: str) -> None:
    """The SDK forgets the status of an answer that names an `error-condition` beside it."""
    hub = subprocess.Popen(
        [sys.executable, "-c", hub_script, "--exit-on-stdin-close"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert hub.stdout is not None
    text = hub.stdout.readline().strip()
    key = text.split("SharedAccessKey=")[1].split(";")[0]
    config = EventHub(eventhub_name="payments")
    try:
        open_first(HubAddress(config, text), 10).close()
        with pytest.raises(TargetError) as refused:
            open_first(HubAddress(config, text.replace(key, "d3Jvbmc=")), 10)
        assert "key" in str(refused.value) and "authentication failed" not in str(refused.value)
    finally:
        hub.communicate(timeout=20)
