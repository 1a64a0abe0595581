"""Pydantic's errors as lines a user understands: what is wrong, what is allowed, and the key that was meant.

What is allowed is read from the schema's own annotations, so that it cannot differ from what is checked.
"""

import difflib
import re
import types
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, SecretStr, Tag, ValidationError
from pydantic.fields import FieldInfo

from paysim.config.errors import Keys, dotted
from paysim.config.other_words import MEANT
from paysim.config.schema import Config
from paysim.config.sections.base import IS_DURATION, SectionFaults
from paysim.contract.names import OneOf

Found = tuple[Keys, str]


def found(error: ValidationError, echo: Callable[[Keys, Any], str]) -> Iterator[Found]:
    """The faults in a validation error of `Config`, each key's once.

    echo: tells a value that was given, or that it is not shown.
    """
    seen: set[Found] = set()
    for item in error.errors(include_url=False):
        for fault in _translated(dict(item), echo):
            if fault not in seen:
                seen.add(fault)
                yield fault


def _translated(item: dict[str, Any], echo: Callable[[Keys, Any], str]) -> Iterator[Found]:
    keys, annotation, holder = _walk(item["loc"])
    cause = item.get("ctx", {}).get("error")
    if item["type"] == "default_factory_not_called":
        return  # a default that follows another key, which is at fault and said
    if isinstance(cause, SectionFaults):
        for below, message in cause.faults:
            yield (*keys, *below), message
    elif isinstance(cause, ValueError):
        yield keys, str(cause)
    elif item["type"] == "extra_forbidden":
        yield keys, _unknown(keys, list(_fields(holder)))
    elif "[key]" in item["loc"]:
        names = [str(name) for name in literals(get_args(unwrapped(annotation))[0])]
        yield keys, _unknown(keys, names)
    elif item["type"] == "missing":
        yield keys, f"is missing; needed: {allowed(annotation)}"
    else:
        given = echo(keys, item["input"])
        if item["type"] in ("too_short", "too_long"):
            given = f"a list of {len(item['input'])}"
        text = f"must be {allowed(annotation)}, not {given}"
        names = [name for name in literals(annotation) if isinstance(name, str)]
        yield keys, text + suggestion(item["input"], names)


def _unknown(keys: Keys, names: list[str]) -> str:
    elsewhere = [dotted(path) for path in _paths(Config) if path[-1] == keys[-1]]
    there = f"; did you mean {' or '.join(elsewhere[:2])}?" if elsewhere else ""
    meant = other_word(keys[-1]) or there or suggestion(keys[-1], names)
    if meant and len(names) > 10:
        return f"unknown key{meant}"
    joint = " Allowed: " if meant else "; allowed: "
    return f"unknown key{meant}{joint}{', '.join(names)}"


def other_word(given: Any) -> str:
    """`; did you mean KEY?` where another simulator's files have this word for what KEY is here, else nothing."""
    return f"; did you mean {MEANT[given]}?" if given in MEANT else ""


def suggestion(given: Any, names: list[str]) -> str:
    """`; did you mean NAME?` where one of the names is close, else nothing."""
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(str(given).lower(), lower, n=1) if isinstance(given, str) else []
    return f"; did you mean {lower[close[0]]}?" if close else ""


def _walk(location: tuple[str | int, ...]) -> tuple[Keys, Any, Any]:
    """The keys of a location, without pydantic's labels of union members; what is expected there, and in what."""
    keys: list[str | int] = []
    annotation: Any = Config
    holder: Any = Config
    for part in location:
        bare = unwrapped(annotation)
        if part in _tags(bare):
            continue
        # Keys below one of several are keys of the mapping.
        members = map(unwrapped, _members(bare))
        bare = next((inner for inner in members if get_origin(inner) is dict or part in _fields(inner)), bare)
        if part == "[key]":
            # The key itself is at fault: its name is in the location already.
            return tuple(keys), holder, holder
        if fields := _fields(bare):
            holder, annotation = bare, fields.get(str(part), Any)
        elif get_origin(bare) is dict:
            holder, annotation = bare, get_args(bare)[1]
        elif get_origin(bare) is list and isinstance(part, int):
            holder, annotation = bare, get_args(bare)[0]
        else:
            continue
        keys.append(part)
    return tuple(keys), annotation, holder


def _tags(union: Any) -> list[str]:
    """The tags of the members of a union, which are no keys."""
    return [item.tag for member in _members(union) for item in _metadata(member) if isinstance(item, Tag)]


