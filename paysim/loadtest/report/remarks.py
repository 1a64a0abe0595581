"""What a summary says besides its tables, in words: alike in the terminal, in Markdown and in the HTML report. Pure."""

from paysim.loadtest.judge.advice import advice
from paysim.loadtest.judge.verdict import FAULTS
from paysim.loadtest.pipeline.lines import who_could_tell
from paysim.loadtest.report.wording import limit_words, milliseconds, per_second, percent, several
from paysim.summary.model import Summary

MOST_REASONS = 3
_FEW_REFUNDS = 0.005  # of all transactions: at the beginning of a run there is nothing to give back
DELIVERY = {
    "lost": "Lost: acknowledged, and not there",
    "duplicated": "Twice: there more often than they were sent",
    "unexpected": "Unexpected: there, though they failed or were never sent",
    "out_of_order": "Out of order",
    "after_last_report": "There, and sent after the last report of a producer that went silent",
    "unknown_arrived": "There, and their outcome was unknown",
    "explained_duplicates": "Copies of those that were sent again, as their outcome was lost",
    "expired": "Events that aged out before they were read",
    "foreign": "Events of others in the same partitions",
    "unreadable": "Events of others that cannot be read",
}
"""What is counted in the hub → what it means, in the order of a table."""
ALWAYS = ("lost", "duplicated")
REPORTS = {"html": "HTML report", "junit": "JUnit", "labels": "labels", "log": "log"}
"""Files that a run may leave besides its summary: key of `report` → what it is."""


def rate_missed(summary: Summary) -> str | None:
    """`31 % of the rate: 155/s of 500/s asked`, where one was asked for and not reached."""
    asked = summary.rate.asked
    if asked is None or asked.reached:
        return None
    seconds = max(asked.seconds, 1e-9)
    rates = f"{per_second(asked.acked / seconds)} of {per_second(asked.transactions / seconds)} asked"
    return f"{percent(asked.share)} of the rate: {rates}"


def late(summary: Summary) -> str | None:
    """How many began late, and the worst."""
    rate = summary.rate
    if not rate.late:
        return None
    return f"{several(rate.late, 'transaction')} began late, by up to {milliseconds(rate.late_max_ms)}"


def reasons(summary: Summary) -> str | None:
    """Why attempts to send failed, the commonest first: also those that were tried again and went well."""
    found = sorted(summary.hub.attempts_failed.items(), key=lambda item: -item[1])
    if not found:
        return None
    told = ", ".join(f"{n:,} {reason}" for reason, n in found[:MOST_REASONS])
    return told + (f", {sum(n for _, n in found[MOST_REASONS:]):,} others" if len(found) > MOST_REASONS else "")


def _in_stories(transactions: int, episodes: int) -> str:
    """How many episodes they are, where some are of several."""
    return f" in {several(episodes, 'episode')}" if episodes < transactions else ""


def violations(summary: Summary) -> str | None:
    """How many transactions were bad on purpose, and how."""
    found = {name: n for name, n in summary.transactions.violations.items() if n}
    waiting = summary.transactions.copies_waiting
    later = f"{several(waiting, 'second message')} not due before the end" if waiting else ""
    if not found:
        return later or None
    episodes = summary.transactions.episodes
    each = ", ".join(f"{n:,} {name}{_in_stories(n, episodes.get(name, n))}" for name, n in found.items())
    told = f"{sum(found.values()):,} on purpose: {each}"
    return f"{told}; {later}" if later else told


def shortfalls(summary: Summary) -> str | None:
    """What was asked for and could not be: shares, and refunds that had nothing to give back."""
    counts = summary.transactions
    told = [f"{key} {each.asked:.3g}, possible {each.possible:.2g}" for key, each in counts.shortfalls.items()]
    if counts.payments_for_refunds > _FEW_REFUNDS * counts.generated:
        told.append(f"{several(counts.payments_for_refunds, 'refund')} went out as payments, with nothing to give back")
    return "; ".join(told) or None


def follow_ups(summary: Summary) -> str | None:
    """What followed payments, the commonest first, and what was still to come."""
    found = summary.follow_ups
    if found is None:
        return None
    told = ", ".join(f"{n:,} {type_}" for type_, n in sorted(found.by_type.items(), key=lambda item: -item[1]))
    said = f"{told or 'none'}; something was still to follow {several(found.open, 'payment')}"
    if found.open_of_silent:
        said += f", {found.open_of_silent:,} of them of a process that went silent"
    if found.thinned:
        said += f"; nothing follows {found.thinned:,}, for want of room"
    if found.cut_off:
        said += f"; nothing more follows {found.cut_off:,}, as there were too many reloads"
    return said


def files(summary: Summary) -> dict[str, str]:
    """What is written besides the summary: what it is → its path."""
    return {
        what: path.replace("{run_id}", summary.run_id)
        for key, what in REPORTS.items()
        if (path := getattr(summary.config.report, key))
    }


def delivery(summary: Summary) -> list[tuple[str, str, bool]]:
    """What was found in the hub, a row each: what, how many, and whether that speaks against the run. Empty where the
    run was not verified."""
    found = summary.delivery
    if found is None:
        return []
    if found.error is not None:
        return [("Not verified", found.error, True)]
    acked, lost = summary.transactions.acked, found.lost
    rows = [] if lost is None else [("Acknowledged, and there", f"{acked - lost:,} of {acked:,}", bool(lost))]
    for name, words in DELIVERY.items():
        count = getattr(found, name)
        if count or (count is not None and name in ALWAYS):
            rows.append((words, f"{count:,}", bool(count) and name in FAULTS))
    if (delay := found.delay_ms) is not None:
        times = ", ".join(f"{name} {milliseconds(value)}" for name, value in delay)
        rows.append(("From made to stored", times, False))
    if (contract := found.contract) is not None and contract.checked:
        off = contract.bad + contract.good
        rows.append(("Bodies held against the contract", f"{contract.checked:,}, {off:,} against it", bool(off)))
    return rows


def told(summary: Summary) -> dict[str, str]:
    """All but the rate, which stands in the verdict, for a page: what it is about → words, where there is any."""
    found = {
        "Limit": None if summary.limit is None else limit_words(summary.limit),
        "Next": "; ".join(advice(summary)),
        "Late": late(summary),
        "Attempts that failed": reasons(summary),
        "Still under way": who_could_tell(summary.pipeline),
        "Violations": violations(summary),
        "Files": ", ".join(f"{what} {path}" for what, path in files(summary).items()),
    }
    return {name: words for name, words in found.items() if words}
