"""How much faster follow-ups come in a live run than in life."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from paysim.config.run_length import run_length
from paysim.config.schema import Config

A_MONTH = 30 * 86_400.0  # seconds
A_DAY_A_MINUTE = 1_440.0


def speedup_of(config: Config, run_time: float | None = None) -> float:
    """Times as fast. Where it is left open, a month into the run; a day a minute where its end is not known. run_time:
    Locust's, in seconds."""
    wanted = config.transaction.lifecycle_speedup
    if wanted != "auto":
        return wanted
    length = min((seconds for seconds in (run_length(config), run_time) if seconds), default=None)
    return A_DAY_A_MINUTE if length is None else max(1.0, A_MONTH / length)


def worked_out(config: Config, run_time: float | None) -> Config:
    """The configuration with a speedup that is left open worked out, for a run that ends after `run_time` seconds at
    the latest; itself where that makes no difference."""
    transaction = config.transaction
    if not run_time or not is_sped_up(config) or transaction.lifecycle_speedup != "auto":
        return config
    found = {"lifecycle_speedup": speedup_of(config, run_time)}
    return config.model_copy(update={"transaction": transaction.model_copy(update=found)})


def is_sped_up(config: Config) -> bool:
    """Whether follow-ups come faster than in life: those of a live run do."""
    return config.transaction.lifecycle == "full" and config.transaction.timestamps.mode == "live"


def speedup_line(config: Config, run_time: float | None = None) -> str:
    """How fast follow-ups of a live run come, and why."""
    speedup = speedup_of(config, run_time)
    line = f"{speedup:,.0f} times as fast as in life: a day takes {86_400 / speedup:,.1f} s"
    if config.transaction.lifecycle_speedup != "auto":
        return line
    if run_length(config) is None and not run_time:
        return f"{line}, as nothing says how long the run is"
    return f"{line}, a month the whole run"


def follow_up_lines(config: Config) -> Iterator[str]:
    """What `paysim check` says of what follows payments."""
    if config.transaction.lifecycle != "full":
        return
    yield "full: captures, settlements, refunds, disputes and more follow payments; rate and total count them too"
    if not is_sped_up(config):
        yield "by the times of the events; what is due after the end of the window is counted and left out"
        return
    yield speedup_line(config)
    if config.transaction.lifecycle_speedup == "auto":
        yield "with a run time (-t, or in the start form) that ends sooner, a month takes that"


@dataclass(frozen=True, slots=True)
class StoryTime:
    """From the clock to the time in which stories happen, Unix milliseconds. start, story: the one and the other at the
    same moment."""

    start: int
    story: int
    speedup: float

    def at(self, now: int) -> int:
        return self.story + round((now - self.start) * self.speedup)

    def at_each(self, moments: np.ndarray) -> np.ndarray:
        """The same for each of these."""
        found: np.ndarray = self.story + np.rint((moments - self.start) * self.speedup).astype(np.int64)
        return found
