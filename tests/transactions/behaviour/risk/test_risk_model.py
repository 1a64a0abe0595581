"""What is risky is declined more often, the configured shares hold, and what is said of a payment is so."""

from collections import Counter, defaultdict
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pytest

from paysim.contract.methods import PAYMENT_METHODS
from paysim.facts import fraud
from paysim.transactions.behaviour.risk import risk_model as risk
from paysim.transactions.behaviour.risk.recent_payments import RecentPayments
from paysim.transactions.behaviour.risk.retries import Retries
from paysim.transactions.dataset.generate import Row, plan, slices
from paysim.transactions.dataset.truth.statistics import auc
from tests.support.transactions import MOMENT, config, events, make

pytestmark = pytest.mark.usefixtures("unmeasured")

Event = dict[str, Any]
CARDS, SOFT = ("credit_card", "debit_card"), ("1A", "65")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    settings = config(population={"customers": 4000, "merchants": 1500})
    return [row for part in slices(plan(settings, total=60_000)) for row in part]


@pytest.fixture(scope="module")
def made(rows: list[Row]) -> list[Event]:
    return [orjson.loads(row.body) for row in rows]


def logistic(shift: float, x: float) -> float:
    return float(1 / (1 + np.exp(-x - shift)))


def measured(made: list[Event], positive: list[bool]) -> float:
    found = auc(np.array([event["metadata"]["risk_score"] for event in made]), np.array(positive))
    assert found is not None
    return found.value


def test_the_score_tells_something_of_declines_and_not_all(made: list[Event]) -> None:
    decided = [event for event in made if event["payment_status"] in ("completed", "failed")]
    band = fraud.SCORE_SEPARATES_DECLINES
    assert band.low < measured(decided, [e["payment_status"] == "failed" for e in decided]) < band.high


def test_the_score_tells_much_of_fraud_and_not_all(rows: list[Row], made: list[Event]) -> None:
    band = fraud.SCORE_SEPARATES_FRAUD
    assert 40 < sum(row.fraud for row in rows) < 110  # 0.12 %
    assert band.low < measured(made, [row.fraud for row in rows]) < band.high


@pytest.mark.parametrize("share", [0.0, 0.004, 0.05, 0.3, 0.9, 1.0])
def test_declines_have_the_configured_share_whatever_the_risk(share: float) -> None:
    statuses = {"completed": 1 - share, "failed": share} if share < 1 else {"failed": 1}
    generator = make(patterns={"payment_status": statuses}, population={"customers": 3000, "merchants": 500})
    found = events(generator, {"credit_card": 20_480})
    failed = Counter(event["payment_status"] for event in found)["failed"]
    # Counts are corrected as they go: off by less than four standard deviations of one block, not of all.
    assert abs(failed - share * len(found)) <= 4 * np.sqrt(share * (1 - share) * 4096)


def test_what_is_too_much_or_too_little_is_made_up_for() -> None:
    for bias in (0.6, 0.9, 1.2, 1.8):
        quota, rng, hits = risk.Quota(0.1, 4), np.random.default_rng(3), 0
        for count in [1024, 100, 2000, 1] * 40:
            for piece in quota.pieces(count):
                found = int((rng.random(piece.stop - piece.start) < 0.1 * bias * quota.factor).sum())
                quota.count(found)
                hits += found
        assert abs(hits - 0.1 * 40 * 3125) < 0.1 * 4096 + 60


@pytest.mark.parametrize("wanted", [0.001, 0.1, 0.5, 0.97])
def test_an_intercept_is_solved_from_below_and_from_above(wanted: float) -> None:
    for shift in (-9.0, 0.0, 9.0):  # where the search begins is far too low or far too high
        found = risk.solved(partial(logistic, shift), wanted)
        assert logistic(shift, found) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("remote", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.6, 1.0])
def test_declines_here_and_at_a_distance_come_to_the_share_of_all(share: float, remote: float) -> None:
    here, there = risk.by_distance(share, remote)
    assert (1 - remote) * here + remote * there == pytest.approx(share, abs=1e-9)
    assert 0 <= here <= there <= 1
    assert there > 1.3 * here or share in (0.0, 0.6, 1.0)


def test_scores_rise_with_the_level_in_every_set_of_indicators() -> None:
    records = risk.RiskRecords()
    by_set = defaultdict(list)
    for record in records:
        by_set[tuple(record["metadata.fraud_indicators"])].append(record["metadata.risk_score"])
    assert len(by_set) == 64 and len(records) == sum(map(len, by_set.values()))
    for scores in by_set.values():
        assert scores == sorted(scores) and 0 < scores[0] < 0.05 and 0.9 < scores[-1] < 1
    level, flags = np.arange(risk.LEVELS), np.full(risk.LEVELS, 5, np.uint8)
    for at in records.of(level, flags).tolist():
        assert records[at]["metadata.fraud_indicators"] == ["new_device", "proxy_detected"]


