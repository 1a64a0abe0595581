"""`mapping.body` and `mapping.properties` as a configuration writes them: their rules, and what is wrong with one.

A body is a document in the shape of the target. Its leaves are constants and templates (`templates`); where a value
depends on another, one of two rules stands in its place:

- `{when: {payment_status: completed}, then: …, else: …}`: all the fields must have that value, or one of a list; null
  is for a field that is not there. `else` may be left out, then nothing is there.
- `{of: payment_status, values: {completed: paid, "*": open}}`: what goes out for each value of one field.
"""

import difflib
import math
from collections.abc import Iterator
from typing import Any

from paysim.config.mapping import templates
from paysim.config.mapping.templates import Expression
from paysim.contract.fields import COUNTLESS, closed, fields, kind

REST = "*"  # in `values`: everything that is not listed
Fault = tuple[tuple[str | int, ...], str]
"""Where below the rule, and what is wrong."""
_WHEN = ("when", "then", "else")


def is_when(rule: Any) -> bool:
    """Whether this is a condition: `when` with fields below it. With text it is a key of the document."""
    return isinstance(rule, dict) and isinstance(rule.get("when"), dict)


def is_table(rule: Any) -> bool:
    """Whether this translates the values of one field."""
    return isinstance(rule, dict) and {"of", "values"} <= rule.keys() and isinstance(rule["values"], dict)


def allowed(value: Any) -> tuple[Any, ...]:
    """The values that a condition allows a field."""
    return tuple(value) if isinstance(value, list) else (value,)


def expressions(rule: Any) -> Iterator[Expression]:
    """The expressions in a rule without faults, those of its conditions and tables too."""
    if isinstance(rule, str):
        yield from (piece for piece in templates.parse(rule) if isinstance(piece, Expression))
    elif is_when(rule):
        yield from map(Expression, rule["when"])
        for branch in ("then", "else"):
            yield from expressions(rule.get(branch))
    elif is_table(rule):
        yield Expression(rule["of"])
    elif isinstance(rule, dict):
        for inner in rule.values():
            yield from expressions(inner)
    elif isinstance(rule, list):
        for inner in rule:
            yield from expressions(inner)


def places(rule: Any, path: str, above: str = "") -> Iterator[str]:
    """The dotted paths at which a field stands alone, without filters; lists have none."""
    if is_when(rule):
        for branch in ("then", "else"):
            yield from places(rule.get(branch), path, above)
    elif isinstance(rule, dict) and not is_table(rule):
        for name, inner in rule.items():
            yield from places(inner, path, f"{above}.{name}" if above else name)
    elif isinstance(rule, str) and templates.parse(rule) == (Expression(path),):
        yield above


