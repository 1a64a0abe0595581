"""Others read the same: the SDK the connection strings, a worker the environment."""

from pathlib import Path

import pytest
from azure.eventhub import parse_connection_string

from paysim.config.loader import ConfigError, resolve
from paysim.config.targets.connection_strings import parse


@pytest.mark.parametrize(
    "text",
    [
        "Endpoint=sb://Contoso.servicebus.windows.net/;SharedAccessKeyName=s;SharedAccessKey=a+/b==;EntityPath=p",
        "Endpoint=sb://localhost:5672;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;",
        "Endpoint=SB://[::1]:5672/;SharedAccessKeyName=a b;SharedAccessKey=b;EntityPath=p",
        " Endpoint=sb://10.0.0.4/;SharedAccessSignature=SharedAccessSignature sr=x&sig=y&se=1;EntityPath=p\n",
    ],
)
def test_the_sdk_reads_the_same_from_what_is_accepted(text: str):
    ours, theirs = parse(text), parse_connection_string(text)
    host = f"[{ours.host}]" if ":" in ours.host else ours.host
    assert theirs.fully_qualified_namespace.lower() == (host if ours.port is None else f"{host}:{ours.port}")
    assert theirs.eventhub_name == ours.entity_path
    assert (theirs.shared_access_key_name, theirs.shared_access_key) == (ours.key_name, ours.key)
    assert theirs.shared_access_signature == ours.signature


def test_a_worker_names_a_dot_env_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path(".env").write_bytes(b"\xff=\xff")
    with pytest.raises(ConfigError, match=r"\.env: cannot be read: not UTF-8$"):
        resolve({})
