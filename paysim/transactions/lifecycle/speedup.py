"""How much faster follow-ups come in a live run than in life."""

from collections.abc import Iterator
from dataclasses import dataclass

from paysim.config.schema import Config

A_MONTH = 30 * 86_400.0  # seconds
A_DAY_A_MINUTE = 1_440.0


def length_of(config: Config) -> float | None:
    """Seconds that a live run takes, as far as its configuration says."""
    if config.load.stages:
        return float(sum(stage.duration for stage in config.load.stages))
    volume = config.transaction.volume
    if volume.total is not None and volume.rate is not None:
        return volume.total / volume.rate
    return None


def speedup_of(config: Config) -> float:
    """Times as fast. Where it is left open, a month into the run; a day a minute where its end is not known."""
    wanted = config.transaction.lifecycle_speedup
    if wanted != "auto":
        return wanted
    length = length_of(config)
    return A_DAY_A_MINUTE if not length else max(1.0, A_MONTH / length)


def follow_up_lines(config: Config) -> Iterator[str]:
    """What `paysim check` says of what follows payments."""
    if config.transaction.lifecycle != "full":
        return
    yield "full: captures, settlements, refunds, disputes and more follow payments; rate and total count them too"
    if config.transaction.timestamps.mode == "replay":
        yield "by the times of the events; what is due after the end of the window is counted and left out"
        return
    speedup = speedup_of(config)
    yield f"{speedup:,.0f} times as fast as in life: a day takes {86_400 / speedup:,.1f} s"


@dataclass(frozen=True, slots=True)
class StoryTime:
    """From the clock to the time in which stories happen, Unix milliseconds. start, story: the one and the other at the
    same moment."""

    start: int
    story: int
    speedup: float

    def at(self, now: int) -> int:
        return self.story + round((now - self.start) * self.speedup)
