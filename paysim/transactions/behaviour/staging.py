"""Puts what the steps of episodes say in the place of what was drawn, column by column, as payments are drawn."""

from collections.abc import Sequence
from dataclasses import replace
from math import floor
from typing import Any

import numpy as np

from paysim.contract.codes import CHANNELS
from paysim.transactions.behaviour.amounts import exchange_rates
from paysim.transactions.behaviour.amounts.amount_draws import Bought
from paysim.transactions.behaviour.risk.outcomes import Outcomes
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.behaviour.timing.calendar import Slice
from paysim.transactions.scenarios.episodes import Deal


class Staging:
    """The steps among the payments of one draw."""

    def __init__(self, dealt: Sequence[Deal], tables: SamplingTables) -> None:
        self._tables, self._dealt = tables, dealt
        self.places = [at for at, _, _ in dealt]
        self._steps = [(at, told.steps[number]) for at, told, number in dealt]

    def _said(self, name: str) -> list[tuple[int, Any]]:
        """Position and what its step says, where it says something."""
        return [(at, value) for at, step in self._steps if (value := getattr(step, name)) is not None]

    def pay(self, customer: np.ndarray) -> None:
        """Who pays."""
        for at, value in self._said("customer"):
            customer[at] = value

    def buy(self, bought: Bought) -> Bought:
        """On which channel, at which merchant."""
        channels, merchants = self._said("channel"), self._said("merchant")
        if not channels and not merchants:
            return bought
        channel, merchant, category = bought.channel.copy(), bought.merchant.copy(), bought.category.copy()
        known = bought.known.copy()
        for at, value in channels:
            channel[at] = CHANNELS.index(value)
        for at, value in merchants:
            merchant[at], category[at], known[at] = value, self._tables.world.merchant_category[value], False
        return replace(bought, channel=channel, merchant=merchant, category=category, known=known)

    def cost(self, minor: np.ndarray, currency: np.ndarray) -> None:
        """How much."""
        for at, dollars in self._said("dollars"):
            which = int(currency[at])
            rate = exchange_rates.PER_DOLLAR[self._tables.currencies[which]]
            minor[at] = max(1, floor(dollars * rate * 10.0 ** int(self._tables.decimals[which])))

    def time(self, times: np.ndarray, window: Slice) -> None:
        """When; what could not be told in its time is told at once."""
        for at, told, number in self._dealt:
            if told.times is not None:
                times[at] = min(max(told.times[number], window.start), window.end - 1)

    def equip(self, picks: dict[str, np.ndarray], channel: np.ndarray) -> None:
        """From whose device and address."""
        if operators := self._said("operator"):
            at = np.array([place for place, _ in operators])
            who = np.array([operator for _, operator in operators])
            for source, positions in self._tables.world.where(who, picks["merchant"][at], channel[at]).items():
                picks[source][at] = positions

    def end(self, outcome: np.ndarray, outcomes: Outcomes) -> None:
        """What becomes of it."""
        for at, step in self._steps:
            if step.goes_through is not None:
                outcome[at] = outcomes.instead(int(outcome[at]), step.goes_through, step.code)
