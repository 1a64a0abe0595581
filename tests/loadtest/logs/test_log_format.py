"""Log lines: the same keys everywhere, no secret, and a dead hub is one line a second."""

import json
import logging
from argparse import Namespace

import gevent
import pytest

from paysim.config.schema import Logging
from paysim.loadtest.logs import log_format, log_setup
from paysim.loadtest.logs.failure_log import FailureLog
from paysim.loadtest.logs.log_format import Json, Text, masked

KEY = "c2VjcmV0LWtleS1vZi0zMi1ieXRlcy1sZW5ndGghIQ=="
SECRETS = [
    f"Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey={KEY};EntityPath=p",
    f"sharedaccesskey = {KEY}",
    f"SharedAccessSignature=SharedAccessSignature sr=sb%3a%2f%2fx&sig={KEY}&se=1&skn=send;EntityPath=p",
    f"Authorization: SharedAccessSignature sr=x&sig={KEY}&se=1",
    f"Authorization: Bearer {KEY}",
    f"token eyJhbGciOiJub25lIn0.{KEY.rstrip('=')}.sig",
    f"proxy http://user:{KEY}@proxy:3128",
]


def record(message, *args, level=logging.INFO, name="locust.runners", **extra):
    made = logging.LogRecord(name, level, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


@pytest.fixture(autouse=True)
def _context(monkeypatch):
    monkeypatch.setattr(log_format, "context", {})
    monkeypatch.setattr(log_setup, "context", log_format.context)
    monkeypatch.setattr(log_setup, "_level_given", False)


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("formatter", [Text(), Json()], ids=["text", "json"])
def test_a_secret_never_shows_not_even_in_a_traceback(text, formatter):
    made = record("connecting to %s", text, fields={"target": text})
    try:
        raise ValueError(text)
    except ValueError as error:
        made.exc_info = (type(error), error, error.__traceback__)
    line = formatter.format(made)
    assert KEY not in line
    assert KEY.rstrip("=") not in line
    assert "***" in line


@pytest.mark.parametrize(
    "text", ["run 1 → LOCAL HUB, not Azure", "SharedAccessKeyName=send;EntityPath=p", "design=3; the bearer of news"]
)
def test_what_is_no_secret_is_left_alone(text):
    assert masked(text) == text


def test_what_stands_beside_a_secret_stays():
    assert masked(SECRETS[0]) == SECRETS[0].replace(KEY, "***")
    assert masked(SECRETS[2]).endswith(";EntityPath=p")


def test_a_json_line_has_the_same_keys_whoever_wrote_it():
    log_format.context["worker"] = "worker-1"
    before = json.loads(Json().format(record("All users spawned: %s", {"PaymentUser": 3})))
    log_setup.run_begins("20260101T000000Z-000001")
    during = json.loads(Json().format(record("it is late", name="paysim.x", fields={"late": 3})))
    assert list(before) == ["time", "level", "logger", "worker", "run_id", "event"]
    assert list(during) == [*before, "late"]
    assert before["run_id"] is None
    assert during["run_id"] == "20260101T000000Z-000001"
    assert before["event"] == "All users spawned: {'PaymentUser': 3}"
    assert during["worker"] == "worker-1"
    assert during["time"].endswith("Z")


def test_a_json_line_is_one_line_whatever_it_says():
    line = Json().format(record('two\nlines, a "quote", SharedAccessKey=abc"'))
    assert "\n" not in line
    assert json.loads(line)["event"] == 'two\nlines, a "quote", SharedAccessKey=***"'


def test_text_names_worker_and_run_behind_the_message():
    log_format.context.update(worker="standalone", run_id="R")
    assert Text().format(record("hello")).endswith("INFO    locust.runners: hello [standalone R]")


def options(loglevel="INFO", skip_log_setup=False):
    return Namespace(loglevel=loglevel, skip_log_setup=skip_log_setup)


@pytest.fixture
def loggers():
    """Root and Locust's loggers as they were, afterwards."""
    kept = [(logging.getLogger(name), logging.getLogger(name).level) for name in ("", "locust", "locust.stats_logger")]
    lists = [list(logger.handlers) for logger, _ in kept]
    for logger, _ in kept:
        logger.handlers[:] = []  # pytest's own keep their format
    logging.getLogger().addHandler(logging.StreamHandler())
    yield
    for (logger, level), before in zip(kept, lists, strict=True):
        for handler in set(logger.handlers) - set(before):
            handler.close()
        logger.handlers[:] = before
        logger.setLevel(level)


@pytest.mark.usefixtures("loggers")
class TestSetup:
    def test_the_file_is_rotated_and_holds_lines_of_paysim_and_of_locust(self, tmp_path, monkeypatch):
        monkeypatch.setattr(log_setup, "ROTATE_BYTES", 3000)
        log_setup.begin(Logging(file=str(tmp_path / "logs/paysim.log"), format="json"), "standalone", options())
        for number in range(30):
            logging.getLogger("paysim.x" if number % 2 else "locust.main").warning("line %d", number)
        files = sorted((tmp_path / "logs").iterdir())
        assert [file.name for file in files] == ["paysim.log", "paysim.log.1"]
        lines = [json.loads(line) for file in reversed(files) for line in file.read_text().splitlines()]
        assert [line["event"] for line in lines] == [f"line {number}" for number in range(30)]
        assert all(file.stat().st_size <= 3000 for file in files)

    def test_each_worker_has_a_file_of_its_own(self, tmp_path):
        log_setup.begin(Logging(file=str(tmp_path / "paysim.log")), "worker-3", options())
        assert (tmp_path / "paysim.worker-3.log").exists()

    def test_a_file_that_cannot_be_written_is_said_at_once(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(log_setup.LogFileError, match=r"^logging.file: .*cannot be written"):
            log_setup.begin(Logging(file=str(tmp_path / "file" / "x.log")), "standalone", options())

    def test_the_level_is_live_and_the_command_line_wins(self):
        log_setup.begin(Logging(level="WARNING"), "standalone", options())
        assert logging.getLogger("locust").level == logging.WARNING
        log_setup.set_level(Logging(level="DEBUG"))
        assert logging.getLogger().level == logging.DEBUG
        log_setup.begin(Logging(level="ERROR"), "standalone", options("DEBUG"))
        log_setup.set_level(Logging(level="ERROR"))
        assert logging.getLogger().level == logging.DEBUG

    def test_skip_log_setup_is_respected(self, tmp_path):
        log_setup.begin(Logging(file=str(tmp_path / "x.log")), "standalone", options(skip_log_setup=True))
        assert not (tmp_path / "x.log").exists()


def test_failures_are_counted_and_told_once_in_the_time_between(caplog):
    log = FailureLog(seconds_between=0.1)
    with caplog.at_level(logging.WARNING):
        log.note("connection refused", 100, unknown=False)
        log.note("connection refused", 100, unknown=False)
        gevent.sleep(0.01)
        assert len(caplog.records) == 1
        for _ in range(1000):
            log.note("connection refused", 10, unknown=False)
        log.note("timed out", 5, unknown=True)
        gevent.sleep(0.05)
        assert len(caplog.records) == 1
        gevent.sleep(0.3)
        assert len(caplog.records) == 2
        log.note("timed out", 1, unknown=True)
        gevent.sleep(0.01)
    assert [record.getMessage() for record in caplog.records] == [
        "200 transactions not acknowledged: connection refused (200)",
        "10,005 transactions not acknowledged, of 5 the outcome is unknown: connection refused (10,000), timed out (5)",
        "1 transaction not acknowledged, of 1 the outcome is unknown: timed out (1)",
    ]
    assert caplog.records[1].fields == {
        "failed": 10_000,
        "unknown": 5,
        "reasons": {"connection refused": 10_000, "timed out": 5},
    }
