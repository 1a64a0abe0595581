"""An event hub, through the azure-eventhub SDK."""

from collections.abc import Callable, Mapping
from functools import partial

from paysim.config.schema import Config
from paysim.config.sections.output import Output
from paysim.config.targets.target import Target
from paysim.publishers.base import DESTINATIONS, Publisher, PublishingDestination


class EventHubDestination(PublishingDestination):
    name, request_type, section, rank = "event_hub", "EVENTHUB", "event_hub", 0
    is_hub = True

    def target(self, output: Output, environ: Mapping[str, str] | None = None) -> Target:
        return Target.of(output.event_hub, environ=environ)

    def place(self, output: Output) -> str:
        return self.target(output).name

    def publisher(self, config: Config, connection_string: str | None) -> Publisher:
        from paysim.publishers.hub.publisher import EventHubPublisher  # the SDK takes a while to import

        return EventHubPublisher(config.output.event_hub, connection_string, config.content_type, _schema_id(config))


def _schema_id(config: Config) -> Callable[[], str] | None:
    """What asks a schema registry for the id of the events' schema, where one is named. It raises TargetError."""
    if (registry := config.output.schema_registry) is None:
        return None
    from paysim.eventhub.schema_registry import schema_id
    from paysim.transactions.schema import avro_schema

    return partial(schema_id, registry, config.output.event_hub, avro_schema(config.transaction.mapping))


DESTINATIONS.add(EventHubDestination())
