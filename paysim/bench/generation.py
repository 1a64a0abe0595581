"""Case `generation`: batches as the load test asks for them, on one core, nothing sent."""

import gc
import random
import time
from itertools import cycle, islice

import paysim.publishers  # noqa: F401  # a configuration knows the destinations that are registered
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.transactions.generator import TransactionGenerator

from .answering import answer

GLANCE = 64
"""Batches between two looks at the clock at most, so that looking costs nothing."""


def main() -> None:
    config = Config(seed=1)
    generator = TransactionGenerator(config, run=Run.new(), producer=0)
    weights = mix_of(config.transaction).methods
    # By decks, as in a load test, so that every measurement has the configured mix.
    deck = [method for method, weight in weights.items() for _ in range(round(1000 * weight))]
    random.Random(1).shuffle(deck)
    methods = cycle(deck)
    generator.prepare()
    gc.freeze()  # as a load test does

    def work(size: int, seconds: float) -> tuple[int, int]:
        made = sent = 0
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for method in islice(methods, max(1, GLANCE // size)):
                batch = generator.batch(method, size)
                made += size
                sent += batch.size
        return made, sent

    answer(work)


if __name__ == "__main__":
    main()
