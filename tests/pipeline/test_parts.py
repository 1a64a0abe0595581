"""The small parts: ids in any form, times of columns, clocks, histograms, records, lag."""

import uuid
from collections import deque
from datetime import UTC, datetime

import numpy as np
import pytest

from paysim.pipeline import lag, records
from paysim.pipeline.histogram import Histogram
from paysim.pipeline.records import Records
from paysim.pipeline.stages import column_times
from paysim.pipeline.stages.clock import OtherClock
from paysim.pipeline.stages.hub_stage import IdPlace
from paysim.pipeline.stages.transaction_ids import id_bytes
from paysim.transactions.batch import Batch
from tests.support.pipeline import id_of
from tests.support.present import present

ONE = uuid.UUID("01934f3a-7b1c-8001-a000-0a0000000007")


@pytest.mark.parametrize(
    "value",
    [
        ONE,
        ONE.bytes,
        str(ONE),
        str(ONE).upper(),
        ONE.hex,
        ONE.urn,
        f"{{{ONE}}}",
        f"({ONE})",
        f' "{ONE}" ',
        str(ONE).encode(),
        bytearray(ONE.bytes),
    ],
    ids=["uuid", "bytes", "text", "upper", "hex", "urn", "braces", "brackets", "quotes", "ascii", "bytearray"],
)
def test_an_id_is_known_in_any_form_of_a_uuid(value):
    assert id_bytes(value) == ONE.bytes


@pytest.mark.parametrize(
    "value", [None, 7, "", "no id", "x" * 36, "-" * 36, b"\xff" * 15, b"\xff" * 17, str(ONE)[:-1], {}]
)
def test_what_is_no_id_is_none(value):
    assert id_bytes(value) is None


def test_ids_are_found_by_a_json_pointer_in_bodies_lists_and_lines():
    place = IdPlace("body:/data/0/id~1x")
    document = '{"data": [{"id/x": "%s"}]}'
    assert place.in_body((document % ONE).encode()) == [ONE.bytes]
    assert place.in_body(f"[{document % ONE}, {document % ONE}]".encode()) == [ONE.bytes] * 2
    assert place.in_body(f"{document % ONE}\r\n{document % ONE}\n".encode()) == [ONE.bytes] * 2
    assert place.in_body(b"no JSON") == place.in_body(b"{}") == place.in_body(b"[1, null]") == []


