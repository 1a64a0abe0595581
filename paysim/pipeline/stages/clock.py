"""How far another clock is from ours. No more is corrected than what the stamps prove.

Nothing is stamped before it was sent, and nothing is seen before it was stamped. So `stamp - sent` is an upper bound of
how far the other clock is ahead, and `stamp - seen` a lower one; asking for the time gives both at once. Where zero
lies between the bounds the clocks are taken to agree: the middle would take half of the pipeline's latency for an
offset.
"""

import math


class OtherClock:
    """Another clock against ours, in microseconds. Positive: it is ahead."""

    def __init__(self) -> None:
        self._least, self._most = -math.inf, math.inf

    def stamped(self, *, sent_us: float | None = None, seen_us: float | None = None, stamp_us: float) -> None:
        """Something was stamped by it, after we had sent it (sent_us) and before we saw it (seen_us).

        Of many stamps give the one with the largest stamp - seen, or with the smallest stamp - sent. Unix microseconds.
        """
        if seen_us is not None:
            self._least = max(self._least, stamp_us - seen_us)
        if sent_us is not None:
            self._most = min(self._most, stamp_us - sent_us)

    def told(self, before_us: float, its_us: float, after_us: float) -> None:
        """It was asked for its time between two moments of ours."""
        self.stamped(sent_us=before_us, seen_us=after_us, stamp_us=its_us)

    @property
    def offset_us(self) -> float:
        """What to subtract from its stamps. Bounds that contradict each other (a clock was set) give their middle."""
        if self._least > self._most:
            return (self._least + self._most) / 2
        return min(max(0.0, self._least), self._most)

    @property
    def error_us(self) -> float | None:
        """How wrong `offset_us` may be; None where one of the bounds is not known."""
        if math.isinf(self._least) or math.isinf(self._most):
            return None
        if self._least > self._most:
            return (self._least - self._most) / 2
        return max(self._most - self.offset_us, self.offset_us - self._least)
