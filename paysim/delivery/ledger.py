"""The ledger: what one producer sent in one run, and what became of it.

Only exceptions cost memory: what is neither failed, unknown nor open below `next_sequence` was acknowledged, so 10⁹
acknowledged transactions take no more than ten. The exceptions are kept as ranges of sequence:

failed    surely not stored
unknown   the outcome was lost: stored or not, and, where it was sent again, perhaps more than once
resent    acknowledged after an attempt whose outcome was lost: stored at least once
open      on their way; where the producer dies, these become unknown

What a scenario sends once more (`duplicate`, `redelivery`) has the id of another transaction, so it has no sequence of
its own: such copies are counted here, and noted by the number that they repeat (`repeats`).
"""

from collections import Counter

from paysim.contract.identity import sequence_of
from paysim.contract.labels import SCENARIOS, repeats
from paysim.summary.delivery import Duplicates, ProducerRecord
from paysim.summary.model import OutcomeCounts
from paysim.transactions.batch import Batch
from paysim.transactions.scenarios.second_messages import SecondMessage

from .ledger_account import LedgerAccount, OpenSends
from .ranges import Ranges
from .repeats import Noted


class Tally:
    """Counts of one payment method."""

    __slots__ = ("acked", "bytes", "failed", "unknown")

    def __init__(self, acked: int = 0, failed: int = 0, unknown: int = 0, bytes: int = 0) -> None:
        self.acked, self.failed, self.unknown, self.bytes = acked, failed, unknown, bytes

    def __iadd__(self, other: "Tally") -> "Tally":
        self.acked += other.acked
        self.failed += other.failed
        self.unknown += other.unknown
        self.bytes += other.bytes
        return self

    def counts(self) -> OutcomeCounts:
        return OutcomeCounts(acked=self.acked, failed=self.failed, unknown=self.unknown, bytes=self.bytes)


class Sent:
    """Batches of one payment method that were sent together: those of their transactions that have no outcome yet."""

    __slots__ = ("_batches", "_ids", "duplicates", "left", "method")

    def __init__(self, method: str) -> None:
        self.method = method
        self._batches: list[Batch] = []
        self._ids: set[bytes] | None = None  # made when a part has an outcome before the rest
        self.left = 0
        self.duplicates: Counter[int] | None = None  # the number that is repeated → how often

    def add(self, batch: Batch) -> None:
        """Add a batch, none of whose transactions has an outcome yet."""
        self._batches.append(batch)
        self.left += len(batch)
        if repeated := _repeated(batch):
            self.duplicates = self.duplicates or Counter()
            self.duplicates.update(repeated)

    def take_out(self, part: Batch) -> None:
        """A part of what was sent has its outcome."""
        self.left -= len(part)
        if self.left:
            if self._ids is None:
                self._ids = {each for batch in self._batches for each in _originals(batch)}
            self._ids.difference_update(_originals(part))
            if self.duplicates is not None:
                self.duplicates.subtract(_repeated(part))

    def add_to(self, ranges: Ranges) -> None:
        """Add the sequence numbers of what is open to `ranges`; copies have none of their own."""
        if self._ids is not None:
            ranges.update(sorted(map(sequence_of, self._ids)))
            return
        for batch in self._batches:
            ids = _originals(batch)
            # Nearly always a batch is one run of numbers. Looking at each would hold the event loop up: this is done
            # for every report, and thousands are open where acknowledgements take long.
            if ids and sequence_of(ids[-1]) - sequence_of(ids[0]) == len(ids) - 1 and ids == sorted(ids):
                ranges.add(sequence_of(ids[0]), sequence_of(ids[-1]))
            else:
                ranges.update(sorted(map(sequence_of, ids)))


def _begins_an_episode(batch: Batch, at: int, label: str) -> bool:
    """Whether it is the first of its episode with this label: that has its name, or the name of the good transaction
    that a second message comes after."""
    part = batch.episodes.get(at)
    return part is None or part.episode == batch.ids[at] or isinstance(SCENARIOS.get(label), SecondMessage)


