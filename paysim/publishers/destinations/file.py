"""A file of JSON Lines."""

from collections.abc import Mapping

from paysim.config.schema import Config
from paysim.config.sections.output import Output
from paysim.config.targets.connection_strings import masked
from paysim.publishers.base import DESTINATIONS, Publisher, PublishingDestination


class FileDestination(PublishingDestination):
    name, request_type, section, rank = "file", "FILE", "file", 1

    def target(self, output: Output, environ: Mapping[str, str] | None = None) -> None:
        return None

    def place(self, output: Output) -> str:
        return masked(output.file.path)

    def publisher(self, config: Config, connection_string: str | None) -> Publisher:
        from paysim.publishers.jsonl.file import FilePublisher

        return FilePublisher(config.output.file.path, config.output.file.rotate_mb)


DESTINATIONS.add(FileDestination())
