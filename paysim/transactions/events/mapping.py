"""From the contract to the contract of the pipeline under test: the rules of `mapping`, compiled to a tree.

`rename`, `drop`, `add`, `values` and `formats` make a tree of the contract's own fields, a `body` is one itself. What
is here is the plain way, a dictionary in and a dictionary out. It serves the few events that are not laid out from
prepared pieces (refunds, some scenarios); `layout` does the same for the many, and tests hold one against the other.
"""

import json
from collections.abc import Iterable, Mapping
from operator import ne
from typing import Any, Literal

import orjson

from paysim.config.mapping.templates import Expression
from paysim.config.sections.mapping import Mapping as Rules

from .avro.contract import AvroContract
from .sources import paths
from .templates import tree
from .templates.filters import text_of
from .templates.times import epoch_ms, rfc3339
from .templates.tree import ABSENT, Constant, Document, Given, Leaf, Node, Object

__all__ = ["CompiledMapping", "Document", "Format", "epoch_ms", "rfc3339"]

Format = Literal["json", "avro"]
_FORMATS = {
    ("amount", "minor_units"): "minor_units",
    ("amount", "string"): "string",
    ("timestamp", "epoch_ms"): "epoch_ms",
}
_WITH_NAN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FORMATTED = {"amount": "amount", "transaction_timestamp": "timestamp"}


class CompiledMapping:
    """The compiled rules. body: of a transaction's fields, where the rules give one. avro: the contract, in that
    format."""

    def __init__(self, rules: Rules, form: Format = "json") -> None:
        rules = rules.effective()
        self._rules = rules
        self.is_plain = rules == Rules()
        """Whether events go out as the contract has them: then every field is seen, as it is."""
        self.body = None if rules.body is None else tree.document(rules.body)
        self.properties = {name: tree.compiled(rule) for name, rule in rules.properties.items()}
        self._values = {path: _keyed(table) for path, table in rules.values.items()}
        self._trees: dict[tuple[str, ...], Object] = {}
        self.avro = AvroContract(self.tree(paths())) if form == "avro" else None

    def tree(self, paths: Iterable[str]) -> Node:
        """What goes out of a transaction with these fields."""
        if self.body is not None:
            return self.body
        order = tuple(paths)
        if order not in self._trees:
            self._trees[order] = self._changed(order)
        return self._trees[order]

    def _changed(self, paths: Iterable[str]) -> Object:
        """The contract's own document, changed."""
        found: dict[str, Any] = {}
        for path in paths:
            for target in self._rules.targets(path):
                _put(found, target, self._leaf(path))
        for target, constant in self._rules.constants().items():
            _put(found, target, Constant(orjson.dumps(constant)))
        return Object(_object(found).children, whole=True)

    def _leaf(self, path: str) -> Leaf:
        form = _FORMATTED.get(path, "")
        name = _FORMATS.get((form, self._rules.formats.get(form, "")))
        return tree.leaf(Expression(path, ((name, ""),) if name else ()), self._rules.values.get(path))

    def value(self, path: str, value: Any) -> Any:
        """What `values` makes of a value; what is not listed and has no `*` passes as it is."""
        table = self._values.get(path, {})
        key = tree.key_of(value)
        return table[key] if key in table else table.get("*", value)

    def shaped(self, document: Document, decimals: int, before: Document | None = None) -> dict[str, Any]:
        """The event. decimals: of the amount's currency; before: the document before a scenario changed it."""
        if self.is_plain:
            return _nested(document, decimals, document if before is None else {**before, **document})
        whole = self.tree(document if before is None else {**before, **document})
        found: dict[str, Any] = whole.of(_given(document, decimals, before))
        return found

    def encoded(self, document: Document, decimals: int, before: Document | None = None) -> bytes:
        """The event as it goes out; the arguments are those of `shaped`. Raises Unfit where Avro cannot say it."""
        if self.avro is None:
            shaped = self.shaped(document, decimals, before)
            values = document.values()
            if before is not None and any(map(ne, values, values)):  # NaN, which orjson has not
                return _WITH_NAN.encode(shaped).encode()
            return orjson.dumps(shaped)
        return self.avro.root.write(_given(document, decimals, before))

    def read(self, event: bytes, moment: int) -> Document | None:
        """The document that an event of this time (Unix milliseconds) was made of; None where it cannot be read from
        it."""
        if not self.is_plain or self.avro is not None:
            return None
        found: Document = {}
        for name, value in orjson.loads(event).items():
            if type(value) is dict:
                for below, each in value.items():
                    found[f"{name}.{below}"] = each
            else:
                found[name] = value
        found["transaction_timestamp"] = moment
        found["amount"] = float(found["amount"])  # an event has whole yen
        return found

    def properties_of(self, document: Document, decimals: int, before: Document | None = None) -> dict[str, Any]:
        """The event's application properties."""
        given = _given(document, decimals, before)
        return {name: made for name, node in self.properties.items() if (made := node.of(given)) is not ABSENT}


def _nested(document: Document, decimals: int, order: Iterable[str]) -> dict[str, Any]:
    """What the tree of the contract's own fields makes of a document, in a quarter of the time."""
    found: dict[str, Any] = {}
    for path in order:
        if path in document:
            head, below = _PARTS[path]
            if not below:
                found[head] = document[path]
            elif head in found:
                found[head][below] = document[path]
            else:
                found[head] = {below: document[path]}
    for path, form in _OWN_FORMS.items():
        if path in found:
            found[path] = form(found[path], decimals)
    return found


class _Parts(dict[str, tuple[str, str]]):
    """Path → its first name, and what stands below that."""

    def __missing__(self, path: str) -> tuple[str, str]:
        head, _, below = path.partition(".")
        self[path] = head, below
        return self[path]


_PARTS = _Parts()


_OWN_FORMS = {path: tree.leaf(Expression(path)).made for path in _FORMATTED}


def partition_key(path: str, document: Document, decimals: int) -> str:
    """The key of a transaction's partition: the value of this field, and of its customer where it has none."""
    value = tree.leaf(Expression(path)).of(Given(document, decimals))
    return text_of(document["customer_id"] if value is ABSENT else value)


def _given(document: Document, decimals: int, before: Document | None) -> Given:
    if before is None:
        return Given(document, decimals)
    changed = {path for path, value in document.items() if path not in before or before[path] != value}
    return Given(document, decimals, before, frozenset(changed))


def _keyed(table: Mapping[str, Any]) -> dict[str, Any]:
    return {tree.key_of(key): value for key, value in table.items()}


def _put(found: dict[str, Any], target: str, leaf: Node) -> None:
    *parents, name = target.split(".")
    for parent in parents:
        found = found.setdefault(parent, {})
    found[name] = leaf


def _object(found: dict[str, Any]) -> Object:
    return Object(tuple((name, _object(each) if isinstance(each, dict) else each) for name, each in found.items()))
