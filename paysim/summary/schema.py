"""`python -m paysim.summary.schema` writes docs/summary.schema.json."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from .meanings import meanings
from .model import Summary
from .part import Part


def json_schema() -> dict[str, Any]:
    """A summary as JSON Schema, draft 2020-12."""
    found = Summary.model_json_schema(mode="serialization")
    models = {model.__name__: model for model in _kinds(Part)}
    for name, section in (*found["$defs"].items(), (Summary.__name__, found)):
        for field, meaning in (meanings(models[name]) if name in models else {}).items():
            said = section["properties"][field]
            section["properties"][field] = dict(sorted({**said, "description": meaning}.items()))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _kinds(model: type[Part]) -> Iterator[type[Part]]:
    for kind in model.__subclasses__():
        yield kind
        yield from _kinds(kind)


def schema_text() -> str:
    """What docs/summary.schema.json holds."""
    return orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


if __name__ == "__main__":  # pragma: no cover - a developer's one-liner; a test compares the file
    Path("docs/summary.schema.json").write_text(schema_text(), encoding="utf-8")
