"""What the fields of a part mean: the text below each in the source. It is read when somebody asks; pydantic would read
it in each process that imports the parts, which took a twelfth of a run's start."""

import ast
import sys
from functools import cache
from inspect import cleandoc, getsource
from itertools import pairwise

from pydantic import BaseModel


@cache
def meanings(part: type[BaseModel]) -> dict[str, str]:
    """Field → its text, of those that a class inherits too; fields without a text are left out."""
    found: dict[str, str] = {}
    for kind in reversed(part.__mro__):
        if kind is not BaseModel and issubclass(kind, BaseModel):
            found |= _of_module(kind.__module__).get(kind.__qualname__, {})
    return found


@cache
def _of_module(name: str) -> dict[str, dict[str, str]]:
    try:
        tree = ast.parse(getsource(sys.modules[name]))
    except OSError:  # its source is nowhere
        return {}
    return {made.name: _of_class(made) for made in tree.body if isinstance(made, ast.ClassDef)}


def _of_class(made: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: cleandoc(below.value.value)
        for field, below in pairwise(made.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }
