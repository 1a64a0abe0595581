"""Avro events as fastavro reads them, which knows nothing of how they were made."""

from io import BytesIO
from typing import Any

import fastavro
import orjson


def parsed(schema: str) -> Any:
    """A schema, ready to read by."""
    return fastavro.parse_schema(orjson.loads(schema))


def read(body: bytes, schema: Any) -> Any:
    """All of a body as a document."""
    stream = BytesIO(body)
    found = fastavro.schemaless_reader(stream, schema, None)
    assert stream.tell() == len(body)
    return found


def there(value: Any) -> Any:
    """A document without what is null, and without objects and lists that nothing is left of."""
    if isinstance(value, dict):
        named = {name: there(inner) for name, inner in value.items()}
        return {name: inner for name, inner in named.items() if inner is not None} or None
    if isinstance(value, list):
        return [inner for each in value if (inner := there(each)) is not None] or None
    return value
