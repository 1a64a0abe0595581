"""Every private part of azure-eventhub: it is there, and without it a warning says what is lost.

That all is sent nevertheless is shown in `test_another_sdk`.
"""

import ast
import contextlib
import importlib
import logging
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from azure.eventhub import EventDataBatch
from azure.eventhub._pyamqp import _transport, cbs

from paysim.config.errors import TargetError
from paysim.config.schema import EventHub
from paysim.eventhub import sdk_mends, sdk_parts
from paysim.eventhub.address import HubAddress
from paysim.eventhub.connection import HubConnection
from paysim.eventhub.consuming import attaching
from paysim.eventhub.opening import open_first
from paysim.eventhub.sdk_parts import OF_BATCH, OF_CLIENT, OF_CONSUMER, OF_PRODUCER, PARTS, Private, has
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


def test_each_private_name_that_this_room_uses_has_a_row() -> None:
    """No row, no test: whoever uses a new part adds it to a table of `sdk_parts`."""
    parts = [*PARTS, *OF_PRODUCER, *OF_CONSUMER, *OF_BATCH, *OF_CLIENT]
    known = {step for part in parts for step in f"{part.module}.{part.path}".split(".")}
    public = {"os._exit", "message._replace"}
    used = {}
    for path in Path(sdk_parts.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
                if (text := ast.unparse(node)) not in public and not re.fullmatch(r"(self|cls)\.\w+", text):
                    used[node.attr] = path.name
            elif isinstance(node, ast.ImportFrom) and re.match(r"azure\..*\._", node.module or ""):
                used |= {alias.name: path.name for alias in node.names}
    assert len(used) > 30
    assert {name: file for name, file in used.items() if name not in known} == {}


def tell_all_missing(parts: Sequence[Private], caplog: pytest.LogCaptureFixture) -> None:
    """An object without any of the parts: each is told."""
    sdk_parts._tell.cache_clear()
    with caplog.at_level(logging.WARNING):
        sdk_parts.tell_missing_of(object(), parts)
    assert len(caplog.messages) == len(parts)
    sdk_parts._tell.cache_clear()


def test_each_part_of_a_consumer_that_is_open_is_there(hub: HubProcess, caplog: pytest.LogCaptureFixture) -> None:
    client = HubAddress(EventHub(eventhub_name="payments"), hub.connection_string).consumer("$Default", 0.2)
    with contextlib.closing(client), caplog.at_level(logging.WARNING):
        for part in OF_CLIENT:
            assert has(client, part.path), f"there is no {part.title} any more: {part.used}. {CHANGED}"
        consumer = attaching.opened(client, "$Default", "0", "@latest")
        for part in OF_CONSUMER:
            assert has(consumer, part.path), f"there is no {part.title} any more: {part.used}. {CHANGED}"
        consumer.close()
    assert not caplog.messages
    tell_all_missing(OF_CONSUMER, caplog)


def test_each_part_of_a_batch_is_there(caplog: pytest.LogCaptureFixture) -> None:
    for part in OF_BATCH:
        assert has(EventDataBatch(), part.path), f"there is no {part.title} any more: {part.used}. {CHANGED}"
    tell_all_missing(OF_BATCH, caplog)


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
        tell_all_missing(OF_PRODUCER, caplog)
    finally:
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
