"""What is bought on which channel: one number a payment decides both, by the table of the customer's country."""

import numpy as np

from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES

_POS = CHANNELS.index("pos")
_CHANNEL = np.repeat(np.arange(len(CHANNELS)), len(MERCHANT_CATEGORIES))
_CATEGORY = np.tile(np.arange(len(MERCHANT_CATEGORIES)), len(CHANNELS))


class PurchaseTable:
    """Channels and categories of payments by one method.

    in_person: of each country, the share of them at a terminal.
    """

    def __init__(self, shares: np.ndarray) -> None:
        """shares: (countries, CHANNELS × MERCHANT_CATEGORIES), each row sums to one."""
        count, self._width = shares.shape
        # The rows lie behind one another on one line, each from its country's position to the next.
        ends = np.cumsum(shares, axis=1)
        self._edges = (ends / ends[:, -1:] + np.arange(count)[:, None]).ravel()
        self.in_person = shares.reshape(count, len(CHANNELS), -1)[:, _POS].sum(axis=1)

    def draw(self, uniform: np.ndarray, country: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions in CHANNELS and in MERCHANT_CATEGORIES. country: of each customer, in COUNTRIES."""
        at = np.searchsorted(self._edges, uniform + country, side="right") - country * self._width
        np.minimum(at, self._width - 1, out=at)
        return _CHANNEL[at], _CATEGORY[at]
