"""Registries: entries by name, in order, found by importing a folder; mistakes are one clear line."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from paysim.registry import DuplicateEntry, Registry, UnknownEntry, import_folder


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: float = 0.0


class Berry(Fruit):
    pass


def fruits(*names: str) -> Registry[Fruit]:
    registry: Registry[Fruit] = Registry("fruit")
    for name in names:
        registry.add(Fruit(name))
    return registry


def test_entries_stand_in_the_order_in_which_they_were_added() -> None:
    registry = fruits("plum", "apple")
    assert list(registry) == list(registry.names) == ["plum", "apple"]
    assert len(registry) == 2 and "plum" in registry and "pear" not in registry
    assert registry["apple"] == Fruit("apple") and registry.get("pear") is None


def test_or_in_the_order_that_the_registry_names() -> None:
    registry: Registry[Fruit] = Registry("fruit", order=lambda fruit: -fruit.weight)
    for fruit in (Fruit("plum", 1), Fruit("apple", 3), Fruit("pear", 2)):
        registry.add(fruit)
    assert registry.names == ("apple", "pear", "plum")


def test_a_name_that_is_taken_is_refused_and_both_are_named() -> None:
    with pytest.raises(DuplicateEntry, match=r"fruit plum is registered twice: Fruit\(name='plum'.* and Fruit"):
        fruits("plum", "plum")


def test_an_unknown_name_is_answered_with_the_one_that_was_meant_and_those_that_there_are() -> None:
    with pytest.raises(UnknownEntry) as caught:
        fruits("plum", "apple")["plumm"]
    assert str(caught.value) == "there is no fruit plumm; did you mean plum? known: plum, apple"


def test_an_empty_registry_says_that_its_folder_was_not_imported() -> None:
    with pytest.raises(UnknownEntry, match="no fruit is registered: import the folder that holds them first"):
        fruits()["plum"]


def test_an_entry_of_another_kind_is_refused_by_whom_knows_more_of_them() -> None:
    registry = fruits("plum")
    with pytest.raises(TypeError, match="a fruit must be a Berry"):
        registry.holding(Berry)
    empty: Registry[Fruit] = Registry("fruit")
    empty.holding(Berry).add(Berry("currant"))
    with pytest.raises(TypeError, match="a fruit must be a Berry, not Fruit"):
        empty.add(Fruit("plum"))


def test_entries_of_a_test_are_gone_after_it() -> None:
    registry = fruits("plum")
    with registry.added(Fruit("pear")):
        assert registry.names == ("plum", "pear")
    assert list(registry.names) == ["plum"]


def test_a_folder_registers_what_its_files_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "orchard_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from paysim.registry import Registry, import_folder\n"
        "NAMES = Registry('name', name_of=str)\n"
        "import_folder(__name__)\n"
    )
    for name in ("b", "a"):
        (folder / f"{name}.py").write_text(f"from . import NAMES\nNAMES.add({name!r})\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import_folder("orchard_of_a_test")
    assert sys.modules["orchard_of_a_test"].NAMES.names == ("a", "b")
