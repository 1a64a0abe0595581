"""What of a tree the payments of one method can have: branches and leaves that never come are left out beforehand."""

from collections.abc import Collection, Mapping

from .tree import Array, Leaf, Node, Object, Template, Test, When, key_of, whole


def pruned(node: Node | None, known: Collection[str], fixed: Mapping[str, str]) -> Node | None:
    """The node without what cannot come. known: the paths of the fields that there are; fixed: those with one value."""
    if isinstance(node, Leaf):
        return node if node.path in known else None
    if isinstance(node, Template):
        return node if all(each.path in known for each in node.leaves) else None
    if isinstance(node, When):
        return _branch(node, known, fixed)
    if isinstance(node, Object):
        named = ((name, pruned(child, known, fixed)) for name, child in node.children)
        children = tuple((name, child) for name, child in named if child is not None)
        return whole(Object(children, node.whole)) if children or node.whole else None
    if isinstance(node, Array):
        items = tuple(child for each in node.children if (child := pruned(each, known, fixed)) is not None)
        return whole(Array(items)) if items else None
    return node


def reduced(test: Test, known: Collection[str], fixed: Mapping[str, str]) -> Test | bool:
    """What is left of a test, or its answer where it is the same for all payments."""
    left = []
    for path, values in test.conditions:
        if path in fixed or path not in known:
            if (key_of(fixed[path]) if path in fixed else None) not in values:
                return not test.holds
        else:
            left.append((path, values))
    return Test(tuple(left), test.holds) if left else test.holds


def _branch(node: When, known: Collection[str], fixed: Mapping[str, str]) -> Node | None:
    test = reduced(node.test, known, fixed)
    if isinstance(test, bool):
        return pruned(node.then if test else node.otherwise, known, fixed)
    then, otherwise = pruned(node.then, known, fixed), pruned(node.otherwise, known, fixed)
    return None if then is None and otherwise is None else When(test, then, otherwise)
