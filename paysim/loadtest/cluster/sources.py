"""Which part of the rate each source of payments has: a user class with a rate of its own, and the others together.

The rate of the test is the sum of all of them. So leases (`shares`) go on knowing one rate, which is never exceeded;
here is how much of it a worker gets by its users of each source, and how it divides that. Pure.
"""

from collections.abc import Mapping

from paysim.loadtest.pacing.rate_plan import RateTarget

from .shares import shares

OTHERS = ""
"""The source of all user classes that have no rate of their own."""
Users = Mapping[str, int]
"""Source → users."""
Parts = Mapping[str, float]
"""Source with a rate of its own → its part of a pace, 0 to 1; the rest is the others'."""


def rates(own: Mapping[str, float], pace: RateTarget | None) -> dict[str, float]:
    """Source → transactions/s of the whole test. own: user class → its rate. Where a ceiling leaves less than all own
    rates, each has its part of that."""
    if pace is None or not pace.open:
        return {OTHERS: 1.0}
    asked = sum(own.values())
    left = min(1.0, pace.rate / asked) if asked else 1.0
    return {**{source: rate * left for source, rate in own.items()}, OTHERS: max(0.0, pace.rate - asked)}


def of_workers(users: Mapping[str, Users], of_test: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Worker → source → transactions/s: a source's rate follows its users, and while it has none all have the same.

    users: worker → its users of each source. of_test: as `rates` has it.
    """
    found: dict[str, dict[str, float]] = {worker: {} for worker in users}
    for source, rate in of_test.items():
        for worker, share in shares({worker: counts.get(source, 0) for worker, counts in users.items()}).items():
            found[worker][source] = rate * share
    return found


def wanted(users: Mapping[str, Users], of_test: Mapping[str, float]) -> dict[str, float]:
    """Worker → its share of the rate of the test; shares sum to 1."""
    whole = sum(of_test.values())
    if not whole:
        return shares({worker: sum(counts.values()) for worker, counts in users.items()})
    return {worker: sum(parts.values()) / whole for worker, parts in of_workers(users, of_test).items()}


def parts(of_worker: Mapping[str, float]) -> dict[str, float]:
    """Of one worker's rates by source: see `Parts`."""
    whole = sum(of_worker.values())
    return {source: rate / whole if whole else 0.0 for source, rate in of_worker.items() if source != OTHERS}


def divided(pace: RateTarget | None, parts: Parts) -> dict[str, RateTarget | None]:
    """The pace of each source. Where the pace grows it does for the others alone: own rates stay what they are."""
    if pace is None or not pace.open:
        return {OTHERS: pace, **dict.fromkeys(parts, RateTarget(0.0))}
    own = {source: RateTarget(pace.rate * part) for source, part in parts.items()}
    rest = max(0.0, pace.rate - sum(each.rate for each in own.values()))
    return {OTHERS: RateTarget(rest, pace.slope), **own}
