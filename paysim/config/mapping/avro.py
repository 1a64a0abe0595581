"""`output.format: avro`: options that do not work with it, because Avro needs a name and a type for everything.

The schema itself is `paysim.transactions.events.avro`.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from paysim.config.mapping import body
from paysim.config.mapping.presets import JSON, PRESETS
from paysim.config.sections.base import Fault
from paysim.config.targets import destinations
from paysim.contract.fields import fields
from paysim.contract.labels import SCENARIOS

if TYPE_CHECKING:
    from paysim.config.sections.mapping import Mapping
    from paysim.config.sections.output import Output
    from paysim.config.sections.transaction import Transaction

CONTENT_TYPE = "avro/binary"
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_ALLOWED = "a name in Avro has letters, digits and _, and no digit in front"


def faults(output: "Output", transaction: "Transaction") -> Iterator[Fault]:
    if output.format == "json":
        for name in ("schema_id", "schema_registry"):
            if getattr(output, name) is not None:
                yield ("output", name), "is of an Avro schema; set output.format: avro, or leave it out"
        return
    if output.schema_id is not None and output.schema_registry is not None:
        yield ("output", "schema_id"), "stands beside a schema_registry, which is asked for the id; give one of the two"
    if not destinations.of(output).is_hub:
        yield ("output", "format"), f"avro goes to an event hub; {output.destination} has JSON Lines"
    yield from ((("transaction", "mapping", *keys), text) for keys, text in _mapping_faults(transaction.mapping))
    for name, share in transaction.violations.items():
        if share and not SCENARIOS[name].in_avro:
            yield (
                ("transaction", "violations", name),
                "cannot be said in Avro; leave it out, or set output.format: json",
            )


def _mapping_faults(mapping: "Mapping") -> Iterator[Fault]:
    if mapping.preset is not None:
        if PRESETS[mapping.preset].content_type != JSON:
            yield ("preset",), f"{mapping.preset} is a form of JSON; set output.format: json"
        elif wrong := next(_wrong_names(mapping.effective()), None):
            yield ("preset",), f"{mapping.preset} has the name {wrong[1]}; {_ALLOWED}"
        return
    for keys, name in _wrong_names(mapping):
        yield keys, f'"{name}" cannot go out as Avro: {_ALLOWED}'


def _wrong_names(mapping: "Mapping") -> Iterator[tuple[tuple[str | int, ...], str]]:
    if mapping.body is not None:
        yield from _wrong_in(mapping.body, ("body",))
        return
    for section, targets in (("rename", mapping.rename), ("add", {name: name for name in mapping.add})):
        for source, target in targets.items():
            yield from (((section, source), name) for name in target.split(".") if not _NAME.fullmatch(name))
    for target, value in mapping.constants().items():
        yield from _wrong_in(value, ("add", target))
    yield from ((("rename",), name) for path in fields() for name in path.split(".") if not _NAME.fullmatch(name))


def _wrong_in(rule: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if body.is_when(rule):
        for branch in ("then", "else"):
            yield from _wrong_in(rule.get(branch), (*keys, branch))
    elif isinstance(rule, dict) and not body.is_table(rule):
        for name, inner in rule.items():
            if not _NAME.fullmatch(name):
                yield (*keys, name), name
            yield from _wrong_in(inner, (*keys, name))
    elif isinstance(rule, list):
        for position, inner in enumerate(rule):
            yield from _wrong_in(inner, (*keys, position))
