"""Who was declined tries again only where networks allow it: in a full lifecycle, in replay, and live."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from paysim.facts.declines import NEVER_AGAIN, RETRIES
from paysim.transactions.dataset import generate
from tests.support.transactions import config, make, ticking

pytestmark = pytest.mark.usefixtures("unmeasured")

START = datetime(2026, 1, 1, tzinfo=UTC)
DECLINED: dict[str, Any] = {
    "patterns": {
        "payment_methods": {"credit_card": 1},
        "payment_status": {"completed": 0.6, "failed": 0.4},
        "channels": {"web": 0.7, "pos": 0.3},
    },
    "population": {"customers": 20_000, "merchants": 2_000},
}
SOON = timedelta(minutes=10)
Event = dict[str, Any]


def replayed(**more: Any) -> list[Event]:
    window = {"mode": "replay", "start": START, "end": START + timedelta(days=10)}
    plan = generate.plan(config(**DECLINED, timestamps=window, volume={"total": 30_000}, **more), seed=5)
    return [orjson.loads(row.body) for rows in generate.slices(plan) for row in rows]


def code(event: Event) -> str | None:
    found: str | None = event["payment_details"].get("response_code")
    return found


def tried_again(events: Iterable[Event]) -> Counter[str | None]:
    """Codes of declines after which the same person paid the same to the same merchant within ten minutes."""
    last: dict[tuple[str, str, float], tuple[datetime, Event]] = {}
    found: Counter[str | None] = Counter()
    for event in events:
        key = event["customer_id"], event["merchant_id"], event["amount"]
        moment = datetime.fromisoformat(event["transaction_timestamp"])
        before = last.get(key)
        if before is not None and before[1]["payment_status"] == "failed" and moment - before[0] <= SOON:
            found[code(before[1])] += 1
        last[key] = moment, event
    return found


def declines(events: Iterable[Event]) -> Counter[str | None]:
    return Counter(code(event) for event in events if event["payment_status"] == "failed")


def test_a_retry_of_a_full_lifecycle_follows_no_decline_that_is_final() -> None:
    events = replayed(lifecycle="full")
    by_id = {event["transaction_id"]: event for event in events}
    retried = Counter(code(by_id[e["original_transaction_id"]]) for e in events if e["transaction_type"] == "retry")
    failed = [e for e in events if e["transaction_type"] == "authorization" and e["payment_status"] == "failed"]
    final = sum(code(event) in NEVER_AGAIN for event in failed)
    assert final > 100 and not retried.keys() & set(NEVER_AGAIN.of)
    first = sum(number for said, number in retried.items() if said)
    assert abs(first / (len(failed) - final) - RETRIES.value) < 0.12  # second retries count too


def test_in_replay_too() -> None:
    events = replayed()
    again, all_ = tried_again(events), declines(events)
    assert sum(again.values()) > 500 and sum(all_[each] for each in NEVER_AGAIN.of) > 100
    assert not again.keys() & set(NEVER_AGAIN.of), again


def test_live_too() -> None:
    generator = make(**DECLINED, clock=ticking(2.0))
    events = [orjson.loads(body) for _ in range(300) for body in generator.batch("credit_card", 100).bodies]
    again, all_ = tried_again(events), declines(events)
    assert sum(again.values()) > 500 and sum(all_[each] for each in NEVER_AGAIN.of) > 100
    assert not again.keys() & set(NEVER_AGAIN.of), again


def test_no_other_reason_is_left_out() -> None:
    by_code = defaultdict(int, declines(replayed()))
    assert {"51", "05", "59", "54", "61", "62", "91"} <= by_code.keys()
