"""Draws by the table of the customer's country: one look-up for a column."""

import numpy as np


class ByCountry:
    """shares: (countries, values), weights of the values in each country."""

    def __init__(self, shares: np.ndarray) -> None:
        self._width = shares.shape[1]
        # The rows lie behind one another on one line, each from its country's position to the next.
        ends = np.cumsum(shares, axis=1)
        self._line = (ends / ends[:, -1:] + np.arange(len(shares))[:, None]).ravel()

    def draw(self, uniform: np.ndarray, country: np.ndarray) -> np.ndarray:
        """Positions of values. uniform: numbers in [0, 1)."""
        found = np.searchsorted(self._line, uniform + country, side="right") - country * self._width
        values: np.ndarray = np.minimum(found, self._width - 1)
        return values
