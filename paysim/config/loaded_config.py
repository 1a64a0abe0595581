"""A configuration that was loaded: what it points at, what of it may be shown, and whether it may run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import ConfigError, ConfigFault, Keys
from .schema import Config
from .targets import allowed_targets, connection_strings, destinations
from .targets.target import Target
from .yaml.document import Document
from .yaml.expansion import without_variables
from .yaml.key_paths import CONNECTION_STRING, at, put, secrets_in


@dataclass(frozen=True)
class Loaded:
    """A valid configuration, and what it was made from.

    source: the file, or None where there is none and everything is a default.
    document: what stands under `simulator`, as plain data, expanded except for secret fields.
    overridden: keys that the command line or the start form set over the file.
    references: secret field (`output.event_hub.connection_string`) → its text as written, where it holds a `${…}`.
    """

    config: Config
    source: Path | None
    document: dict[str, Any] = field(repr=False)
    references: dict[str, str] = field(repr=False)
    _origin: Document = field(repr=False)
    overridden: frozenset[Keys] = frozenset()

    @property
    def target(self) -> Target:
        """The Event Hub it points at; for the destination event_hub."""
        return Target.of(self.config.output.event_hub)

    def masked(self) -> dict[str, Any]:
        """The effective configuration with its defaults, as plain data, secrets masked."""
        data: dict[str, Any] = _without_secrets(self.config.model_dump(mode="json"))
        for keys in secrets_in(self.config):
            if (value := at(self.config, keys)) is not None:
                put(data, keys, _masked(value if isinstance(value, str) else value.get_secret_value()))
        return data

    @property
    def for_workers(self) -> dict[str, Any]:
        """The document without the section `pipeline`: workers need not reach anything behind the hub."""
        return {name: section for name, section in self.document.items() if name != "pipeline"}

    def require_allowed(self, environ: Mapping[str, str] | None = None) -> None:
        """Raises ConfigError where the target may not be loaded.

        environ: the process's own environment, which is the default.
        """
        keys: Keys = ("output", "destination")
        if destinations.of(self.config.output).is_hub:
            by_key = self.config.output.event_hub.connection_string is not None
            keys = CONNECTION_STRING if by_key else ("output", "event_hub", "fully_qualified_namespace")
        found: list[tuple[Keys, str]] = [(keys, text) for text in refusals(self.config, environ)]
        found += refusals_beside(self.config, environ)
        self._raise(found)

    def require_distributable(self) -> None:
        """Raises ConfigError where a master could not share this with workers."""
        found: list[tuple[Keys, str]] = [
            (
                keys,
                "holds a literal secret, which would travel to the workers; write ${VAR} here and set the "
                "variable on every machine",
            )
            for keys in self.literal_secrets()
        ]
        if not (destination := destinations.of(self.config.output)).several:
            text = f"{destination.name} is for one process; a distributed run can send to {destinations.for_several()}"
            found.append((("output", "destination"), text))
        self._raise(found)

    def literal_secrets(self) -> list[Keys]:
        """The secret fields whose secret stands in the file, as itself or as the default of a `${VAR:-…}`."""
        return [
            keys
            for keys in secrets_in(self.for_workers)
            if isinstance(text := at(self.document, keys), str)
            and connection_strings.holds_secret(without_variables(text))
        ]

    def _raise(self, found: list[tuple[Keys, str]]) -> None:
        origin = self._origin
        if faults := [ConfigFault(origin.source, origin.line(keys), keys, text) for keys, text in found]:
            raise ConfigError(faults)


def refusals(config: Config, environ: Mapping[str, str] | None = None) -> list[str]:
    """Why the target of a configuration may not be loaded, a text each; empty where it may.

    For a worker, which has resolved the target itself. environ: the process's own environment, the default.
    """
    return list(destinations.of(config.output).refusals(config.output, environ))


def refusals_beside(config: Config, environ: Mapping[str, str] | None = None) -> list[tuple[Keys, str]]:
    """Why the hosts beside the run's own hub may not be reached, with the keys that name each; empty where they may."""
    event_hub = config.output.event_hub
    targets: list[tuple[Keys, Target]] = [
        (("pipeline", *keys), target) for keys, target in config.pipeline.targets(event_hub)
    ]
    if (registry := config.output.schema_registry) is not None:
        targets.append((("output", "schema_registry", "fully_qualified_namespace"), registry.target))
    return [
        (keys, text)
        for keys, target in targets
        for text in allowed_targets.refusals(target, event_hub.allowed_targets, environ)
    ]


def _without_secrets(value: Any) -> Any:
    """Plain data without what was put where no secret belongs, as a connection string for a path."""
    if isinstance(value, dict):
        return {_without_secrets(name): _without_secrets(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return connection_strings.masked(value) if isinstance(value, str) else value


def _masked(text: str) -> str:
    """A secret field with its secret as ***; all of it where it is not understood."""
    if text == connection_strings.EMBEDDED or "://" in text.partition("=")[0]:
        return connection_strings.masked(text)
    try:
        connection_strings.parse(text)
    except connection_strings.ConnectionStringError:
        return "***"
    return connection_strings.masked(text)
