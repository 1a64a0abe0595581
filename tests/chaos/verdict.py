"""One verdict: what must hold of a trial, each as a line. Pure: an outcome and its judgement in, lines out."""

from collections.abc import Iterator
from typing import Any

from .judge import Judgement
from .plan import WIPE_HUB
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
    ]
    wrong = []
    if counts["acked"] + counts["failed"] + counts["unknown"] != counts["generated"]:
        wrong.append("acked, failed and unknown are not all that was handed out")
    if outcome.done[WIPE_HUB]:
        wrong += _of_another_hub(outcome, lines)
    else:
        wrong += _of_this_hub(outcome, judgement, lines)
    if "Traceback" in outcome.logs:
        wrong.append("a traceback in the logs:\n" + outcome.logs[outcome.logs.index("Traceback") :][:2000])
    return lines + [f"WRONG      {line}" for line in wrong], not wrong


def _of_another_hub(outcome: Outcome, lines: list[str]) -> Iterator[str]:
    """The hub was made anew while the run was on: nothing counts as arrived, and nothing as lost."""
    assert outcome.summary is not None
    delivery = outcome.summary["delivery"]
    lines.append(f"verify     {delivery and delivery['error']}")
    if delivery is None or "this is another hub" not in (delivery["error"] or ""):
        yield "the run does not say that its hub was made anew"
    elif delivery["arrived"] or delivery["lost"] is not None:
        yield f"of a hub that is gone {delivery['arrived']:,} count as arrived, and {delivery['lost']} as lost"
    if outcome.exit_code != 1:
        yield f"the run ended with exit code {outcome.exit_code}, and was not verifiable"
    if outcome.later is not None:
        yield from _says(outcome.later.said, outcome.later.exit_code, 1, "this is another hub")


def _of_this_hub(outcome: Outcome, judgement: Judgement, lines: list[str]) -> Iterator[str]:
    """The ledger, the hub's files and `verify` agree to the transaction, at the end of the run and later."""
    assert outcome.summary is not None
    counts, delivery = outcome.summary["transactions"], outcome.summary["delivery"]
    arrived = outcome.arrivals
    lines += [
        f"hub        {arrived.total:,} events, {arrived.duplicates:,} that repeat another on purpose,"
        f" {arrived.foreign:,} of others; {judgement.explained:,} a second time as explained;"
        f" of {judgement.unknown:,} unknown ones {judgement.unknown_arrived:,} arrived,"
        f" {judgement.unknown - judgement.unknown_arrived:,} did not",
        f"its files  {judgement.lost:,} lost, {judgement.unexplained:,} duplicated without a reason,"
        f" {judgement.unexpected:,} unexpected",
        *judgement.examples[:10],
    ]
    if not judgement.agrees:
        yield "the ledger and the hub's files do not agree"
    if len(outcome.signals) > 1:
        yield from _given_up(outcome, lines)
    elif delivery is None or delivery["error"]:
        yield f"the run did not verify its delivery: {delivery and delivery['error']}"
    else:
        lines.append(
            f"verify     {delivery['lost']:,} lost, {delivery['duplicated']:,} duplicated, {delivery['unexpected']:,}"
            f" unexpected, {delivery['unknown_arrived']:,} unknown ones arrived; {delivery['foreign']:,} of others,"
            f" {delivery['unreadable']:,} of them unreadable; {delivery['seconds']:.0f} s"
        )
        yield from _disagreements(delivery, counts, judgement)
        yield from _ends_otherwise(outcome)
    if outcome.later is not None:
        after = "AFTER THE LAST REPORT" in outcome.later.said
        lines.append(f"later      exit code {outcome.later.exit_code}: {outcome.later.said.splitlines()[1:2]}")
        words = f"all {counts['acked']:,} acknowledged transactions"
        yield from _says(outcome.later.said, outcome.later.exit_code, int(after), words)
    if outcome.anew is not None:
        yield from _says(outcome.anew.said, outcome.anew.exit_code, 1, "not verifiable: this is another hub")


def _given_up(outcome: Outcome, lines: list[str]) -> Iterator[str]:
    """Two signals while it verified: it says so, and calls nothing lost."""
    assert outcome.summary is not None
    delivery = outcome.summary["delivery"]
    lines.append(f"verify     {delivery and delivery['error']}")
    if delivery is None or not (delivery["error"] or "").startswith("not verif"):
        yield "the run does not say that it was not verified"
    elif delivery["lost"] is not None:
        yield f"verify was given up, and says lost {delivery['lost']:,}"
    if outcome.exit_code != 1:
        yield f"verify was given up, and the exit code is {outcome.exit_code}"


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


def _says(said: str, code: int, expected: int, words: str) -> Iterator[str]:
    """What `paysim verify` must say afterwards, where nothing is lost."""
    if code != expected or words not in said or "LOST" in said:
        yield f"`paysim verify` ends with {code}, not {expected}, and says:\n{said}"


def _disagreements(delivery: dict[str, Any], counts: dict[str, int], judgement: Judgement) -> Iterator[str]:
    """Where `verify`, the ledger and the second opinion say different things."""
    for name, theirs in (
        ("lost", judgement.lost),
        ("duplicated", judgement.unexplained),
        ("unexpected", judgement.unexpected),
        ("explained_duplicates", judgement.explained),
        ("unknown_arrived", judgement.unknown_arrived),
    ):
        if delivery[name] != theirs:
            yield f"verify says {name} {delivery[name]:,}, the hub's files {theirs:,}"
    if delivery["out_of_order"]:
        yield f"{delivery['out_of_order']:,} out of order, where order is promised"
    acked = delivery["arrived"] - delivery["unknown_arrived"] - delivery["unexpected"] + delivery["lost"]
    for whose, found in (("verify", acked), ("the second opinion", judgement.acked)):
        if found != counts["acked"]:
            yield f"{whose} found {found:,} acknowledged ones, the ledger has {counts['acked']:,}"
