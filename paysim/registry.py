"""How things of one kind are known: a registry of entries, and the folder in which they are found.

This is the lowest module and knows no entry. A payment method, a country, a scenario is one object that says everything
about itself. Its module puts it into the registry of its kind, and `import_folder` imports all modules of a folder, so
that a new file in it is all that a new entry takes.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

Entry = TypeVar("Entry")
Narrower = TypeVar("Narrower")


class DuplicateEntry(ValueError):
    """Raised where two entries of one kind have the same name."""


class UnknownEntry(KeyError):
    """Raised where nothing of this name is registered. Its text is one line that names what is."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry(Mapping[str, Entry], Generic[Entry]):
    """The entries of one kind by name.

    kind: what an entry is called in errors, such as `payment method`.
    name_of: an entry's name; by default its attribute `name`.
    order: sorts the entries; by default they stand in the order in which they were added.
    """

    def __init__(
        self,
        kind: str,
        *,
        name_of: Callable[[Entry], str] | None = None,
        order: Callable[[Entry], Any] | None = None,
    ) -> None:
        self.kind = kind
        self._name_of = name_of or (lambda entry: str(cast(Any, entry).name))
        self._order = order
        self._entries: dict[str, Entry] = {}
        self._type: type = object

    def add(self, entry: Entry) -> Entry:
        """Register an entry, and return it. Raises DuplicateEntry, and TypeError where it is of another kind."""
        if not isinstance(entry, self._type):
            raise TypeError(f"a {self.kind} must be a {self._type.__name__}, not {entry!r}")
        name = self._name_of(entry)
        if name in self._entries:
            raise DuplicateEntry(f"{self.kind} {name} is registered twice: {self._entries[name]!r} and {entry!r}")
        self._entries[name] = entry
        if self._order is not None:
            order = self._order
            self._entries = dict(sorted(self._entries.items(), key=lambda item: order(item[1])))
        return entry

    @contextmanager
    def added(self, *entries: Entry) -> Iterator[None]:
        """Register entries for as long as the context lasts, for tests."""
        before = dict(self._entries)
        try:
            for entry in entries:
                self.add(entry)
            yield
        finally:
            self._entries = before

    def holding(self, kind: type[Narrower]) -> "Registry[Narrower]":
        """This registry, for a room that knows more of its entries: each must be a `kind`, now and from now on."""
        for entry in self._entries.values():
            if not isinstance(entry, kind):
                raise TypeError(f"a {self.kind} must be a {kind.__name__}, not {entry!r}")
        self._type = kind
        return cast("Registry[Narrower]", self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in order. Arrays by entry have this order."""
        return tuple(self._entries)

    def __getitem__(self, name: str) -> Entry:
        """Raises UnknownEntry."""
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownEntry(self._unknown(name)) from None

    def _unknown(self, name: str) -> str:
        if not self._entries:
            return f"no {self.kind} is registered: import the folder that holds them first"
        close = difflib.get_close_matches(str(name), self.names, n=1)
        meant = f"; did you mean {close[0]}?" if close else ";"
        return f"there is no {self.kind} {name}{meant} known: {', '.join(self.names)}"

    def get(self, name: str, default: Any = None) -> Any:
        return self._entries.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<registry of {self.kind}: {', '.join(self.names)}>"


def import_folder(package: str) -> None:
    """Import every module of a package, so that those which register entries do so."""
    path = importlib.import_module(package).__path__
    for module in sorted(found.name for found in pkgutil.iter_modules(path)):
        importlib.import_module(f"{package}.{module}")
