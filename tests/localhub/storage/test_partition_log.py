"""A partition keeps its events in order, finds them again, and survives its process."""

import os
from pathlib import Path

import pytest

from paysim.localhub.amqp.filters import EARLIEST, Position
from paysim.localhub.amqp.messages import BATCH_FORMAT, read_send
from paysim.localhub.storage.namespace import DataFolderError, Namespace
from paysim.localhub.storage.partition_log import Cursor, PartitionLog, StoredEvent
from tests.support.amqp_client import batch, data_section

SEGMENT = 64 * 1024


def _store(log: PartitionLog, bodies: list[bytes]) -> None:
    log.append(read_send(BATCH_FORMAT, batch(bodies)))


def _read(log: PartitionLog, start: Position = EARLIEST) -> list[StoredEvent]:
    cursor, events = Cursor(log, start), []
    while (event := cursor.next()) is not None:
        events.append(event)
    return events


@pytest.fixture
def log(tmp_path: Path):
    log = PartitionLog(tmp_path / "0", SEGMENT)
    for number in range(40):  # several segments of batches and single events
        _store(log, [b"%03d-%d" % (number, n) + b"x" * 1000 for n in range(5)])
        log.append(read_send(0, data_section(b"%03d-5" % number)))
    yield log
    log.close()


def test_sequence_numbers_have_no_gaps_and_offsets_only_grow(log: PartitionLog) -> None:
    events = _read(log)
    assert len(log.segments) > 2
    assert [event.sequence for event in events] == list(range(240))
    offsets = [event.offset for event in events]
    assert offsets == sorted(set(offsets))
    assert log.last is not None
    assert log.last.last_offset == offsets[-1]


@pytest.mark.parametrize("number", [0, 1, 4, 5, 6, 100, 239])
def test_every_event_is_found_by_its_sequence_number_and_its_offset(log: PartitionLog, number: int) -> None:
    events = _read(log)
    for start in (Position("sequence", number), Position("offset", events[number].offset)):
        assert [event.sequence for event in _read(log, start)] == list(range(number, 240))
    after = _read(log, Position("offset", events[number].offset + 1))
    assert [event.sequence for event in after] == list(range(number + 1, 240))


def test_events_are_found_by_the_time_they_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = PartitionLog(tmp_path / "0", SEGMENT)
    for second in range(100):
        monkeypatch.setattr("time.time_ns", lambda second=second: second * 1_000_000_000)
        _store(log, [b"x" * 700] * 3)
    for ms, first in ((0, 0), (1, 3), (1000, 3), (50_000, 150), (50_001, 153), (99_000, 297), (99_001, 300)):
        assert [event.sequence for event in _read(log, Position("time", ms))] == list(range(first, 300))


def test_latest_gives_only_what_comes_from_now_on(log: PartitionLog) -> None:
    cursor = Cursor(log, Position(latest=True))
    assert cursor.next() is None
    _store(log, [b"new"])
    event = cursor.next()
    assert event is not None
    assert event.sequence == 240
    assert cursor.next() is None


def test_a_position_beyond_the_end_waits_for_its_event(log: PartitionLog) -> None:
    cursor = Cursor(log, Position("sequence", 242))
    assert cursor.next() is None
    _store(log, [b"240", b"241", b"242"])
    event = cursor.next()
    assert event is not None
    assert event.sequence == 242


def test_listeners_hear_of_every_append_until_they_stop(log: PartitionLog) -> None:
    heard: list[int] = []

    def wake() -> None:
        heard.append(1)

    log.listen(wake)
    _store(log, [b"a"])
    log.unlisten(wake)
    _store(log, [b"b"])
    assert len(heard) == 1


def test_time_never_goes_back(log: PartitionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 0)
    _store(log, [b"a clock was set back"])
    times = [event.enqueued_ms for event in _read(log)]
    assert times == sorted(times)


def test_a_partition_survives_its_process(log: PartitionLog, tmp_path: Path) -> None:
    before = _read(log)
    log.close()
    again = PartitionLog(tmp_path / "0", SEGMENT)
    assert _read(again) == before
    _store(again, [b"next"])
    assert [event.sequence for event in _read(again)][-1] == 240
    assert again.last is not None
    assert again.last.last_offset > before[-1].offset
    log.segments = []
    again.close()


@pytest.mark.parametrize("cut", [1, 10, 44])
def test_a_torn_last_record_is_cut_off(tmp_path: Path, cut: int) -> None:
    log = PartitionLog(tmp_path / "0", SEGMENT)
    _store(log, [b"whole"])
    _store(log, [b"torn"])
    path = log.segments[-1].path
    os.truncate(path, path.stat().st_size - cut)
    log.close()
    again = PartitionLog(tmp_path / "0", SEGMENT)
    assert len(_read(again)) == 1
    _store(again, [b"next"])
    assert [event.sequence for event in _read(again)] == [0, 1]


def _namespace(folder: Path, retention_mb: int = 1) -> Namespace:
    return Namespace(folder, ["a", "b"], 2, [], retention_mb)


def test_the_oldest_events_go_first_when_the_space_is_used_up(tmp_path: Path) -> None:
    namespace = _namespace(tmp_path)
    hub = namespace.hubs["a"]
    for _ in range(300):
        namespace.store(hub.partitions[0], read_send(BATCH_FORMAT, batch([b"x" * 9_000])))
    log = hub.partitions[0]
    size = sum(path.stat().st_size for path in tmp_path.rglob("*.events"))
    assert 900_000 < size <= 1_048_576
    assert log.begin_sequence > 100
    events = _read(log)
    assert [event.sequence for event in events] == list(range(log.begin_sequence, 300))
    namespace.close()


def test_a_reader_that_is_overtaken_goes_on_with_the_oldest_event_there_is(tmp_path: Path) -> None:
    namespace = _namespace(tmp_path)
    hub = namespace.hubs["a"]
    log = hub.partitions[0]
    namespace.store(log, read_send(BATCH_FORMAT, batch([b"first"])))
    cursor = Cursor(log, EARLIEST)
    assert cursor.next() is not None
    for _ in range(300):
        namespace.store(log, read_send(BATCH_FORMAT, batch([b"x" * 9_000])))
    event = cursor.next()
    assert event is not None
    assert event.sequence == log.begin_sequence > 1
    namespace.close()


def test_two_hubs_cannot_share_a_data_folder(tmp_path: Path) -> None:
    namespace = _namespace(tmp_path)
    with pytest.raises(DataFolderError, match="another local hub"):
        _namespace(tmp_path)
    namespace.close()
    _namespace(tmp_path).close()
