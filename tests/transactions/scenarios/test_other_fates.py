"""What follows a payment is other than it would have been: what is labelled so, and nothing else."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

import paysim.publishers.destinations  # noqa: F401  (the output that configurations name)
from paysim.cli import main
from paysim.contract.labels import is_good
from paysim.contract.model import Transaction
from paysim.pipeline.records import kind_of
from paysim.transactions.dataset import generate
from paysim.transactions.dataset.generate import Row
from paysim.transactions.generator import TransactionGenerator
from tests.support.margins import METHODS
from tests.support.scenarios import IN_LIFECYCLE
from tests.support.transactions import MOMENT, config, make, ticking

pytestmark = pytest.mark.usefixtures("unmeasured")

START = datetime(2026, 1, 1, tzinfo=UTC)
FULL: dict[str, Any] = {"lifecycle": "full", "patterns": {"payment_methods": METHODS}}
WINDOW = {"mode": "replay", "start": START, "end": START + timedelta(days=60)}
LATE = timedelta(days=14)
"""Nothing that is good waits so long."""
UNLAID = {"rename": {"transaction_id": "a.id", "channel": "a.c", "amount": "b.sum", "device_type": "b.d"}}
Event = dict[str, Any]


def rows_of(total: int, share: float, **more: Any) -> list[Row]:
    wanted = {**FULL, "violations": {"missing_follow_up": share}, "timestamps": WINDOW, "volume": {"total": total}}
    plan = generate.plan(config(**{**wanted, **more}), seed=3)
    return [row for rows in generate.slices(plan) for row in rows]


@pytest.fixture(scope="module")
def sent() -> list[Row]:
    return rows_of(40_000, 0.03)


def stories(rows: list[Row]) -> Iterator[tuple[Row, Event, list[Event]]]:
    """Each payment with what follows it."""
    after: dict[str, list[Event]] = defaultdict(list)
    payments = []
    for row in rows:
        event = orjson.loads(row.body)
        if event["transaction_type"] in ("payment", "authorization", "retry"):
            payments.append((row, event))
        if "original_transaction_id" in event:
            after[event["original_transaction_id"]].append(event)
    return ((row, event, after[event["transaction_id"]]) for row, event in payments)


def lacks(event: Event, following: list[Event]) -> str | None:
    """What should have followed a payment, by docs/LIFECYCLE.md alone."""
    types = {each["transaction_type"] for each in following}
    if event["payment_status"] == "pending" and "resolution" not in types:
        return "never_resolved"
    approved = event["payment_status"] in ("authorized", "completed") or any(
        each["transaction_type"] == "resolution" and each["payment_status"] != "failed" for each in following
    )
    if not approved or types & {"void", "expiry"}:
        return None
    is_card = event["transaction_type"] == "authorization" or event["payment_status"] == "authorized"
    if is_card and "capture" not in types:
        return "never_captured"
    return None if "settlement" in types else "never_settled"


def test_each_labelled_payment_lacks_what_its_role_says_and_no_other_lacks_anything(sent: list[Row]) -> None:
    end = START + timedelta(days=60)
    missing: Counter[str] = Counter()
    for row, event, following in stories(sent):
        last = max(each["transaction_timestamp"] for each in (event, *following))
        found = lacks(event, following)
        if row.label is not None:
            assert row.part is not None and row.part.episode == row.id
            assert found == row.part.role, (event, following)
            assert "paysim" not in str(event) and Transaction.model_validate(event)
            missing[row.part.role] += 1
            if found != "never_settled":
                assert not following
        elif datetime.fromisoformat(last) < end - LATE:
            assert found is None, (event, following)
    assert missing.keys() == {"never_settled", "never_captured", "never_resolved"}
    assert min(missing.values()) > 10, missing


def test_what_else_follows_a_payment_without_a_settlement_comes(sent: list[Row]) -> None:
    unsettled = [(e, f) for row, e, f in stories(sent) if row.part and row.part.role == "never_settled"]
    types = Counter(each["transaction_type"] for _, following in unsettled for each in following)
    assert types["capture"] > 100 and types["refund"] > 3 and "settlement" not in types


def test_the_share_is_of_payments(sent: list[Row]) -> None:
    begun = sum(event["transaction_type"] in ("payment", "authorization") for _, event, _ in stories(sent))
    labelled = sum(row.label is not None for row in sent)
    assert len(sent) == 40_000
    assert labelled / begun == pytest.approx(0.03, abs=0.006)


def test_a_seed_repeats_it() -> None:
    one, other, without = rows_of(3_000, 0.05), rows_of(3_000, 0.05), rows_of(3_000, 0.0)
    assert one == other
    assert any(row.label for row in one) and not any(row.label for row in without)


@pytest.mark.parametrize("mapping", [{}, UNLAID], ids=["laid out", "not laid out"])
@pytest.mark.parametrize("size", [1, 100])
def test_live_the_payment_goes_out_as_any_other_and_nothing_else_is_labelled(
    size: int, mapping: dict[str, Any]
) -> None:
    generator = make(
        **FULL, violations={"missing_follow_up": 0.2}, mapping=mapping, clock=ticking(0.6 * size / 100),
        lifecycle_speedup=100_000,
    )  # fmt: skip
    labelled = followed = 0
    for _ in range(2_000 // size):
        batch = generator.batch("credit_card", size)
        for at, label in batch.labels.items():
            assert label == "missing_follow_up" and batch.episodes[at].episode == batch.ids[at]
            assert orjson.loads(batch.bodies[at])["payment_status"] in ("authorized", "pending")
            labelled += 1
        while (due := generator.follow_ups(100)) is not None:
            assert not due.labels
            followed += len(due)
    assert labelled == pytest.approx(400, abs=80) and followed > 500


def test_what_a_function_drops_gives_its_fate_to_nobody() -> None:
    calls = iter(range(10**6))

    def every_other(document: Event) -> Event | None:
        is_payment = document["transaction_type"] in ("authorization", "payment")
        return None if is_payment and next(calls) % 2 else document

    plan = generate.plan(
        config(**FULL, violations={"missing_follow_up": 0.1}, timestamps=WINDOW, volume={"total": 4_000}),
        seed=3,
        functions=(every_other,),
    )
    rows = [row for rows in generate.slices(plan) for row in rows]
    roles = Counter[str]()
    for row, event, following in stories(rows):
        if row.part is not None:
            assert lacks(event, following) == row.part.role
            roles[row.part.role] += 1
    assert roles.total() > 40


def test_a_pipeline_has_to_take_the_payment() -> None:
    assert is_good("missing_follow_up")
    assert kind_of("missing_follow_up") == 0  # a stage expects it as any other


@pytest.mark.parametrize("name", IN_LIFECYCLE)
def test_it_takes_a_full_lifecycle(name: str) -> None:
    with pytest.raises(ValidationError, match=rf"violations.{name}: is about what follows a payment, .* full"):
        config(violations={name: 0.01})


@pytest.mark.parametrize("name", IN_LIFECYCLE)
def test_it_takes_a_window_in_which_it_can_be_seen(name: str) -> None:
    short = {"mode": "replay", "start": START, "end": START + timedelta(days=1)}
    with pytest.raises(ValidationError, match=rf"violations.{name}: takes a window of at least"):
        config(**FULL, violations={name: 0.01}, timestamps=short, volume={"total": 100})


def written(folder: Path, rows: list[Row]) -> Path:
    path = folder / "full.jsonl"
    path.write_bytes(b"".join(row.body + b"\n" for row in rows))
    return path


def labels_of(path: Path, rows: list[Row]) -> Path:
    from paysim.transactions.dataset import files

    found = files.labels_of(path)
    found.write_bytes(files.labels(rows, 1))
    return found


def said(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, text
    return int(found[1].replace(",", ""))


def test_paysim_lifecycle_explains_it_by_the_labels(
    sent: list[Row], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, sent)
    assert main(["lifecycle", str(path)]) == 1
    overdue = said(capsys.readouterr().out, r"([\d,]+)  OVERDUE")
    labels = labels_of(path, sent)
    assert main(["lifecycle", str(path)]) == 0
    out = capsys.readouterr().out
    missing = said(out, r"([\d,]+)  lack what should have followed, as their labels say")
    assert missing == sum(row.label is not None for row in sent)
    assert 0.6 * missing < overdue <= missing and "OVERDUE" not in out

    lines = labels.read_text().splitlines()
    settled = next(
        json.loads(row.body)["transaction_id"]
        for row, event, following in stories(sent)
        if row.label is None and any(each["transaction_type"] == "settlement" for each in following)
    )
    more = {"transaction_id": settled, "violation": "missing_follow_up", "episode": settled}
    labels.write_text("\n".join([*lines, json.dumps(more)]) + "\n")
    assert main(["lifecycle", str(path)]) == 1
    assert "BROKEN: what is labelled missing_follow_up lacks something" in capsys.readouterr().out


def test_it_goes_on_over_a_reload() -> None:
    moment = iter(range(MOMENT, MOMENT + 10**15, 20_000_000_000))
    generator: TransactionGenerator = make(
        **FULL, violations={"missing_follow_up": 0.3}, clock=lambda: next(moment), lifecycle_speedup=10_000
    )
    batch = generator.batch("credit_card", 500)
    roles = {batch.ids[at]: part.role for at, part in batch.episodes.items()}
    generator.reconfigure(config(**FULL, lifecycle_speedup=10_000))
    types = defaultdict(set)
    for _ in range(3_000):
        if (due := generator.follow_ups(500)) is not None:
            for body in due.bodies:
                event = orjson.loads(body)
                types[bytes.fromhex(event["original_transaction_id"].replace("-", ""))].add(event["transaction_type"])
    assert len(roles) > 100
    for id_, role in roles.items():
        assert "settlement" not in types[id_] and (role == "never_settled" or not types[id_])
