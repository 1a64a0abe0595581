"""Random numbers of several draws at once, each where it would be had the draws been made one after the other.

What numpy is asked for costs more than what it does when it is some hundred numbers. So columns are drawn for several
steps together; what a seed gives stays what it gives step by step, because the calls of one step are known: they are
noted in the first, and made step after step for all others.
"""

from typing import Any

import numpy as np

STEP = 256  # payments whose numbers are drawn one after the other
TOGETHER = 4  # steps drawn as one: about two milliseconds

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


class Steps:
    """size: of one step, which has to be found in the arguments of every call, as a number or in a shape."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._rng, self._size = rng, size
        self._calls: list[Call] | None = None

    @property
    def known(self) -> bool:
        """Whether a step was noted, so that several can be drawn together."""
        return self._calls is not None

    def one(self) -> "Noting":
        """The generator for one step, which is noted."""
        noting = Noting(self._rng)
        self._calls = noting.calls
        return noting

    def together(self, count: int) -> "Joined":
        """What stands for the generator in `count` steps that are drawn as one."""
        assert self._calls is not None
        steps = [[getattr(self._rng, name)(*args, **more) for name, args, more in self._calls] for _ in range(count)]
        axes = [self._axis(args) for _, args, _ in self._calls]
        return Joined([np.concatenate(parts, axis) for axis, parts in zip(axes, zip(*steps, strict=True), strict=True)])

    def _axis(self, args: tuple[Any, ...]) -> int:
        shape = args[-1]
        return 0 if shape == self._size else shape.index(self._size)


class Noting:
    """A generator that notes what it is asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            self.calls.append((name, args, more))
            return getattr(self._rng, name)(*args, **more)

        return call


class Joined:
    """Answers the calls of a step, in their order, with the numbers of several."""

    def __init__(self, answers: list[np.ndarray]) -> None:
        self._answers = iter(answers)

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: next(self._answers)
