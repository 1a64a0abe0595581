"""The rate of a test that searches for its limit: what was tried from when on. Pure."""

from bisect import bisect_right


class SearchedRates:
    """Rates in transactions/s, each from its moment on, in seconds after the start of the run."""

    def __init__(self, first: float) -> None:
        self._moments = [0.0]
        self._rates = [first]

    def change(self, elapsed: float, rate: float) -> None:
        """From then on; 0 is a pause."""
        self._moments.append(elapsed)
        self._rates.append(rate)

    def at(self, elapsed: float) -> float:
        return self._rates[max(0, bisect_right(self._moments, elapsed) - 1)]
