"""From a YAML file to a `Config`: find it, read it, expand it, check it, and say everything that is wrong at once.

Secrets are kept apart as the references they were written as, so that a master can send a configuration to its
workers without them (`Loaded.document`) and each worker puts in its own (`resolve`).
"""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from . import connection, messages, targets
from .document import Document, Scalar, parse, read
from .errors import ConfigError, ConfigFault, Keys, dotted
from .expansion import ExpansionError, environment, expand, references, variables, without_variables
from .scalars import resolve as resolve_scalar
from .schema import Config
from .target import Target

__all__ = ["ConfigError", "Loaded", "load", "refusals", "resolve"]

DEFAULT_PATH = Path("config/simulator_config.yaml")
CONNECTION_STRING = ("output", "event_hub", "connection_string")
ALLOWED_TARGETS = ("output", "event_hub", "allowed_targets")
DEFAULT_CONNECTION_STRING = f"${{EVENTHUB_CONNECTION_STRING:-{connection.EMBEDDED}}}"
# The proxy is one too: its URL may hold a password.
SECRETS: tuple[Keys, ...] = (
    CONNECTION_STRING,
    ("verify", "connection_string"),
    ("output", "event_hub", "proxy"),
)


@dataclass(frozen=True)
class Loaded:
    """A valid configuration, and what it was made from.

    source: the file, or None where there is none and everything is a default.
    document: what stands under `simulator`, as plain data, expanded except for secret fields.
    references: secret field (`output.event_hub.connection_string`) → its text as written, where it holds a `${…}`.
    """

    config: Config
    source: Path | None
    document: dict[str, Any] = field(repr=False)
    references: dict[str, str] = field(repr=False)
    _origin: Document = field(repr=False)

    @property
    def target(self) -> Target:
        """The Event Hub it points at; for the destination event_hub."""
        return Target.of(self.config.output.event_hub)

    def masked(self) -> dict[str, Any]:
        """The effective configuration with its defaults, as plain data, secrets masked."""
        data = self.config.model_dump(mode="json")
        for keys in SECRETS:
            if (value := _at(self.config, keys)) is not None:
                _put(data, keys, _masked(value if isinstance(value, str) else value.get_secret_value()))
        return data

    def require_allowed(self, environ: Mapping[str, str] | None = None) -> None:
        """Raises ConfigError where the target may not be loaded.

        environ: the process's own environment, which is the default.
        """
        keys = CONNECTION_STRING
        if self.config.output.event_hub.connection_string is None:
            keys = ("output", "event_hub", "fully_qualified_namespace")
        self._raise([(keys, text) for text in refusals(self.config, environ)])

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
        if self.config.output.destination == "stdout":
            text = "stdout is for one process; a distributed run can send to event_hub or file"
            found.append((("output", "destination"), text))
        self._raise(found)

    def literal_secrets(self) -> list[Keys]:
        """The secret fields whose secret stands in the file, as itself or as the default of a `${VAR:-…}`."""
        return [
            keys
            for keys in SECRETS
            if isinstance(text := _at(self.document, keys), str)
            and connection.holds_secret(without_variables(text))
        ]

    def _raise(self, found: list[tuple[Keys, str]]) -> None:
        origin = self._origin
        if faults := [ConfigFault(origin.source, origin.line(keys), keys, text) for keys, text in found]:
            raise ConfigError(faults)


