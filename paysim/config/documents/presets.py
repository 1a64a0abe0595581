"""docs/PRESETS.md: every preset, and where each field of it comes from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from paysim.config.mapping.body import is_table, is_when
from paysim.config.mapping.presets import PRESETS, Preset
from paysim.config.sections.mapping import Mapping
from paysim.contract.fields import fields

PATH = Path("docs/PRESETS.md")
_HEAD = """\
# Presets of a mapping

`mapping.preset` names a mapping that is ready; `properties` may be added to it. `paysim check` prints one event of it.
A card is a token and its last four digits everywhere: no transaction has a card number. Names on the right are fields
of the contract with the filters of [templates](SIMULATOR-GUIDE.md#another-contract). This page is made from the presets
by `python -m paysim.config.documents`.

```yaml
simulator:
  transaction:
    patterns: {payment_methods: {bank_transfer: 1}}
    mapping: {preset: iso20022}
```
"""


def text() -> str:
    """What docs/PRESETS.md holds."""
    return _HEAD + "".join("\n" + "\n".join(_page(preset)) + "\n" for preset in PRESETS.values())


def _page(preset: Preset) -> Iterator[str]:
    mapping = Mapping.model_validate(preset.rules())
    yield f"## {preset.name}"
    yield ""
    yield preset.about
    yield ""
    yield f"- Source: {preset.source}."
    yield f"- Payment methods: {', '.join(preset.methods) or 'all'}."
    yield f"- Content type: `{preset.content_type}`."
    yield ""
    yield "| where | what stands there |"
    yield "| --- | --- |"
    if mapping.body is not None:
        yield from (_row(place, what) for place, what in _places("", mapping.body))
    elif mapping.rename or mapping.drop:
        yield from (_row(target, f"{path}{_told(mapping, path)}") for path, target in _moved(mapping))
        yield from (_row(name, f"`{orjson.dumps(value).decode()}`") for name, value in mapping.constants().items())
    else:
        yield _row("the body", "the contract's own document, as it is")
    for name, rule in mapping.properties.items():
        yield from (_row(f"property {place}", what) for place, what in _places(name, rule))


def _row(place: str, what: str) -> str:
    return f"| `{place}` | {what.replace('|', chr(92) + '|')} |"


def _moved(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for path in fields():
        for target in mapping.targets(path):
            yield path, target


def _told(mapping: Mapping, path: str) -> str:
    table = mapping.values.get(path)
    form = mapping.formats.get({"transaction_timestamp": "timestamp"}.get(path, path))
    return (f": {_table(table)}" if table else "") + (f", as {form}" if form else "")


def _table(table: dict[str, Any]) -> str:
    return ", ".join(f"{'others' if given == '*' else given} → {_shown(value)}" for given, value in table.items())


def _places(place: str, rule: Any, condition: str = "") -> Iterator[tuple[str, str]]:
    if is_when(rule):
        asked = ", ".join(f"{path} is {_any(value)}" for path, value in rule["when"].items())
        if "then" in rule:
            yield from _places(place, rule["then"], _joined(condition, f"if {asked}"))
        if "else" in rule:
            yield from _places(place, rule["else"], _joined(condition, f"unless {asked}"))
    elif is_table(rule):
        yield place, f"{rule['of']}: {_table(rule['values'])}{_when(condition)}"
    elif isinstance(rule, dict):
        for name, inner in rule.items():
            yield from _places(f"{place}.{name}" if place else name, inner, condition)
    elif isinstance(rule, list):
        for position, inner in enumerate(rule):
            yield from _places(f"{place}[{position}]", inner, condition)
    else:
        shown = rule if isinstance(rule, str) and "{" in rule else f"`{orjson.dumps(rule).decode()}`"
        yield place, shown + _when(condition)


def _any(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else "absent" if value is None else str(value)


def _joined(above: str, asked: str) -> str:
    return f"{above}; {asked}" if above else asked


def _when(condition: str) -> str:
    return f" ({condition})" if condition else ""


def _shown(value: object) -> str:
    """A value as JSON has it, text without its quotes."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
