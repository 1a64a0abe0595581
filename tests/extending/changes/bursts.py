"""An arrival pattern: transactions that come together."""

import random

from paysim.config.arrivals import ARRIVALS, ArrivalPattern, Gap


class Bursts(ArrivalPattern):
    """Ten at a time, and then nothing for as long as ten take on average."""

    name = "bursts"
    variance = 9.0

    def gaps(self, rng: random.Random) -> Gap:
        drawn = 0

        def gap() -> float:
            nonlocal drawn
            drawn += 1
            return 0.0 if drawn % 10 else 10.0

        return gap


ARRIVALS.add(Bursts())
