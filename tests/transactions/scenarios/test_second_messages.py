"""What is sent again minutes later: when it comes, what it says, and how much of it may wait.

Whether a second message is what its label says is judged from the events alone.
"""

import io
import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import fastavro
import orjson
import pytest
from pydantic import ValidationError

import paysim.publishers.destinations  # noqa: F401  (the output that some of these name)
from paysim.contract.identity import parse
from paysim.contract.labels import EpisodePart
from paysim.contract.model import Transaction
from paysim.transactions.dataset import generate
from paysim.transactions.events.repeats import copies
from paysim.transactions.events.repeats.copies import DELAYS, Copy, WaitingCopies, delays
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.schema import avro_schema
from tests.support.transactions import MOMENT, RUN, config, make, ticking

pytestmark = pytest.mark.usefixtures("unmeasured")

SCHEMA = fastavro.parse_schema(orjson.loads(avro_schema()))
AGAIN = {"redelivery": 0.05, "reused_id": 0.05, "new_id": 0.05, "out_of_order": 0.05}
HOUR = {"total": 3_600, "rate": 1}
"""Long enough for all delays to be whole."""
NESTED = {
    "body": {
        "id": "{transaction_id}",
        "of": "{correlation_id}",
        "sum": {"of": "{amount|minor_units}"},
        "who": "{customer_id}",
        "at": "{transaction_timestamp|epoch_ms}",
    }
}
UNLAID = {"rename": {"transaction_id": "a.id", "channel": "a.c", "amount": "b.sum", "device_type": "b.d"}}


@dataclass(frozen=True)
class Event:
    """at: seconds since the first."""

    at: float
    body: bytes
    id: bytes
    label: str | None
    part: EpisodePart | None
    key: str | None = None


def sent(generator: TransactionGenerator, batches: int, size: int, seconds: float) -> list[Event]:
    found = []
    for number in range(batches):
        batch = generator.batch("credit_card", size)
        for at, (body, id_) in enumerate(zip(batch.bodies, batch.ids, strict=True)):
            key = None if batch.keys is None else batch.keys[at]
            found.append(Event(number * seconds, body, id_, batch.labels.get(at), batch.episodes.get(at), key))
    return found


def read(body: bytes) -> dict[str, Any]:
    """A body's values by their path; of Avro too."""
    document = orjson.loads(body) if body[:1] == b"{" else fastavro.schemaless_reader(io.BytesIO(body), SCHEMA, None)
    found: dict[str, Any] = {}
    pending = [("", document)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{path}.{name}", inner) for name, inner in value.items()]
        else:
            found[path] = value
    return found


def judged(events: list[Event], delay: tuple[float, float], at_once: float = 0.0) -> Counter[str]:
    """How many second messages there are of each kind. From the events alone: each follows a good one in time.

    at_once: seconds between two events at which one can go out.
    """
    first: dict[bytes, Event] = {}
    counts: Counter[str] = Counter()
    for event in events:
        if event.label is None:
            assert event.id not in first
            first[event.id] = event
            continue
        assert event.part is not None
        original = first[event.part.episode]
        assert delay[0] <= event.at - original.at <= delay[1] + at_once, event.at - original.at
        one, other = read(original.body), read(event.body)
        differs = {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}
        if event.label == "redelivery":
            assert (event.id, event.body, event.key) == (original.id, original.body, original.key)
            assert event.part.role == "redelivered"
        elif event.label == "reused_id":
            assert event.id == original.id and event.key == original.key and event.part.role == "changed"
            [path] = differs
            assert path in AMOUNTS and 0 < other[path] < one[path]
        elif event.label == "new_id":
            assert event.id not in first and event.key == original.key and event.part.role == "again"
            [path] = differs
            assert path in IDS
        else:
            assert event.label == "out_of_order" and event.part.role == "earlier"
            assert event.id not in first and event.key == original.key
            [when] = differs & TIMES
            assert 1 <= moment(one[when]) - moment(other[when]) <= 60  # made before, and here only now
            assert differs & IDS and differs & AMOUNTS and differs & PURCHASES
            assert all(path in OF_ITS_OWN or path.startswith(".payment_details.") for path in differs)
        counts[event.label] += 1
    return counts


IDS, PURCHASES = {".transaction_id", ".id", ".a.id"}, {".correlation_id", ".of"}
AMOUNTS, TIMES = {".amount", ".sum.of", ".b.sum"}, {".transaction_timestamp", ".at"}
OF_ITS_OWN = IDS | PURCHASES | AMOUNTS | TIMES


def moment(value: str | int) -> float:
    """Seconds since 1970."""
    return value / 1000 if isinstance(value, int) else datetime.fromisoformat(value).timestamp()


FORMS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "a body": {"mapping": NESTED},
    "not laid out": {"mapping": UNLAID},
    "avro": {"output": {"format": "avro"}},
    "by customer": {"output": {"event_hub": {"partition_by": "customer_id"}}},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 50])
