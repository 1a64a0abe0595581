"""The session of the run that is on, where the users of this process find it.

Locust makes users itself and gives them nothing but an environment, so there is one `Process` for all of them.
"""

import math
import random
from collections.abc import Mapping

from gevent.event import AsyncResult

from paysim.contract.methods import PaymentMethodName
from paysim.loadtest.pacing.deck import Deck

from .session import Session


class Process:
    """The session that users pay through, and the decks that they are dealt from: the configuration's, and one for each
    user class with a mix of its own."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._begun: AsyncResult = AsyncResult()
        self._deck: Deck | None = None
        self._own: dict[type, Deck] = {}
        self._rng = random.Random()

    def begin(self, session: Session, weights: Mapping[PaymentMethodName, float], rng: random.Random) -> None:
        """A run is on: users that wait for a session go on."""
        self.shuffle(weights, rng)
        self.session = session
        self._begun.set(session)

    def shuffle(self, weights: Mapping[PaymentMethodName, float], rng: random.Random) -> None:
        """From now on deal from a deck of these weights, which sum to 1."""
        self._deck, self._own, self._rng = Deck(weights, rng), {}, rng

    def end(self) -> None:
        """The run is over; users of the next one wait for theirs. The session stays readable."""
        self._begun = AsyncResult()

    def session_of_run(self) -> Session:
        """The session of the run that is on; waits where a user came before its connections were open."""
        session: Session = self._begun.get()
        return session

    def deal(self, user: type | None = None, weights: Mapping[PaymentMethodName, float] | None = None) -> str:
        """The payment method of the next task. weights: those of a user class that has its own, any positive sum."""
        assert self._deck is not None, "a user is dealt from a deck only while a run is on"
        if user is None or weights is None:
            return self._deck.deal()
        if user not in self._own:
            total = math.fsum(weights.values())
            self._own[user] = Deck({method: weight / total for method, weight in weights.items()}, self._rng)
        return self._own[user].deal()


process = Process()
