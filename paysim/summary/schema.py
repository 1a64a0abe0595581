"""`python -m paysim.summary.schema` writes docs/summary.schema.json."""

from pathlib import Path
from typing import Any

import orjson

from .model import Summary


def json_schema() -> dict[str, Any]:
    """A summary as JSON Schema, draft 2020-12."""
    found = Summary.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def schema_text() -> str:
    """What docs/summary.schema.json holds."""
    return orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


if __name__ == "__main__":  # pragma: no cover - a developer's one-liner; a test compares the file
    Path("docs/summary.schema.json").write_text(schema_text(), encoding="utf-8")
