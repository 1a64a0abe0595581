"""The tree of a mapping as pieces of a JSON document.

An object or a list of which nothing may be left (`pieces.Group`) is put together for each payment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import orjson

from .pieces import FieldRun, Group, Guard, NotLaidOut, Placed, Stamp, Token
from .sources import EventField
from .templates.tree import Array, Constant, Leaf, Node, Object, Template, Test, When, paths

Runs = Callable[[Sequence[Token]], Sequence[FieldRun]]


class JsonPieces:
    """known: the fields that payments have. sort: whether the order of names is ours; then stamps come first.

    runs: what makes runs of tokens.
    """

    def __init__(self, known: Mapping[str, EventField], runs: Runs, *, sort: bool) -> None:
        self._known, self._runs, self._sort = known, runs, sort

    def tokens(self, node: Node, before: bytes, after: bytes, guard: Guard) -> Iterator[Token]:
        if isinstance(node, Constant):
            yield Token(before + node.json + after, guard)
            return
        fields = [self._known[path] for path in paths(node)]
        sources = {field.source for field in fields}
        [first, *others] = sources
        if isinstance(node, Leaf) and first == "stamp":
            yield Token(before, guard)
            yield Token(Stamp(Placed(node)), guard, "stamp")
            yield Token(after, guard)
        elif isinstance(node, Leaf) or (not others and first != "stamp" and not fields[0].drawn):
            if self._sort and isinstance(node, Object):  # its fields go on one by one, so that they join others
                yield from self._children(node, before, after, guard)
            else:
                yield Token(Placed(node, before, after), guard, first, fields[0].drawn)
        elif isinstance(node, Template):
            yield from self._text(node, before, after, guard)
        elif isinstance(node, When):
            for holds, branch in ((True, node.then), (False, node.otherwise)):
                if branch is not None:
                    yield from self.tokens(branch, before, after, (*guard, Test(node.test.conditions, holds)))
        else:
            yield from self._children(node, before, after, guard)

    def _text(self, node: Template, before: bytes, after: bytes, guard: Guard) -> Iterator[Token]:
        for leaf in node.leaves:
            if self._known[leaf.path].optional:
                guard = (*guard, Test(((leaf.path, frozenset({None})),), holds=False))
        yield Token(before + b'"', guard)
        for part in node.parts:
            if isinstance(part, str):
                yield Token(orjson.dumps(part)[1:-1], guard)
            elif (field := self._known[part.path]).source == "stamp":
                yield Token(Stamp(Placed(part, inside=True)), guard, "stamp")
            else:
                yield Token(Placed(part, inside=True), guard, field.source, field.drawn)
        yield Token(b'"' + after, guard)

    def _children(self, node: Object | Array, before: bytes, after: bytes, guard: Guard) -> Iterator[Token]:
        opening, closing = (b"{", b"}") if isinstance(node, Object) else (b"[", b"]")
        if isinstance(node, Object):
            named = [(orjson.dumps(name) + b":", child) for name, child in node.children]
        else:
            named = [(b"", child) for child in node.children]
        if self._sort:
            named.sort(key=lambda item: self._rank(item[1]))
        always = next((i for i, (_, child) in enumerate(named) if self._always(child)), None)
        if always is None:
            inner = [token for key, child in named for token in self.tokens(child, key, b",", ())]
            if any(token.source == "stamp" for token in inner):
                raise NotLaidOut
            kept = before + opening + closing + after if isinstance(node, Object) and node.whole else b""
            gather = Group(before + opening, closing + after, kept)
            whole = FieldRun("group", (), masks=guard, group=tuple(self._runs(inner)), gather=gather)
            yield Token(whole, guard, "group")
            return
        yield Token(before + opening, guard)
        for position, (key, child) in enumerate(named):
            # Up to the first that is always there commas follow, after it they lead: so none is ever left alone.
            if position > always:
                yield from self.tokens(child, b"," + key, b"", guard)
            else:
                yield from self.tokens(child, key, b"," if position < always else b"", guard)
        yield Token(closing + after, guard)

    def _always(self, node: Node | None) -> bool:
        """Whether this is in every event."""
        if isinstance(node, Leaf):
            return not self._known[node.path].optional
        if isinstance(node, Template):
            return all(map(self._always, node.leaves))
        if isinstance(node, When):
            return self._always(node.then) and self._always(node.otherwise)
        if isinstance(node, Object):
            return node.whole or any(self._always(child) for _, child in node.children)
        if isinstance(node, Array):
            return any(map(self._always, node.children))
        return node is not None

    def _rank(self, node: Node) -> int:
        leaves = [path in self._known and self._known[path].source == "stamp" for path in paths(node)]
        return 2 if not any(leaves) else 0 if all(leaves) else 1
