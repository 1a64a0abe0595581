"""Full transactions made beforehand, for the cases that measure sending alone."""

from paysim.config.schema import Config
from paysim.transactions.block import Block
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.identity import Run

from .cases import SIZES

COUNT = 4000


def blocks(run: Run) -> dict[int, list[Block]]:
    """Batch size → some thousand transactions of the standard configuration, in blocks of that size."""
    generator = TransactionGenerator(Config(seed=1), run=run, producer=0)
    return {size: [generator.block("credit_card", size) for _ in range(COUNT // size)] for size in SIZES}
