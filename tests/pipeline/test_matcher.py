"""What was sent against what came out: counts, latencies, and who is missing."""

import numpy as np
import pytest

from paysim.contract.identity import Run
from paysim.pipeline import records
from paysim.pipeline.matcher import Matcher
from paysim.pipeline.stage_state import OVERTAKEN_SECONDS
from paysim.pipeline.stages.transaction_ids import halves
from tests.support.pipeline import RUN, SECOND, START, acked, id_of, ids_of, row

STORED, REJECTED, HUB = 0, 1, 2


def a_matcher(**more) -> Matcher:
    return Matcher(RUN.number, [("stored", "good"), ("rejected", "bad")], reads_source=True, **more)


def came(matcher: Matcher, stage: int, sequences, at: int = START + SECOND, producer: int = 0, **more) -> None:
    sequences = list(sequences)
    matcher.came(stage, ids_of(sequences, producer), np.full(len(sequences), at, np.int64), **more)


def in_the_hub(matcher: Matcher, sequences, partition: int = 0, at: int = START + SECOND // 2) -> None:
    sequences = list(sequences)
    came(matcher, HUB, sequences, at, partition=partition, places=np.array(sequences, np.int64))


def test_what_was_sent_and_came_is_counted_with_its_latency_from_intended_and_from_the_hub():
    matcher = a_matcher()
    acked(matcher, 0, 100)
    in_the_hub(matcher, range(100))
    came(matcher, STORED, range(100))
    count = matcher.count(STORED)
    assert (count.expected, count.arrived, count.right, count.missing, count.under_way) == (100, 100, 100, 0, 0)
    stage = matcher.stages[STORED]
    assert stage.end_to_end.percentile_ms(0.5) == pytest.approx(1000, rel=0.005)
    assert stage.hop.percentile_ms(0.5) == pytest.approx(500, rel=0.005)


@pytest.mark.parametrize("order", ["sent first", "came first", "stage before the hub"])
def test_the_order_in_which_watchers_and_senders_speak_does_not_matter(order):
    matcher = a_matcher()
    steps = {
        "sent": lambda: acked(matcher, 0, 10),
        "hub": lambda: in_the_hub(matcher, range(10)),
        "stored": lambda: came(matcher, STORED, range(10)),
    }
    orders = {
        "sent first": ("sent", "hub", "stored"),
        "came first": ("hub", "stored", "sent"),
        "stage before the hub": ("stored", "sent", "hub"),
    }
    for step in orders[order]:
        steps[step]()
    count = matcher.count(STORED)
    assert (count.expected, count.right, count.under_way) == (10, 10, 0)
    assert matcher.stages[STORED].end_to_end.count == matcher.stages[STORED].hop.count == 10


def test_what_has_no_record_is_not_measured():
    matcher = a_matcher()
    acked(matcher, 0, 10)
    matcher.sent(np.array([row(records.DROPPED, 0, 7), row(records.DROPPED, 0, 5)]))
    assert matcher.not_measured == 12
    assert matcher.count(STORED).expected == 10


def test_one_that_came_twice_is_a_duplicate_and_one_that_was_sent_twice_is_none():
    matcher = a_matcher()
    acked(matcher, 0, 10)
    matcher.sent(np.array([row(records.AGAIN, 3), row(records.RESENT, 4)]))
    came(matcher, STORED, [*range(10), 2, 3, 4, 4])
    assert matcher.count(STORED).duplicates == 1
    came(matcher, STORED, [3])
    assert matcher.count(STORED).duplicates == 2


@pytest.mark.parametrize("told_first", [True, False])
def test_the_copy_of_a_good_one_may_be_rejected_and_its_original_is_still_missed(told_first):
    matcher = a_matcher()
    acked(matcher, 0, 10)
    again = np.array([row(records.AGAIN, 3), row(records.AGAIN, 5)])
    if told_first:
        matcher.sent(again)
    came(matcher, STORED, [0, 1, 2, 3, 6, 7, 8, 9])
    came(matcher, REJECTED, [3, 5, 7])  # two copies, and one that is good and was never sent again
    if not told_first:
        matcher.sent(again)
    assert matcher.count(REJECTED).misjudged == 1
    stored = matcher.count(STORED, passed=True)
    assert (stored.duplicates, stored.misjudged) == (0, 0)
    assert stored.missing == 2  # 4, and 5, of which only the copy came


def test_a_copy_is_seen_long_after_its_transaction_is_through():
    matcher = a_matcher()
    acked(matcher, 0, 5000)
    in_the_hub(matcher, range(5000))
    came(matcher, STORED, range(5000))
    assert matcher.under_way.kept == 4096  # the chunk whose numbers are not all sent
    came(matcher, STORED, [7])
    assert matcher.count(STORED).duplicates == 1


def test_a_row_that_is_read_again_is_no_copy_and_no_other_stranger():
    matcher = a_matcher()
    stranger = id_of(0, run=Run.at(1_800_000_000, 7))
    for again in (True, False):
        ids = halves([id_of(0), stranger])
        matcher.came(STORED, ids, np.full(2, START, np.int64), again=again)
    count = matcher.count(STORED)
    assert (count.arrived, count.duplicates, count.foreign) == (1, 0, 1)


def test_bad_ones_belong_where_bad_ones_go_and_are_misjudged_elsewhere():
    matcher = a_matcher()
    matcher.sent(np.array([row(records.BAD, 1), row(records.BAD, 2), row(records.ACKED, 0, 4)]))
    came(matcher, STORED, [0, 2])
    came(matcher, REJECTED, [1, 3])
    stored, rejected = matcher.count(STORED), matcher.count(REJECTED)
    assert (stored.expected, stored.misjudged, rejected.expected, rejected.misjudged) == (2, 1, 2, 1)
    # 2 was stored though it is bad, and 3 rejected though it is good: neither is missing where it belongs.
    assert stored.missing + stored.under_way == rejected.missing + rejected.under_way == 0


def test_one_whose_label_does_not_show_in_its_body_may_go_either_way():
    matcher = a_matcher()
    matcher.sent(np.array([row(records.EITHER, 1), row(records.ACKED, 0, 3)]))
    came(matcher, STORED, [0, 2])
    came(matcher, REJECTED, [1])
    assert matcher.count(STORED).expected == 2
    assert matcher.count(REJECTED).misjudged == matcher.count(STORED).under_way == 0


def test_one_whose_outcome_was_lost_is_never_missing():
    matcher = a_matcher()
    matcher.sent(np.array([row(records.UNKNOWN, 0, 3)]))
    count = matcher.count(STORED, passed=True)
    assert (count.expected, count.missing, count.under_way) == (0, 0, 0)
    came(matcher, STORED, [1])
    assert matcher.count(STORED).arrived == 1


class TestMissing:
    def test_is_what_a_later_one_of_its_partition_has_overtaken_for_a_while(self):
        matcher = a_matcher()
        acked(matcher, 0, 10)
        in_the_hub(matcher, range(10))
        came(matcher, STORED, [0, 1, 2, 4, 5])
        matcher.look(0.0)
        assert matcher.count(STORED).missing == 0  # it may be slower than its neighbours
        matcher.look(OVERTAKEN_SECONDS)
        count = matcher.count(STORED)
        assert (count.missing, count.under_way) == (1, 4)

    def test_is_nothing_that_a_pipeline_which_stopped_has_not_reached(self):
        matcher = a_matcher()
        acked(matcher, 0, 10)
        in_the_hub(matcher, range(0, 10, 2), partition=0)
        in_the_hub(matcher, range(1, 10, 2), partition=1)
        came(matcher, STORED, [0, 2, 4, 6, 8, 1])  # partition 1 stopped after its first
        for now in range(60):
            matcher.look(float(now))
        count = matcher.count(STORED)
        assert (count.missing, count.under_way) == (0, 4)

    def test_is_nothing_where_the_order_is_not_known(self):
        matcher = Matcher(RUN.number, [("stored", "good")], reads_source=False)
        acked(matcher, 0, 10)
        came(matcher, STORED, [0, 9])
        matcher.look(0.0)
        matcher.look(60.0)
        count = matcher.count(STORED)
        assert (count.missing, count.under_way) == (0, 8)

    def test_is_all_that_is_absent_once_the_pipeline_has_passed_the_end(self):
        matcher = a_matcher()
        acked(matcher, 0, 10)
        came(matcher, STORED, range(8))
        count = matcher.count(STORED, passed=True)
        assert (count.missing, count.under_way) == (2, 0)


def test_ids_of_others_do_no_harm():
    matcher = a_matcher()
    acked(matcher, 0, 2)
    others = np.array([[1, 2], [2**63, 2**63 + 5]], np.uint64)
    matcher.came(STORED, others, np.zeros(2, np.int64))
    count = matcher.count(STORED)
    assert (count.arrived, count.foreign) == (0, 2)


def test_one_that_nobody_says_he_sent_is_told_and_expected_nowhere():
    matcher = a_matcher()
    came(matcher, STORED, [5])
    assert matcher.unrecorded(STORED) == 1
    assert matcher.count(STORED).expected == 0


def test_rows_that_are_read_a_second_time_are_no_copies():
    matcher = a_matcher()
    acked(matcher, 0, 5)
    came(matcher, STORED, range(4))
    came(matcher, STORED, range(5), again=False)
    count = matcher.count(STORED)
    assert (count.right, count.duplicates) == (5, 0)


def test_producers_have_numbers_of_their_own():
    matcher = a_matcher()
    matcher.sent(np.array([row(records.ACKED, 0, 3, producer=0), row(records.ACKED, 0, 3, producer=9)]))
    came(matcher, STORED, range(3), producer=9)
    count = matcher.count(STORED)
    assert (count.expected, count.right, count.under_way) == (6, 3, 3)


def test_memory_goes_with_what_is_under_way_and_beyond_the_cap_nothing_is_measured():
    matcher = a_matcher(most=3 * 4096)
    for first in range(0, 40_960, 4096):
        acked(matcher, first, 4096)
        in_the_hub(matcher, range(first, first + 4096))
        came(matcher, STORED, range(first, first + 4096))
    assert matcher.under_way.kept == 0
    assert matcher.not_measured == 0
    acked(matcher, 40_960, 5 * 4096)  # nothing of it comes
    assert matcher.under_way.kept == 3 * 4096
    assert matcher.not_measured == 2 * 4096
    assert matcher.count(STORED).expected == 40_960 + 3 * 4096


def test_the_least_latency_shows_a_clock_that_is_behind():
    matcher = a_matcher()
    acked(matcher, 0, 2)
    came(matcher, STORED, [0], at=START - SECOND)
    assert matcher.fastest(STORED) == -SECOND
    assert matcher.fastest(STORED) == float("inf")
