"""Full transactions made beforehand, for the cases that measure sending alone."""

import paysim.publishers  # noqa: F401  # a configuration knows the destinations that are registered
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.transactions.batch import Batch
from paysim.transactions.generator import TransactionGenerator

from .cases import SIZES

COUNT = 4000


def batches(run: Run) -> dict[int, list[Batch]]:
    """Batch size → some thousand transactions of the standard configuration, in batches of that size."""
    generator = TransactionGenerator(Config(seed=1), run=run, producer=0)
    return {size: [generator.batch("credit_card", size) for _ in range(COUNT // size)] for size in SIZES}
