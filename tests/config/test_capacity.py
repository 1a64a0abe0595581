from typing import Any

import pytest

from paysim.config.capacity import SHARED_RATE, WORKER_RATES, Needs, batch, needs_lines, peak_rate
from paysim.config.schema import Config


def config(
    *, destination: str = "event_hub", limit: float | None = None, stages: object = (), **volume: object
) -> Config:
    return Config.model_validate(
        {
            "output": {"destination": destination, "rate_limit": limit},
            "transaction": {"volume": volume},
            "load": {"stages": list(stages)},  # type: ignore[call-overload]
        }
    )


@pytest.mark.parametrize(
    ("rate", "mb_per_s", "units", "workers"),
    [
        (1, 0.0011, 1, 1),
        (909, 0.9999, 1, 1),
        (1000, 1.1, 2, 1),
        (36_000, 39.6, 40, 1),
        (100_000, 110, 110, 1),
        (400_000, 440, 440, 3),
    ],
)
def test_a_unit_is_a_thousand_events_or_a_megabyte(rate: float, mb_per_s: float, units: int, workers: int):
    needs = Needs(rate)
    assert needs.mb_per_s == pytest.approx(mb_per_s)
    assert (needs.throughput_units, needs.workers) == (units, workers)


def test_the_rate_is_the_configured_one_under_its_limit():
    assert peak_rate(config(rate=500)) == 500
    assert peak_rate(config(rate=500, limit=200)) == 200


def test_without_a_rate_it_depends_on_the_users():
    assert peak_rate(config()) is None
    assert peak_rate(config(rate_per_user=None)) is None


def test_a_stage_replaces_the_rate_and_one_without_keeps_it():
    stages = [{"duration": 1, "users": 10, "rate": 700}, {"duration": 1, "users": 10}]
    assert peak_rate(config(rate=100, stages=stages)) == 700
    assert peak_rate(config(rate=900, stages=stages)) == 900


def test_stages_without_any_rate_say_how_many_users_run():
    stages = [{"duration": 1, "users": 30}, {"duration": 1, "users": 0}]
    assert peak_rate(config(rate_per_user=5, stages=stages)) == 150
    assert peak_rate(config(rate_per_user=None, stages=stages)) is None


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (
            config(rate=500_000),
            [
                "at 500,000 transactions/s: about 550.00 MB/s, 550 throughput units, 3 Locust workers "
                "(one makes about 190,000/s in batches of 100)"
            ],
        ),
        (
            config(rate=100, destination="file"),
            ["at 100 transactions/s: about 0.11 MB/s, 1 Locust worker (one makes about 190,000/s in batches of 100)"],
        ),
        (
            config(rate_per_user=5000),
            [
                "at 5,000 transactions/s for each user; how many users run is Locust's -u or its web UI",
                "each user needs 6 throughput units",
            ],
        ),
        (
            config(destination="stdout"),
            ["at 10 transactions/s for each user; how many users run is Locust's -u or its web UI"],
        ),
        (config(rate_per_user=None), ["no rate is set: every user sends as fast as it is answered"]),
    ],
)
def test_it_is_told_in_a_line_or_two(given: Config, lines: list[str]):
    assert needs_lines(given) == lines


def test_what_a_worker_makes_is_measured_by_batch_size():
    assert [Needs(1, size).worker_rate for size in WORKER_RATES] == pytest.approx(list(WORKER_RATES.values()))
    rates = [Needs(1, size).worker_rate for size in (1, 2, 5, 10, 20, 99, 100, 101, 499, 500)]
    assert rates == sorted(rates)
    assert Needs(1, 5000).worker_rate == WORKER_RATES[500]


def test_users_that_share_sends_are_a_figure_of_their_own():
    assert Needs(1, 1, linger=True).worker_rate == SHARED_RATE
    assert Needs(1, 500, linger=True).worker_rate == WORKER_RATES[500]


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({}, 10),  # a second of rate_per_user
        ({"rate_per_user": None}, 100),
        ({"rate": 20}, 20),
        ({"rate": 0.5}, 1),
        ({"rate": 5000}, 100),
        ({"stages": [{"duration": 1, "users": 1, "rate": 30}]}, 30),
    ],
)
def test_a_batch_is_at_most_a_second_of_the_pace(given: dict[str, Any], holds: int):
    assert batch(config(**given)) == holds
