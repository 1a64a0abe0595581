"""What to do next: the one cause that held a run up, and which setting changes it, with a number. Pure.

Causes hide one another: a throttled hub keeps connections busy, busy connections keep users waiting, and transactions
that wait for users begin late. So the questions stand in the order in which one causes the next, and the first that
says yes is the answer; what comes after it may be gone with it.
"""

import math
from collections.abc import Callable

from paysim.config.capacity import throughput_units
from paysim.loadtest.report.wording import milliseconds, percent, several
from paysim.summary.model import Summary

BUSY_SHARE = 0.1
"""The share of a run with all connections busy from which on they hold it up."""
FAILED_SHARE = 0.05
"""The share of transactions from which on failures are what a run is about."""
LATE_SHARE = 0.01
"""The share of transactions that began late from which on it is more than a moment's delay."""
RETRIED_SHARE = 0.01
"""The share of sends that failed and were tried again from which on they hold a run up."""
THROTTLED_SHARE = 0.01
"""The share of the connections' time that throttled sends waited from which on they hold a run up."""
THROTTLED_WAIT = 4.0
"""Seconds that a throttled send waits at least: `publishers.retry`."""

LAG_SHARE = 0.1
LAG_SECONDS = 0.2
"""An event loop that was held up for this share of a run, and so long, is seen in latencies. The beginning of any run
holds it up a little: users are made, connections grow."""
CPU_SECONDS = 5.0
"""How often Locust looks at its CPU: of a shorter run its warning says nothing."""

STALL_MS = 1000.0
STALL_TIMES = 20.0
"""A send that took a second, and so many times as long as half of them do, met a hub that did not answer."""
MOST_CONNECTIONS = 1000


def advice(summary: Summary) -> list[str]:
    """One line, or none where nothing stands out. A search for the limit has found the cause already."""
    if summary.limit is not None:
        return [] if summary.limit.advice is None else [summary.limit.advice]
    causes: tuple[Callable[[Summary], str | None], ...] = (
        _broken, _throttled, _retried, _stalled, _connections_busy, _users_missing, _generator_busy, _late,
        _failed, _unknown, _throttled_at_all,
    )  # fmt: skip
    return [line for cause in causes if (line := cause(summary)) is not None][:1]


# What the run was, in numbers


def busy_share(summary: Summary) -> float:
    """The share of the run in which every connection of a process was busy, over all processes."""
    # The end of a run, when nothing more is handed out, may be busy too.
    return min(1.0, summary.hub.all_busy_s / _processes(summary) / _seconds(summary))


def _processes(summary: Summary) -> int:
    return max(1, len(summary.producers))


def _seconds(summary: Summary) -> float:
    return max(summary.duration_s, 1e-9)


def _wanted_per_s(summary: Summary) -> float | None:
    """Transactions/s that should have been sent: by the rate, or by users and their pace. None without either."""
    rate, config = summary.rate, summary.config
    if rate.asked is not None:
        return rate.asked.peak_per_s
    if rate.target_per_s is not None:
        return rate.target_per_s
    pace = config.transaction.volume.rate_per_user
    limit = config.output.rate_limit or math.inf
    return None if pace is None else min(limit, summary.users_max * pace)


def _first_sends(summary: Summary) -> int:
    return max(0, summary.hub.sends - summary.hub.retries)


def _per_send(summary: Summary) -> float:
    """Transactions of a send, on average."""
    return max(1.0, summary.transactions.acked / max(1, _first_sends(summary)))


def _took_ms(summary: Summary, percentile: str) -> float:
    """What the hub takes for a send, without our own waiting."""
    values = summary.latency_ms.service or summary.latency_ms.response
    return 0.0 if values is None else float(getattr(values, percentile))


def _out_of_cpu(summary: Summary) -> bool:
    share = summary.event_loop_lag.share
    if share > LAG_SHARE and share * _seconds(summary) >= LAG_SECONDS:
        return True
    return summary.cpu_warning and _seconds(summary) >= CPU_SECONDS


def _is_late(summary: Summary) -> bool:
    return summary.rate.late > LATE_SHARE * summary.transactions.ended


def _began_late(summary: Summary) -> str:
    rate = summary.rate
    return f"{several(rate.late, 'transaction')} began late (up to {milliseconds(rate.late_max_ms)})"


def _held_up_at_times(summary: Summary) -> bool:
    """Whether transactions waited for connections or users that would have been free, were all sends as long as half of
    them are: then something kept a few of them, and more connections or users would have been kept too."""
    busy = busy_share(summary)
    if busy <= BUSY_SHARE and not _is_late(summary):
        return False
    everybody = min(max(1, summary.hub.connections), max(1, summary.users_max))
    each = min(1.0, _first_sends(summary) * _took_ms(summary, "p50") / 1000 / everybody / _seconds(summary))
    return bool(each**everybody <= max(busy, BUSY_SHARE) / 2)  # the share of the time in which all would be busy


def _commonest(summary: Summary) -> str | None:
    """The reason that most attempts failed for."""
    reasons = summary.hub.attempts_failed
    return max(reasons, key=reasons.__getitem__) if reasons else None


# Causes, each with what changes it


def _broken(summary: Summary) -> str | None:
    """Connections that are tried again and again are busy, and what waits for them is late: that is not the cause."""
    counts = summary.transactions
    lost = counts.failed + counts.unknown
    if lost <= FAILED_SHARE * (counts.acked + lost):
        return None
    if (reason := _commonest(summary)) is not None and reason.startswith("throttled"):
        return _throttled_at_all(summary)
    return _failed(summary) or _outcomes_lost(summary)


