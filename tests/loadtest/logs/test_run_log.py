"""The log of each run, in a file of its own."""

import logging

import pytest

from paysim.loadtest.logs.log_format import Text
from paysim.loadtest.logs.run_log import MOST_LINES, RunLog


@pytest.fixture
def log():
    made = RunLog()
    made.setFormatter(Text())
    return made


def say(log, text):
    log.emit(logging.makeLogRecord({"msg": text, "levelname": "INFO", "name": "x"}))


def lines(path):
    return [line.rpartition(": ")[2] for line in path.read_text().splitlines()]


def test_a_run_has_what_was_said_from_the_start_until_the_next_run_begins(log, tmp_path):
    named = str(tmp_path / "{run_id}" / "run.log")
    say(log, "before")
    log.begin(named, "one")
    say(log, "on")
    assert lines(tmp_path / "one" / "run.log") == ["before", "on"], "at once, as the process may be killed"
    say(log, "between")
    log.begin(named, "two")
    say(log, "again")
    assert lines(tmp_path / "one" / "run.log") == ["before", "on", "between"]
    assert lines(tmp_path / "two" / "run.log") == ["again"]
    assert log.trouble is None


def test_before_the_first_run_the_last_lines_are_kept(log, tmp_path):
    for number in range(MOST_LINES + 5):
        say(log, str(number))
    log.begin(str(tmp_path / "run.log"), "one")
    assert lines(tmp_path / "run.log")[0] == "5"


def test_without_a_path_nothing_is_written(log, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    say(log, "before")
    log.begin(None, "one")
    say(log, "on")
    assert list(tmp_path.iterdir()) == []


def test_a_secret_never_gets_there(log, tmp_path):
    log.begin(str(tmp_path / "run.log"), "one")
    say(log, "SharedAccessKey=c2VjcmV0LWtleS1vZi0zMi1ieXRlcy1sZW5ndGghIQ==")
    assert "c2Vj" not in (tmp_path / "run.log").read_text()


def test_a_log_that_cannot_be_written_is_said_once_and_costs_nothing_else(log, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    log.begin(str(tmp_path / "file" / "run.log"), "one")
    say(log, "on")
    assert log.trouble is not None
    assert log.trouble.startswith(f"the log could not be written to {tmp_path}/file/run.log: ")
    assert [record.getMessage() for record in caplog.records] == [log.trouble]
    log.begin(str(tmp_path / "run.log"), "two")
    assert log.trouble is None


def test_a_disk_that_is_full_is_said_once(log, caplog):
    log.begin("/dev/full", "one")
    say(log, "on")
    say(log, "and on")
    assert log.trouble == "the log could not be written to /dev/full: No space left on device"
    assert len(caplog.records) == 1
