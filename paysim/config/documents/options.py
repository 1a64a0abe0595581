"""Every option of the schema, in its order: its key, what it means, its default and what it takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, SecretStr

from paysim.config.loader import DEFAULT_CONNECTION_STRING
from paysim.config.schema import Config
from paysim.config.yaml.key_paths import CONNECTION_STRING
from paysim.config.yaml.messages import annotation_of, unwrapped

_TIME_OF_DAY = re.compile(r"\d\d:\d\d")


@dataclass(frozen=True)
class Option:
    """One key of the YAML.

    keys: below `simulator`. meaning: `Field(description=…)`, empty where a section has none. default: as YAML, None
    where it must be given. annotation: its type. is_section: whether it is a mapping with the options that follow.
    items: the options of each item of a list of mappings, or of a section
    that is null by default.
    """

    keys: tuple[str, ...]
    meaning: str
    default: str | None
    annotation: Any
    is_section: bool = False
    items: tuple["Option", ...] = ()


def options(model: type[BaseModel] = Config, defaults: Any = None, above: tuple[str, ...] = ()) -> Iterator[Option]:
    """Sections before what is in them."""
    defaults = Config() if defaults is None and model is Config else defaults
    for name, field in model.model_fields.items():
        keys, annotation = (*above, field.alias or name), annotation_of(field)
        inner, meaning = unwrapped(annotation), field.description or ""
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            if defaults is not None and getattr(defaults, name) is None:  # a section that need not be
                yield Option(keys, meaning, "null", annotation, items=tuple(options(inner, None, keys)))
                continue
            yield Option(keys, meaning, None, annotation, is_section=True)
            yield from options(inner, getattr(defaults, name, None), keys)
            continue
        default = None if defaults is None and field.is_required() else getattr(defaults, name, field.default)
        shown = None if defaults is None and field.is_required() else as_yaml(default)
        if keys == CONNECTION_STRING:
            shown = DEFAULT_CONNECTION_STRING
        yield Option(keys, meaning, shown, annotation, items=tuple(_items(inner, keys)))


def _items(annotation: Any, keys: tuple[str, ...]) -> Iterator[Option]:
    if get_origin(annotation) is list:
        (item,) = get_args(annotation)
        if isinstance(item, type) and issubclass(item, BaseModel):
            yield from options(item, None, (*keys[:-1], f"{keys[-1]}[]"))


def as_yaml(value: Any) -> str:
    """A default on one line: `100`, `{USD: 1}`, `"09:00"`."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and _TIME_OF_DAY.fullmatch(value):
        return f'"{value}"'  # in YAML 1.1 a number to the base of sixty
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.strip().removesuffix("...").strip()