def _throttled(summary: Summary) -> str | None:
    hub = summary.hub
    waited = hub.throttled * THROTTLED_WAIT
    if waited <= THROTTLED_SHARE * max(1, hub.connections) * _seconds(summary):
        return None
    return _throttled_at_all(summary)


def _throttled_at_all(summary: Summary) -> str | None:
    throttled, rate = summary.hub.throttled, summary.rate
    if not throttled:
        return None
    taken, mb = rate.achieved_per_s, rate.mb_per_s
    wanted = max(_wanted_per_s(summary) or 0.0, taken)
    needed = throughput_units(wanted, mb * wanted / taken if taken else 0.0)
    # A hub that throttles has not more units than it took.
    units = max(needed, throughput_units(taken, mb) + 1)
    needs = f"the rate needs {several(needed, 'throughput unit')}"
    return f"{several(throttled, 'send')} throttled: {needs}: raise them to {units:,}, or lower the rate"


def _retried(summary: Summary) -> str | None:
    failed = {reason: n for reason, n in summary.hub.attempts_failed.items() if not reason.startswith("throttled")}
    attempts = sum(failed.values())
    if not _held_up_at_times(summary) or attempts <= RETRIED_SHARE * summary.hub.sends:
        return None
    reason = max(failed, key=failed.__getitem__)
    return f'{several(attempts, "attempt")} to send failed, mostly as "{reason}": {_TROUBLESHOOTING}'


def _stalled(summary: Summary) -> str | None:
    longest, typical = _took_ms(summary, "max"), _took_ms(summary, "p50")
    if not _held_up_at_times(summary) or longest < max(STALL_MS, STALL_TIMES * typical):
        return None
    return (
        f"the hub did not answer for a while: a send took up to {milliseconds(longest)}, half of them "
        f"{milliseconds(typical)} at most: look at the hub; more connections or users would wait as well"
    )


def _connections_busy(summary: Summary) -> str | None:
    share = busy_share(summary)
    if share <= BUSY_SHARE:
        return None
    used, processes = summary.hub.connections, _processes(summary)
    wanted = _wanted_per_s(summary)
    busy = f"all {several(used, 'connection')} busy {percent(share)} of the time"
    # Little's law: sends a second times the seconds of each; without a rate every user would have one of its own.
    needed = summary.users_max if wanted is None else wanted / _per_send(summary) * _took_ms(summary, "p95") / 1000
    each = min(MOST_CONNECTIONS, max(math.ceil(needed / processes), math.ceil(used / processes) + 1))
    if summary.config.output.event_hub.partition_by != "round_robin":
        return f"{busy}, one a partition: have {each:,} partitions, or a larger batch_size"
    of_each = " (of each worker)" if processes > 1 else ""
    return f"{busy}: raise output.event_hub.connections to {each:,}{of_each}, or batch_size"


def _users_missing(summary: Summary) -> str | None:
    needed = _users_needed(summary)
    if not _is_late(summary) or needed <= summary.users_max:
        return None
    return f"{_began_late(summary)}: at this latency the rate needs about {needed:,} users (-u)"


def _users_needed(summary: Summary) -> int:
    """Little's law: batches a second times the time that each takes, which its user waits for."""
    rate, response = _wanted_per_s(summary), summary.latency_ms.response
    if not rate or response is None or not _first_sends(summary):
        return 0
    output = summary.config.output
    # Users share a send where they linger; then it is no measure of what each has under way.
    per_user = min(output.batch_size, max(1.0, rate)) if output.linger_ms else _per_send(summary)
    # A process without CPU is slow to hear of its acknowledgements, and more users would not help it.
    latency = _took_ms(summary, "p50") if _out_of_cpu(summary) else response.p95
    return math.ceil(rate / per_user * latency / 1000)


def _generator_busy(summary: Summary) -> str | None:
    if not _out_of_cpu(summary):
        return None
    lag, held_up = summary.event_loop_lag, ""
    if lag.max_ms:
        held_up = f" (held up {percent(lag.share)} of the time, up to {milliseconds(lag.max_ms)})"
    workers = _workers_needed(summary)
    return f"Locust ran out of CPU{held_up}: use {workers:,} workers (--processes {workers}), or larger batches"


def _workers_needed(summary: Summary) -> int:
    processes, made = _processes(summary), summary.rate.achieved_per_s
    wanted = _wanted_per_s(summary) or 0.0
    return max(processes + 1, math.ceil(processes * wanted / made) if made else 0)


def _late(summary: Summary) -> str | None:
    if not _is_late(summary):
        return None
    ramp = summary.rate.ramp_s
    if ramp is None or ramp > 1:
        needed = max(1, _users_needed(summary))
        return f"{_began_late(summary)}: spawn users sooner, {needed:,} in the first second (-r {needed})"
    workers = _workers_needed(summary)
    return f"{_began_late(summary)}: use larger batches, or {workers:,} workers (--processes {workers})"


_TROUBLESHOOTING = "see Troubleshooting in docs/SIMULATOR-GUIDE.md"


def _failed(summary: Summary) -> str | None:
    failed, reason = summary.transactions.failed, _commonest(summary)
    if not failed or reason is None:
        return None
    return f'{several(failed, "transaction")} failed, mostly as "{reason}": {_TROUBLESHOOTING}'


def _unknown(summary: Summary) -> str | None:
    return None if summary.delivery is not None else _outcomes_lost(summary)


def _outcomes_lost(summary: Summary) -> str | None:
    unknown, reason = summary.transactions.unknown, _commonest(summary)
    if not unknown:
        return None
    why = "" if reason is None else f', mostly as "{reason}"'
    verify = "`verify` would tell which are stored" if summary.delivery is None else _TROUBLESHOOTING
    return f"the outcome of {several(unknown, 'transaction')} was lost{why}: {verify}"
