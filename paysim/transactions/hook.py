"""Functions of the user's own on each transaction: `@paysim.on_transaction` in a locustfile or a file of `--hook`.

A function gets the document as it would go out, and returns it, changed or not, or another; None drops it. A
transaction that is dropped gives its number to the next, so that nothing is missing from the account of a run.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import orjson

Function = Callable[[dict[str, Any]], dict[str, Any] | None]
_F = TypeVar("_F", bound=Function)

REGISTERED: list[Function] = []
"""Those of this process, in the order in which they are called."""


def on_transaction(function: _F) -> _F:
    """Decorator: call this with the document of each transaction before it is sent.

    It returns the document, changed or not, or another one; None drops the transaction, and another takes its place.
    It is not called for bodies that a scenario has broken, which are no documents, nor for copies by `duplicate`.
    """
    REGISTERED.append(function)
    return function


class HookError(Exception):
    """A function of the user's failed, or returned what is no document. The text is one line."""


@dataclass(slots=True)
class HookFigures:
    """calls: transactions that were handed to it. seconds: that it took, reading and writing documents included."""

    calls: int = 0
    dropped: int = 0
    seconds: float = 0.0


class Hook:
    """The functions, and what they have cost. avro: the schema of the events, None for JSON."""

    def __init__(self, functions: Sequence[Function], avro: Any = None) -> None:
        self._functions = tuple(functions)
        self.figures = HookFigures()
        self._schema = None
        if avro is not None:
            import fastavro

            self._schema = fastavro.parse_schema(avro)

    def body(self, body: bytes) -> bytes | None:
        """What goes out in place of this body; None where it is dropped. Raises HookError."""
        began = perf_counter()
        document = self._read(body)
        for function in self._functions:
            try:
                document = function(document)
            except Exception as error:
                raise HookError(f"{_name(function)} raised {type(error).__name__}: {error}") from error
            if document is None:
                break
            if not isinstance(document, dict):
                raise HookError(f"{_name(function)} returned {type(document).__name__}; return the document, or None")
        made = None if document is None else self._written(document)
        self.figures.calls += 1
        self.figures.dropped += made is None
        self.figures.seconds += perf_counter() - began
        return made

    def _read(self, body: bytes) -> Any:
        if self._schema is None:
            return orjson.loads(body)
        import fastavro

        return fastavro.schemaless_reader(BytesIO(body), self._schema, None)

    def _written(self, document: dict[str, Any]) -> bytes:
        last = _name(self._functions[-1])
        try:
            if self._schema is None:
                return orjson.dumps(document)
            import fastavro

            stream = BytesIO()
            fastavro.schemaless_writer(stream, self._schema, document)
            return stream.getvalue()
        except Exception as error:  # of orjson, and whatever fastavro raises for values of other types
            form = "JSON" if self._schema is None else "Avro"
            raise HookError(f"what {last} returned is no {form}: {error}") from error


def _name(function: Function) -> str:
    code = getattr(function, "__code__", None)
    name = getattr(function, "__name__", type(function).__name__)
    return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else name


def of_file(path: Path) -> list[Function]:
    """The functions that a Python file registers. Raises HookError."""
    before = len(REGISTERED)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    try:
        if spec is None or spec.loader is None:
            raise HookError(f"{path}: is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        spec.loader.exec_module(module)
    except OSError as error:
        raise HookError(f"{path}: {error.strerror or error}") from error
    except SyntaxError as error:
        raise HookError(f"{path}:{error.lineno}: {error.msg}") from error
    except HookError:
        raise
    except Exception as error:
        raise HookError(f"{path}: {type(error).__name__}: {error}") from error
    found = REGISTERED[before:]
    del REGISTERED[before:]
    if not found:
        raise HookError(f"{path}: registers no function; put @paysim.on_transaction above one")
    return found
