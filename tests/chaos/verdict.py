"""One verdict: what must hold of a trial, each as a line. Pure: an outcome and its judgement in, lines out."""

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
        f"hub        {outcome.arrivals.total:,} events, {judgement.explained:,} of them a second time as explained,"
        f" {judgement.unknown_arrived:,} unknown ones arrived",
        f"second opinion: {judgement.lost:,} lost, {judgement.unexplained:,} duplicated without a reason,"
        f" {judgement.unexpected:,} unexpected",
        *judgement.examples[:10],
    ]
    wrong = [] if judgement.agrees else ["the ledger and the hub's files do not agree"]
    delivery = outcome.summary["delivery"]
    if delivery is None:
        wrong.append("the run did not verify its delivery")
    else:
        lines.append(
            f"verify     {delivery['lost']:,} lost, {delivery['duplicated']:,} duplicated, {delivery['unexpected']:,}"
            f" unexpected, {delivery['unknown_arrived']:,} unknown ones arrived"
        )
        for name, theirs in (
            ("lost", judgement.lost),
            ("duplicated", judgement.unexplained),
            ("unexpected", judgement.unexpected),
            ("unknown_arrived", judgement.unknown_arrived),
        ):
            if delivery[name] != theirs:
                wrong.append(f"verify says {name} {delivery[name]:,}, the hub's files {theirs:,}")
    if outcome.exit_code != 0:
        wrong.append(f"the run ended with exit code {outcome.exit_code}")
    if "Traceback" in outcome.logs:
        wrong.append("a traceback in the logs:\n" + outcome.logs[outcome.logs.index("Traceback") :][:2000])
    return lines + [f"WRONG      {line}" for line in wrong], not wrong
