"""How much faster follow-ups come in a live run than in life."""

from typing import Any

import pytest

from paysim.config.schema import Config
from paysim.transactions.lifecycle.speedup import follow_up_lines, speedup_line, speedup_of, worked_out

MONTH = 30 * 86_400
STAGES = [{"duration": "60s", "users": 1}, {"duration": "240s", "users": 2}]


def config(load: dict[str, Any] | None = None, **transaction: Any) -> Config:
    return Config.model_validate({"load": load or {}, "transaction": {"lifecycle": "full", **transaction}})


@pytest.mark.parametrize(
    ("made", "run_time", "length"),
    [
        (config(), 600.0, 600),
        (config(volume={"total": 1000, "rate": 10}), None, 100),
        (config(volume={"total": 1000, "rate": 10}), 50.0, 50),  # what ends first
        (config(volume={"total": 1000, "rate": 10}), 5000.0, 100),
        (config({"stages": STAGES}), None, 300),
        (config({"stages": STAGES}), 30.0, 30),
    ],
)
def test_a_month_goes_by_in_a_run_whose_length_is_known(made: Config, run_time: float | None, length: float):
    assert speedup_of(made, run_time) == MONTH / length
    assert worked_out(made, run_time).transaction.lifecycle_speedup in ("auto", MONTH / length)
    assert speedup_of(worked_out(made, run_time)) == MONTH / length
    assert "a month the whole run" in speedup_line(made, run_time)


def test_a_run_of_two_months_is_no_slower_than_life():
    assert speedup_of(config(), 2.0 * MONTH) == 1


def test_without_an_end_it_is_a_day_a_minute():
    assert speedup_of(config()) == 1440
    assert worked_out(config(), None) == config()
    assert speedup_line(config()) == (
        "1,440 times as fast as in life: a day takes 60.0 s, as nothing says how long the run is"
    )


def test_what_is_configured_holds_whatever_the_run_takes():
    made = config(lifecycle_speedup=100)
    assert worked_out(made, 60.0) is made
    assert speedup_line(made, 60.0) == "100 times as fast as in life: a day takes 864.0 s"


def test_where_nothing_is_sped_up_nothing_changes():
    replay = {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}
    for made in (config(timestamps=replay, volume={"total": 10}), Config()):
        assert worked_out(made, 60.0) is made


def test_check_says_that_a_run_time_may_change_it():
    assert any("-t" in line for line in follow_up_lines(config()))
    assert not any("-t" in line for line in follow_up_lines(config(lifecycle_speedup=100)))
