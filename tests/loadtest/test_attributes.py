"""What an object holds is seen in one place: no attribute is made outside `__init__`."""

import ast
from pathlib import Path

import pytest

import paysim.loadtest

ROOM = Path(paysim.loadtest.__file__).parent


def made(function: ast.FunctionDef) -> set[str]:
    """Attributes of `self` that are assigned."""
    return {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def late(source: str) -> list[str]:
    """`Class.attribute` of those that a method makes, and neither the class nor its `__init__` names."""
    found = []
    for each in ast.walk(ast.parse(source)):
        if not isinstance(each, ast.ClassDef):
            continue
        annotated = [node.target for node in each.body if isinstance(node, ast.AnnAssign)]
        known = {target.id for target in annotated if isinstance(target, ast.Name)}
        assigned = [node for node in each.body if isinstance(node, ast.Assign)]
        known |= {name.id for node in assigned for name in ast.walk(node) if isinstance(name, ast.Name)}
        methods = [node for node in each.body if isinstance(node, ast.FunctionDef)]
        known |= {name for node in methods if node.name == "__init__" for name in made(node)}
        known |= {node.name for node in methods}  # properties
        found += [f"{each.name}.{name}" for node in methods for name in sorted(made(node) - known)]
    return found


def test_an_attribute_that_a_method_makes_is_found():
    source = (
        "class A:\n  b, f = 1, 2\n  def __init__(self):\n    self.c = 1\n"
        "  def d(self):\n    self.b = self.c = self.e = self.f = 2\n"
    )
    assert late(source) == ["A.e"]


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOM)))
def test_no_attribute_is_made_outside_init(path):
    assert late(path.read_text(encoding="utf-8")) == []
