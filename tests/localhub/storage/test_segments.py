"""What a broken file does to its partition: only a torn tail is cut, everything else is told and stays."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from paysim.localhub.amqp import frames
from paysim.localhub.amqp.filters import EARLIEST, Position
from paysim.localhub.amqp.messages import BATCH_FORMAT, read_send
from paysim.localhub.storage.namespace import DataFolderError, Namespace
from paysim.localhub.storage.partition_log import Cursor, PartitionLog
from paysim.localhub.storage.segments import HEAD_SIZE
from tests.support.amqp_client import batch, data_section
from tests.support.hub_process import connected, running, stored

SENDS, EACH = 40, 5
SIZE = len(batch([b"%03d-%d" % (0, 0) + b"x" * 300] * EACH))
RECORD = HEAD_SIZE + SIZE


def _filled(folder: Path, segment_bytes: int = 1 << 26) -> list[Path]:
    """A partition of forty sends of five events; returns its files."""
    log = PartitionLog(folder, segment_bytes)
    for number in range(SENDS):
        log.append(read_send(BATCH_FORMAT, batch([b"%03d-%d" % (number, n) + b"x" * 300 for n in range(EACH)])))
    log.close()
    return sorted(folder.glob("*.events"))


def _sequences(log: PartitionLog, start: Position = EARLIEST) -> list[int]:
    cursor, found = Cursor(log, start), []
    while (event := cursor.next()) is not None:
        found.append(event.sequence)
    return found


def _flipped(path: Path, at: int, count: int = 1) -> None:
    data = bytearray(path.read_bytes())
    for number in range(count):
        data[at + number] ^= 0xFF
    path.write_bytes(data)


def _without(*sends: int) -> list[int]:
    return [number * EACH + n for number in range(SENDS) if number not in sends for n in range(EACH)]


@pytest.mark.parametrize(
    ("at", "lost"),
    [
        (0, [0]),  # the mark
        (4, [0]),  # flags
        (8, [0]),  # the payload's size
        (15, [0]),  # the number of events
        (22, [0]),  # the first sequence number
        (30, [0]),  # the time
        (HEAD_SIZE - 1, [0]),  # the head's checksum
        (HEAD_SIZE + 1, [0]),  # the descriptor of the first data section
        (HEAD_SIZE + 5, [0]),  # the size of the first data section
        (HEAD_SIZE + 40, []),  # in an event's body
        (RECORD * 20 + 8, [20]),
        (RECORD * 20 + HEAD_SIZE + 40, []),
        (RECORD * 39 + 8, [39]),  # the last record
    ],
)
def test_a_flipped_byte_is_told_and_costs_its_own_send_at_most(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, at: int, lost: list[int]
) -> None:
    (path,) = _filled(tmp_path)
    before = path.stat().st_size
    _flipped(path, at)
    log = PartitionLog(tmp_path, 1 << 26)
    assert path.stat().st_size == before
    assert _sequences(log) == _without(*lost)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert ("cannot be read" if lost else "have changed") in record.getMessage()
    log.append(read_send(0, data_section(b"next")))
    assert _sequences(log)[-1] == SENDS * EACH  # no number is given twice
    log.close()
    again = PartitionLog(tmp_path, 1 << 26)
    assert _sequences(again) == [*_without(*lost), SENDS * EACH]
    again.close()


@pytest.mark.parametrize("damage", ["zeros", "noise", "cut out"])
def test_a_lost_page_costs_the_sends_that_it_held(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    (path,) = _filled(tmp_path)
    data = path.read_bytes()
    begin = RECORD * 10 + 100
    page = {"zeros": bytes(4096), "noise": os.urandom(4096), "cut out": b""}[damage]
    path.write_bytes(data[:begin] + page + data[begin + 4096 :])
    log = PartitionLog(tmp_path, 1 << 26)
    hit = range(10, 10 + -(-(100 + 4096) // RECORD))
    assert _sequences(log) == _without(*hit)
    assert caplog.records
    for number in (hit[0] * EACH, hit[-1] * EACH + 2, (hit[-1] + 1) * EACH):
        assert _sequences(log, Position("sequence", number))[0] == (hit[-1] + 1) * EACH
    log.close()


@pytest.mark.parametrize("left", [1, 3, HEAD_SIZE - 1, HEAD_SIZE, HEAD_SIZE + 100])
def test_only_a_torn_tail_of_the_last_segment_is_cut(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, left: int
) -> None:
    (path,) = _filled(tmp_path)
    os.truncate(path, RECORD * 39 + left)
    log = PartitionLog(tmp_path, 1 << 26)
    assert path.stat().st_size == RECORD * 39
    assert _sequences(log) == _without(39)
    assert log.next_sequence == 39 * EACH
    assert not caplog.records
    log.close()


def test_a_torn_tail_of_an_earlier_segment_stays_and_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second, *_ = _filled(tmp_path, 8 * RECORD)
    size = first.stat().st_size - 10
    os.truncate(first, size)
    log = PartitionLog(tmp_path, 8 * RECORD)
    assert first.stat().st_size == size
    lost = int(second.name[:20]) // EACH - 1
    assert _sequences(log) == _without(lost)
    assert "cannot be read" in caplog.text
    log.close()


def test_a_missing_segment_is_told_and_the_rest_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = _filled(tmp_path, 8 * RECORD)
    begin, end = (int(path.name[:20]) for path in files[1:3])
    files[1].unlink()
    log = PartitionLog(tmp_path, 8 * RECORD)
    assert _sequences(log) == [*range(begin), *range(end, SENDS * EACH)]
    assert f"events {begin} to {end - 1} are missing" in caplog.text
    log.close()


def test_a_folder_that_goes_with_its_hub_has_the_same_events_without_checksums(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path, 8 * RECORD, is_kept=False)
    for number in range(SENDS):
        log.append(read_send(BATCH_FORMAT, batch([b"%03d-%d" % (number, n) + b"x" * 300 for n in range(EACH)])))
    assert len(log.segments) > 1
    for start in (0, 101):
        assert _sequences(log, Position("sequence", start)) == _without()[start:]
    log.close()


def test_another_file_is_told_and_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _filled(tmp_path)
    (tmp_path / "garbage.events").write_bytes(b"x" * 100)
    log = PartitionLog(tmp_path, 1 << 26)
    assert _sequences(log) == _without()
    assert "garbage.events is no segment" in caplog.text
    log.close()


def _renamed(folder: Path) -> None:
    first = sorted((folder / "a" / "0").glob("*.events"))[0]
    first.rename(first.with_name(f"{5:020}-{1 << 30:020}.events"))


def _earlier_version(folder: Path) -> None:
    path = sorted((folder / "a" / "0").glob("*.events"))[0]
    path.write_bytes(b"PSR1" + bytes(100))


def _file_for_folder(folder: Path) -> None:
    (folder / "a" / "9").write_text("")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_renamed, "overlap"),
        (_earlier_version, "written by an earlier version"),
        (_file_for_folder, "File exists"),
    ],
)
def test_what_cannot_be_taken_up_is_refused_in_one_line(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    _filled(tmp_path / "a" / "0", 8 * RECORD)
    damage(tmp_path)
    with pytest.raises(DataFolderError, match=reason) as refused:
        Namespace(tmp_path, ["a"], 10, [], 64)
    assert "\n" not in str(refused.value)


def test_a_hub_says_what_it_could_not_read_and_serves_the_rest(tmp_path: Path) -> None:
    with running("--data", str(tmp_path), "--partitions", "1") as hub:
        client, handle = connected(hub, "payments")
        for body in (b"first", b"second", b"third"):
            client.transfer(handle, data_section(body))
            client.expect(frames.DISPOSITION)
        client.close()
    (path,) = tmp_path.glob("payments/0/*.events")
    _flipped(path, HEAD_SIZE + len(data_section(b"first")) + 8)
    with running("--data", str(tmp_path), "--partitions", "1") as hub:
        assert stored(hub, "payments") == [b"first", b"third"]
        said = hub.stop()
    assert "event 1 cannot be read" in said
    assert said.count("\n") == 1
