"""A YAML file as plain data that remembers its lines. Nothing is expanded or checked against the schema here.

The nodes are PyYAML's; what they mean is decided here, because the safe loader's own construction forgets
lines, takes the last of two equal keys, and reads unquoted scalars by the rules of YAML 1.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from paysim.config.errors import ConfigError, ConfigFault, Keys

_PLAIN = "paysim:plain"
_TEXT = "tag:yaml.org,2002:str"
# Far above any configuration; aliases of aliases could otherwise grow without end.
_MAX_DEPTH = 30
_MAX_VALUES = 50_000
_TOO_DEEP = f"mappings and lists are nested too deeply; allowed: {_MAX_DEPTH} levels"
_USUAL_TAGS = {"null", "bool", "int", "float", "timestamp", "map", "seq"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as written. An unquoted one (`plain`) gets its type after expansion, a quoted one is text."""

    text: str
    plain: bool


@dataclass
class Document:
    """`data` is dicts, lists and Scalars. `lines` has the line (from 1) of every key in it."""

    source: str
    data: Any = None
    lines: dict[Keys, int] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)

    def line(self, keys: Keys) -> int | None:
        """The line of these keys, or of what would hold them."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys)

    def below(self, key: str) -> "Document":
        """What the mapping holds under a key, as a document of its own; faults come along, named from there."""

        def inner(keys: Keys) -> Keys:
            return keys[1:] if keys[:1] == (key,) else keys

        faults = [replace(fault, keys=inner(fault.keys)) for fault in self.faults]
        lines = {inner(keys): line for keys, line in self.lines.items() if keys[:1] == (key,)}
        return Document(self.source, self.data[key], lines, faults)

    def fault(self, keys: Keys, message: str, line: int | None = None) -> None:
        self.faults.append(ConfigFault(self.source, line or self.line(keys), keys, message))


class _Nodes(yaml.CSafeLoader):
    """Composes nodes; of implicit tags it keeps only whether a scalar was quoted."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> Any:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _TEXT
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]


def read(path: Path) -> str:
    """The text of a configuration file. Raises ConfigError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([ConfigFault(str(path), line, (), "not UTF-8 text; save the file as UTF-8")]) from None
    except IsADirectoryError:
        message = "is a directory; a YAML file is needed"
    except FileNotFoundError:
        message = "no such file"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise ConfigError([ConfigFault(str(path), None, (), message)])


def parse(text: str, source: str) -> Document:
    """The one document of a YAML text. Faults that leave the rest readable are collected in it.

    Raises ConfigError where there is no document to go on with.
    """
    document = Document(source)
    try:
        _refuse_depth(text, source)
        nodes = list(yaml.compose_all(text, Loader=_Nodes))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(filter(None, (error.context, error.problem)))
        line = min(mark.line + 1, text.count("\n") + 1) if mark else None
        if "maximum nesting depth" in problem:  # libyaml 0.2.6 has a limit of its own, far above ours
            raise ConfigError([ConfigFault(source, line, (), _TOO_DEEP)]) from None
        shown = text.split("\n")[line - 1] if line else ""
        raise ConfigError([ConfigFault(source, line, (), f"not YAML: {problem}{_hint(shown)}")]) from None
    except yaml.YAMLError as error:
        # Characters that YAML forbids: the reader knows a position, not a line.
        position = getattr(error, "position", None)
        line = None if position is None else text.encode().count(b"\n", 0, position) + 1
        message = "not YAML: it holds a character that is not allowed, such as a control character"
        raise ConfigError([ConfigFault(source, line, (), message)]) from None
    if not nodes:
        raise ConfigError([ConfigFault(source, 1, (), "the file is empty; it must hold a mapping `simulator:`")])
    if len(nodes) > 1:
        line = nodes[1].start_mark.line + 1
        raise ConfigError([ConfigFault(source, line, (), "a second document begins here; only one is allowed")])
    document.lines[()] = nodes[0].start_mark.line + 1
    document.data = _value(document, nodes[0], (), ())
    return document


def _refuse_depth(text: str, source: str) -> None:
    """Composing recurses in C, where depth without end is no exception but the end of the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Nodes):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise ConfigError([ConfigFault(source, line, (), _TOO_DEEP)])


def _hint(line: str) -> str:
    """What is likely meant by a line that is not YAML."""
    if "\t" in line:
        return "; there is a tab on this line, and YAML indents with spaces"
    if "${" in line and line.index("${") > line.find("{") >= 0:
        return "; inside { } a ${VAR} cannot stand without quotes, put it on a line of its own"
    return ""


def _value(document: Document, node: yaml.Node, keys: Keys, above: tuple[int, ...]) -> Any:
    if id(node) in above:
        document.fault(keys, "an alias that contains itself")
        return Scalar("", True)
    above = (*above, id(node))
    if len(above) > _MAX_DEPTH:
        raise ConfigError([ConfigFault(document.source, node.start_mark.line + 1, (), _TOO_DEEP)])
    if len(document.lines) > _MAX_VALUES:
        text = f"holds more than {_MAX_VALUES:,} values; do aliases repeat each other?"
        raise ConfigError([ConfigFault(document.source, node.start_mark.line + 1, (), text)])
    short = node.tag.removeprefix("tag:yaml.org,2002:")
    if node.tag not in (_PLAIN, _TEXT) and short not in _USUAL_TAGS:
        document.fault(keys, f"tag !{short.removeprefix('!')} is not allowed; write the plain value")
        return Scalar("", True)
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, plain=node.tag != _TEXT)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            document.lines[(*keys, position)] = item.start_mark.line + 1
        return [_value(document, item, (*keys, at), above) for at, item in enumerate(node.value)]
    return _mapping(document, node, keys, above)


def _mapping(document: Document, node: yaml.Node, keys: Keys, above: tuple[int, ...]) -> dict[str, Any]:
    """A mapping with its `<<` merged in: its own keys win, then the first of the merged ones."""
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            document.fault(keys, "a key must be text, not a list or a mapping", line)
        elif key.value == "<<" and key.tag == _PLAIN:
            for source in _merged(document, value, keys, line):
                for name, inherited in _value(document, source, keys, above).items():
                    merged.setdefault(name, inherited)
        elif key.value in own:
            first = document.lines[(*keys, key.value)]
            text = f"duplicate key; it is on line {first} already"
            document.fault((*keys, key.value), text, line)
        else:
            document.lines[(*keys, key.value)] = line
            own[key.value] = _value(document, value, (*keys, key.value), above)
    return merged | own


def _merged(document: Document, node: yaml.Node, keys: Keys, line: int) -> Iterator[yaml.Node]:
    for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if isinstance(item, yaml.MappingNode):
            yield item
        else:
            document.fault(keys, "<< must name a mapping", line)
