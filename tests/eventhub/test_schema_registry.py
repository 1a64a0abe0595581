"""The id of a schema, asked of a stand-in for Azure Schema Registry with the real SDK and a real identity."""

import builtins
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.eventhub.schema_registry import schema_id
from tests.support.identity_provider import IdentityProvider
from tests.support.schema_registry import RegistryStandIn
from tests.support.servers import certificate, free_port, listening, silent

DEFINITION = '{"type": "record", "name": "transaction", "fields": []}'


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RegistryStandIn]:
    provider = IdentityProvider("a key", 600)
    for variable, value in provider.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("no_proxy", "")
    stand_in = RegistryStandIn(tmp_path, provider.tokens)
    yield stand_in
    stand_in.close()
    provider.close()


class Nobody:
    """In place of DefaultAzureCredential where nobody is signed in."""

    def get_token(self, *_: object, **__: object) -> None:
        raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")


def asked(ca_file: str | None, *, allowed: tuple[str, ...] = (), **named: Any) -> str:
    config = Config.model_validate(
        {
            "output": {
                "format": "avro",
                "schema_registry": {"group": "events", **named},
                "event_hub": {"ca_file": ca_file, "allowed_targets": list(allowed)},
            }
        }
    )
    assert config.output.schema_registry is not None
    return schema_id(config.output.schema_registry, config.output.event_hub, DEFINITION)


def test_a_schema_that_is_registered_has_its_id(registry: RegistryStandIn) -> None:
    registry.schemas["transaction"] = ["an older one", DEFINITION]
    assert asked(registry.ca_file, fully_qualified_namespace=registry.namespace) == "id-of-transaction-2"
    assert registry.asked == [("POST", "/$schemaGroups/events/schemas/transaction:get-id")]


def test_one_that_is_missing_is_registered_where_that_is_said(registry: RegistryStandIn) -> None:
    named: dict[str, Any] = {"fully_qualified_namespace": registry.namespace, "name": "payment"}
    with pytest.raises(TargetError, match="group events has no schema payment like that of `paysim check"):
        asked(registry.ca_file, **named)
    assert registry.schemas == {}
    ids = [asked(registry.ca_file, **named, auto_register=True) for _ in range(2)]
    assert ids == ["id-of-payment-1"] * 2
    assert registry.schemas == {"payment": [DEFINITION]}
    assert asked(registry.ca_file, **named) == ids[0]


@pytest.mark.parametrize(
    ("status", "more", "said"),
    [
        (401, {}, "the identity is not authorised (401); it needs the role Schema Registry Reader"),
        (403, {"auto_register": True}, "not authorised (403); it needs the role Schema Registry Contributor"),
        (404, {"auto_register": True}, "it has no schema group events"),
        (400, {}, "it refuses the schema transaction of the group events (400)"),
        (302, {}, "it refuses the schema transaction of the group events (302)"),
    ],
)
def test_a_registry_that_refuses_is_one_line(
    registry: RegistryStandIn, status: int, more: dict[str, Any], said: str
) -> None:
    registry.status = status
    with pytest.raises(TargetError) as caught:
        asked(registry.ca_file, fully_qualified_namespace=registry.namespace, **more)
    text = str(caught.value)
    assert text.startswith(f"cannot use the schema registry {registry.namespace}: ")
    assert said in text and "\n" not in text
    assert os.environ["IDENTITY_HEADER"] not in text.split()


def test_one_that_cannot_be_reached_is_one_line(registry: RegistryStandIn, tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(TargetError, match=f"schema registry 127.0.0.1:{port}: it refuses connections"):
        asked(None, fully_qualified_namespace=f"127.0.0.1:{port}")
    with pytest.raises(TargetError, match="its name does not resolve"):
        asked(None, fully_qualified_namespace="registry.invalid", allowed=("registry.invalid/events",))
    (tmp_path / "other").mkdir()
    other, _ = certificate(tmp_path / "other")
    with pytest.raises(TargetError, match=r"its TLS certificate is not trusted \(.*\); its CA can be given as"):
        asked(str(other), fully_qualified_namespace=registry.namespace)
    assert registry.asked == []


def test_one_that_is_silent_is_waited_for_a_while(registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysim.eventhub.schema_registry.ANSWER_WITHIN", 1.0)
    with listening(silent) as port, pytest.raises(TargetError, match="it does not answer within 10 s"):
        asked(registry.ca_file, fully_qualified_namespace=f"127.0.0.1:{port}")


def test_one_elsewhere_that_is_not_allowed_is_not_asked(registry: RegistryStandIn) -> None:
    for allowed in ((), ("contoso/payments",), ("contoso-prod/events",)):
        with pytest.raises(TargetError, match=r"target contoso/events is not in output\.event_hub\.allowed_targets"):
            asked(None, fully_qualified_namespace="contoso.servicebus.windows.net", allowed=allowed)


def test_without_an_identity_the_line_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azure.identity.DefaultAzureCredential", Nobody)
    with pytest.raises(TargetError, match=r"DefaultAzureCredential found no identity; sign in \(az login\)"):
        asked(None, fully_qualified_namespace="127.0.0.1:1")


def test_without_the_package_the_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "azure.schemaregistry":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.delitem(sys.modules, "azure.schemaregistry", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TargetError, match=r"needs azure-schemaregistry: pip install 'paysim\[schema-registry\]'"):
        asked(None, fully_qualified_namespace="127.0.0.1:1")
