"""docs/config.schema.json: a JSON Schema of the YAML files, by which editors complete and check them.

It says what each key takes by itself. Only `paysim check` knows faults between keys, and the values of `${VAR}`.
"""

import json
from pathlib import Path
from typing import Any

from paysim.config.loader import DEFAULT_CONNECTION_STRING
from paysim.config.schema import Config

PATH = Path("docs/config.schema.json")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXTS = {
    "Reference": {
        "type": "string",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}",
        "description": "A value from the environment or from .env: ${VAR} or ${VAR:-default}.",
    },
    "Duration": {
        "type": "string",
        "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$",
        "description": "A duration such as 30s, 5m, 1h30m or 250ms.",
    },
}
"""What may stand where the schema has a value that is no free text."""
_LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""Pydantic's names of limits on what a validator has read before."""
_SAID = ("description", "default")


def schema() -> dict[str, Any]:
    """The JSON Schema of a whole file."""
    config = _editable(Config.model_json_schema())
    sections = config.pop("$defs")
    sections["EventHub"]["properties"]["connection_string"]["default"] = DEFAULT_CONNECTION_STRING
    return {
        "$schema": _DIALECT,
        "title": "A configuration of paysim",
        "type": "object",
        "properties": {"simulator": {"$ref": "#/$defs/Config"}},
        "required": ["simulator"],
        "additionalProperties": False,
        "$defs": {"Config": config, **sections, **_TEXTS},
    }


def _editable(node: dict[str, Any]) -> dict[str, Any]:
    """A schema of pydantic's, changed to what people write: with references and durations, without titles of fields."""
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            found[key] = {name: _editable(inner) for name, inner in value.items()}
        elif key in ("anyOf", "oneOf"):
            found["anyOf"] = _flat([_editable(inner) for inner in value])
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            found[key] = _editable(value)
        elif key != "title" and not (key == "default" and "$ref" in node):  # a section's keys have their own
            found[_LIMITS.get(key, key)] = value
    if "properties" in found:
        found.pop("description", None)  # a docstring, which is for those who read the code
    is_duration = found.get("format") == "duration"
    if is_duration:
        del found["format"]
    if found.get("type") in ("number", "integer", "boolean") or {"enum", "const", "pattern"} & found.keys():
        said = {key: found.pop(key) for key in _SAID if key in found}
        texts = ["Duration", "Reference"] if is_duration else ["Reference"]
        found = {"anyOf": [found, *({"$ref": f"#/$defs/{name}"} for name in texts)], **said}
    return found


def _flat(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Members that are alternatives themselves give theirs; each once."""
    found: list[dict[str, Any]] = []
    for member in members:
        for each in member["anyOf"] if member.keys() == {"anyOf"} else [member]:
            if each not in found:
                found.append(each)
    return found


def text() -> str:
    """What docs/config.schema.json holds."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
