"""The tables of options and of names in docs/SIMULATOR-GUIDE.md, made of the schema and the registries.

`python -m paysim.config.reference` prints them; with the guide as an argument it writes them there, between its marks.
Keys, defaults and what is allowed come from the schema, whether a reload takes a change from `reload`, and what an
option means from the comments of config/simulator_config.yaml.example: so each is said in one place.
"""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, SecretStr

from paysim.contract.countries import COUNTRIES
from paysim.contract.fields import DETAILS, details_of
from paysim.contract.labels import SCENARIOS
from paysim.contract.methods import PAYMENT_METHODS

from .loader import DEFAULT_CONNECTION_STRING
from .reload import Change
from .schema import Config
from .yaml.key_paths import CONNECTION_STRING
from .yaml.messages import allowed, annotation_of, unwrapped

EXAMPLE = Path("config/simulator_config.yaml.example")
BEGIN = "<!-- reference: begin (python -m paysim.config.reference docs/SIMULATOR-GUIDE.md) -->"
END = "<!-- reference: end -->"
NAMES_BEGIN = "<!-- names: begin (the same command) -->"
NAMES_END = "<!-- names: end -->"
_OPTION = re.compile(r"(# )?( *)([a-z0-9_]+):(.*)")
_ITEM = re.compile(r"- ([a-z0-9_]+): (.*)")
_LONGEST = 60


def meanings(example: str) -> dict[str, str]:
    """Option → its comment in the example file, on one line: `output.batch_size` → `Transactions a task sends …`.

    `- name: text` in it is of the items of a list: `load.stages[].duration` → `How long it lasts, in seconds.`
    """
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in example.splitlines():
        if line.startswith("##"):
            comment.append(line.lstrip("#").strip())
        elif match := _OPTION.fullmatch(line):
            indent = len(match.group(2))
            above = [(at, name) for at, name in above if at < indent] + [(indent, match.group(3))]
            keys = [name for _, name in above if name != "simulator"]
            if comment and keys:
                key, items = ".".join(keys), [match.groups() for text in comment if (match := _ITEM.fullmatch(text))]
                found[key] = " ".join(text for text in comment if not _ITEM.fullmatch(text))
                found |= {f"{key}[].{name}": text for name, text in items}
            comment = []
        else:
            comment = []
    return found


def rows(model: type[BaseModel] = Config, defaults: Any = None, above: str = "") -> Iterator[tuple[str, str, str]]:
    """(option, default, what is allowed) of every option, in the order of the schema."""
    defaults = Config() if defaults is None else defaults
    for name, field in model.model_fields.items():
        key = f"{above}{name}"
        default = getattr(defaults, name, None)
        inner = unwrapped(annotation_of(field))
        items = get_args(inner)[0] if get_origin(inner) is list else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from rows(inner, default, f"{key}.")
        elif isinstance(items, type) and issubclass(items, BaseModel):
            yield key, "`[]`", "a list of mappings with the keys below"
            for below, item in items.model_fields.items():
                needed = "needed" if item.is_required() else _shown(item.default)
                yield f"{key}[].{below}", needed, allowed(annotation_of(item))
        else:
            is_target = tuple(key.split(".")) == CONNECTION_STRING
            shown = f"`{DEFAULT_CONNECTION_STRING}`" if is_target else _shown(default)
            yield key, shown, allowed(annotation_of(field))


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict | list):
        text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).strip()
    else:
        text = "null" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"
    return f"`{text}`"


def table(example: str) -> str:
    """Markdown."""
    known = meanings(example)
    lines = ["| option | default | allowed | reload | meaning |", "| --- | --- | --- | --- | --- |"]
    for key, default, what in rows():
        live = "yes" if Change(key, None, None).live else ""
        cells = (f"`{key}`", default, _short(what), live, _meaning(key, known))
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


def _meaning(key: str, known: dict[str, str]) -> str:
    return known.get(key, "")


def _short(what: str) -> str:
    """Long lists of names stand in the text."""
    head, _, names = what.partition(" with any of the keys ")
    return f"{head}: {names}" if names and len(names) <= _LONGEST else head if names else what


def names() -> str:
    """What weights may be given to, from the registries: payment methods, countries and scenarios, as Markdown."""
    lines = ["| payment method | default share | `payment_details` |", "| --- | --- | --- |"]
    for name, method in PAYMENT_METHODS.items():
        below = ", ".join(path.removeprefix(f"{DETAILS}.") for path in details_of(name))
        lines.append(f"| `{name}` | {method.weight:g} | {below} |")
    lines += ["", "| country | default share |", "| --- | --- |"]
    weights: dict[float, list[str]] = {}
    for code, country in COUNTRIES.items():
        weights.setdefault(country.weight, []).append(f"`{code}`")
    lines += [f"| {', '.join(codes)} | {weight:g} |" for weight, codes in weights.items()]
    lines += ["", "| scenario (`violations`) | what is wrong | its body breaks the contract |", "| --- | --- | --- |"]
    for name, scenario in SCENARIOS.items():
        lines.append(f"| `{name}` | {scenario.about} | {'yes' if scenario.breaks_contract else ''} |")
    return "\n".join(lines)


def inserted(guide: str, example: str) -> str:
    """The guide with the tables of now between their marks."""
    guide = _between(guide, BEGIN, END, table(example))
    return _between(guide, NAMES_BEGIN, NAMES_END, names())


def _between(text: str, begin: str, end: str, inner: str) -> str:
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{inner}\n\n{end}{after}"


if __name__ == "__main__":
    # Registers what the tables are made of; the room itself may not know who that is.
    importlib.import_module("paysim.transactions")
    text = EXAMPLE.read_text()
    if sys.argv[1:]:
        path = Path(sys.argv[1])
        path.write_text(inserted(path.read_text(), text))
    else:
        sys.stdout.write(f"{table(text)}\n\n{names()}\n")