class TestTimesOfColumns:
    MOMENT = datetime(2026, 11, 27, 15, 0, 0, 250_000, UTC)
    US = 1_795_791_600_250_000

    @pytest.mark.parametrize(
        ("value", "before"),
        [
            (MOMENT, datetime(2026, 11, 27, 14, 59, 30, 250_000, UTC)),
            (MOMENT.replace(tzinfo=None), datetime(2026, 11, 27, 14, 59, 30, 250_000)),
            ("2026-11-27 15:00:00.250000", "2026-11-27 14:59:30.250000"),
            ("2026-11-27T15:00:00.250000Z", "2026-11-27T14:59:30.250000Z"),
            ("2026-11-27T15:00:00.250000+00:00", "2026-11-27T14:59:30.250000+00:00"),
            (US // 1000, US // 1000 - 30_000),
            (US / 1e6, US / 1e6 - 30),
        ],
        ids=["aware", "naive", "text", "text Z", "text offset", "milliseconds", "seconds"],
    )
    def test_keep_their_form(self, value, before):
        assert column_times.microseconds(value) == pytest.approx(self.US, abs=1)
        assert column_times.earlier(value, 30) == before
        assert column_times.like(value, self.US - 30e6) == before

    def test_what_is_no_time_is_an_error(self):
        for value in ("yesterday", None, object(), True):
            with pytest.raises((ValueError, TypeError)):
                column_times.microseconds(value)


class TestClock:
    def test_clocks_that_may_agree_are_taken_to_agree(self):
        clock = OtherClock()
        clock.stamped(sent_us=0, seen_us=50_000, stamp_us=40_000)
        assert clock.offset_us == 0
        assert clock.error_us == 40_000

    def test_no_more_is_corrected_than_the_stamps_prove(self):
        ahead, behind = OtherClock(), OtherClock()
        ahead.stamped(sent_us=0, seen_us=50_000, stamp_us=3_600_040_000)
        behind.stamped(sent_us=0, seen_us=50_000, stamp_us=-3_600_000_000)
        assert ahead.offset_us == 3_600_040_000 - 50_000
        assert behind.offset_us == -3_600_000_000

    def test_being_asked_gives_both_bounds(self):
        clock = OtherClock()
        clock.told(1_000_000, 2_000_400, 1_000_800)
        assert clock.offset_us == pytest.approx(1_000_000, abs=800)
        assert present(clock.error_us) <= 800

    def test_without_a_bound_the_error_is_not_known(self):
        clock = OtherClock()
        clock.stamped(seen_us=5, stamp_us=1)
        assert (clock.offset_us, clock.error_us) == (0, None)


def test_percentiles_are_exact_to_half_a_per_cent():
    histogram = Histogram()
    values = np.arange(1, 100_001) * 37
    histogram.add(values)
    for share in (0.5, 0.95, 0.99, 1.0):
        exact = values[int(share * len(values)) - 1] / 1000
        assert histogram.percentile_ms(share) == pytest.approx(exact, rel=0.0051)
    assert Histogram().plain() is None


class TestRecords:
    @staticmethod
    def batch(*sequences: int, labels: dict[int, str] | None = None) -> Batch:
        return Batch("credit_card", [b"{}"] * len(sequences), [id_of(each) for each in sequences], labels or {})

    @staticmethod
    def rows(kept: Records) -> list[list[int]]:
        return [row[:4] for row in records.rows(kept.take()).tolist()]

    def test_a_send_is_one_row_whatever_its_size(self):
        kept = Records(3)
        kept.note_outcome(self.batch(*range(7, 507)), 1.5, 2.5, unknown=False, maybe_twice=False)
        assert records.rows(kept.take()).tolist() == [[records.ACKED, 3, 7, 500, 1_500_000, 2_500_000]]
        assert kept.take() == b""

    def test_gaps_make_more_rows(self):
        kept = Records(0)
        kept.note_outcome(self.batch(9, 1, 2, 5), 0, 0, unknown=False, maybe_twice=False)
        assert self.rows(kept) == [[records.ACKED, 0, 1, 2], [records.ACKED, 0, 5, 1], [records.ACKED, 0, 9, 1]]

    def test_labels_say_what_a_pipeline_does_with_them(self):
        kept = Records(0)
        labels = {0: "negative_amount", 1: "excess_amount", 2: "rapid_fire", 3: "duplicate"}
        kept.note_outcome(self.batch(0, 1, 2, 1, labels=labels), 0, 0, unknown=False, maybe_twice=False)
        assert self.rows(kept) == [
            [records.BAD, 0, 0, 1],
            [records.EITHER, 0, 1, 1],
            [records.AGAIN, 0, 1, 1],
            [records.ACKED, 0, 0, 3],
        ]

    def test_what_may_be_stored_twice_is_told(self):
        kept = Records(0)
        kept.note_outcome(self.batch(0), 0, 0, unknown=True, maybe_twice=False)
        kept.note_outcome(self.batch(1), 0, 0, unknown=False, maybe_twice=True)
        assert [row[0] for row in self.rows(kept)] == [
            records.UNKNOWN, records.RESENT, records.ACKED, records.RESENT
        ]  # fmt: skip

    def test_what_nobody_takes_in_time_is_counted(self, monkeypatch):
        monkeypatch.setattr(records, "MOST_KEPT", 1)
        kept = Records(2)
        for first in range(0, 40, 4):
            kept.note_outcome(self.batch(first, first + 2), 0, 0, unknown=False, maybe_twice=False)
        taken = self.rows(kept)
        assert len(taken) == 2 + 1
        assert taken[-1] == [records.DROPPED, 2, 0, 18]
        assert kept.take() == b""


class TestLag:
    def test_a_sawtooth_that_does_not_grow_has_no_slope(self):
        points = deque((float(at), 1000 * (at % 5)) for at in range(60))
        assert abs(present(lag.slope(points))) < 15
        grows = deque((float(at), 500 * at + 1000 * (at % 5)) for at in range(60))
        assert lag.slope(grows) == pytest.approx(500, rel=0.05)
        assert lag.slope(deque(list(grows)[:2])) is None

    def test_a_group_has_passed_what_its_checkpoints_hold(self):
        group = lag.GroupLag("ingest")
        group.looked({"0": 10, "1": 5}, {"0": 0, "1": 5}, {"0": 8})
        assert (group.partitions, group.total) == ({"0": 1, "1": 0}, 1)
        assert not group.has_passed({"0": 10, "1": 5}, {"0": 0, "1": 5})
        group.looked({"0": 10, "1": 5}, {"0": 0, "1": 5}, {"0": 9})
        assert group.has_passed({"0": 10, "1": 5}, {"0": 0, "1": 5})

    def test_a_group_without_checkpoints_is_not_measured(self):
        group = lag.GroupLag("ingest")
        group.looked({"0": 10}, {"0": 0}, {})
        assert group.total is None
        assert group.plain()["why"] == "there are no checkpoints of this group"
        assert not group.has_passed({"0": 10}, {"0": 0})
