"""Asks an Azure Schema Registry for the id of a schema, once, before the first event.

The SDK speaks HTTPS with an identity. It keeps no connection afterwards: the id is the same for as long as the schema
is. What it says of failures holds addresses and tracking ids: one line of our own comes out of here.
"""

from typing import Any

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from paysim.config.errors import TargetError
from paysim.config.schema import EventHub
from paysim.config.sections.schema_registry import SchemaRegistry
from paysim.config.targets.allowed_targets import refusals
from paysim.config.targets.connection_strings import is_loopback

from .address import quieten, reach_directly, usable
from .failures import classify
from .opening import NO_IDENTITY, TooLate, tls_reason, within

ANSWER_WITHIN = 10.0
"""Seconds, with signing in."""
LATE = f"it does not answer within {ANSWER_WITHIN:.0f} s"


def schema_id(registry: SchemaRegistry, event_hub: EventHub, definition: str) -> str:
    """The id of an Avro schema, which is registered first where it is missing and the configuration says so.

    event_hub: `output.event_hub`, for what is allowed and whom TLS trusts. Raises TargetError, one line.
    """
    for refusal in refusals(registry.target, event_hub.allowed_targets):
        raise TargetError(refusal)
    try:
        from azure.schemaregistry import SchemaRegistryClient
    except ImportError:
        text = "output.schema_registry needs azure-schemaregistry: pip install 'paysim[schema-registry]'"
        raise TargetError(text) from None
    from azure.identity import DefaultAzureCredential

    quieten()
    options: dict[str, Any] = {
        "retry_total": 1,
        "connection_timeout": ANSWER_WITHIN / 2,
        "read_timeout": ANSWER_WITHIN / 2,
        "permit_redirects": False,  # where it leads would be asked without being allowed
    }
    if event_hub.ca_file is not None:
        options["connection_verify"] = usable(event_hub.ca_file)
    # An identity that this machine gives is asked directly, and so is a registry on it.
    local = (registry.target.host,) if is_loopback(registry.target.host) else ()
    reach_directly("localhost", "127.0.0.0/8", "127.0.0.1", "::1", "169.254.169.254", *local)

    def ask() -> str:
        namespace = registry.fully_qualified_namespace
        with SchemaRegistryClient(namespace, DefaultAzureCredential(), **options) as client:
            work = client.register_schema if registry.auto_register else client.get_schema_properties
            return work(registry.group, registry.name, definition, "Avro").id

    try:
        return within(ANSWER_WITHIN, ask)
    except TooLate:
        raise TargetError(_line(registry, LATE)) from None
    except Exception as error:
        raise TargetError(_line(registry, _explained(registry, error))) from None


def _line(registry: SchemaRegistry, reason: str) -> str:
    return f"cannot use the schema registry {registry.fully_qualified_namespace}: {reason}"


def _explained(registry: SchemaRegistry, error: Exception) -> str:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if status is None and isinstance(error, ClientAuthenticationError):
        return NO_IDENTITY
    if status in (401, 403):
        role = "Contributor" if registry.auto_register else "Reader"
        return f"the identity is not authorised ({status}); it needs the role Schema Registry {role}"
    if status == 404 and registry.auto_register:
        return f"it has no schema group {registry.group}"
    if status == 404:
        return (
            f"its group {registry.group} has no schema {registry.name} like that of `paysim check --schema`; register "
            "that, or set output.schema_registry.auto_register: true"
        )
    if status is not None:
        return f"it refuses the schema {registry.name} of the group {registry.group} ({status})"
    reason = classify(error, left=False).reason
    known = {
        "name not resolved": "its name does not resolve",
        "connection refused": "it refuses connections",
        "timed out": LATE,
        "TLS certificate not trusted": f"its TLS certificate is not trusted ({tls_reason(error)}); its CA can be given "
        "as output.event_hub.ca_file",
        "TLS failed": f"no TLS connection ({tls_reason(error)})",
    }
    return known.get(reason, reason)
