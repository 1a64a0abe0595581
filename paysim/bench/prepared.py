"""Full transactions made beforehand, for the cases that measure sending alone."""

from paysim.config.schema import Config
from paysim.transactions.block import Block
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.identity import Run

COUNT = 4000


def blocks(size: int, run: Run) -> list[Block]:
    """Some thousand transactions of the standard configuration, in blocks of `size`."""
    generator = TransactionGenerator(Config(seed=1), run=run, producer=0)
    return [generator.block("credit_card", size) for _ in range(max(1, COUNT // size))]
