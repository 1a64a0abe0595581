"""Reconciling: what the producers say of their transactions, held against the ids that arrived. Pure, no I/O.

Arrivals go in as they come, from several partitions in any mixture, and cost memory only for the gaps between them
(`sequence_set`). The ledgers come at the end, and only then is it decided what a missing or a repeated number means:

acked and absent                      lost
there more than once                  duplicated, unless its outcome was ever in doubt: then it is explained
failed, or never handed out, and there   unexpected
unknown and there                     unknown_arrived

The same holds for each copy that a scenario sent, by the number that it repeats (`repeats`).

Numbers from `next_sequence` of a silent producer on may have been handed out after its last report: they are counted as
unknown too (`after_last_report`), never as unexpected.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from hdrh.histogram import HdrHistogram

from paysim.summary.delivery import Delay, ProducerRecord

from . import arrivals, repeats
from .ranges import Ranges
from .repeats import OUTCOMES
from .sequence_set import BITS, SIZE, Copies, Seen

LISTED = 100
"""At most so many ranges of each kind of finding are listed; counts are not limited."""
_DAY_MS = 86_400_000


@dataclass
class ProducerAccount:
    """What a producer's ledger says, as the summary has it (`producers`)."""

    next_sequence: int = 0
    failed: Ranges = field(default_factory=Ranges)
    unknown: Ranges = field(default_factory=Ranges)
    resent: Ranges = field(default_factory=Ranges)
    sent_again: dict[str, Copies] = field(default_factory=lambda: {outcome: Copies() for outcome in OUTCOMES})
    """Outcome → the copies that were sent on purpose and had it."""
    silent: bool = False
    optional: Seen = field(default_factory=Seen)
    """Acknowledged transactions that need not be there."""
    repeated: Seen = field(default_factory=Seen)
    """Transactions that may be there more than once."""

    @classmethod
    def of(cls, producer: ProducerRecord) -> "ProducerAccount":
        return cls(
            producer.next_sequence,
            Ranges(producer.failed),
            Ranges(producer.unknown),
            Ranges(producer.resent),
            repeats.read(producer.repeated),
            producer.silent,
        )


