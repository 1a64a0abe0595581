"""One verdict: what must hold of a trial, each as a line. Pure: an outcome and its judgement in, lines out."""

from collections.abc import Iterator
from typing import Any

from .judge import Judgement
from .trial import Outcome


def verdict(outcome: Outcome, judgement: Judgement) -> tuple[list[str], bool]:
    """Lines to print, and whether all is well."""
    assert outcome.summary is not None
    counts, hub = outcome.summary["transactions"], outcome.summary["hub"]
    lines = [
        f"ledger     {counts['acked']:,} acked, {counts['failed']:,} failed, {counts['unknown']:,} unknown"
        f" of {counts['generated']:,}",
        f"sending    {hub.get('sends', 0):,} sends, {hub.get('retries', 0):,} retries, {hub.get('throttled', 0):,}"
        f" throttled, {hub.get('reconnects', 0):,} reconnects",
        f"hub        {outcome.arrivals.total:,} events, {judgement.explained:,} of them a second time as explained;"
        f" of {judgement.unknown:,} unknown ones {judgement.unknown_arrived:,} arrived,"
        f" {judgement.unknown - judgement.unknown_arrived:,} did not",
        f"its files  {judgement.lost:,} lost, {judgement.unexplained:,} duplicated without a reason,"
        f" {judgement.unexpected:,} unexpected",
        *judgement.examples[:10],
    ]
    wrong = [] if judgement.agrees else ["the ledger and the hub's files do not agree"]
    if counts["acked"] + counts["failed"] + counts["unknown"] != counts["generated"]:
        wrong.append("acked, failed and unknown are not all that was handed out")
    delivery = outcome.summary["delivery"]
    if delivery is None or delivery["error"]:
        wrong.append(f"the run did not verify its delivery: {delivery and delivery['error']}")
    else:
        lines.append(
            f"verify     {delivery['lost']:,} lost, {delivery['duplicated']:,} duplicated, {delivery['unexpected']:,}"
            f" unexpected, {delivery['unknown_arrived']:,} unknown ones arrived; {delivery['seconds']:.0f} s"
        )
        wrong += _disagreements(delivery, counts, judgement, outcome)
    wrong += _ends_otherwise(outcome)
    if "Traceback" in outcome.logs:
        wrong.append("a traceback in the logs:\n" + outcome.logs[outcome.logs.index("Traceback") :][:2000])
    return lines + [f"WRONG      {line}" for line in wrong], not wrong


def _ends_otherwise(outcome: Outcome) -> Iterator[str]:
    """Where its verdict is not what follows from the plan: killed workers speak against a run, and nothing else."""
    assert outcome.summary is not None
    reasons = outcome.summary["verdict"]["reasons"]
    silent = any(producer.get("silent") for producer in outcome.summary["producers"])
    allowed = ("went silent", "arrived after the last report") if silent else ()
    if others := [reason for reason in reasons if not any(words in reason for words in allowed)]:
        yield f"the run's verdict: {'; '.join(others)}"
    if outcome.exit_code != (1 if silent else 0):
        yield f"the run ended with exit code {outcome.exit_code}"


def _disagreements(
    delivery: dict[str, Any], counts: dict[str, int], judgement: Judgement, outcome: Outcome
) -> Iterator[str]:
    """Where `verify`, the ledger and the second opinion say different things."""
    for name, theirs in (
        ("lost", judgement.lost),
        ("duplicated", judgement.unexplained),
        ("unexpected", judgement.unexpected),
    ):
        if delivery[name] != theirs:
            yield f"verify says {name} {delivery[name]:,}, the hub's files {theirs:,}"
    if delivery["out_of_order"]:
        yield f"{delivery['out_of_order']:,} out of order, where order is promised"
    # Events of the `duplicate` scenario have no numbers of their own: verify counts the unknown ones of them too.
    more = delivery["unknown_arrived"] - judgement.unknown_arrived
    if not 0 <= more <= outcome.arrivals.duplicates:
        yield f"verify says {delivery['unknown_arrived']:,} unknown ones arrived, the hub's files {more:,} fewer"
    acked = delivery["arrived"] - delivery["unknown_arrived"] - delivery["unexpected"] + delivery["lost"]
    if acked != counts["acked"]:
        yield f"verify found {acked:,} acknowledged ones, the ledger has {counts['acked']:,}"