class Ledger:
    """What one producer sent in one run. `bytes` counts acknowledged bodies."""

    def __init__(self, producer: int) -> None:
        self.producer = producer
        self.next_sequence = 0
        self.generated = 0
        self.failed = Ranges()
        self.unknown = Ranges()
        self.resent = Ranges()
        self.duplicates = {"acked": 0, "failed": 0, "unknown": 0, "resent": 0}
        self.repeats = Noted()
        self.made: list[int] | None = None  # the first and the last millisecond that stand in ids
        self.methods: dict[str, Tally] = {}
        self.violations: dict[str, int] = {}
        self.episodes: dict[str, int] = {}
        self._sent: set[Sent] = set()

    def hand_out(self, batch: Batch, next_sequence: int, sent: Sent | None = None) -> Sent:
        """A batch was generated and is on its way; `next_sequence` is the first number not yet used.

        sent: the batches that it goes together with.
        """
        self.generated += len(batch)
        self.next_sequence = next_sequence
        self._note_time(batch)
        for at, label in batch.labels.items():
            self.violations[label] = self.violations.get(label, 0) + 1
            if _begins_an_episode(batch, at, label):
                self.episodes[label] = self.episodes.get(label, 0) + 1
        if sent is None:
            sent = Sent(batch.method)
            self._sent.add(sent)
        sent.add(batch)
        return sent

    def _note_time(self, batch: Batch) -> None:
        # All of a batch are made in one millisecond, but for those that repeat others.
        latest = max(batch.ids) if batch.labels else batch.ids[-1]
        moment = int.from_bytes(latest[:6], "big")
        if self.made is None:
            self.made = [moment, moment]
        elif moment > self.made[1]:
            self.made[1] = moment
        elif moment < self.made[0]:
            self.made[0] = moment

    def acked(self, sent: Sent, part: Batch, size: int, *, maybe_twice: bool = False) -> None:
        """A part of a batch is stored; `maybe_twice`: an earlier attempt may have stored it too."""
        self._take_out(sent, part)
        tally = self._tally(part.method)
        tally.acked += len(part)
        tally.bytes += size
        if part.labels or maybe_twice:
            self._count("acked", part)
            if maybe_twice:
                self._count("resent", part)
                self.resent.update(map(sequence_of, _originals(part)))

    def not_acked(self, sent: Sent, part: Batch, *, unknown: bool) -> None:
        """A part of a batch surely failed, or its outcome was lost (`unknown`)."""
        self._take_out(sent, part)
        tally = self._tally(part.method)
        if unknown:
            tally.unknown += len(part)
        else:
            tally.failed += len(part)
        self._count("unknown" if unknown else "failed", part)
        ranges = self.unknown if unknown else self.failed
        ranges.update(map(sequence_of, _originals(part)))

    def _take_out(self, sent: Sent, part: Batch) -> None:
        sent.take_out(part)
        if not sent.left:
            self._sent.discard(sent)

    def _count(self, outcome: str, part: Batch) -> None:
        if repeated := _repeated(part):
            self.duplicates[outcome] += len(repeated)
            self.repeats.note(outcome, repeated)

    def _tally(self, method: str) -> Tally:
        tally = self.methods.get(method)
        if tally is None:
            tally = self.methods[method] = Tally()
        return tally

    def account(self) -> LedgerAccount:
        """The ledger as plain data. Copies that have an outcome are not in it: `repeats` has them."""
        return LedgerAccount.model_construct(
            producer=self.producer,
            next_sequence=self.next_sequence,
            generated=self.generated,
            made=None if self.made is None else (self.made[0], self.made[1]),
            failed=[*self.failed],
            unknown=[*self.unknown],
            resent=[*self.resent],
            duplicates=Duplicates.model_validate(self.duplicates),
            open=self._open(),
            methods={method: tally.counts() for method, tally in self.methods.items()},
            violations=dict(self.violations),
            episodes=dict(self.episodes),
        )

    def record(self, repeated: dict[str, list[list[int]]], *, silent: bool = False) -> ProducerRecord:
        """As a summary has it. repeated: see `repeats.plain`. silent: whether the last report is missing."""
        return ProducerRecord.model_validate(
            {
                "producer": self.producer,
                "next_sequence": self.next_sequence,
                "made_ms": self.made,
                "failed": self.failed.lists(),
                "unknown": self.unknown.lists(),
                "resent": self.resent.lists(),
                "duplicates": self.duplicates,
                "repeated": repeated,
                "silent": silent,
            }
        )

    def _open(self) -> OpenSends:
        ranges, methods, duplicates = Ranges(), dict[str, int](), list[int]()
        for sent in self._sent:
            sent.add_to(ranges)
            methods[sent.method] = methods.get(sent.method, 0) + sent.left
            duplicates += (sent.duplicates or Counter()).elements()
        return OpenSends.model_construct(ranges=[*ranges], methods=methods, duplicates=sorted(duplicates))

    @classmethod
    def of(cls, account: LedgerAccount) -> "Ledger":
        """A ledger that is over: what was open in it has become unknown."""
        ledger = cls(account.producer)
        ledger.next_sequence = account.next_sequence
        ledger.generated = account.generated
        ledger.made = None if account.made is None else [*account.made]
        ledger.failed = Ranges(account.failed)
        ledger.unknown = Ranges(account.unknown)
        ledger.resent = Ranges(account.resent)
        ledger.duplicates = account.duplicates.model_dump()
        ledger.methods = {method: Tally(**counts.model_dump()) for method, counts in account.methods.items()}
        ledger.violations, ledger.episodes = dict(account.violations), dict(account.episodes)
        for start, end in account.open.ranges:
            ledger.unknown.add(start, end)
        for method, count in account.open.methods.items():
            ledger._tally(method).unknown += count
        ledger.duplicates["unknown"] += len(account.open.duplicates)
        return ledger


def _repeated(batch: Batch) -> list[int]:
    """The sequence numbers that a batch repeats, each as often as it does."""
    if not batch.labels:
        return []
    return [sequence_of(batch.ids[at]) for at, label in batch.labels.items() if repeats(label)]


def _originals(batch: Batch) -> list[bytes]:
    """The ids of a batch without those that repeat another's."""
    if not any(map(repeats, batch.labels.values())):
        return batch.ids
    return [each for at, each in enumerate(batch.ids) if not repeats(batch.labels.get(at))]
