"""100,000 transactions of a configuration that sets all shares, held against it.

Bounds are derived, not tuned: a true null hypothesis fails one of these tests once in a million runs (ALARM), and seeds
are fixed, so that they pass always or never.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import jsonschema_rs
import numpy as np
import orjson
import pytest
from scipy import stats
from stdnum import luhn

from paysim.config.schema import Amounts, Config
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES, MINOR_UNITS
from paysim.contract.methods import PAYMENT_METHODS
from paysim.contract.model import Transaction, json_schema
from paysim.facts import brands, calendar
from paysim.transactions.behaviour.amounts.exchange_rates import PER_DOLLAR
from paysim.transactions.behaviour.mix.joint_table import CATEGORY, CHANNEL, COUNTRY, METHOD, joint_table
from paysim.transactions.dataset.generate import Row, plan, slices
from paysim.transactions.methods import card_presentation, cards
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES
from tests.support.amounts import reference
from tests.support.margins import CATEGORIES, CONFIGURED
from tests.support.margins import CHANNELS as CHANNEL_WEIGHTS
from tests.support.margins import METHODS as METHOD_WEIGHTS
from tests.support.transactions import config, make

pytestmark = pytest.mark.usefixtures("unmeasured")

TOTAL = 100_000
ALARM = 1e-6
# Kolmogorov: P(sup|F_n − F| > d) ≤ 2 exp(−2 n d²) (Massart 1990).
MASSART = math.sqrt(math.log(2 / ALARM) / 2)

COUNTRY_WEIGHTS = {code: country.weight for code, country in COUNTRIES.items() if country.weight}
Event = dict[str, Any]


def data_set(total: int, settings: Config) -> list[Row]:
    return [row for part in slices(plan(settings, total=total)) for row in part]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return data_set(TOTAL, config(seed=20_260_101, patterns=CONFIGURED, population={}))


@pytest.fixture(scope="module")
def events(rows: list[Row]) -> list[Event]:
    return [orjson.loads(row.body) for row in rows]


@pytest.fixture(scope="module")
def payments(events: list[Event]) -> list[Event]:
    return [event for event in events if event["transaction_type"] == "payment"]


def assert_mix(values: Iterable[Any], shares: Mapping[Any, float]) -> None:
    """Chi-square: these values come in these shares."""
    counts = Counter(values)
    assert set(counts) <= set(shares)
    total, whole = sum(counts.values()), sum(shares.values())
    expected = [total * share / whole for share in shares.values()]
    found = stats.chisquare([counts[value] for value in shares], expected)
    assert found.pvalue > ALARM, (counts, shares)


def test_all_validate_against_the_published_schema(rows: list[Row]) -> None:
    fast = jsonschema_rs.validator_for(json_schema())
    assert len(rows) == TOTAL
    for row in rows:
        assert fast.is_valid(orjson.loads(row.body)), row.body


def test_the_two_validators_agree(events: list[Event]) -> None:
    slow, fast = jsonschema.Draft202012Validator(json_schema()), jsonschema_rs.validator_for(json_schema())
    for at, event in enumerate(events[:300]):
        broken = dict(event)
        del broken[list(event)[at % len(event)]]
        for case in (event, broken, event | {"payment_status": "refunded"}, event | {"amount": -1}):
            assert slow.is_valid(case) == fast.is_valid(case)


def test_a_tenth_validates_against_the_model(events: list[Event]) -> None:
    for event in events[::10]:
        Transaction.model_validate(event)


def test_times_are_sorted_strictly_inside_seven_days(rows: list[Row], events: list[Event]) -> None:
    times = [event["transaction_timestamp"] for event in events]
    assert times == sorted(times)
    assert times[0] > "2026-01-01T00:00:00.000Z" and times[-1] < "2026-01-08T00:00:00.000Z"


def test_no_value_holds_digits_that_could_be_a_card_number(rows: list[Row]) -> None:
    for row in rows:
        # Pix has the one id that is long in digits, by its manual: E, the bank, the minute.
        for run in re.findall(rb"[0-9]{13,}", re.sub(rb'"E[0-9]{20}[A-Z0-9]{11}"', b"", row.body)):
            text = run.decode()
            for width in range(13, 20):
                for start in range(len(text) - width + 1):
                    assert not luhn.is_valid(text[start : start + width]), row.body


def test_no_event_has_a_field_for_secrets(events: list[Event]) -> None:
    def names(value: Any) -> Iterable[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from names(inner)

    found = {name for event in events[::50] for name in names(event)}
    assert not [name for name in found if re.search("cvv|cvc|track|pan$|card_number|expiry", name)]


def test_payment_methods_have_their_weights(events: list[Event]) -> None:
    counts = Counter(event["payment_method"] for event in events)
    assert counts == {method: TOTAL * share for method, share in METHOD_WEIGHTS.items()}


def test_statuses_have_their_weights(events: list[Event], payments: list[Event]) -> None:
    weights = {"completed": 0.85, "failed": 0.10, "pending": 0.03, "cancelled": 0.01}
    assert_mix((event["payment_status"] for event in payments), weights)
    for method in PAYMENT_METHODS:
        assert_mix((e["payment_status"] for e in payments if e["payment_method"] == method), weights)
    refunds = len(events) - len(payments)
    # Before the first payments of a method can be refunded, payments go out instead: at most a few hundred draws each.
    assert stats.binomtest(refunds, TOTAL, 0.01, alternative="greater").pvalue > ALARM
    assert refunds > 0.01 * TOTAL - 5 * math.sqrt(0.01 * TOTAL) - 50


@pytest.mark.parametrize(
    ("field", "weights"),
    [
        ("customer_country", COUNTRY_WEIGHTS),
        ("merchant_category", CATEGORIES),
        ("channel", CHANNEL_WEIGHTS),
    ],
)
def test_countries_categories_and_channels_have_their_weights(
    payments: list[Event], field: str, weights: dict[str, float]
) -> None:
    assert_mix((event[field] for event in payments), weights)


def test_countries_have_their_weights_for_every_method(payments: list[Event]) -> None:
    for method in ("credit_card", "debit_card"):
        found = Counter(event["customer_country"] for event in payments if event["payment_method"] == method)
        assert set(found) == set(COUNTRY_WEIGHTS)


def test_methods_are_of_each_country_and_channel_as_the_nearest_table_has_them(payments: list[Event]) -> None:
    """The table itself is held against another algorithm in behaviour/test_joint_table.py."""
    table = joint_table(config(patterns=CONFIGURED).transaction)
    by_country, by_channel = table.margin(METHOD, COUNTRY), table.margin(METHOD, CHANNEL)
    for at, method in enumerate(METHODS):
        mine = [event for event in payments if event["payment_method"] == method]
        for field, names, shares in (
            ("customer_country", COUNTRIES.names, by_country[at]),
            ("channel", CHANNELS, by_channel[at]),
        ):
            expected = {name: share for name, share in zip(names, shares.tolist(), strict=True) if share > 0}
            assert_mix((event[field] for event in mine), expected)
    shares_of_pairs = table.margin(CHANNEL, CATEGORY).ravel().tolist()
    pairs = [(channel, category) for channel in CHANNELS for category in MERCHANT_CATEGORIES]
    assert_mix(
        ((event["channel"], event["merchant_category"]) for event in payments),
        dict(zip(pairs, shares_of_pairs, strict=True)),
    )


def test_a_channel_fits_its_method(payments: list[Event]) -> None:
    seen = {(event["payment_method"], event["channel"]) for event in payments}
    assert seen == {(m, c) for m in PAYMENT_METHODS for c in CHANNELS} - {
        ("cryptocurrency", "pos"),
        ("digital_wallet", "api"),
    }
    transfers = [e for e in payments if e["payment_method"] == "bank_transfer" and e["channel"] == "pos"]
    assert {e["payment_details"]["scheme"] for e in transfers} == {"PIX", "UPI"}
    assert {e["payment_details"]["entry_mode"] for e in transfers} == {"qr"}


def test_declines_have_the_reasons_of_issuers(payments: list[Event]) -> None:
    failed = [e for e in payments if e["payment_status"] == "failed" and e["payment_method"].endswith("_card")]
    by_variant: dict[str, list[str]] = defaultdict(list)
    for event in failed:
        details = event["payment_details"]
        way = details["entry_mode"], details.get("three_ds"), details.get("cardholder_verification")
        by_variant[card_presentation.variant(details["brand"], way)].append(details["response_code"])
    assert set(by_variant) == set(cards.DECLINES)
    for variant, codes in by_variant.items():
        assert_mix(codes, cards.DECLINES[variant])


def test_soft_declines_ask_for_what_was_exempt(payments: list[Event]) -> None:
    soft = [e for e in payments if e["payment_details"].get("response_code") in ("1A", "65")]
    assert {(e["payment_details"]["response_code"], e["payment_details"]["brand"]) for e in soft} == {
        ("1A", "visa"),
        ("65", "mastercard"),
    }
    assert {e["payment_details"]["three_ds"] for e in soft} == {"exempted"}


def test_entry_modes_fit_their_channel_and_amount(payments: list[Event]) -> None:
    steps = {"US": [30, 100, 250, 500], "GB": [25, 88, 220, 440]}
    for country in steps:
        limit = 0 if country == "US" else 100  # no limit of its own in the US
        found: dict[tuple[str, int], list[card_presentation.Way]] = defaultdict(list)
        for e in payments:
            if e["payment_method"] != "credit_card" or e["customer_country"] != country:
                continue
            if e["channel"] == "pos":
                if e["merchant_country"] != country:
                    continue
                band = int(e["amount"] > limit > 0)
            elif country == "GB":
                band = int(np.searchsorted(steps[country], e["amount"]))
            else:
                band = 0
            d = e["payment_details"]
            found[e["channel"], band].append((d["entry_mode"], d.get("three_ds"), d.get("cardholder_verification")))
        assert {channel for channel, _ in found} == set(CHANNELS)
        for (channel, band), ways in found.items():
            if channel == "pos":
                expected = card_presentation.in_person(country, band > 0)
            else:
                expected = card_presentation.at_a_distance(country, channel, band)
            assert set(ways) <= set(expected)
            if len(ways) > 500 and len(expected) > 1:
                assert_mix(ways, {way: share for way, share in expected.items() if share})


def test_above_the_limit_a_tap_is_verified(payments: list[Event]) -> None:
    for country, currency, limit in (("GB", "GBP", 100), ("DE", "EUR", 50), ("CA", "CAD", 250), ("AU", "AUD", 100)):
        taps = [
            e
            for e in payments
            if e["payment_details"].get("entry_mode") == "contactless"
            and e["merchant_country"] == country
            and e["currency"] == currency
            and e["amount"] > limit
        ]
        assert taps
        assert {e["payment_details"]["cardholder_verification"] for e in taps} <= {"pin", "device"}


def test_card_brands_have_their_shares_among_cards(events: list[Event]) -> None:
    american = [e for e in events if e["payment_method"] == "credit_card" and e["customer_country"] == "US"]
    by_customer = {event["customer_id"]: event["payment_details"]["brand"] for event in american}
    assert_mix(by_customer.values(), brands.CREDIT["US"].of)


def dollars(event: Event) -> float:
    return float(event["amount"]) / PER_DOLLAR[event["currency"]]


def assert_amounts(found: list[float], amounts: Amounts) -> None:
    """Kolmogorov–Smirnov against the configured distribution cut to its bounds."""
    whole = reference(amounts)
    below, above = whole.cdf(amounts.least), whole.cdf(amounts.most)
    distance = stats.kstest(
        found, lambda x: (whole.cdf(np.clip(x, amounts.least, amounts.most)) - below) / (above - below)
    ).statistic
    # Rounding to minor units moves an amount by half a unit at most: a yen is the dearest, 0.64 cents.
    grid = np.linspace(amounts.least, min(amounts.most, amounts.least + 2_000), 200_001)
    steepest = np.max(np.diff(whole.cdf(grid))) / (grid[1] - grid[0]) / (above - below)
    assert distance < MASSART / math.sqrt(len(found)) + steepest * 0.0032


LOGNORMAL = {"distribution": "lognormal"}


@pytest.fixture(scope="module")
def distributed() -> list[Event]:
    """Payments whose amounts follow one distribution, in the currencies of their countries."""
    settings = Config.model_validate({"seed": 20_260_101, "transaction": {"patterns": {"amounts": LOGNORMAL}}})
    made = (orjson.loads(row.body) for row in data_set(100_000, settings))
    return [event for event in made if event["transaction_type"] == "payment"]


def test_amounts_of_payments_follow_the_configured_distribution(distributed: list[Event]) -> None:
    assert_amounts([dollars(event) for event in distributed], Amounts.model_validate(LOGNORMAL))


@pytest.mark.parametrize(
    "amounts",
    [
        {"distribution": "normal", "mean": 100, "std_dev": 80, "max": 250},
        {"distribution": "uniform", "min": 5, "max": 50},
        {"distribution": "exponential", "max": 300},
        {"distribution": "bimodal", "std_dev": 20},
        {"distribution": "lognormal", "min": 20, "max": 200},
    ],
    ids=lambda amounts: amounts["distribution"],
)
def test_every_distribution_is_followed_over_all_methods(amounts: dict[str, Any]) -> None:
    settings = config(patterns={"amounts": amounts, "currencies": {"USD": 1}})
    found = [orjson.loads(row.body) for row in data_set(40_000, settings)]
    values = [event["amount"] for event in found if event["transaction_type"] == "payment"]
    assert min(values) >= settings.transaction.patterns.amounts.least
    assert max(values) <= settings.transaction.patterns.amounts.most
    assert_amounts(values, settings.transaction.patterns.amounts)


def test_a_method_with_amounts_of_its_own_follows_them() -> None:
    own = {"distribution": "uniform", "min": 100, "max": 900}
    settings = config(
        patterns={"amounts": {**LOGNORMAL, "by_method": {"bank_transfer": own}}, "currencies": {"USD": 1}}
    )
    by_method = defaultdict(list)
    for row in data_set(60_000, settings):
        event = orjson.loads(row.body)
        if event["transaction_type"] == "payment":
            by_method[event["payment_method"] == "bank_transfer"].append(event["amount"])
    assert_amounts(by_method[True], Amounts.model_validate(own))
    assert_amounts(by_method[False], Amounts.model_validate(LOGNORMAL))


def test_habits_shift_ranks(distributed: list[Event]) -> None:
    def median(field: str, value: str) -> float:
        return float(np.median([dollars(event) for event in distributed if event[field] == value]))

    assert (
        median("merchant_category", "food_beverage")
        < median("merchant_category", "retail")
        < median("merchant_category", "travel")
    )
    assert median("payment_method", "debit_card") < median("payment_method", "credit_card")
    by_customer = defaultdict(list)
    for event in distributed:
        by_customer[event["customer_id"]].append(math.log(dollars(event)))
    groups = [values for values in by_customer.values() if len(values) >= 50]
    assert stats.f_oneway(*groups).pvalue < ALARM  # customers do differ


def test_activity_is_zipf_where_it_is_a_number() -> None:
    total = 60_000
    made = data_set(total, config(population={"customers": 5000, "activity": 1.1}))
    counts = sorted(Counter(orjson.loads(row.body)["customer_id"] for row in made).values(), reverse=True)
    top = np.arange(1, 201)
    activity = top**-1.1 / (np.arange(1, 5001) ** -1.1).sum()
    x = np.log(top)
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    slope = float(weights @ np.log(counts[:200]))
    # Counts are Poisson: the variance of a logarithm is 1/count. Sorting only lessens it.
    spread = math.sqrt(float((weights**2) @ (1 / (total * activity))))
    assert abs(slope + 1.1) < stats.norm.isf(ALARM / 2) * spread


def test_configured_hours_and_weekends_hold_as_sums_in_the_time_of_each_country() -> None:
    blocks = {"business_hours": {"weight": 0.6}, "evening": {"weight": 0.3}, "night_weight": 0.1, "weekend_factor": 0.5}
    window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-08T00:00:00Z", **blocks}
    rows = data_set(60_000, config(seed=20_260_102, timestamps=window))
    made = [event for row in rows if (event := orjson.loads(row.body))["transaction_type"] == "payment"]
    for country in COUNTRY_WEIGHTS:
        clock = ZoneInfo(COUNTRIES[country].zone)
        times = [
            datetime.fromisoformat(event["transaction_timestamp"]).astimezone(clock)
            for event in made
            if event["customer_country"] == country
        ]
        # Whole local days only: the window begins and ends at midnight of UTC.
        shares = {
            (day, block): share * (0.5 if datetime(2026, 1, day).weekday() >= 5 else 1.0)
            for day in range(2, 7)
            for block, share in (("business", 0.6), ("evening", 0.3), ("night", 0.1))
        }
        assert_mix(((time.day, _block(time.hour)) for time in times if 2 <= time.day <= 6), shares)


def _block(hour: int) -> str:
    return "business" if 9 <= hour < 17 else "evening" if 17 <= hour < 22 else "night"


def test_weekends_are_those_of_what_is_sold(payments: list[Event]) -> None:
    for category, fact in calendar.WEEKEND.items():
        days = [
            time.weekday() >= 5
            for event in payments
            if event["merchant_category"] == category
            and 2 <= (time := _local(event)).day <= 7  # from Friday to Wednesday
        ]
        factor = (fact.value / 2) / ((1 - fact.value) / 5)
        expected = 2 * factor / (4 + 2 * factor)
        spread = math.sqrt(expected * (1 - expected) / len(days))
        # Wages come on some of these days, and some of them are holidays.
        assert abs(sum(days) / len(days) - expected) < stats.norm.isf(ALARM / 2) * spread + 0.02


def _local(event: Event) -> datetime:
    clock = ZoneInfo(COUNTRIES[event["customer_country"]].zone)
    return datetime.fromisoformat(event["transaction_timestamp"]).astimezone(clock)


@pytest.mark.parametrize(("refunded", "days"), [(0.01, 7), (0.2, 7), (0.05, 28), (0.25, 1)])
def test_the_share_of_refunds_holds_over_the_window_and_they_come_days_later(refunded: float, days: int) -> None:
    total = 20_000
    window = {"start": "2026-02-02T00:00:00Z", "end": (datetime(2026, 2, 2) + timedelta(days=days)).isoformat() + "Z"}
    status = {"completed": 0.9 - refunded, "failed": 0.1, "refunded": refunded}
    rows = data_set(total, config(seed=5, timestamps=window, patterns={"payment_status": status}))
    made = [orjson.loads(row.body) for row in rows]
    times = {event["transaction_id"]: row.time for event, row in zip(made, rows, strict=True)}
    refunds = [event for event in made if event["transaction_type"] == "refund"]
    # Some more or less than expected are due, as by chance.
    assert abs(len(refunds) - refunded * total) < stats.norm.isf(ALARM / 2) * math.sqrt(refunded * total)
    delays = [(times[e["transaction_id"]] - times[e["original_transaction_id"]]) / 86_400_000 for e in refunds]
    assert min(delays) > 0
    if days >= 7:
        assert 1 < np.median(delays) < 5
    counts = Counter(event["merchant_category"] for event in refunds)
    sold = Counter(event["merchant_category"] for event in made if event["payment_status"] == "completed")
    if refunded < 0.1:  # of nearly all payments one cannot choose
        assert counts["retail"] / sold["retail"] > 2 * counts["food_beverage"] / sold["food_beverage"]


def test_every_referential_rule_holds(events: list[Event]) -> None:
    seen: dict[str, Event] = {}
    refunded: dict[str, int] = defaultdict(int)
    customers: dict[str, tuple[str, ...]] = {}
    merchants: dict[str, tuple[str, ...]] = {}
    for event in events:
        assert event["transaction_id"] not in seen
        seen[event["transaction_id"]] = event
        customer = tuple(event[f"customer_{name}"] for name in ("name", "email", "country"))
        assert customers.setdefault(event["customer_id"], customer) == customer
        names = ("name", "category", "category_code", "country")
        merchant = tuple(event[f"merchant_{name}"] for name in names)
        assert merchants.setdefault(event["merchant_id"], merchant) == merchant
        if event["transaction_type"] == "refund":
            payment = seen[event["original_transaction_id"]]  # it came before
            assert payment["payment_status"] == "completed"
            for name in ("correlation_id", "customer_id", "merchant_id", "currency", "payment_method", "merchant_name"):
                assert event[name] == payment[name]
            for name in ("brand", "last4", "token", "iban", "provider", "address"):
                assert event["payment_details"].get(name) == payment["payment_details"].get(name)
            unit = 10 ** MINOR_UNITS[event["currency"]]
            refunded[payment["transaction_id"]] += round(event["amount"] * unit)
            assert refunded[payment["transaction_id"]] <= round(payment["amount"] * unit)
    assert sum(refunded.values()) > 0
    assert len(customers) > 4_000


def test_refunds_wait_for_a_payment_and_are_counted() -> None:
    generator = make(patterns={"payment_status": {"refunded": 1}})
    found = [orjson.loads(body) for _ in range(40) for body in generator.batch("credit_card", 5).bodies]
    kinds = Counter(event["transaction_type"] for event in found)
    assert kinds["payment"] == generator.payments_for_refunds > 0
    assert {e["payment_status"] for e in found if e["transaction_type"] == "payment"} == {"completed"}
