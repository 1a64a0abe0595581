"""Replay: the weekly pattern in local time, strictly inside the window, right where clocks change."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from paysim.config.schema import Timestamps
from paysim.contract.countries import COUNTRIES as CODES
from paysim.transactions.behaviour.calendar import Calendar, Week
from paysim.transactions.world.countries import COUNTRIES
from tests.support.transactions import events, make

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
UNIFORM = (np.arange(100_000) + 0.5) / 100_000  # every rank once: shares are exact to 1e-5


def drawn(zone: str, start: str, end: str, uniform: np.ndarray = UNIFORM, **pattern: Any) -> list[datetime]:
    """Local times in the window that these uniform numbers become."""
    times = Timestamps.model_validate({"mode": "replay", "start": start, "end": end, **pattern})
    assert times.start and times.end
    bounds = [round(moment.timestamp() * 1000) for moment in (times.start, times.end)]
    whole = Calendar(Week.of(times), [zone], *bounds)
    made = whole.between(*bounds).times(np.zeros(len(uniform), dtype=int), uniform)
    return [datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)) for moment in made.tolist()]


def share(times: list[datetime], hours: range) -> float:
    return sum(time.hour in hours for time in times) / len(times)


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney"])
def test_the_periods_of_the_day_have_their_weights_in_local_time(zone: str) -> None:
    # Five weekdays, from local midnight to local midnight.
    start, end = (datetime(2026, 1, day, tzinfo=ZoneInfo(zone)).isoformat() for day in (5, 10))
    times = drawn(zone, start, end)
    assert share(times, range(9, 17)) == pytest.approx(0.70, abs=1e-4)
    assert share(times, range(17, 22)) == pytest.approx(0.25, abs=1e-4)
    assert share(times, range(9)) + share(times, range(22, 24)) == pytest.approx(0.05, abs=1e-4)


def test_within_a_period_payments_are_even() -> None:
    times = drawn("UTC", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")
    hours = Counter(time.hour for time in times)
    assert max(hours[hour] for hour in range(9, 17)) - min(hours[hour] for hour in range(9, 17)) <= 2


def test_a_weekend_day_has_its_factor_of_a_weekday() -> None:
    times = drawn("UTC", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", weekend_factor=0.6)
    days = Counter(time.weekday() for time in times)
    assert days[5] / days[0] == pytest.approx(0.6, abs=1e-3)
    assert days[6] / days[2] == pytest.approx(0.6, abs=1e-3)


def test_an_hour_that_clocks_skip_has_no_payments() -> None:
    # 29 March 2026, Berlin: 01:59:59 is followed by 03:00:00.
    times = drawn(BERLIN, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    hours = Counter(time.hour for time in times)
    assert hours[2] == 0
    assert hours[3] == pytest.approx(hours[1], abs=2)
    assert share(times, range(9, 17)) / share(times, range(17, 22)) == pytest.approx(0.70 / 0.25, abs=1e-2)


def test_an_hour_that_comes_twice_has_twice_the_payments() -> None:
    # 1 November 2026, New York: 01:00 to 02:00 comes twice.
    times = drawn(NEW_YORK, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00")
    hours = Counter(time.hour for time in times)
    assert hours[1] == pytest.approx(2 * hours[3], abs=4)
    assert {time.fold for time in times if time.hour == 1} == {0, 1}


def test_a_period_boundary_inside_the_repeated_hour_comes_twice() -> None:
    day: dict[str, Any] = {
        "business_hours": {"start": "01:30", "end": "08:00", "weight": 1},
        "evening": {"start": "17:00", "end": "22:00", "weight": 0},
    }
    times = drawn(NEW_YORK, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", **day, night_weight=0)
    assert {(time.minute >= 30, time.fold) for time in times if time.hour == 1} == {(True, 0), (True, 1)}


def test_times_are_strictly_inside_the_window() -> None:
    start, end = "2026-01-05T10:00:00Z", "2026-01-05T10:00:00.010Z"
    times = drawn("UTC", start, end, np.array([0.0, 1e-9, 0.5, 1 - 1e-9]))
    assert all(datetime.fromisoformat(start) < time < datetime.fromisoformat(end) for time in times)


def test_a_window_without_any_weight_is_filled_evenly() -> None:
    times = drawn("UTC", "2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z", weekend_factor=0)
    assert share(times, range(12)) == pytest.approx(0.5, abs=1e-3)


def test_a_period_may_end_at_midnight() -> None:
    evening = {"start": "17:00", "end": "24:00", "weight": 0.25}
    times = drawn("UTC", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", evening=evening)
    assert share(times, range(17, 24)) == pytest.approx(0.25, abs=1e-3)


def test_slices_add_up_to_the_window() -> None:
    times = Timestamps.model_validate(
        {"mode": "replay", "start": "2026-03-01T00:00:00Z", "end": "2026-03-08T00:00:00Z"}
    )
    assert times.start and times.end
    bounds = [round(moment.timestamp() * 1000) for moment in (times.start, times.end)]
    zones = [facts.zone for facts in COUNTRIES.values()]
    whole = Calendar(Week.of(times), zones, *bounds)
    weights = np.full(len(zones), 1 / len(zones))
    cuts = [bounds[0], *(whole.moment(weights, share) for share in (0.25, 0.5, 0.75)), bounds[1]]
    masses = [whole.between(*pair).masses for pair in itertools.pairwise(cuts)]
    assert np.allclose(sum(masses), 1.0)
    assert [float(weights @ mass) for mass in masses] == pytest.approx([0.25] * 4, abs=1e-6)
    countries = np.repeat(np.arange(len(zones)), 1000)
    for (start, end), _ in zip(itertools.pairwise(cuts), masses, strict=True):
        found = whole.between(start, end).times(countries, np.tile(np.linspace(0, 1 - 1e-9, 1000), len(zones)))
        assert start <= found.min() and found.max() < end


def test_replayed_batches_are_sorted_inside_the_window_and_refunds_come_after_their_payment() -> None:
    window = {"mode": "replay", "start": "2026-03-26T00:00:00Z", "end": "2026-04-02T00:00:00Z"}
    generator = make(
        timestamps=window, volume={"total": 9}, patterns={"payment_status": {"completed": 0.8, "refunded": 0.2}}
    )
    seen: dict[str, str] = {}
    refunds = 0
    for _ in range(30):
        batch = events(generator, {"credit_card": 100})
        times = [event["transaction_timestamp"] for event in batch]
        assert times == sorted(times)
        assert window["start"] < times[0] and times[-1] < window["end"]
        for event in batch:
            seen[event["transaction_id"]] = event["transaction_timestamp"]
            if event["transaction_type"] == "refund":
                refunds += 1
                assert seen[event["original_transaction_id"]] < event["transaction_timestamp"]
    assert refunds > 300


def test_every_country_has_a_zone() -> None:
    assert set(COUNTRIES) == set(CODES)
    for facts in COUNTRIES.values():
        assert datetime.now(UTC).astimezone(ZoneInfo(facts.zone)).utcoffset() is not None
        assert (
            timedelta(hours=-12)
            < (datetime.now(ZoneInfo(facts.zone)).utcoffset() or timedelta(0))
            < timedelta(hours=14)
        )
