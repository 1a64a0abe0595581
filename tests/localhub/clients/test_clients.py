"""The local hub is an Event Hubs namespace, whoever calls: clients that share no code with the Python SDK."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paysim.localhub.storage.partitioning import partition_of_key
from tests.localhub.clients.programs import HERE, said
from tests.support.hub_process import HubProcess, running

pytestmark = pytest.mark.long

Node = Callable[..., Any]
NOT_FOUND = "MessagingEntityNotFoundError"


@pytest.mark.timeout(300)  # with the installation
def test_javascript_sends_every_kind_of_body_by_send_and_by_create_batch(node: Node, own_hub: HubProcess) -> None:
    got = node("azure.js", "send", own_hub.connection_string)
    assert [event["sequence"] for event in got] == list(range(14))
    bodies = [{"a": 1}, "text", {"buffer": "raw"}, None, [1, 2]]
    annotated = [{"v": 1}, [[1, 2], [3]], "data"]
    assert [event["body"] for event in got] == [*bodies, *bodies, *annotated, "one"]
    for event in (got[0], got[5]):
        assert event["properties"] == {"n": 1, "text": "t", "flag": True}
        assert (event["contentType"], event["messageId"]) == ("application/json", "m")
    assert got[1]["correlationId"] == "c"
    assert got[10]["properties"] == {"n": 2}


def test_javascript_and_the_hub_agree_on_partition_keys(node: Node, own_hub: HubProcess) -> None:
    found = node("azure.js", "keys", own_hub.connection_string)
    assert found == {key: [str(partition_of_key(key, 4)), key] for key in ("customer-1", "customer-2", "k")}


def test_javascript_buffers_and_flushes(node: Node, own_hub: HubProcess) -> None:
    found = node("azure.js", "buffered", own_hub.connection_string)
    assert found["failed"] == []
    assert sorted(found["bodies"]) == list(range(2000))


def test_javascript_reads_from_every_position(node: Node, own_hub: HubProcess) -> None:
    found = node("azure.js", "positions", own_hub.connection_string)
    every = [*range(10), "late"]
    assert found["earliest"] == every[:10]
    assert found["afterOffset"] == every[4:]
    assert found["fromOffset"] == every[3:]
    assert found["afterSequence"] == every[9:]
    assert found["fromSequence"] == every[8:]
    assert found["fromTime"] == every[5:]
    assert found["latest"] == ["late"]
    assert found["tracked"] == 10
    for refused in ("beyond", "replicated"):
        assert found[refused]["code"] == "ArgumentError"


def test_javascript_owner_levels_push_each_other_out(node: Node, own_hub: HubProcess) -> None:
    low, high, lower, none = node("azure.js", "epochs", own_hub.connection_string)
    assert high is None
    for error in (low, lower, none):
        assert error["code"] == "ReceiverDisconnectedError"


def test_javascript_raises_what_it_raises_against_the_service(node: Node, own_hub: HubProcess) -> None:
    found = node("azure.js", "errors", own_hub.connection_string)
    assert found.pop("key")["code"] == "UnauthorizedError"
    assert {what: error["code"] for what, error in found.items()} == dict.fromkeys(found, NOT_FOUND)
    assert "It should be between 0 and 3" in found["sentPartition"]["message"]


def test_javascript_publishes_idempotently(node: Node, own_hub: HubProcess) -> None:
    found = node("azure.js", "idempotent", own_hub.connection_string)
    first, taken = found["properties"], found["taken"]
    assert (first["ownerLevel"], first["lastPublishedSequenceNumber"]) == (0, 5)
    assert (taken["ownerLevel"], taken["lastPublishedSequenceNumber"]) == (1, 7)
    assert first["producerGroupId"] == taken["producerGroupId"]
    assert found["outOfOrder"]["code"] == "SequenceOutOfOrderError"
    assert found["outOfRange"]["code"] == "ArgumentOutOfRangeError"
    assert found["stolen"]["code"] == "ProducerDisconnectedError"
    assert found["last"] == 6


def test_javascript_consumers_share_by_checkpoints_and_lose_nothing_when_one_leaves(
    node: Node, own_hub: HubProcess
) -> None:
    found = node("azure.js", "consumers", own_hub.connection_string)
    assert found == {"missing": [], "twice": [], "left": ["0", "1", "2", "3"]}


def test_javascript_speaks_over_a_websocket(node: Node, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with running("--tls", str(ca_file)) as hub:
        text = hub.connection_string.replace("127.0.0.1", "localhost")
        assert node("azure.js", "websocket", text, NODE_EXTRA_CA_CERTS=str(ca_file)) == [12, 300_000]


def test_javascript_reaches_the_ipv6_loopback_address(node: Node) -> None:
    with running("--host", "::1") as hub:
        assert node("azure.js", "keys", hub.connection_string)


def test_rhea_signs_in_with_policy_and_key(node: Node, own_hub: HubProcess) -> None:
    found = node("rhea.js", "127.0.0.1", str(own_hub.port), "RootManageSharedAccessKey", own_hub.key)
    assert found["sent"] == ["accepted"] * 5
    assert [event["body"] for event in found["got"]] == ["value", "data", "1,2", {"a": [1, 2]}, "first", "second"]
    assert found["got"][0]["properties"] == {"n": 1}
    assert found["got"][1]["annotations"]["x-own"] == 7
    assert [event["annotations"]["x-opt-sequence-number"] for event in found["got"]] == list(range(6))


def test_rhea_is_refused_with_another_key(node: Node, own_hub: HubProcess) -> None:
    found = node("rhea.js", "127.0.0.1", str(own_hub.port), "RootManageSharedAccessKey", "wrong")
    assert "refused" in found


@pytest.mark.timeout(300)  # with the installation
def test_uamqp_sends_and_reads(uamqp: Path, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with running("--tls", str(ca_file), "--partitions", "2") as hub:
        command = [uamqp, HERE / "uamqp_client.py", hub.connection_string, ca_file]
        found = said(command, tmp_path)
    assert (found["partitions"], found["last"]) == (["0", "1"], 99)
    assert found["all"] == [[number, f"body {number}", number] for number in range(100)]
    assert found["from"] == found["all"][90:]
    assert "ConnectError" in found["hub"]
    assert "AuthenticationError" in found["key"]
