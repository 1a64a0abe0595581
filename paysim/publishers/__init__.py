"""Where transactions go: an event hub, a file, standard output."""

from paysim.config.schema import Config

from .base import Publisher


def make_publisher(config: Config, connection_string: str | None = None) -> Publisher:
    """The publisher of `output.destination`, not open yet.

    `connection_string`: used instead of the configured one, as the embedded hub's.
    Raises TargetError where the target is malformed or may not be loaded.
    """
    output = config.output
    if output.destination == "file":
        from .jsonl.file import FilePublisher

        return FilePublisher(output.file.path, output.file.rotate_mb)
    if output.destination == "stdout":
        from .jsonl.stdout import StdoutPublisher

        return StdoutPublisher()
    from .hub.publisher import EventHubPublisher  # the SDK takes a while to import

    return EventHubPublisher(output.event_hub, connection_string)
