"""Checkpoints read from a real blob service: Azurite, where npm has installed it (`npm install -g azurite`)."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from paysim.eventhub.checkpoints import CheckpointStore
from tests.support.servers import free_port
from tests.support.waiting import wait_until

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own, which its documentation prints."""


@pytest.fixture(scope="module")
def account(tmp_path_factory) -> Iterator[str]:
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite-blob is not installed (npm install -g azurite)")
    pytest.importorskip("azure.storage.blob")
    port, folder = free_port(), tmp_path_factory.mktemp("azurite")
    options = ("--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder), "--silent")
    process = subprocess.Popen([program, *options, "--skipApiVersionCheck"], stdout=subprocess.DEVNULL)
    text = (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    )
    try:
        wait_until(lambda: made(text) is not None, timeout=30)
        yield text
    finally:
        process.terminate()
        process.wait(10)


def made(text: str) -> Any:
    from azure.storage.blob import ContainerClient

    container = ContainerClient.from_connection_string(text, "ingest", retry_total=0)
    try:
        return container if container.exists() else (container.create_container(), container)[1]
    except Exception:
        return None


def test_checkpoints_of_the_sdks_store_are_read_and_those_of_others_are_not(account):
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


def test_checkpoints_of_the_event_processor_host_are_read(account):
    container = made(account)
    content = {"Offset": "12", "SequenceNumber": 5, "PartitionId": "1", "Owner": "x", "Token": "y", "Epoch": 2}
    container.upload_blob("ns.servicebus.windows.net/Payments/$Default/1", json.dumps(content), overwrite=True)
    container.upload_blob("ns.servicebus.windows.net/Payments/$Default/2", b"no JSON", overwrite=True)
    store = CheckpointStore(account, "ingest", "ns.servicebus.windows.net", "Payments", "$Default")
    assert store.read() == {"1": 5}
