"""The few keys of a configuration that the command line and the start form may set over the file. Pure.

Who wins: form, then command line, then file, then defaults. What they set goes through the schema like the file.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from paysim.config.errors import ConfigError, ConfigFault, Keys, dotted
from paysim.config.loader import Loaded
from paysim.config.schema import Config
from paysim.config.yaml import messages
from paysim.config.yaml.key_paths import at

Values = dict[str, int | float]
"""What one source sets: the name of an override → its value."""


@dataclass(frozen=True, slots=True)
class Override:
    """`--paysim-<name>`: the key it sets, and what it is, for help and form."""

    name: str
    keys: Keys
    whole: bool
    help: str

    @property
    def option(self) -> str:
        return f"--paysim-{self.name.replace('_', '-')}"

    @property
    def field(self) -> str:
        """What Locust calls it: in its parsed options and in the fields of its form."""
        return f"paysim_{self.name}"


OVERRIDES = (
    Override(
        "rate",
        ("transaction", "volume", "rate"),
        False,
        "transactions/s of the whole test, not of each user",
    ),
    Override("batch_size", ("output", "batch_size"), True, "transactions per send"),
    Override("total", ("transaction", "volume", "total"), True, "stop after exactly this many transactions"),
)


def parse(texts: Mapping[str, str | None], source: str = "") -> Values:
    """Numbers from text, by field; empty is not set. Raises ConfigError with every text that is no number.

    source: what a fault is said to be in, where it is not the option itself.
    """
    values: Values = {}
    faults = []
    for override in OVERRIDES:
        text = (texts.get(override.field) or "").strip()
        if not text:
            continue
        try:
            number = float(text)
            values[override.name] = int(number) if number.is_integer() else number
        except (ValueError, OverflowError):
            kind = "a whole number" if override.whole else "a number"
            where = source or override.option
            faults.append(ConfigFault(where, None, override.keys, f'must be {kind}, not the text "{text[:40]}"'))
    if faults:
        raise ConfigError(faults)
    return values


def apply(loaded: Loaded, values: Values, source: str = "") -> Loaded:
    """The configuration with these set. Raises ConfigError, in the words of a fault of the file."""
    if not values:
        return loaded
    # What is not set stays unset: warnings ask for it.
    data = loaded.config.model_dump(exclude_unset=True)
    document = copy.deepcopy(loaded.document)
    options: dict[Keys, str] = {}
    for override in OVERRIDES:
        if override.name in values:
            options[override.keys] = override.option
            _put(data, override.keys, values[override.name])
            _put(document, override.keys, values[override.name])
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            [
                ConfigFault(source or options.get(keys, "command line"), None, keys, message)
                for keys, message in messages.found(
                    error, lambda keys, value: f"{value:g}" if options.get(keys) else "this"
                )
            ]
        ) from None
    return replace(loaded, config=config, document=document, overridden=loaded.overridden | options.keys())


def in_words(change: str) -> str:
    """A change as `config.reload` writes it, as people say it: `rate none → 1,000` of `transaction.volume.rate: null →
    1000`. One of another key stays as it is."""
    key, _, values = change.partition(": ")
    for override in OVERRIDES:
        if key == dotted(override.keys):
            return f"{override.name.replace('_', ' ')} {' → '.join(map(_word, values.split(' → ')))}"
    return change


def _word(value: str) -> str:
    return "none" if value == "null" else f"{float(value):,.15g}"


def kept(before: Config, after: Config, values: Values, source: str) -> list[str]:
    """A line for each value of a changed file that has no effect, because its key is set elsewhere."""
    lines = []
    for override in OVERRIDES:
        if override.name in values and at(before, override.keys) != at(after, override.keys):
            lines.append(f"{dotted(override.keys)} stays {values[override.name]:g}, as {source} set it")
    return lines


def _put(document: dict[str, Any], keys: Keys, value: Any) -> None:
    for key in keys[:-1]:
        inner = document.get(str(key))
        if not isinstance(inner, dict):
            inner = document[str(key)] = {}
        document = inner
    document[str(keys[-1])] = value
