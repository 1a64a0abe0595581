"""Where transactions go. Importing this package registers the destinations that a configuration may name."""

from paysim.config.errors import TargetError
from paysim.config.schema import Config

from . import destinations as _entries  # noqa: F401  (each registers itself)
from .base import DESTINATIONS, Publisher


def make_publisher(config: Config, connection_string: str | None = None) -> Publisher:
    """The publisher of `output.destination`, not open yet.

    connection_string: of a hub that is used instead of the configured one, such as the embedded hub.
    Raises TargetError where the target is malformed or not allowed.
    """
    destination = DESTINATIONS[config.output.destination]
    if connection_string is None or not destination.is_hub:  # a hub's own address is looked at as it is opened
        for refusal in destination.refusals(config.output):
            raise TargetError(refusal)
    return destination.publisher(config, connection_string)