def document_faults(body: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a body."""
    if not body:
        yield (), "is empty; give the document that goes out, or leave body out"
    yield from _whole(body, ())
    yield from rule_faults(body)


def _whole(rule: Any, keys: tuple[str | int, ...]) -> Iterator[Fault]:
    """Faults where some transactions would have no document at all."""
    if is_when(rule):
        for branch in ("then", "else"):
            if branch in rule:
                yield from _whole(rule[branch], (*keys, branch))
            elif branch == "else":
                yield keys, "needs an else here: every transaction has to have a document"
    elif not isinstance(rule, dict) or is_table(rule):
        yield keys, "must be a document: a mapping of names to values"


def rule_faults(rule: Any, keys: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """What is wrong with a part of a body."""
    if is_when(rule):
        yield from _when_faults(rule, keys)
    elif is_table(rule):
        yield from _table_faults(rule, keys)
    elif isinstance(rule, dict):
        yield from _object_faults(rule, keys)
    elif isinstance(rule, list):
        for position, inner in enumerate(rule):
            yield from rule_faults(inner, (*keys, position))
    elif isinstance(rule, str):
        for message in templates.faults(rule):
            yield keys, message
    elif not json(rule):
        yield keys, "is not a JSON value; allowed: text, numbers (whole ones of 64 bits), true, false, null"


def _object_faults(rule: dict[str, Any], keys: tuple[str | int, ...]) -> Iterator[Fault]:
    if (text := unquoted(rule)) is not None:
        yield keys, f'is a mapping, as YAML reads {text} without quotes; write "{text}"'
        return
    if "copy" in rule and isinstance(rule["copy"], str) and rule["copy"] in fields():
        yield keys, f'copy stands in mapping.add alone; in a body write "{{{rule["copy"]}}}"'
        return
    if "then" in rule and "else" in rule and "when" not in rule:
        yield keys, "has then and else, and no when"
    if isinstance(rule.get("values"), dict) and isinstance(rule.get("field"), str):
        yield keys, f"has values and field; write {{of: {rule['field']}, values: …}}"
        return
    for name, inner in rule.items():
        if not name:
            yield (*keys, name), "a name must not be empty"
        elif name.endswith("]"):
            yield (*keys, name), f"{name} makes no list; write {name.split('[')[0]}: with a list of values below it"
        elif templates.likely(name):
            yield (*keys, name), "names are taken as they stand; a template is a value"
        yield from rule_faults(inner, (*keys, name))


def unquoted(rule: Any) -> str | None:
    """What YAML reads as a mapping without quotes around it: `{amount}` is a key without a value."""
    if isinstance(rule, dict) and len(rule) == 1:
        [(name, value)] = rule.items()
        if value is None and name.partition("|")[0].strip() in fields():
            return f"{{{name}}}"
    return None


def _when_faults(rule: dict[str, Any], keys: tuple[str | int, ...]) -> Iterator[Fault]:
    for name in rule:
        if name not in _WHEN:
            close = difflib.get_close_matches(name, _WHEN, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield (*keys, name), f"a condition has when, then and else, and no {name}{hint}"
    if "then" not in rule and "else" not in rule:
        yield keys, "has a when, and neither then nor else"
    if not rule["when"]:
        yield (*keys, "when"), "names no field; give one or more, such as {payment_status: completed}"
    for path, value in rule["when"].items():
        yield from _condition_faults(path, value, (*keys, "when", path))
    for branch in ("then", "else"):
        if branch in rule:
            yield from rule_faults(rule[branch], (*keys, branch))


def _condition_faults(path: str, value: Any, keys: tuple[str | int, ...]) -> Iterator[Fault]:
    if message := templates.unknown(path):
        yield keys, message
    elif path in COUNTLESS - {"original_transaction_id"}:
        yield keys, f"{path} differs with every transaction; a condition asks for fields with few values"
    elif isinstance(value, dict) or value == []:
        yield keys, "must be a value, a list of values, or null for a field that is not there"
    else:
        for one in allowed(value):
            if path == "original_transaction_id" and one is not None:
                yield keys, "is an id of its own in every refund; ask for transaction_type: refund"
            elif one is not None:
                yield from _value_faults(path, one, keys)


def _value_faults(path: str, value: Any, keys: tuple[str | int, ...]) -> Iterator[Fault]:
    known = closed(path)
    if isinstance(value, dict | list):
        yield keys, "must be a value, a list of values, or null for a field that is not there"
    elif known and value not in known:
        names = f"; allowed: {', '.join(known)}" if len(known) <= 8 else ""
        yield keys, f"{path} is never {value}{templates.meant(str(value), known)}{names}"


def _table_faults(rule: dict[str, Any], keys: tuple[str | int, ...]) -> Iterator[Fault]:
    for name in rule.keys() - {"of", "values"}:
        yield (*keys, name), f"a table has of and values, and no {name}"
    path = rule["of"]
    if not isinstance(path, str):
        yield (*keys, "of"), "must be the name of a field"
        return
    if "{" in path:
        yield (*keys, "of"), "takes the name of a field, without braces and filters"
        return
    if message := templates.unknown(path):
        yield (*keys, "of"), message
        return
    if path in COUNTLESS or kind(path) == "list":
        yield (*keys, "of"), f"{path} differs with every transaction; a table is for fields with few values"
    yield from table_faults(path, rule["values"], (*keys, "values"))


def table_faults(path: str, table: dict[str, Any], keys: tuple[str | int, ...]) -> Iterator[Fault]:
    """What is wrong with what goes out for the values of a field."""
    for given, value in table.items():
        if given != REST:
            yield from _value_faults(path, given, (*keys, given))
        if isinstance(value, dict | list) or not json(value):
            yield (*keys, given), "must be text, a number, true, false or null"
        elif (text := templates.likely(value)) is not None:
            yield (*keys, given), f"takes no template, and {text} is one; a condition in mapping.body can choose one"


def property_faults(properties: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with application properties: a name has one value, and a constant is text, number or flag."""
    for name, rule in properties.items():
        if not name or len(name.encode()) > 255:
            yield (name,), "a name must have 1 to 255 bytes"
        elif name.startswith("paysim-"):
            yield (name,), "names that begin with paysim- are paysim's own"
        yield from rule_faults(rule, (name,))
        yield from _scalar_faults(rule, (name,))


def _scalar_faults(rule: Any, keys: tuple[str | int, ...]) -> Iterator[Fault]:
    if is_when(rule):
        for branch in ("then", "else"):
            yield from _scalar_faults(rule.get(branch), (*keys, branch))
    elif isinstance(rule, list) or (isinstance(rule, dict) and not is_table(rule) and unquoted(rule) is None):
        yield keys, "is an object or a list; a property is one value"
    elif isinstance(rule, str) and not list(templates.faults(rule)):
        pieces = templates.parse(rule)
        if len(pieces) == 1 and isinstance(pieces[0], Expression) and templates.result(pieces[0]) == "list":
            yield keys, f"{pieces[0].path} is a list; a property is one value"


def json(value: Any) -> bool:
    """Whether this is a JSON value with whole numbers of 64 bits."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and json(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(json, value))
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, str) or (isinstance(value, float) and math.isfinite(value))
