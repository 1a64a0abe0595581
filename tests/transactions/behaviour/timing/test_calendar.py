"""Replay: the weekly pattern in local time, strictly inside the window, right where clocks change."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from paysim.config.schema import Timestamps
from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.contract.countries import COUNTRIES as CODES
from paysim.facts import calendar as facts
from paysim.transactions.behaviour.timing.calendar import Calendar
from paysim.transactions.behaviour.timing.week import Week
from paysim.transactions.world.countries import COUNTRIES
from tests.support.transactions import events, make

pytestmark = pytest.mark.usefixtures("unmeasured")

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
RETAIL = MERCHANT_CATEGORIES.index("retail")
BLOCKS: dict[str, Any] = {
    "business_hours": {"start": "09:00", "end": "17:00", "weight": 0.70},
    "evening": {"start": "17:00", "end": "22:00", "weight": 0.25},
    "night_weight": 0.05,
    "weekend_factor": 0.6,
}
UNIFORM = (np.arange(100_000) + 0.5) / 100_000  # every rank once: shares are exact to 1e-5


def drawn(
    zone: str,
    start: str,
    end: str,
    uniform: np.ndarray = UNIFORM,
    category: int = RETAIL,
    country: str = "",
    auto: bool = False,
    **pattern: Any,
) -> list[datetime]:
    """Local times in the window that these uniform numbers become. auto: by the facts."""
    blocks = {} if auto else BLOCKS
    times = Timestamps.model_validate({"mode": "replay", "start": start, "end": end, **blocks, **pattern})
    assert times.start and times.end
    bounds = [round(moment.timestamp() * 1000) for moment in (times.start, times.end)]
    whole = Calendar(Week.of(times), [zone], bounds[0], bounds[1], [country] if country else ())
    made = whole.between(*bounds).times(np.zeros(len(uniform), dtype=int), np.full(len(uniform), category), uniform)
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


@pytest.mark.parametrize("category", range(len(MERCHANT_CATEGORIES)))
def test_by_the_facts_the_hours_are_those_of_the_category_and_nothing_begins_at_once(category: int) -> None:
    times = drawn("UTC", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", category=category, auto=True)
    hours = facts.HOURS[MERCHANT_CATEGORIES[category]]
    for hour in range(24):
        # Lines from middle to middle cut peaks a little.
        assert share(times, range(hour, hour + 1)) == pytest.approx(hours[f"{hour:02d}"], rel=0.2, abs=0.002)
    bins = Counter((time.hour * 60 + time.minute) // 10 for time in times)
    for first, second in itertools.pairwise(bins[at] for at in range(144)):
        assert max(first, second) < 200 or max(first, second) / min(first, second) < 1.6


def test_configured_blocks_jump_and_have_their_weights_for_every_category() -> None:
    for category in range(len(MERCHANT_CATEGORIES)):
        times = drawn("UTC", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z", category=category)
        assert share(times, range(9, 17)) == pytest.approx(0.70, abs=1e-4)
        assert share(times, range(17, 22)) == pytest.approx(0.25, abs=1e-4)


def test_by_the_facts_each_category_has_its_own_weekend() -> None:
    for name in ("healthcare", "entertainment"):
        category = MERCHANT_CATEGORIES.index(name)
        times = drawn("UTC", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", category=category, auto=True)
        weekend = sum(time.weekday() >= 5 for time in times) / len(times)
        assert weekend == pytest.approx(facts.WEEKEND[name].value, abs=1e-3)


def test_a_holiday_is_like_a_weekend_and_a_configured_weekend_knows_none() -> None:
    # 1 May 2026 is a Friday and a holiday in Germany. No wages come within these days.
    week: dict[str, Any] = {"start": "2026-05-04T00:00:00Z", "end": "2026-05-18T00:00:00Z", "country": "DE"}
    health = MERCHANT_CATEGORIES.index("healthcare")
    days = Counter(time.date().isoformat() for time in drawn("UTC", **week, category=health, auto=True))
    assert days["2026-05-14"] / days["2026-05-07"] == pytest.approx(days["2026-05-09"] / days["2026-05-08"], rel=0.01)
    days = Counter(time.date().isoformat() for time in drawn("UTC", **week, category=health))
    assert days["2026-05-14"] == pytest.approx(days["2026-05-07"], rel=0.01)


def test_more_is_paid_on_payday_and_the_day_after() -> None:
    month = drawn("Asia/Tokyo", "2026-06-01T00:00:00+09:00", "2026-06-30T00:00:00+09:00", country="JP", auto=True)
    days = Counter(time.day for time in month)
    lift = facts.PAYDAY_LIFT.value
    assert days[25] / days[18] == pytest.approx(lift, rel=0.02)  # Thursdays
    assert days[26] / days[19] == pytest.approx(lift, rel=0.02)
    assert days[24] / days[17] == pytest.approx(1.0, rel=0.02)


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
    assert hours[3] > 0
    assert share(times, range(9, 17)) / share(times, range(17, 22)) == pytest.approx(0.70 / 0.25, abs=1e-2)


def test_an_hour_that_comes_twice_has_twice_the_payments() -> None:
    # 1 November 2026, New York: 01:00 to 02:00 comes twice.
    times = drawn(NEW_YORK, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00")
    usual = drawn(NEW_YORK, "2026-11-08T00:00:00-05:00", "2026-11-09T00:00:00-05:00")
    hours, before = Counter(time.hour for time in times), Counter(time.hour for time in usual)
    assert hours[1] / hours[10] == pytest.approx(2 * before[1] / before[10], rel=0.02)
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
    assert share(times, range(6)) == pytest.approx(0.25, abs=1e-3)


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
    zones = [country.zone for country in COUNTRIES.values()]
    whole = Calendar(Week.of(times), zones, bounds[0], bounds[1], COUNTRIES.names)
    cells = len(zones), len(MERCHANT_CATEGORIES)
    weights = np.full(cells, 1 / (cells[0] * cells[1]))
    cuts = [bounds[0], *whole.cuts(weights, 4), bounds[1]]
    masses = [whole.between(*pair).masses for pair in itertools.pairwise(cuts)]
    assert np.allclose(sum(masses), 1.0)
    assert [float((weights * mass).sum()) for mass in masses] == pytest.approx([0.25] * 4, abs=0.02)
    countries = np.repeat(np.arange(len(zones)), 1000)
    categories = np.arange(len(countries)) % cells[1]
    for (start, end), _ in zip(itertools.pairwise(cuts), masses, strict=True):
        found = whole.between(start, end).times(
            countries, categories, np.tile(np.linspace(0, 1 - 1e-9, 1000), len(zones))
        )
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
    for country in COUNTRIES.values():
        assert datetime.now(UTC).astimezone(ZoneInfo(country.zone)).utcoffset() is not None
        assert (
            timedelta(hours=-12)
            < (datetime.now(ZoneInfo(country.zone)).utcoffset() or timedelta(0))
            < timedelta(hours=14)
        )
