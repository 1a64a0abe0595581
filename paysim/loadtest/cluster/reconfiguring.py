"""What a reload means for a run that is on. Pure."""

from paysim.config.schema import Config


def total_difference(before: Config, after: Config) -> int:
    """How many more transactions the run that is on has to send. A total is set or removed for the next run only."""
    old, new = before.transaction.volume.total, after.transaction.volume.total
    return 0 if old is None or new is None else new - old


def for_the_next_run(before: Config, after: Config) -> str | None:
    """What of a change counts from the next run on, in words, where one is on."""
    old, new = before.transaction.volume.total, after.transaction.volume.total
    if (old is None) == (new is None):
        return None
    return "transaction.volume.total was set or removed: that counts from the next run on"
