"""What this process holds between Locust's events: its publisher, and the session of the run that is on.

Locust builds users itself and gives them an environment only, so there is one of these a process.
"""

import random
from collections.abc import Mapping

from gevent.event import AsyncResult

from paysim.contract.methods import PaymentMethodName
from paysim.loadtest.pacing.deck import Deck

from .session import Session


class Process:
    """The session that users pay through, and the deck that they are dealt from."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._begun: AsyncResult = AsyncResult()
        self._deck: Deck | None = None

    def begin(self, session: Session, weights: Mapping[PaymentMethodName, float], rng: random.Random) -> None:
        """A run is on: users that wait for it go ahead."""
        self.shuffle(weights, rng)
        self.session = session
        self._begun.set(session)

    def shuffle(self, weights: Mapping[PaymentMethodName, float], rng: random.Random) -> None:
        """From now on deal from a deck of these weights, which sum to 1."""
        self._deck = Deck(weights, rng)

    def end(self) -> None:
        """The run is over; users of the next one wait for theirs. The session stays readable."""
        self._begun = AsyncResult()

    def session_of_run(self) -> Session:
        """The session of the run that is on; waits where a user came before its connections were open."""
        session: Session = self._begun.get()
        return session

    def deal(self) -> str:
        """The payment method of the next task."""
        assert self._deck is not None, "a user is dealt from a deck only while a run is on"
        return self._deck.deal()


process = Process()
