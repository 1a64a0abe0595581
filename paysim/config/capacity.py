"""What a configuration needs at the rate it asks for: bandwidth, throughput units, worker processes.

An estimate from measured constants, for before a run; what a run really took is in its summary.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from .schema import Config
from .targets import destinations

BYTES_PER_TRANSACTION = 1_100
WORKER_RATES = {1: 9_000, 10: 60_000, 100: 191_918, 500: 239_094}
"""Transactions/s that a worker process makes and sends, by batch size: full transactions, the process on a core of its
own, the local hub on another. The one place for these figures: README, guide and DISTRIBUTED repeat them, and a test
holds them together. `paysim bench` measures them; 1 and 10, which it does not, go by the CPU that they took beside a
batch of 100 in the same run."""
SHARED_RATE = 77_010
"""The same for batches of 1 whose users share sends (`linger_ms: 5`)."""
LARGEST_SEND = 1024 * 1024
"""Bytes of a send at the most, in the standard tier; a larger batch goes as several."""


def throughput_units(per_s: float, mb_per_s: float) -> int:
    """Throughput units of Event Hubs for this ingress: 1,000 events/s or 1 MB/s each, whichever comes first."""
    return math.ceil(_of_a_unit(per_s, mb_per_s)) if per_s > 0 else 0


def _of_a_unit(per_s: float, mb_per_s: float) -> float:
    return max(per_s / 1000, mb_per_s)


@dataclass(frozen=True, slots=True)
class Needs:
    """At `rate` transactions/s, in batches of `batch`; `linger`: whether users share sends."""

    rate: float
    batch: int = 100
    linger: bool = False

    @property
    def mb_per_s(self) -> float:
        return self.rate * BYTES_PER_TRANSACTION / 1_000_000

    @property
    def throughput_units(self) -> int:
        return max(1, throughput_units(self.rate, self.mb_per_s))

    @property
    def workers(self) -> int:
        return max(1, math.ceil(self.rate / self.worker_rate))

    @property
    def worker_rate(self) -> float:
        """Of one worker: between two measured batch sizes as on a straight line of logarithms."""
        found = float(WORKER_RATES[max(WORKER_RATES)])
        for (small, slow), (large, fast) in pairwise(sorted(WORKER_RATES.items())):
            if self.batch < large:
                share = math.log(max(small, self.batch) / small) / math.log(large / small)
                found = slow * (fast / slow) ** share
                break
        return max(found, SHARED_RATE) if self.linger else found


def peak_rate(config: Config) -> float | None:
    """The highest rate that is asked for, in transactions/s.

    None where it depends on how many users Locust runs, or on how fast they are answered.
    """
    volume, stages = config.transaction.volume, config.load.stages
    rates = [volume.rate]
    if stages:
        pace = volume.rate_per_user
        rates = [stage.rate or volume.rate or (pace and stage.users * pace) for stage in stages]
    if config.load.find_limit is not None:
        rates = [config.load.find_limit.to]
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates):
        return None
    return min(max(known), config.output.rate_limit or math.inf)


def batch(config: Config) -> int:
    """Transactions of a batch at the most: `batch_size`, but no more than a second of the pace of who sends it.

    That is the rate of the whole test, of each worker's part of it where there are several, or a user's own.
    """
    pace = peak_rate(config) if scheduled(config) else config.transaction.volume.rate_per_user
    most = config.output.batch_size
    return most if pace is None else max(1, min(most, math.floor(pace)))


def scheduled(config: Config) -> bool:
    """Whether there is a rate for the whole test, at some time of it."""
    load = config.load
    return bool(config.transaction.volume.rate or load.find_limit or any(stage.rate for stage in load.stages))


def needs_lines(config: Config) -> list[str]:
    """What a configuration needs, in words, a line each."""
    rate = peak_rate(config)
    to_hub = destinations.of(config.output).is_hub
    if rate is not None:
        needs = Needs(rate, batch(config), config.output.linger_ms > 0)
        units = f", {_several(needs.throughput_units, 'throughput unit')}" if to_hub else ""
        return [
            f"at {rate:,g} transactions/s: about {needs.mb_per_s:,.2f} MB/s{units}, "
            f"{_several(needs.workers, 'Locust worker')} (one makes about {_rounded(needs.worker_rate):,}/s "
            f"in batches of {needs.batch:,})"
        ]
    pace = config.transaction.volume.rate_per_user
    if pace is None:
        return ["no rate is set: every user sends as fast as it is answered"]
    lines = [f"at {pace:,g} transactions/s for each user; how many users run is Locust's -u or its web UI"]
    if to_hub:
        users = math.floor(1 / _of_a_unit(pace, Needs(pace).mb_per_s))
        carries = f"1 throughput unit carries {_several(users, 'user')}"
        lines.append(
            carries if users else f"each user needs {_several(Needs(pace).throughput_units, 'throughput unit')}"
        )
    return lines


def _rounded(rate: float) -> int:
    """Rounded down to two digits: machines differ by more."""
    digits: int = 10 ** max(0, math.floor(math.log10(rate)) - 1)
    return math.floor(rate / digits) * digits


def _several(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
