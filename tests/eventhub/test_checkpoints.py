"""Checkpoints read from a real blob service."""

import json

import pytest

from paysim.eventhub.consuming.checkpoints import CheckpointStore
from tests.support.azurite import account, made  # noqa: F401


def test_checkpoints_of_the_sdks_store_are_read_and_those_of_others_are_not(account):  # noqa: F811
    store = pytest.importorskip("azure.eventhub.extensions.checkpointstoreblob").BlobCheckpointStore
    written = store.from_connection_string(account, "ingest")
    checkpoint = {
        "fully_qualified_namespace": "LocalHost:5672", "eventhub_name": "Payments", "consumer_group": "ingest",
        "partition_id": "3", "offset": "900", "sequence_number": 41,
    }  # fmt: skip
    written.update_checkpoint(checkpoint)
    written.update_checkpoint({**checkpoint, "partition_id": "0", "sequence_number": 7})
    written.update_checkpoint({**checkpoint, "consumer_group": "ingest2", "sequence_number": 99})
    written.close()
    assert CheckpointStore(account, "ingest", "localhost:5672", "payments", "ingest").read() == {"3": 41, "0": 7}


def test_checkpoints_of_the_event_processor_host_are_read(account):  # noqa: F811
    container = made(account)
    content = {"Offset": "12", "SequenceNumber": 5, "PartitionId": "1", "Owner": "x", "Token": "y", "Epoch": 2}
    container.upload_blob("ns.servicebus.windows.net/Payments/$Default/1", json.dumps(content), overwrite=True)
    container.upload_blob("ns.servicebus.windows.net/Payments/$Default/2", b"no JSON", overwrite=True)
    store = CheckpointStore(account, "ingest", "ns.servicebus.windows.net", "Payments", "$Default")
    assert store.read() == {"1": 5}
