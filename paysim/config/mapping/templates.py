"""Templates as a configuration writes them: `"pay-{transaction_id}"`, `"{amount|minor_units|pad:12}"`.

A template is text with expressions in braces; `{{` and `}}` are braces themselves. An expression names a field by its
dotted path and what is done with its value: filters, one after the other, some with an argument behind a colon. Here:
how that is read, and what is wrong with it. What a filter does is `paysim.transactions.events.templates.filters`.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from paysim.contract.fields import OBJECTS, fields, kind
from paysim.registry import Registry

TEXTS = frozenset({"text", "currency", "country", "id"})
"""Kinds of a value that are text."""
Step = Callable[[Any, int], Any]
"""Value, decimals of the currency → value. A value of another type, as a scenario may have made it, passes as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What may be done with a value.

    about: one sentence. takes: kinds of value (`contract.fields.kind`). gives: the kind that it makes, "" for the same.
    needs: what its argument must be, in words, "" where it takes none. optional: the argument may be left out.
    may_pass: whether a value may be what it was before, of another kind.
    """

    name: str
    about: str
    takes: frozenset[str]
    gives: str
    needs: str = ""
    optional: bool = False
    may_pass: bool = False

    def is_argument(self, text: str) -> bool:
        """Whether the argument has the right form."""
        return True

    def step(self, kind: str, argument: str) -> Step:
        """What is done with a value of this kind."""
        raise NotImplementedError


FILTERS: Registry[Filter] = Registry("filter")


@dataclass(frozen=True, slots=True)
class Expression:
    """path: of a field. filters: names and arguments, in the order in which they are used."""

    path: str
    filters: tuple[tuple[str, str], ...] = ()


class TemplateError(ValueError):
    """A text that is no template; the message says why."""


_PIECES = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_LIKELY = re.compile(r"(?<!\{)\{\s*([a-z_][a-z0-9_.]*)\s*(\|[^{}]*)?\}(?!\})")


@lru_cache(maxsize=10_000)
def parse(text: str) -> tuple[str | Expression, ...]:
    """The literal pieces and the expressions of a template, in turn. Raises TemplateError."""
    found: list[str | Expression] = []
    for piece in _PIECES.findall(text):
        if len(piece) > 2 and piece[0] == "{":
            found.append(_expression(piece[1:-1]))
            continue
        if piece in ("{", "}"):
            raise TemplateError(f'has a "{piece}" without its other; a brace itself is written twice, as {piece * 2}')
        if piece == "{}":
            raise TemplateError("has {} without a field in it; braces themselves are written twice, as {{}}")
        literal = piece[0] if piece in ("{{", "}}") else piece
        if found and isinstance(found[-1], str):
            found[-1] += literal
        else:
            found.append(literal)
    return tuple(found)


def _expression(text: str) -> Expression:
    path, *filters = (part.strip() for part in text.split("|"))
    if not path or not all(filters):
        raise TemplateError(f"{{{text}}} lacks a name; the form is {{field}} or {{field|filter|filter:argument}}")
    pairs = (part.partition(":") for part in filters)
    return Expression(path, tuple((name.strip(), argument.strip()) for name, _, argument in pairs))


def likely(text: Any) -> str | None:
    """What in a text is likely meant as a template: an expression that begins with the name of a field."""
    known = {name for path in (*fields(), *OBJECTS) for name in (path, path.split(".")[0])}
    for match in _LIKELY.finditer(text) if isinstance(text, str) else ():
        if match.group(1) in known:
            return match.group(0)
    return None


def faults(text: str, *, inside_text: bool | None = None) -> Iterator[str]:
    """What is wrong with a template. inside_text: whether its values become part of a text; by default, if it is more
    than one expression."""
    try:
        pieces = parse(text)
    except TemplateError as error:
        yield str(error)
        return
    inside = len(pieces) > 1 if inside_text is None else inside_text
    for piece in pieces:
        if isinstance(piece, Expression):
            yield from _faults(piece, inside)


def _faults(expression: Expression, inside_text: bool) -> Iterator[str]:
    message = unknown(expression.path)
    if message:
        yield message
        return
    now = kind(expression.path)
    for name, argument in expression.filters:
        if name not in FILTERS:
            yield f"{name} is not a filter{meant(name, FILTERS)}; allowed: {', '.join(FILTERS)}"
            return
        one = FILTERS[name]
        if now not in one.takes:
            taken = " or ".join(_words(one.takes))
            yield f"{name} takes {taken}, and {expression.path} is {_word(now)} there"
            return
        if not one.needs and argument:
            yield f"{name} takes no argument, and {argument} is given"
        elif one.needs and not (argument or one.optional):
            yield f"{name} needs {one.needs}, as {name}:…"
        elif argument and not one.is_argument(argument):
            yield f"{name} needs {one.needs}, not {argument}"
        now = one.gives or now
    if inside_text and now == "list":
        yield f"{expression.path} is a list, which cannot be part of a text; let it stand alone"


def result(expression: Expression) -> str:
    """The kind of what an expression without faults comes to."""
    now = kind(expression.path)
    for name, _ in expression.filters:
        now = FILTERS[name].gives or now
    return now


def unknown(path: str) -> str:
    """Why this is no path of a field, or nothing."""
    if path in OBJECTS:
        inner = [field.removeprefix(f"{path}.") for field in fields() if field.startswith(f"{path}.")]
        return f"{path} is an object; name a field of it, such as {path}.{inner[0]}"
    return "" if path in fields() else f"{path} is not a field of a transaction{meant(path, fields())}"


_WORDS = {"amount": "an amount", "timestamp": "a time", "integer": "a whole number", "id": "an id", "text": "text"}


def _word(kind: str) -> str:
    return _WORDS.get(kind, f"a {kind}")


def _words(kinds: Iterable[str]) -> list[str]:
    shown = {_word(kind) for kind in kinds}
    return sorted({"text"} | shown - {_word(kind) for kind in TEXTS} if set(kinds) >= TEXTS else shown)


def meant(given: str, names: Iterable[str]) -> str:
    """`; did you mean NAME?` where one of the names is close, or ends as what was given; else nothing."""
    known = list(names)
    close = difflib.get_close_matches(given, known, n=1)
    close = close or [name for name in known if name.rpartition(".")[2] == given.rpartition(".")[2]]
    return f"; did you mean {close[0]}?" if close else ""
