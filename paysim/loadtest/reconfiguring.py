"""What a reload means for a run that is on."""

import logging

from paysim.config.schema import Config

logger = logging.getLogger(__name__)


def total_difference(before: Config, after: Config) -> int:
    """How many more transactions the run that is on has to send. A total is set or removed for the next run only."""
    old, new = before.transaction.volume.total, after.transaction.volume.total
    if old == new:
        return 0
    if old is None or new is None:
        logger.warning("transaction.volume.total was set or removed: that counts from the next run on")
        return 0
    return new - old
