"""What a configuration needs at the rate it asks for: bandwidth, throughput units, worker processes.

An estimate from two constants, for before a run; what a run really took is in its summary.
"""

import math
from dataclasses import dataclass

from .schema import Config

BYTES_PER_TRANSACTION = 1_100
# Transactions/s of one worker process, full transactions in batches of 100: what `paysim bench` measured for `worker`
# on a core of its own (45,000/s), rounded down so that it has room.
WORKER_RATE = 40_000
# One throughput unit of ingress: 1,000 events/s or 1 MB/s, whichever comes first.
UNIT_EVENTS = 1_000
UNIT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Needs:
    """At `rate` transactions/s."""

    rate: float

    @property
    def mb_per_s(self) -> float:
        return self.rate * BYTES_PER_TRANSACTION / UNIT_BYTES

    @property
    def throughput_units(self) -> int:
        return max(1, math.ceil(max(self.rate / UNIT_EVENTS, self.mb_per_s)))

    @property
    def workers(self) -> int:
        return max(1, math.ceil(self.rate / WORKER_RATE))


def peak_rate(config: Config) -> float | None:
    """The highest rate that is asked for, in transactions/s.

    None where it depends on how many users Locust runs, or on how fast they are answered.
    """
    volume, stages = config.transaction.volume, config.load.stages
    rates = [volume.rate]
    if stages:
        pace = volume.rate_per_user
        rates = [stage.rate or volume.rate or (pace and stage.users * pace) for stage in stages]
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates):
        return None
    return min(max(known), config.output.rate_limit or math.inf)


def needs_lines(config: Config) -> list[str]:
    """What to tell a user, a line each."""
    rate = peak_rate(config)
    to_hub = config.output.destination == "event_hub"
    if rate is not None:
        needs = Needs(rate)
        units = f", {_several(needs.throughput_units, 'throughput unit')}" if to_hub else ""
        return [
            f"at {rate:,g} transactions/s: about {needs.mb_per_s:,.2f} MB/s{units}, "
            f"{_several(needs.workers, 'Locust worker')}"
        ]
    pace = config.transaction.volume.rate_per_user
    if pace is None:
        return ["no rate is set: every user sends as fast as it is answered"]
    lines = [f"at {pace:,g} transactions/s for each user; how many users run is Locust's -u or its web UI"]
    if to_hub:
        users = math.floor(1 / max(pace / UNIT_EVENTS, pace * BYTES_PER_TRANSACTION / UNIT_BYTES))
        carries = f"1 throughput unit carries {_several(users, 'user')}"
        lines.append(
            carries if users else f"each user needs {_several(Needs(pace).throughput_units, 'throughput unit')}"
        )
    return lines


def _several(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