def _fields(annotation: Any) -> dict[str, Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {field.alias or name: annotation_of(field) for name, field in annotation.model_fields.items()}
    return {}


def annotation_of(field: FieldInfo) -> Any:
    annotation: Any = field.annotation
    for metadata in field.metadata:
        annotation = Annotated[annotation, metadata]
    return annotation


def _paths(model: type[BaseModel], above: Keys = ()) -> Iterator[Keys]:
    for name, annotation in _fields(model).items():
        yield (*above, name)
        bare = unwrapped(annotation)
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            yield from _paths(bare, (*above, name))


def _members(annotation: Any) -> list[Any]:
    """The members of a union but None; else the annotation alone."""
    inner = annotation
    while get_origin(inner) is Annotated:
        inner = get_args(inner)[0]
    if get_origin(inner) in (Union, types.UnionType):
        return [member for member in get_args(inner) if member is not type(None)]
    return [annotation]


def unwrapped(annotation: Any) -> Any:
    """The annotation without metadata and null; a union of several as it is."""
    members = _members(annotation)
    inner = members[0] if len(members) == 1 else annotation
    while get_origin(inner) is Annotated:
        inner = get_args(inner)[0]
    return inner


def _metadata(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from _metadata(inner)
        for item in metadata:
            yield from item.metadata if isinstance(item, FieldInfo) else (item,)
    elif len(members := _members(annotation)) == 1 and members[0] is not annotation:
        yield from _metadata(members[0])


def literals(annotation: Any) -> tuple[Any, ...]:
    """The values of a closed set: those of a Literal, or the names in a registry; none where it is open."""
    return tuple(value for member in _members(annotation) for value in _values(member))


def _values(annotation: Any) -> tuple[Any, ...]:
    """The values of a Literal, or the names of a registry."""
    if get_origin(unwrapped(annotation)) is Literal:
        return get_args(unwrapped(annotation))
    return next((item.registry.names for item in _metadata(annotation) if isinstance(item, OneOf)), ())


def allowed(annotation: Any) -> str:
    """What an annotation allows, in words: `a whole number from 1 to 5000`."""
    members = _members(annotation)
    if len(members) > 1:
        words = [allowed(member).removeprefix("one of ") for member in sorted(members, key=_is_literal)]
        return (", " if " or " in words[-1] else " or ").join(words)
    bare = unwrapped(annotation)
    if known := _values(annotation):
        names = [str(name) for name in known]
        return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    if IS_DURATION in _metadata(annotation):
        return f"a duration{_range(annotation)} (seconds, or such as 30s, 5m, 1h30m)"
    if bare in (int, float):
        return ("a whole number" if bare is int else "a number") + _range(annotation)
    if bare in (str, SecretStr):
        return _text(annotation)
    if bare is bool:
        return "true or false"
    if bare is datetime:
        return "a time in RFC 3339, for example 2026-01-01T00:00:00Z"
    if get_origin(bare) is list:
        return _list(bare, annotation)
    if get_origin(bare) is dict:
        return _mapping(bare)
    return f"a mapping with any of the keys {', '.join(_fields(bare))}"


def _is_literal(annotation: Any) -> bool:
    return not _values(annotation)


def _range(annotation: Any) -> str:
    low = high = ""
    inclusive = False
    for item in _metadata(annotation):
        if isinstance(item, Ge):
            low, inclusive = _figure(item.ge), True
        elif isinstance(item, Gt):
            low = f"above {_figure(item.gt)}"
        elif isinstance(item, Le):
            high = f"{_figure(item.le)}"
        elif isinstance(item, Lt):
            high = f"{_figure(int(str(item.lt)) - 1)}"
    if inclusive:
        return f" from {low} to {high}" if high else f", {low} or more"
    return f" {low}" + (f", at most {high}" if high else "") if low else ""


def _figure(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _text(annotation: Any) -> str:
    for item in _metadata(annotation):
        if isinstance(item, MinLen):
            return "text that is not empty"
        if re.compile(r"\[01\]").search(str(getattr(item, "pattern", ""))):
            return "a time of day from 00:00 to 24:00, for example 09:00"
    return "text"


def _list(bare: Any, annotation: Any) -> str:
    (item,) = get_args(bare)
    sizes = [meta.max_length for meta in _metadata(annotation) if isinstance(meta, MaxLen)]
    kind = "mappings" if _fields(unwrapped(item)) else "numbers above 0" if unwrapped(item) is float else "texts"
    return f"a list of {sizes[0]} {kind}" if sizes else f"a list of {kind}"


def _mapping(bare: Any) -> str:
    key, _ = get_args(bare)
    names = [str(name) for name in literals(key)]
    return f"a mapping with any of the keys {', '.join(names)}" if names else "a mapping"
