"""A configuration, loaded against all that is registered."""

from pathlib import Path

from paysim.config import loader
from paysim.config.loaded_config import Loaded


def load(path: Path | None) -> Loaded:
    """What `config.loader.load` makes of a file. Raises ConfigError."""
    # Its methods, countries, scenarios and destinations are in there. It takes a while (numpy): only what loads waits.
    import paysim.publishers
    import paysim.transactions  # noqa: F401

    return loader.load(path)
