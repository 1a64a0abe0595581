"""From a YAML file to a `Config`: find it, read it, expand it, check it, and say everything that is wrong at once.

Secrets are kept apart as the references they were written as, so that a master can send a configuration to its
workers without them (`Loaded.document`) and each worker puts in its own (`resolve`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import ConfigError, ConfigFault, Keys, dotted
from .loaded_config import Loaded, refusals
from .schema import Config
from .targets import connection_strings
from .yaml import messages
from .yaml.document import Document, Scalar, parse, read
from .yaml.expansion import ExpansionError, environment, expand, references
from .yaml.key_paths import ALLOWED_TARGETS, at, is_secret, secrets_in
from .yaml.scalars import resolve as resolve_scalar
from .yaml.validation import validated

__all__ = ["ConfigError", "Loaded", "load", "refusals", "resolve"]

DEFAULT_CONNECTION_STRING = f"${{EVENTHUB_CONNECTION_STRING:-{connection_strings.EMBEDDED}}}"
DEFAULT_PATH = Path("config/simulator_config.yaml")


def load(path: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Loaded:
    """The configuration of a file: `path`, else PAYSIM_CONFIG, else the default one, else only defaults.

    environ: what references are expanded from; by default the process's environment over `.env`.
    Raises ConfigError with every fault that was found.
    """
    environ = _environment() if environ is None else environ
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
    return validated(document, origin, _environment() if environ is None else environ)


def _environment() -> dict[str, str]:
    try:
        return environment()
    except ExpansionError as error:
        name, _, text = str(error).partition(": ")
        raise ConfigError([ConfigFault(name, None, (), text)]) from None


def _simulator(document: Document) -> Document:
    """The document below `simulator`. Raises ConfigError where there is none."""
    if not isinstance(document.data, dict):
        document.fault((), "must hold a mapping `simulator:`")
        raise ConfigError(document.faults)
    for key in document.data:
        if key == "simulator":
            continue
        if key in Config.model_fields:
            document.fault((key,), "belongs below `simulator:`")
        else:
            meant = messages.other_word(key) or messages.suggestion(key, ["simulator"])
            document.fault((key,), f"unknown key{meant}{' Allowed' if meant else '; allowed'} at the top: simulator")
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
    config = validated(document, origin, environ)
    texts = {dotted(keys): at(document, keys) for keys in secrets_in(document)}
    written = {name: text for name, text in texts.items() if isinstance(text, str) and references(text)}
    return Loaded(config, source, document, written, origin)


def _refuse_variable_targets(origin: Document) -> None:
    """What may be loaded stands in the file: no variable is expanded there, and the schema refuses the text."""
    written = at(origin.data, ALLOWED_TARGETS)
    for item in written if isinstance(written, list) else [written]:
        if isinstance(item, Scalar) and "${" in item.text:
            origin.fault(ALLOWED_TARGETS, "takes no ${…}: what may be loaded stands here literally, as namespace/hub")
            return


def _plain(origin: Document, value: Any, keys: Keys, environ: Mapping[str, str]) -> Any:
    """Scalars expanded and resolved, all but the references of secret fields. Faults go to `origin`."""
    if isinstance(value, dict):
        return {name: _plain(origin, item, (*keys, name), environ) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(origin, item, (*keys, position), environ) for position, item in enumerate(value)]
    if "${" not in value.text:
        return resolve_scalar(value.text) if value.plain else value.text
    if is_secret(keys) or keys[:3] == ALLOWED_TARGETS:
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
