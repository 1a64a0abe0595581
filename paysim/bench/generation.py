"""Case `generation`: blocks as the load test asks for them, on one core, nothing sent."""

import random
import time

from paysim.config.schema import Config
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.identity import Run

from .answering import answer

GLANCE = 64
"""Blocks between two looks at the clock at most, so that looking costs nothing."""


def main() -> None:
    config = Config(seed=1)
    generator = TransactionGenerator(config, run=Run.new(), producer=0)
    weights = config.transaction.patterns.payment_methods
    methods = random.Random(1).choices(list(weights), list(weights.values()), k=GLANCE)

    def work(size: int, seconds: float) -> tuple[int, int]:
        made = sent = 0
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for method in methods[: max(1, GLANCE // size)]:
                block = generator.block(method, size)
                made += size
                sent += block.size
        return made, sent

    answer(work)


if __name__ == "__main__":
    main()
