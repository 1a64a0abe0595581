"""A real blob service: Azurite, where npm has installed it (`npm install -g azurite`)."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.servers import free_port
from tests.support.waiting import wait_until

__all__ = ["account", "made"]

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own, which its documentation prints."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite-blob is not installed (npm install -g azurite)")
    pytest.importorskip("azure.storage.blob")
    port, folder = free_port(), tmp_path_factory.mktemp("azurite")
    options = ("--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder))
    process = subprocess.Popen(
        [program, *options, "--silent", "--disableTelemetry", "--skipApiVersionCheck"], stdout=subprocess.DEVNULL
    )
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
