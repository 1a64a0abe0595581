"""The matcher: what was sent against what came out of each stage. No I/O and no clock; not for several threads at once.

The label of a transaction says at which stages it is *expected*: a good one where good ones go, one that breaks the
contract where bad ones go. One that came to the wrong stage is *misjudged* there, and does not count as missing
besides.

Order decides whether a transaction that did not come is *missing* or *under way*. A pipeline handles a partition of the
source hub in its order, so a transaction is overtaken once a later one of its partition came to the stage some time
ago: then it is missing. What nobody has overtaken may still come; a pipeline that has stopped looks like that, too. The
last ones of a partition are missing only where a consumer group is known to have gone past the end of the run
(`passed`).
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from paysim.contract.identity import MAX_SEQUENCE
from paysim.delivery import arrivals
from paysim.delivery.sequence_set import Seen

from . import records
from .histogram import Histogram
from .stage_state import Expects, StageCount, StageState
from .under_way import BAD, EITHER, RECORDED, REPEATED, UNCERTAIN, Chunk, UnderWay

MOST_UNDER_WAY = 2_000_000
"""At most so many transactions are kept at a time, some 60 bytes each. Those beyond are not measured."""
MOST_EXCEPTIONS = 1_000_000
"""At most so many different transactions are kept as copies, and as misjudged, of each stage."""


class Matcher:
    """Stages are numbered in the order given; the source hub, where it is read, has the number `source`."""

    def __init__(
        self, run: int, stages: Sequence[tuple[str, Expects]], *, reads_source: bool, most: int = MOST_UNDER_WAY
    ) -> None:
        """run: its number. stages: name and what each expects. most: transactions under way that are kept."""
        self._run = run
        self.stages = [StageState(name, expects) for name, expects in stages]
        self.source = len(stages) if reads_source else None
        if reads_source:
            self.stages.append(StageState("in the hub", "all"))
        self.under_way = UnderWay(len(self.stages), most)
        self._bad: dict[int, Seen] = {}
        self._again: Counter[int] = Counter()
        self._resent: dict[int, Seen] = {}
        self.judged_from_us = 0
        """When the warm-up is over, in Unix microseconds."""
        self.acknowledged = Histogram()
        self.acked = self.unknown = self.not_measured = 0
        """Transactions; not_measured: those that found no room among what is under way."""

    # What was sent

    def sent(self, rows: np.ndarray) -> None:
        """rows: as `records.rows` gives them."""
        kinds = rows[:, 0]
        self.not_measured += int(rows[kinds == records.DROPPED, 3].sum())
        for producer in np.unique(rows[:, 1]).tolist():
            mine = rows[:, 1] == producer
            for kind in (records.BAD, records.EITHER, records.AGAIN, records.RESENT):
                if (chosen := mine & (kinds == kind)).any():
                    self._labelled(producer, kind, _expanded(rows[chosen])[0])
            if (chosen := mine & (kinds <= records.UNKNOWN)).any():
                self._sent(producer, *_expanded(rows[chosen]))

    def _labelled(self, producer: int, kind: int, sequences: np.ndarray) -> None:
        if kind == records.AGAIN:
            keys = (producer * MAX_SEQUENCE + sequences).tolist()
            self._again.update(keys)
            for stage in self.stages:
                if stage.expects == "bad":  # what came there may be the copy
                    stage.wrong.difference_update(keys)
            self._note(producer, sequences, REPEATED)
            return
        if kind == records.RESENT:
            self._resent.setdefault(producer, Seen()).add(sequences)
            return
        if kind == records.BAD:
            self._bad.setdefault(producer, Seen()).add(sequences)
        self._note(producer, sequences, BAD if kind == records.BAD else EITHER)

    def _note(self, producer: int, sequences: np.ndarray, state: int) -> None:
        for chunk, _, index in self.under_way.find(producer, sequences):
            chunk.state[index] |= state

    def _sent(
        self, producer: int, sequences: np.ndarray, kinds: np.ndarray, intended: np.ndarray, acked: np.ndarray
    ) -> None:
        lost = kinds == records.UNKNOWN
        self.unknown += int(np.count_nonzero(lost))
        self.acked += len(sequences) - int(np.count_nonzero(lost))
        self.acknowledged.add((acked - intended)[~lost])
        for chunk, at, index in self.under_way.find(producer, sequences, no_room=self._cannot_keep):
            fresh = (chunk.state[index] & RECORDED) == 0
            at, index = at[fresh], index[fresh]
            chunk.state[index] |= np.where(lost[at], RECORDED | UNCERTAIN, RECORDED).astype(np.uint8)
            chunk.intended[index], chunk.acked[index] = intended[at], acked[at]
            for number, stage in enumerate(self.stages):
                expected = stage.belongs(chunk.state[index])
                stage.expected += int(np.count_nonzero(expected))
                there = chunk.came[number, index] != 0
                if there.any():
                    self._counted(stage, chunk, index[there], number)
            self._let_go(chunk)

    # What came

    def came(
        self,
        number: int,
        ids: np.ndarray,
        stamps_us: np.ndarray,
        partition: int = -1,
        places: np.ndarray | None = None,
        *,
        again: bool = True,
    ) -> None:
        """Ids came out of a stage.

        ids: n × 2 halves. stamps_us: when each came, in Unix microseconds by our clock. partition, places: of the
        source hub only, the partition and the sequence number of each in it. again: whether an id that has come before
        is a copy; False where rows are read a second time.
        """
        stage = self.stages[number]
        found = arrivals.of_run(ids, self._run)
        if again:
            stage.foreign += len(ids) - len(found)
        stamps = stamps_us[found.positions]
        place = None if places is None else places[found.positions]
        for producer in np.unique(found.producers).tolist():
            mine = found.producers == producer
            sequences, chosen = found.sequences[mine], None if place is None else place[mine]
            if not again:
                mine, sequences = self._first_time(number, producer, mine, sequences)
            if len(sequences):
                self._came(number, producer, sequences, stamps[mine], partition, chosen)

    def _first_time(
        self, number: int, producer: int, mine: np.ndarray, sequences: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of the positions `mine` those that have not come to a stage yet, and their sequences."""
        positions = np.flatnonzero(mine)
        first = np.zeros(len(sequences), bool)
        for chunk, at, index in self.under_way.find(producer, sequences):
            first[at] = chunk.came[number, index] == 0
        return positions[first], sequences[first]

    def _came(
        self,
        number: int,
        producer: int,
        sequences: np.ndarray,
        stamps: np.ndarray,
        partition: int,
        places: np.ndarray | None,
    ) -> None:
        stage = self.stages[number]
        unique, first = np.unique(sequences, return_index=True)
        if len(unique) < len(sequences):
            again = np.ones(len(sequences), bool)
            again[first] = False
            self._copied(stage, producer, sequences[again])
        sequences, stamps = unique, stamps[first]
        places = None if places is None else places[first]

        def came_again(those: np.ndarray) -> None:
            self._came_again(number, producer, those)

        for chunk, at, index in self.under_way.find(producer, sequences, through=came_again):
            fresh = chunk.came[number, index] == 0
            if not fresh.all():
                self._copied(stage, producer, sequences[at[~fresh]])
                at, index = at[fresh], index[fresh]
            chunk.came[number, index] = np.maximum(stamps[at], 1)
            stage.arrived += len(at)
            if places is not None:
                chunk.partition[index], chunk.place[index] = partition, places[at]
            self._hopped(chunk, index, number)
            recorded = (chunk.state[index] & RECORDED) != 0
            if recorded.any():
                self._counted(stage, chunk, index[recorded], number)
            self._let_go(chunk)

    def _hopped(self, chunk: Chunk, index: np.ndarray, number: int) -> None:
        """Count the latency of the hop from the source hub to a stage, of those that are known to be in both now."""
        if self.source is None:
            return
        others = range(len(self.stages) - 1) if number == self.source else (number,)
        for other in others:
            both = index[(chunk.came[other, index] != 0) & (chunk.came[self.source, index] != 0)]
            if len(both):
                stage = self.stages[other]
                stage.hop.add(chunk.came[other, both] - chunk.came[self.source, both])
                stage.mark(chunk.partition[both], chunk.place[both])

    def _counted(self, stage: StageState, chunk: Chunk, index: np.ndarray, number: int) -> None:
        """Count these of a stage: now it is known both that they were sent and that they came."""
        state, came = chunk.state[index], chunk.came[number, index]
        latencies = came - chunk.intended[index]
        stage.end_to_end.add(latencies)
        stage.judged.add(latencies[chunk.intended[index] >= self.judged_from_us])
        stage.fastest_us = min(stage.fastest_us, float(latencies.min()))
        if self.source is None:
            stage.hop.add(came - chunk.acked[index])
        right = stage.belongs(state)
        stage.right += int(np.count_nonzero(right))
        if (wrong := stage.strays(state)).any() and len(stage.wrong) < MOST_EXCEPTIONS:
            stage.wrong.update((chunk.base + chunk.offsets[index[wrong]]).tolist())

    def _copied(self, stage: StageState, producer: int, sequences: np.ndarray) -> None:
        if len(stage.copies) < MOST_EXCEPTIONS:
            stage.copies.update((producer * MAX_SEQUENCE + sequences).tolist())

    def _came_again(self, number: int, producer: int, sequences: np.ndarray) -> None:
        """These came to a stage once more, when nothing was kept of them any more."""
        stage = self.stages[number]
        bad = self._bad[producer].contains(sequences) if producer in self._bad else np.zeros(len(sequences), bool)
        wrong = {"good": bad, "bad": ~bad, "all": np.zeros(len(sequences), bool), None: bad & False}[stage.expects]
        self._copied(stage, producer, sequences[~wrong])
        keys = (producer * MAX_SEQUENCE + sequences[wrong]).tolist()
        if len(stage.wrong) < MOST_EXCEPTIONS:
            stage.wrong.update(key for key in keys if key not in self._again)

    def _cannot_keep(self, count: int) -> None:
        self.not_measured += count

    def _let_go(self, chunk: Chunk) -> None:
        """What is known to be everywhere where it belongs needs no row any more."""
        state = chunk.state
        through = (state & (RECORDED | EITHER | UNCERTAIN)) == RECORDED
        for number, stage in enumerate(self.stages):
            through &= (chunk.came[number] != 0) | ~stage.belongs(state)
        self.under_way.let_go(chunk, through)

    # What it comes to

    def fastest(self, number: int) -> float:
        """The least latency of a stage since this was last asked, in µs; it is below zero where a clock is behind."""
        stage = self.stages[number]
        fastest, stage.fastest_us = stage.fastest_us, math.inf
        return fastest

    def look(self, now: float) -> None:
        """Note how far each stage is now. now: in seconds of any clock that does not go back."""
        for stage in self.stages:
            stage.look(now)

    def count(self, number: int, *, passed: bool = False) -> StageCount:
        """The counts of a stage now. passed: whether the pipeline is known to have gone past all that was sent."""
        stage = self.stages[number]
        missing = under_way = 0
        oldest: int | None = None
        for chunk in self.under_way:
            if len(chunk):
                absent = self._absent(chunk, number)
                gone = absent if passed else absent & stage.overtaken(chunk)
                missing += int(np.count_nonzero(gone))
                if (waiting := absent & ~gone).any():
                    under_way += int(np.count_nonzero(waiting))
                    first = int(chunk.intended[waiting].min())
                    oldest = first if oldest is None else min(first, oldest)
        return StageCount(
            stage.expected,
            stage.arrived,
            stage.right,
            missing,
            under_way,
            self._duplicates(stage),
            len(stage.wrong),
            stage.foreign,
            oldest,
        )

    def _absent(self, chunk: Chunk, number: int) -> np.ndarray:
        """Which of a chunk are expected at a stage, and have come neither there nor to a stage where they are wrong."""
        absent: np.ndarray = self.stages[number].belongs(chunk.state) & (chunk.came[number] == 0)
        for other, stage in enumerate(self.stages):
            if other != number and stage.expects in ("good", "bad"):
                absent = absent & ~((chunk.came[other] != 0) & stage.strays(chunk.state))
        return absent

    def unrecorded(self, number: int) -> int:
        """How many came to a stage that no sender has told of."""
        return sum(
            int(np.count_nonzero(((chunk.state & RECORDED) == 0) & (chunk.came[number] != 0)))
            for chunk in self.under_way
        )

    def _duplicates(self, stage: StageState) -> int:
        more = 0
        for key, times in stage.copies.items():
            producer, sequence = divmod(key, MAX_SEQUENCE)
            resent = self._resent.get(producer)
            if resent is None or not resent.contains(np.array([sequence]))[0]:
                more += max(0, times - self._again.get(key, 0))
        return more


def _expanded(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows of one producer as columns, a row a transaction: sequence, kind, intended, acknowledged."""
    counts = rows[:, 3]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return (
        np.repeat(rows[:, 2], counts) + within,
        np.repeat(rows[:, 0], counts),
        np.repeat(rows[:, 4], counts),
        np.repeat(rows[:, 5], counts),
    )