def test_velocity_is_said_of_the_third_payment_within_the_hour_and_of_no_other() -> None:
    rng, recent = np.random.default_rng(5), RecentPayments(40, 1)
    times = np.sort(rng.integers(0, 36_000_000, 1000))
    customer = rng.integers(0, 40, 1000)
    found, start = [], 0
    for count in (1, 199, 300, 500):
        part = slice(start, start + count)
        found += (recent.busy(customer[part], times[part], 0) + start).tolist()
        start += count
    expected, seen = [], defaultdict[int, list[int]](list)
    for at, (who, time) in enumerate(zip(customer.tolist(), times.tolist(), strict=True)):
        if len(seen[who]) > 1 and time - seen[who][-2] <= 3_600_000:
            expected.append(at)
        seen[who].append(time)
    assert found == expected and 100 < len(found) < 900


def test_under_load_nobody_is_unusual_for_paying_as_often_as_everybody() -> None:
    recent = RecentPayments(1000, 1)
    people = np.arange(1000)
    for now in range(0, 600_000, 60_000):  # each once a minute
        assert not len(recent.busy(people, None, now))
    hasty = np.full(3, 7)
    assert recent.busy(hasty, None, 601_000).tolist() == [2]


def test_a_device_is_new_once() -> None:
    recent = RecentPayments(5000, 1)
    people = np.repeat(np.arange(5000), 2)
    own = np.arange(10_000) % 4 > 0
    found = recent.new_devices(people, own)
    assert len(set(people[found].tolist())) == len(found) and 50 < len(found) < 150
    assert own[found].all() and not len(recent.new_devices(people, own))


def test_second_attempts_in_replay_are_the_same_later() -> None:
    rng = np.random.default_rng(2)
    count, end = 400, 90_000_000
    merchant, amount = np.arange(count), rng.random(count)
    kinds, times = rng.integers(0, 3, count).astype(np.int8), rng.integers(0, end, count)
    before = (merchant.copy(), amount.copy(), times.copy())
    declined = np.flatnonzero((rng.random(count) < 0.2) & (kinds < 2))
    places = Retries(rng).in_replay([merchant, amount], kinds, declined, times, end)
    assert len(places) > 0.6 * len(declined)
    source = merchant[places]
    assert set(source) <= set(declined) and not set(source) & set(places)
    assert (kinds[source] == kinds[places]).all() and (source < places).all()
    assert (amount[places] == before[1][source]).all()
    assert ((times[places] - before[2][source] > 0) & (times[places] - before[2][source] < 600_000)).all()
    assert times.max() < end
    others = np.setdiff1d(np.arange(count), places)
    assert (merchant[others] == before[0][others]).all() and (times[others] == before[2][others]).all()


@pytest.mark.parametrize("live", [False, True])
def test_declined_customers_try_again_within_ten_minutes(made: list[Event], live: bool) -> None:
    if live:
        clock = iter(range(MOMENT, MOMENT + 4_000 * 10**9, 10**9))
        generator = make(clock=lambda: next(clock), population={"customers": 4000, "merchants": 1500})
        made = events(generator, {"credit_card": 40_000})
    by_person = defaultdict(list)
    for event in made:
        if event["transaction_type"] == "payment" and event["payment_method"] in CARDS:
            by_person[event["customer_id"]].append(event)
    declined = again = 0
    for payments in by_person.values():
        payments.sort(key=lambda event: event["transaction_timestamp"])
        for at, first in enumerate(payments):
            if first["payment_status"] == "failed":
                declined += 1
                same = ("merchant_id", "amount", "currency", "channel")
                for second in payments[at + 1 :]:
                    if all(second[name] == first[name] for name in same):
                        assert second["transaction_id"] != first["transaction_id"]
                        gap = np.datetime64(second["transaction_timestamp"][:-1]) - np.datetime64(
                            first["transaction_timestamp"][:-1]
                        )
                        again += bool(gap <= np.timedelta64(600, "s"))
                        break
    assert 0.1 < again / declined < 0.6


def test_who_was_declined_for_an_exemption_authenticates(made: list[Event]) -> None:
    payments = defaultdict(list)
    for event in made:
        if event["payment_method"] in CARDS and event["channel"] in ("web", "mobile"):
            key = (event["customer_id"], event["merchant_id"], event["amount"], event["channel"])
            payments[key].append(event["payment_details"])
    after = [two for each in payments.values() for one, two in pairwise(each) if one.get("response_code") in SOFT]
    assert after and {details["three_ds"] for details in after} == {"authenticated"}


def test_a_challenge_goes_with_risk(made: list[Event]) -> None:
    scores = defaultdict(list)
    for event in made:
        if event["payment_method"] in CARDS and event["customer_country"] in ("GB", "DE", "FR"):
            scores[event["payment_details"].get("three_ds")].append(event["metadata"]["risk_score"])
    assert np.mean(scores["authenticated"]) > 1.3 * np.mean(scores["exempted"])


def test_a_data_set_repeats_with_its_labels() -> None:
    settings = config(patterns={"payment_methods": dict.fromkeys(PAYMENT_METHODS, 1)})
    first, second = ([row for part in slices(plan(settings, total=30_000)) for row in part] for _ in range(2))
    assert first == second
    assert any(row.fraud for row in first)


def test_what_is_fraud_does_not_depend_on_the_size_of_batches() -> None:
    found = []
    for size in (1, 7, 500):
        generator, fraudulent, done = make(), [], 0
        while done < 21_000:
            batch = generator.batch("credit_card", min(size, 21_000 - done))
            fraudulent += [batch.ids[at] for at in batch.fraud]
            done += len(batch)
        found.append(fraudulent)
    assert found[0] == found[1] == found[2] and len(found[0]) > 5
