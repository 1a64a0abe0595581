"""`verify`: whether and how a run reads back what it sent."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from paysim.config.targets import connection_strings
from paysim.config.targets.target import Target, short_name

from .base import Duration, Fault, Flag, Section
from .event_hub import EventHub


class Verify(Section):
    enabled: Flag | Literal["auto"] = Field(
        default="auto", description="auto (against the local hub only), true or false"
    )
    connection_string: SecretStr | None = Field(
        default=None, description="One that may listen, where the sending one may not."
    )
    consumer_group: str | None = Field(
        default=None, description="Needed against Azure: one that nobody else reads with."
    )
    timeout: Annotated[Duration, Field(gt=0)] = Field(
        default=60,
        description=(
            "How long to wait for acknowledged transactions that are missing, and for a hub that does not answer."
        ),
    )


def verify_faults(event_hub: EventHub, verify: Verify) -> Iterator[Fault]:
    """Why what was sent to a valid `output.event_hub` cannot be read back as `verify` says."""
    target = Target.of(event_hub)
    if not target.local and not (verify.consumer_group or "").strip():
        yield (
            ("consumer_group",),
            "is needed to verify against Azure; name a consumer group that nobody else reads with",
        )
    text = verify.connection_string.get_secret_value() if verify.connection_string else connection_strings.EMBEDDED
    if text == connection_strings.EMBEDDED and (verify.connection_string is None or target.credential == "embedded"):
        return
    try:
        reading = connection_strings.parse(text)
    except connection_strings.ConnectionStringError as error:
        yield from ((("connection_string",), message) for message in error.messages)
        return
    hub = reading.entity_path or target.hub
    if (reading.host, hub) != (target.host, target.hub):
        yield (
            ("connection_string",),
            f"reads {short_name(reading.host)}/{hub}, and the run loads {target.key}; both must be the same hub",
        )
