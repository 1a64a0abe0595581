"""Standard output, as JSON Lines."""

from collections.abc import Mapping

from paysim.config.schema import Config
from paysim.config.sections.output import Output
from paysim.publishers.base import DESTINATIONS, Publisher, PublishingDestination


class StdoutDestination(PublishingDestination):
    name, request_type, rank = "stdout", "STDOUT", 2
    several = False
    on_stdout = True

    def target(self, output: Output, environ: Mapping[str, str] | None = None) -> None:
        return None

    def place(self, output: Output) -> str:
        return "standard output"

    def publisher(self, config: Config, connection_string: str | None) -> Publisher:
        from paysim.publishers.jsonl.stdout import StdoutPublisher

        return StdoutPublisher()


DESTINATIONS.add(StdoutDestination())
