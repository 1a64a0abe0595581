"""What of a tree the payments of one method can have: branches and leaves that never come are left out beforehand."""

from collections.abc import Collection, Mapping

from .tree import Array, Leaf, Node, Object, Template, Test, When, key_of, whole

Possible = Mapping[str, Collection[str]]
"""Path of a field that is always there → the values that it can have."""


def pruned(node: Node | None, known: Collection[str], possible: Possible) -> Node | None:
    """The node without what cannot come. known: the paths of the fields that there are."""
    if isinstance(node, Leaf):
        return node if node.path in known else None
    if isinstance(node, Template):
        return node if all(each.path in known for each in node.leaves) else None
    if isinstance(node, When):
        return _branch(node, known, possible)
    if isinstance(node, Object):
        named = ((name, pruned(child, known, possible)) for name, child in node.children)
        children = tuple((name, child) for name, child in named if child is not None)
        return whole(Object(children, node.whole)) if children or node.whole else None
    if isinstance(node, Array):
        items = tuple(child for each in node.children if (child := pruned(each, known, possible)) is not None)
        return whole(Array(items)) if items else None
    return node


def reduced(test: Test, known: Collection[str], possible: Possible) -> Test | bool:
    """What is left of a test, or its answer where it is the same for all payments."""
    left = []
    for path, values in test.conditions:
        if path not in possible and path in known:
            left.append((path, values))
            continue
        can_be = frozenset(map(key_of, possible[path])) if path in possible else frozenset({None})
        if not can_be & values:
            return not test.holds
        if not can_be <= values:
            left.append((path, values))
    return Test(tuple(left), test.holds) if left else test.holds


def _branch(node: When, known: Collection[str], possible: Possible) -> Node | None:
    test = reduced(node.test, known, possible)
    if isinstance(test, bool):
        return pruned(node.then if test else node.otherwise, known, possible)
    then, otherwise = pruned(node.then, known, possible), pruned(node.otherwise, known, possible)
    return None if then is None and otherwise is None else When(test, then, otherwise)