@dataclass
class Findings:
    """What was found. arrived: each transaction once, and each copy that a scenario sent.

    acked = arrived − unknown_arrived − unexpected + lost. duplicated, explained: copies too many. out_of_order: None
    where no order is promised. foreign: events of others; unreadable: those of them that could not be read.
    ranges: kind → (producer, first sequence, last sequence), the first LISTED.
    """

    acked: int = 0
    arrived: int = 0
    lost: int = 0
    duplicated: int = 0
    explained: int = 0
    unexpected: int = 0
    unknown_arrived: int = 0
    after_last_report: int = 0
    out_of_order: int | None = None
    foreign: int = 0
    unreadable: int = 0
    delay_ms: Delay | None = None
    ranges: dict[str, list[list[int]]] = field(default_factory=dict)

    def count(self, kind: str, producer: int, base: int, counts: np.ndarray) -> int:
        """Count and list numbers that were found several times. counts: how often each, beginning with `base`."""
        self.note(kind, producer, base, counts > 0)
        return int(counts.sum())

    def note(self, kind: str, producer: int, base: int, bits: np.ndarray) -> int:
        """Count the numbers that are set, and list them; `base` is the number of the first bit."""
        count = int(np.count_nonzero(bits))
        listed = self.ranges.setdefault(kind, [])
        if count and len(listed) < LISTED:
            edges = np.flatnonzero(np.diff(bits.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
            for start, end in edges[: LISTED - len(listed)].tolist():
                if listed and listed[-1][0] == producer and listed[-1][2] == base + start - 1:
                    listed[-1][2] = base + end - 1
                else:
                    listed.append([producer, base + start, base + end - 1])
        return count


class _Track:
    """What arrived of one producer."""

    def __init__(self) -> None:
        self.there = Seen()
        self.again = Copies()  # those that were there already
        self.labelled = Copies()  # those that say that they repeat another
        self.behind = Seen()  # came after a later one of the same partition
        self.newest: dict[str, int] = {}  # by partition

    def add(self, sequences: np.ndarray) -> np.ndarray:
        """Take these over. Returns for each whether its number is new."""
        new = self.there.add(sequences)
        self.again.add(sequences[~new])
        return new

    def order(self, partition: str, sequences: np.ndarray) -> None:
        if len(sequences):
            newest = np.maximum.accumulate(np.concatenate(([self.newest.get(partition, -1)], sequences)))
            self.newest[partition] = int(newest[-1])
            self.behind.add(sequences[sequences < newest[:-1]])


class Reconciler:
    """Takes arrivals of one run; `findings` may be asked for at any time."""

    def __init__(
        self, run: int, *, ordered: bool = False, made: Mapping[int, tuple[float, float]] | None = None
    ) -> None:
        """run: its number. ordered: whether what a producer sends to a partition has to arrive in its order.

        made: producer → the first and the last millisecond in its ids. It is needed where only the id says of which run
        a transaction is: there are half a million run numbers, and another run may have had the same.
        """
        self._run, self._ordered, self._made = run, ordered, made
        self._tracks: dict[int, _Track] = {}
        self._delays = HdrHistogram(1, _DAY_MS, 3)
        self.foreign = self.unreadable = 0

    def add(
        self,
        ids: np.ndarray,
        partition: str = "",
        enqueued: np.ndarray | None = None,
        duplicates: np.ndarray | None = None,
    ) -> None:
        """Ids as they came out of a partition: n × 2 halves. enqueued: when each was stored, Unix milliseconds.

        duplicates: which of them carry a label that says that they repeat an id on purpose.
        """
        found = arrivals.of_run(ids, self._run)
        if self._made:
            found = found.within(self._made)
        self.foreign += len(ids) - len(found)
        producers, sequences = found.producers, found.sequences
        first = np.zeros(len(found), bool)
        labelled = None if duplicates is None else duplicates[found.positions]
        for producer in np.unique(producers).tolist():
            track = self._tracks.setdefault(producer, _Track())
            mine = producers == producer
            if labelled is not None:
                track.labelled.add(sequences[mine & labelled])
                mine &= ~labelled
            new = track.add(sequences[mine])
            first[mine] = new
            if self._ordered:
                track.order(partition, sequences[mine][new])
        if enqueued is not None:
            self._note_delays(enqueued[found.positions][first] - found.milliseconds[first])

    def _note_delays(self, delays: np.ndarray) -> None:
        # Clocks of two machines may differ: what seems to arrive before it was made counts as arrived at once.
        values, counts = np.unique(np.clip(delays, 0, _DAY_MS), return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            self._delays.record_value(value, count)

    def findings(
        self,
        producers: Sequence[ProducerRecord],
        optional: Mapping[int, Seen] | None = None,
        repeated: Mapping[int, Seen] | None = None,
    ) -> Findings:
        """What is found so far. producers: those of the summary. Now and then it lets other greenlets run.

        optional, repeated: by producer, acknowledged ones that are not lost where they are missing, and ones whose
        copies are explained.
        """
        findings = Findings(out_of_order=0 if self._ordered else None, delay_ms=self._delay_ms())
        findings.foreign, findings.unreadable = self.foreign, self.unreadable
        accounts = {producer.producer: ProducerAccount.of(producer) for producer in producers}
        for producer, numbers in (optional or {}).items():
            accounts.setdefault(producer, ProducerAccount()).optional = numbers
        for producer, numbers in (repeated or {}).items():
            accounts.setdefault(producer, ProducerAccount()).repeated = numbers
        for producer in sorted(accounts.keys() | self._tracks.keys()):
            account, track = accounts.get(producer, ProducerAccount()), self._tracks.get(producer, _Track())
            chunks = set(range(-(-account.next_sequence // SIZE))).union(track.there.chunks(), track.labelled.chunks())
            for chunk in sorted(chunks.union(*(copies.chunks() for copies in account.sent_again.values()))):
                _judge_chunk(findings, producer, account, track, chunk)
                _judge_sent_again(findings, producer, account, track, chunk)
                time.sleep(0)
        return findings

    def there(self, producer: int, sequences: np.ndarray) -> np.ndarray:
        """Which of these sequence numbers of a producer arrived, as booleans."""
        track = self._tracks.get(producer)
        return np.zeros(len(sequences), bool) if track is None else track.there.contains(sequences)

    def copies(self, producer: int, sequences: np.ndarray) -> np.ndarray:
        """How often each of these sequence numbers arrived beyond the first time."""
        track = self._tracks.get(producer)
        return np.zeros(len(sequences), np.int64) if track is None else track.again.of(sequences)

    def _delay_ms(self) -> Delay | None:
        histogram = self._delays
        if not histogram.total_count:
            return None
        p50, p99 = (float(histogram.get_value_at_percentile(at)) for at in (50, 99))
        return Delay(p50=p50, p99=p99, max=float(histogram.get_max_value()))


def _judge_chunk(findings: Findings, producer: int, account: ProducerAccount, track: _Track, chunk: int) -> None:
    base = chunk << BITS
    handed_out = min(max(account.next_sequence - base, 0), SIZE)
    failed, unknown = account.failed.mask(base, SIZE), account.unknown.mask(base, SIZE)
    plain = failed is None and unknown is None and handed_out == SIZE
    if plain and track.there.complete(chunk):
        findings.acked += SIZE
        findings.arrived += SIZE
        acked = np.ones(SIZE, bool)
        doubtful = np.zeros(SIZE, bool)
    else:
        nobody = np.zeros(SIZE, bool)
        failed = nobody if failed is None else failed
        doubtful = nobody.copy() if unknown is None else unknown
        after = np.arange(SIZE) >= handed_out
        acked = ~(after | failed | doubtful)
        if account.optional.holds(chunk):
            acked &= ~account.optional.bits(chunk) | track.there.bits(chunk)
        there = track.there.bits(chunk)
        findings.acked += int(np.count_nonzero(acked))
        findings.arrived += int(np.count_nonzero(there))
        findings.lost += findings.note("lost", producer, base, acked & ~there)
        unexpected = there & failed
        if account.silent:
            findings.after_last_report += int(np.count_nonzero(there & after))
            doubtful |= after
        else:
            unexpected |= there & after
        findings.unexpected += findings.note("unexpected", producer, base, unexpected)
        findings.unknown_arrived += int(np.count_nonzero(there & doubtful))
    if track.again.holds(chunk):
        resent = account.resent.mask(base, SIZE)
        explained = (doubtful if resent is None else doubtful | resent) | account.repeated.bits(chunk)
        copies = track.again.counts(chunk)
        findings.explained += int(copies[explained].sum())
        findings.duplicated += findings.count("duplicated", producer, base, np.where(explained, 0, copies))
    if findings.out_of_order is not None and track.behind.holds(chunk):
        findings.out_of_order += findings.note("out_of_order", producer, base, track.behind.bits(chunk) & acked)


def _judge_sent_again(findings: Findings, producer: int, account: ProducerAccount, track: _Track, chunk: int) -> None:
    """Each copy that a scenario sent, and each that says it is one."""
    if not (track.labelled.holds(chunk) or any(copies.holds(chunk) for copies in account.sent_again.values())):
        return
    base, there = chunk << BITS, track.labelled.counts(chunk)
    acked, failed, unknown, resent = (account.sent_again[outcome].counts(chunk) for outcome in OUTCOMES)
    found, more = np.minimum(there, acked), np.maximum(there - acked, 0)
    arrived = np.minimum(more, unknown)
    more -= arrived
    explained = np.where((unknown > 0) | (resent > 0), more, 0)
    more -= explained
    after = more if account.silent else np.zeros_like(more)
    more = more - after
    # A failed copy that is there is not expected, and neither is one of a transaction that was never sent again.
    unexpected = np.where(acked > 0, np.minimum(more, failed), more)
    findings.acked += int(acked.sum())
    findings.lost += findings.count("lost", producer, base, acked - found)
    findings.unknown_arrived += int(arrived.sum() + after.sum())
    findings.after_last_report += int(after.sum())
    findings.explained += int(explained.sum())
    findings.unexpected += findings.count("unexpected", producer, base, unexpected)
    findings.duplicated += findings.count("duplicated", producer, base, more - unexpected)
    findings.arrived += int(found.sum() + arrived.sum() + after.sum() + unexpected.sum())