def load(path: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Loaded:
    """The configuration of a file: `path`, else PAYSIM_CONFIG, else the default one, else only defaults.

    environ: what references are expanded from; by default the process's environment over `.env`.
    Raises ConfigError with every fault that was found.
    """
    if environ is None:
        try:
            environ = environment()
        except ExpansionError as error:
            name, _, text = str(error).partition(": ")
            raise ConfigError([ConfigFault(name, None, (), text)]) from None
    if path is None and (named := environ.get("PAYSIM_CONFIG")):
        path = Path(named)
    if path is None and DEFAULT_PATH.exists():
        path = DEFAULT_PATH
    origin = Document("defaults", {}) if path is None else _simulator(parse(read(path), str(path)))
    return _load(origin, path, environ)


def resolve(document: dict[str, Any], environ: Mapping[str, str] | None = None) -> Config:
    """The configuration that a master sent (`Loaded.document`), with this machine's secrets.

    Raises ConfigError that names the variable which is missing here.
    """
    origin = Document("the master's configuration", document)
    config, faults = _check(document, origin, environment() if environ is None else environ)
    if config is None or faults:
        raise ConfigError(faults)
    return config


def refusals(config: Config, environ: Mapping[str, str] | None = None) -> list[str]:
    """Why the target of a configuration may not be loaded, a text each; empty where it may.

    For a worker, which has resolved the target itself. environ: the process's own environment, the default.
    """
    event_hub = config.output.event_hub
    if config.output.destination != "event_hub":
        return []
    return list(targets.refusals(Target.of(event_hub), event_hub.allowed_targets, environ))


def _simulator(document: Document) -> Document:
    """The document below `simulator`. Raises ConfigError where there is none."""
    if not isinstance(document.data, dict):
        document.fault((), "must hold a mapping `simulator:`")
        raise ConfigError(document.faults)
    for key in document.data.keys() - {"simulator"}:
        if key in Config.model_fields:
            document.fault((key,), "belongs below `simulator:`")
        else:
            meant = messages.suggestion(key, ["simulator"])
            document.fault(
                (key,), f"unknown key{meant}{' Allowed' if meant else '; allowed'} at the top: simulator"
            )
    body = document.data.get("simulator")
    if "simulator" not in document.data:
        document.fault((), "`simulator:` is missing; everything else stands below it")
    elif not isinstance(body, dict):
        document.fault(("simulator",), "must be a mapping; {} takes every default")
    else:
        return document.below("simulator")
    raise ConfigError(document.faults)


def _load(origin: Document, source: Path | None, environ: Mapping[str, str]) -> Loaded:
    _refuse_variable_targets(origin)
    document = _plain(origin, origin.data, (), environ)
    _add_default_connection_string(document)
    config, faults = _check(document, origin, environ)
    if config is None or faults:
        raise ConfigError(faults)
    texts = {dotted(keys): _at(document, keys) for keys in SECRETS}
    written = {name: text for name, text in texts.items() if isinstance(text, str) and references(text)}
    return Loaded(config, source, document, written, origin)


def _refuse_variable_targets(origin: Document) -> None:
    """What may be loaded stands in the file: no variable is expanded there, and the schema refuses the text."""
    written = _at(origin.data, ALLOWED_TARGETS)
    for item in written if isinstance(written, list) else [written]:
        if isinstance(item, Scalar) and "${" in item.text:
            origin.fault(
                ALLOWED_TARGETS, "takes no ${…}: what may be loaded stands here literally, as namespace/hub"
            )
            return


def _plain(origin: Document, value: Any, keys: Keys, environ: Mapping[str, str]) -> Any:
    """Scalars expanded and resolved, all but the references of secret fields. Faults go to `origin`."""
    if isinstance(value, dict):
        return {name: _plain(origin, item, (*keys, name), environ) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(origin, item, (*keys, at), environ) for at, item in enumerate(value)]
    if "${" not in value.text:
        return resolve_scalar(value.text) if value.plain else value.text
    if keys in SECRETS or keys[:3] == ALLOWED_TARGETS:
        return value.text
    try:
        text = expand(value.text, environ)
    except ExpansionError as error:
        origin.fault(keys, str(error))
        return None
    return resolve_scalar(text) if value.plain else text


def _add_default_connection_string(document: dict[str, Any]) -> None:
    """Where the file names neither a connection string nor a namespace: the default, expanded later like one."""
    output = document.setdefault("output", {})
    event_hub = output.setdefault("event_hub", {}) if isinstance(output, dict) else None
    if isinstance(event_hub, dict) and event_hub.get("fully_qualified_namespace") is None:
        event_hub.setdefault("connection_string", DEFAULT_CONNECTION_STRING)


def _check(
    document: dict[str, Any], origin: Document, environ: Mapping[str, str]
) -> tuple[Config | None, list[ConfigFault]]:
    """Validate a document, its secrets put in; the faults with those that `origin` has already."""
    values = copy.deepcopy(document)
    for keys in SECRETS:
        if isinstance(text := _at(values, keys), str) and "${" in text:
            try:
                # Empty is as good as not given, as in a shell.
                _put(values, keys, expand(text, environ) or None)
            except ExpansionError as error:
                origin.fault(keys, str(error))
    # A key that is at fault already is not reported for what stands in its place.
    known = {fault.keys for fault in origin.faults}
    try:
        return Config.model_validate(values), origin.faults
    except ValidationError as error:
        for keys, message in messages.found(error, lambda keys, value: _echo(keys, value, origin, document)):
            if not any(keys[:length] in known for length in range(1, len(keys) + 1)):
                origin.fault(keys, connection.masked(message) + _source(keys, message, origin, document))
    return None, origin.faults


def _names(keys: Keys, origin: Document, document: dict[str, Any]) -> str:
    """The variables that a value came from, as `${RATE}`."""
    written = _at(origin.data, keys)
    text = written.text if isinstance(written, Scalar) else _at(document, keys) if keys in SECRETS else None
    return " and ".join(f"${{{name}}}" for name in variables(text)) if isinstance(text, str) else ""


def _source(keys: Keys, message: str, origin: Document, document: dict[str, Any]) -> str:
    names = _names(keys, origin, document)
    return f" (from {names})" if names and names not in message else ""


def _echo(keys: Keys, value: Any, origin: Document, document: dict[str, Any]) -> str:
    """A value that was given, for an error: never a secret, nor what came from the environment."""
    if names := _names(keys, origin, document):
        quoted = isinstance(value, str) and _is_number(value)
        return f"the value of {names}" + (" as text; leave out the quotes" if quoted else "")
    if value is None:
        return "null (an empty value)"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if keys in SECRETS:
            return "this text"
        text = f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
        # In quotes it is text, however much it looks like a number.
        return f"the text {text}; leave out the quotes" if _is_number(value) else text
    if keys in SECRETS:
        return "a number"
    return str(value) if math.isfinite(value) else f".{value:g}".replace(".-", "-.")


def _is_number(text: str) -> bool:
    return isinstance(resolve_scalar(text), int | float)


def _masked(text: str) -> str:
    """A secret field with its secret as ***; all of it where it is not understood."""
    if text == connection.EMBEDDED or text.startswith("http://"):
        return connection.masked(text)
    try:
        connection.parse(text)
    except connection.ConnectionStringError:
        return "***"
    return connection.masked(text)


def _at(value: Any, keys: Keys) -> Any:
    """What is under these keys of nested mappings or models, or None."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list):
            value = value[key] if isinstance(key, int) and key < len(value) else None
        else:
            value = getattr(value, str(key), None)
    return value


def _put(data: dict[str, Any], keys: Keys, value: Any) -> None:
    *above, last = keys
    for key in above:
        data = data[key]  # type: ignore[index]
    data[last] = value  # type: ignore[index]
