"""A transaction as a flat row, for CSV and Parquet: a column for each field, named by its dotted path in the event."""

from collections.abc import Iterator
from typing import Any

import orjson

from paysim.config.mapping.templates import result
from paysim.config.sections.mapping import Mapping
from paysim.transactions.events.sources import paths
from paysim.transactions.events.templates import tree

_KINDS = {"amount": "double", "number": "double", "integer": "int64", "list": "strings"}
_NUMBERS = frozenset({"location.latitude", "location.longitude", "metadata.risk_score"})


def columns(mapping: Mapping) -> dict[str, str]:
    """Column → type (string, double, int64 or strings), in the order of the event, then what is added."""
    mapping = mapping.effective()
    found: dict[str, str] = {}
    if mapping.body is not None:
        for path, kind in _of_body("", tree.document(mapping.body)):
            found[path] = kind if found.get(path, kind) == kind else "string"
        return found
    for path in paths():
        for target in mapping.targets(path):
            found.setdefault(target, _kind(path, mapping))
    for target, value in mapping.constants().items():
        for path, constant in leaves(target, value):
            found[path] = {float: "double", int: "int64"}.get(type(constant), "string")
    return found


def _of_body(path: str, node: tree.Node | None) -> Iterator[tuple[str, str]]:
    """The columns of a body: objects have those of what is in them, a list is text."""
    if isinstance(node, tree.Object):
        for name, child in node.children:
            yield from _of_body(f"{path}.{name}" if path else name, child)
    elif isinstance(node, tree.When):
        yield from _of_body(path, node.then)
        yield from _of_body(path, node.otherwise)
    elif isinstance(node, tree.Leaf):
        yield path, "string" if node.values is not None else _KINDS.get(result(node.expression), "string")
    elif isinstance(node, tree.Constant):
        for inner, constant in leaves(path, node.of(tree.Given({}))):
            yield inner, {float: "double", int: "int64"}.get(type(constant), "string")
    elif node is not None:
        yield path, "string"


def _kind(path: str, mapping: Mapping) -> str:
    if path in mapping.values:
        return "string"
    if path == "amount":
        return {"string": "string", "minor_units": "int64"}.get(mapping.formats.get("amount", ""), "double")
    if path == "transaction_timestamp":
        return "int64" if mapping.formats.get("timestamp") == "epoch_ms" else "string"
    if path == "metadata.fraud_indicators":
        return "strings"
    return "double" if path in _NUMBERS else "string"


def leaves(path: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        return [(path, value)]
    return [leaf for name, inner in value.items() for leaf in leaves(f"{path}.{name}" if path else name, inner)]


def row(body: bytes, kinds: dict[str, str]) -> dict[str, Any]:
    """The values of one event by column, of the columns' types; what it has not is left out."""
    return {
        path: _value(value, kinds.get(path, "string"))
        for path, value in leaves("", orjson.loads(body))
        if path in kinds
    }


def _value(value: Any, kind: str) -> Any:
    if value is None or kind == "strings":
        return value
    if kind == "double":
        return float(value)
    if kind == "int64":
        return int(value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()
