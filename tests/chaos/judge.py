"""The ledger held against what is stored. Pure: a summary and arrivals in, a judgement out."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .oracle import Arrivals


@dataclass
class Judgement:
    """Transactions of each sort; the first three must be none."""

    lost: int = 0  # acked, not there
    unexplained: int = 0  # arrivals too many, of what was acked at the first attempt
    unexpected: int = 0  # surely failed or never handed out, and there
    explained: int = 0  # arrivals too many, of an attempt whose outcome was lost
    acked: int = 0
    failed: int = 0
    unknown: int = 0
    unknown_arrived: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not (self.lost or self.unexplained or self.unexpected)


def judge(summary: dict[str, Any], arrivals: Arrivals) -> Judgement:
    """Every producer of the summary, and every one that arrived, number by number."""
    judgement = Judgement()
    ledgers = {producer["producer"]: producer for producer in summary["producers"]}
    for number in sorted(ledgers.keys() | set(arrivals.producers)):
        _judge(number, ledgers.get(number), arrivals, judgement)
    return judgement


def _judge(number: int, ledger: dict[str, Any] | None, arrivals: Arrivals, judgement: Judgement) -> None:
    handed_out = ledger["next_sequence"] if ledger else 0
    _judge_copies(number, ledger, arrivals, judgement)
    counts = arrivals.of(number, handed_out)
    failed, unknown, resent = (_mask(len(counts), ledger, name) for name in ("failed", "unknown", "resent"))
    beyond = np.arange(len(counts)) >= handed_out
    if ledger is not None and ledger.get("silent"):
        # What a killed worker handed out after its last report: nobody knows of it, but it is no surprise.
        unknown |= beyond & (counts > 0)
    acked = ~(failed | unknown | beyond)
    lost = acked & (counts == 0)
    twice = np.where(counts > 1, counts - 1, 0)
    unexplained = np.where(acked & ~resent, twice, 0)
    unexpected = (failed | (beyond & ~unknown)) & (counts > 0)
    judgement.lost += int(lost.sum())
    judgement.unexplained += int(unexplained.sum())
    judgement.unexpected += int(unexpected.sum())
    judgement.explained += int(twice.sum() - unexplained.sum())
    judgement.acked += int(acked.sum())
    judgement.failed += int(failed.sum())
    judgement.unknown += int(unknown.sum())
    judgement.unknown_arrived += int((unknown & (counts > 0)).sum())
    for name, found in (("lost", lost), ("twice", unexplained > 0), ("unexpected", unexpected)):
        judgement.examples += [f"{name}: producer {number} sequence {at}" for at in np.flatnonzero(found)[:3]]


def _judge_copies(number: int, ledger: dict[str, Any] | None, arrivals: Arrivals, judgement: Judgement) -> None:
    """What scenarios sent again, one number after the other."""
    sent = {
        outcome: {n: times for first, last, times in ranges for n in range(first, last + 1)}
        for outcome, ranges in (ledger or {}).get("repeated", {}).items()
    }
    counts = arrivals.of(number, 0, duplicate=True)
    numbers = set(np.flatnonzero(counts).tolist()).union(*sent.values())
    for n in numbers:
        there = int(counts[n]) if n < len(counts) else 0
        acked, failed, unknown, resent = (
            sent.get(outcome, {}).get(n, 0) for outcome in ("acked", "failed", "unknown", "resent")
        )
        judgement.acked += acked
        judgement.failed += failed
        judgement.unknown += unknown
        if there < acked:
            judgement.lost += acked - there
            judgement.examples.append(f"lost: a copy of producer {number} sequence {n}")
        more = max(0, there - acked)
        judgement.unknown_arrived += min(more, unknown)
        more -= min(more, unknown)
        if unknown or resent:
            judgement.explained += more
        elif ledger is not None and ledger.get("silent"):
            judgement.unknown_arrived += more
        elif more:
            unexpected = min(more, failed) if acked else more
            judgement.unexpected += unexpected
            judgement.unexplained += more - unexpected
            judgement.examples.append(f"{more} too many: a copy of producer {number} sequence {n}")


def _mask(size: int, ledger: dict[str, Any] | None, name: str) -> np.ndarray:
    mask = np.zeros(size, bool)
    for start, end in (ledger or {}).get(name, []):
        mask[start : end + 1] = True
    return mask
