"""A document against the schema: its secrets put in for the moment, every fault placed on its line.

No text made here holds a secret, or a value that came from the environment.
"""

import copy
import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from paysim.config.errors import ConfigError, Keys
from paysim.config.schema import Config
from paysim.config.targets import connection_strings

from . import messages
from .document import Document, Scalar
from .expansion import ExpansionError, expand, variables
from .key_paths import at, is_secret, put, secrets_in
from .scalars import resolve as resolve_scalar


def validated(document: dict[str, Any], origin: Document, environ: Mapping[str, str]) -> Config:
    """The configuration that a document makes. Raises ConfigError, with the faults that `origin` has already."""
    values = copy.deepcopy(document)
    for keys in secrets_in(values):
        if isinstance(text := at(values, keys), str) and "${" in text:
            try:
                # Empty is as good as not given, as in a shell.
                put(values, keys, expand(text, environ) or None)
            except ExpansionError as error:
                origin.fault(keys, str(error))
    # A key that is at fault already is not reported for what stands in its place.
    known = {fault.keys for fault in origin.faults}
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        for keys, message in messages.found(error, lambda keys, value: _echo(keys, value, origin, document)):
            if not any(keys[:length] in known for length in range(1, len(keys) + 1)):
                origin.fault(keys, connection_strings.masked(message) + _source(keys, message, origin, document))
        raise ConfigError(origin.faults) from None
    if origin.faults:
        raise ConfigError(origin.faults)
    return config


def _names(keys: Keys, origin: Document, document: dict[str, Any]) -> str:
    """The variables that a value came from, as `${RATE}`."""
    written = at(origin.data, keys)
    text = written.text if isinstance(written, Scalar) else at(document, keys) if is_secret(keys) else None
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
    if is_secret(keys):
        return "this value"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
        # In quotes it is text, however much it looks like a number.
        return f"the text {text}; leave out the quotes" if _is_number(value) else text
    return str(value) if math.isfinite(value) else f".{value:g}".replace(".-", "-.")


def _is_number(text: str) -> bool:
    return isinstance(resolve_scalar(text), int | float)
