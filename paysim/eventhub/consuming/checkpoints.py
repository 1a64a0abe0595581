"""Checkpoints of a consumer group in blobs. They are only read, with one listing each time.

The SDKs' checkpoint stores, and Azure Functions since its extension 5, write NAMESPACE/HUB/GROUP/checkpoint/PARTITION
in lower case, with the metadata `sequencenumber` and `offset`. Functions and the event processor host before that wrote
NAMESPACE/HUB/GROUP/PARTITION, as JSON with `SequenceNumber`.
"""

import json
from collections.abc import Mapping
from typing import Any

from paysim.config.targets import connection_strings, database_urls

_TIMEOUT = 10


class MissingPackage(Exception):
    """azure-storage-blob is not installed; one line for the user."""


class CheckpointStore:
    """The checkpoints of one group for one hub."""

    def __init__(self, account: str, container: str, namespace: str, hub: str, group: str) -> None:
        """account: a connection string, or the URL of a blob service. namespace: host, with the port where it has one.

        Raises MissingPackage.
        """
        try:
            from azure.storage.blob import ContainerClient
        except ImportError:
            raise MissingPackage("lag needs azure-storage-blob: pip install 'paysim[pipeline]'") from None
        options: dict[str, Any] = {
            "retry_total": 1,
            "connection_timeout": _TIMEOUT,
            "read_timeout": _TIMEOUT,
        }
        if database_urls.storage_account(account).identity:
            from azure.identity import DefaultAzureCredential

            self._client = ContainerClient(account, container, credential=DefaultAzureCredential(), **options)
        else:
            self._client = ContainerClient.from_connection_string(account, container, **options)
        self._prefix = f"{namespace}/{hub}/{group}/"

    def read(self) -> dict[str, int]:
        """Partition → the last sequence number that is done. Raises what the SDK raises."""
        found: dict[str, int] = {}
        for prefix in dict.fromkeys((self._prefix.lower(), self._prefix)):
            for blob in self._client.list_blobs(name_starts_with=prefix, include=["metadata"]):
                rest = str(blob.name)[len(prefix) :]
                kind, _, partition = rest.rpartition("/")
                if kind == "checkpoint" and (number := _of_metadata(blob.metadata)) is not None:
                    found[partition] = number
                elif not kind and partition not in found:
                    number = _of_content(self._client.download_blob(blob.name).readall())
                    if number is not None:
                        found[partition] = number
        return found

    def close(self) -> None:
        self._client.close()


def explain_blob(error: Exception) -> str:
    """Why checkpoints cannot be read, on one line, without a secret."""
    text = str(getattr(error, "message", None) or error).strip().partition("\n")[0]
    return connection_strings.masked(text)[:200] or type(error).__name__


def _of_metadata(metadata: Mapping[str, str] | None) -> int | None:
    values = {name.lower(): value for name, value in (metadata or {}).items()}
    text = values.get("sequencenumber", "")
    return int(text) if text.lstrip("-").isdecimal() else None


def _of_content(content: bytes) -> int | None:
    try:
        found = json.loads(content)["SequenceNumber"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) else None
