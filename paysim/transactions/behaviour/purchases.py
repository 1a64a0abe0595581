"""What people buy by one method: of which category, on which channel, and at which merchant.

Category and channel follow the table of the person's country (`mix`). The merchant is one that the person goes back to,
or another: at home, and at a distance sometimes abroad.
"""

import numpy as np

from paysim.contract.codes import CHANNELS
from paysim.facts import people
from paysim.transactions.behaviour.amounts.amount_draws import Bought
from paysim.transactions.behaviour.mix.purchase_table import PurchaseTable
from paysim.transactions.behaviour.timing.calendar import Slice
from paysim.transactions.methods.base import Method
from paysim.transactions.randomness import Streams, edges_of
from paysim.transactions.world.countries import COUNTRIES

from .sampling_tables import SamplingTables

POS = CHANNELS.index("pos")
_TO_A_FAVOURITE = 0.7  # share of payments at a merchant the customer goes back to
# Popularity of merchants among the others: a power of a uniform number, so that the first sell most.
_CROWDING = 1.7


class Purchases:
    """What people buy by one method.

    cells: (COUNTRIES, MERCHANT_CATEGORIES), the shares of its payments over the whole window.
    """

    def __init__(self, tables: SamplingTables, method: Method) -> None:
        self._world, self._domestic = tables.world, method.domestic
        self._shares = tables.bought(method.name)
        self._table = PurchaseTable(self._shares)
        self._country_edges = edges_of(tables.country_weights)
        self._abroad = self._anywhere(self._table.in_person)
        payers = tables.payers(method.name)
        countries = np.bincount(self._world.country, payers, minlength=len(COUNTRIES))
        sold = self._shares.reshape(len(COUNTRIES), len(CHANNELS), -1).sum(axis=1)
        self.cells: np.ndarray = (countries / countries.sum())[:, None] * sold

    def _anywhere(self, in_person: np.ndarray) -> np.ndarray:
        """For each country, the share of payments at a distance, but to favourites, whose merchant may be anywhere.

        It makes as many payments cross the border as the facts say. in_person: of each country, the share at a
        terminal, which never does.
        """
        others = 1.0 - np.diff(self._country_edges, prepend=0.0)
        border = [people.CROSS_BORDER.get(c, people.CROSS_BORDER["*"]).value for c in COUNTRIES]
        reached = (1.0 - in_person) * (1.0 - _TO_A_FAVOURITE) * others
        return np.minimum(1.0, np.array(border) / np.maximum(reached, 1e-9))

    def narrow(self, window: Slice) -> np.ndarray:
        """Sell what is bought in a part of the window from now on. Returns the weight of each country then."""
        weights = self._shares * np.tile(window.masses, (1, len(CHANNELS)))
        self._table = PurchaseTable(np.where(weights.sum(axis=1, keepdims=True) > 0, weights, self._shares))
        countries: np.ndarray = weights.sum(axis=1)
        return countries

    def draw(self, customer: np.ndarray, streams: Streams) -> Bought:
        """What each customer buys, on which channel, at which merchant."""
        count = len(customer)
        channel, category = self._table.draw(streams["purchase"].random(count), self._world.country[customer])
        at_terminal = channel == POS
        merchant, known = self._merchants(customer, category, at_terminal, streams)
        merchant = np.where(at_terminal, self._world.at_terminal[merchant], merchant)
        return Bought(customer, category, channel, merchant, known)

    def _merchants(
        self, customer: np.ndarray, category: np.ndarray, at_terminal: np.ndarray, streams: Streams
    ) -> tuple[np.ndarray, np.ndarray]:
        """A merchant for each payment: one that the customer goes back to, or another, here or at a distance abroad;
        and whether it is the former."""
        world, cells, count = self._world, self._world.cells, len(customer)
        home = world.country[customer]
        which = streams["merchant"].random(count)
        favourite = world.favourites(customer, category, which)
        country = home
        if not self._domestic:
            # One number decides whether it is abroad and, rescaled, in which country.
            abroad, share = streams["merchant country"].random(count), self._abroad[home]
            anywhere = np.searchsorted(self._country_edges, abroad / share % 1.0, side="right")
            country = np.where((abroad < share) & ~at_terminal, anywhere, home)
        cell = category * len(COUNTRIES) + country
        other = cells.first[cell] + (which**_CROWDING * cells.count[cell]).astype(np.intp)
        known = streams["favourite"].random(count) < _TO_A_FAVOURITE
        return np.where(known, favourite, other), known