def test_each_follows_its_first_within_minutes_and_differs_as_its_label_says(form: str, size: int) -> None:
    batches, seconds = 5_000 // size, 0.6 * size  # fifty minutes
    generator = make(violations=AGAIN, volume=HOUR, clock=ticking(seconds), **FORMS[form])
    events = sent(generator, batches, size, seconds)
    counts = judged(events, (60.0, 300.0), at_once=180.0)
    for name in AGAIN:  # 250 less what is not due in the first and last minutes
        assert 150 < counts[name] < 300, counts
    assert generator.copies_waiting
    numbers = [parse(event.id).sequence for event in events if event.label not in ("redelivery", "reused_id")]  # type: ignore[union-attr]
    assert numbers == list(range(len(numbers)))


def test_in_a_data_set_they_stand_minutes_behind_and_totals_hold() -> None:
    window = {"mode": "replay", "start": "2026-03-01T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    plan = generate.plan(config(violations=AGAIN, timestamps=window, volume={"total": 50_000}), seed=3)
    waiting: list[int] = []
    rows = [row for rows in generate.slices(plan, lambda made: waiting.append(made.copies_waiting)) for row in rows]
    assert len(rows) == 50_000
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    events = [Event(row.time / 1000, row.body, row.id, row.label, row.part) for row in rows]
    counts = judged(events, (60.0, 300.0))
    for name, share in AGAIN.items():
        assert abs(counts[name] - share * 50_000) < 0.1 * share * 50_000, counts
    assert waiting and waiting[0] < 500
    again = [row for rows in generate.slices(plan) for row in rows]
    assert again == rows


def test_firsts_are_good_and_second_messages_are_too() -> None:
    generator = make(violations=AGAIN, volume=HOUR, clock=ticking(30.0))
    for event in sent(generator, 60, 100, 30.0):
        Transaction.model_validate_json(event.body)


def test_delays_fit_a_run_whose_end_is_known() -> None:
    assert delays(None) == delays(86_400.0) == DELAYS
    assert delays(30.0) == (2_000, 10_000)
    short = make(violations=AGAIN, volume={"total": 3_000, "rate": 100}, clock=ticking(1.0))
    counts = judged(sent(short, 30, 100, 1.0), (2.0, 10.0), at_once=2.0)
    assert all(counts[name] > 80 for name in AGAIN)


def a_copy(number: int, size: int = 100, due: int = 0) -> Copy:
    return Copy((b"x" * size, number.to_bytes(16, "big"), "", b"", 0), EpisodePart(bytes(16), "again"), due)


def test_what_waits_is_bounded_by_number_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MOST_WAITING", 50)
    generator = make(violations=AGAIN, volume=HOUR, clock=lambda: MOMENT)
    for _ in range(20):
        generator.batch("credit_card", 500)
    assert generator.copies_waiting == 50
    waiting = WaitingCopies()
    monkeypatch.setattr(copies, "MOST_BYTES", 1_000)
    for number in range(10):
        assert not waiting.is_full
        waiting.add("redelivery", a_copy(number))
    assert waiting.is_full
    assert waiting.take("redelivery", 1) is not None and not waiting.is_full


def test_they_come_in_the_order_in_which_they_are_due() -> None:
    waiting = WaitingCopies()
    for due in (30, 10, 20):
        waiting.add("redelivery", a_copy(due, due=due))
    assert waiting.take("new_id", 100) is None and waiting.take("redelivery", 10) is None
    taken = [waiting.take("redelivery", 100) for _ in range(4)]
    assert [copy and copy.due for copy in taken] == [10, 20, 30, None]


def test_what_did_not_go_out_is_not_sent_again() -> None:
    waiting = WaitingCopies()
    for number in range(5):
        waiting.add("new_id", a_copy(number))
    waiting.forget(3)
    assert len(waiting) == 3
    numbers = itertools.count()
    dropping = TransactionGenerator(
        config(violations=AGAIN, volume=HOUR),
        run=RUN,
        producer=0,
        clock=ticking(20.0),
        functions=[lambda document: None if next(numbers) % 3 else document],
    )
    judged(sent(dropping, 400, 10, 20.0), (60.0, 300.0), at_once=600.0)


def test_they_wait_over_a_reload() -> None:
    generator = make(violations=AGAIN, volume=HOUR, clock=ticking(10.0))
    events = sent(generator, 10, 100, 10.0)
    waiting = generator.copies_waiting
    generator.reconfigure(
        config(violations={**AGAIN, "late_arrival": 0.0}, volume=HOUR, patterns={"amounts": {"min": 2}})
    )
    assert generator.copies_waiting == waiting > 0
    events += [
        Event(event.at + 100.0, event.body, event.id, event.label, event.part)
        for event in sent(generator, 40, 100, 10.0)
    ]
    judged(events, (60.0, 300.0), at_once=60.0)


def test_more_than_half_cannot_be_second_messages() -> None:
    with pytest.raises(ValidationError, match=r"violations.new_id: is a second message .* at most half of all"):
        config(violations={"new_id": 0.6})


def test_where_a_run_sends_times_of_replay_they_wait_by_the_clock() -> None:
    window = {"mode": "replay", "start": "2026-03-01T00:00:00Z", "end": "2026-03-08T00:00:00Z"}
    generator = make(violations=AGAIN, timestamps=window, volume={"total": 6_000, "rate": 200}, clock=ticking(0.5))
    counts = judged(sent(generator, 60, 100, 0.5), (2.0, 10.0), at_once=2.0)  # thirty seconds
    assert all(counts[name] > 80 for name in AGAIN), counts
