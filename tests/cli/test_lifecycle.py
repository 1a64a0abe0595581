"""`paysim lifecycle` as its users meet it: says yes, says no, and says why it cannot."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from paysim.cli import main

ID = "019b76df-89ee-8000-8000-2a00000{:05x}"


def event(number: int, type_: str, status: str, amount: float, of: int | None = None, **more: Any) -> dict[str, Any]:
    found = {
        "transaction_id": ID.format(number),
        "correlation_id": "c",
        "transaction_timestamp": f"2026-01-01T00:00:{number:02d}.000Z",
        "transaction_type": type_,
        "payment_method": "credit_card",
        "payment_status": status,
        "amount": amount,
        "currency": "USD",
        "customer_id": "cus",
        "merchant_id": "mer",
    }
    if of is not None:
        found["original_transaction_id"] = ID.format(of)
    return found | more


AUTHORIZED = event(1, "authorization", "authorized", 100.0)
GOOD = [
    AUTHORIZED,
    event(2, "capture", "captured", 60.1, 1),
    event(3, "capture", "captured", 39.9, 1),
    event(4, "settlement", "settled", 100.0, 1),
    event(5, "refund", "refunded", 30.0, 1),
    event(6, "dispute", "disputed", 70.0, 1),
    event(7, "dispute_end", "lost", 70.0, 1),
    event(8, "authorization", "failed", 5.0),
    event(9, "retry", "authorized", 5.0, 8),
    event(10, "void", "voided", 5.0, 9),
    event(11, "authorization", "pending", 7.0),
    event(12, "resolution", "authorized", 7.0, 11),
    event(13, "expiry", "expired", 7.0, 11),
    event(14, "payment", "pending", 7.0, payment_method="bank_transfer"),
    event(15, "resolution", "completed", 7.0, 14, payment_method="bank_transfer"),
    event(16, "settlement", "settled", 7.0, 14, payment_method="bank_transfer"),
]


def write(path: Path, events: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in events))
    return path


def test_what_keeps_to_the_rules_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["lifecycle", str(write(tmp_path / "good.jsonl", GOOD))]) == 0
    assert "16 transactions, no rule is broken" in capsys.readouterr().out


def paid(amount: float = 5.0, number: int = 17) -> dict[str, Any]:
    return event(number, "payment", "completed", amount)


def transfer(type_: str, status: str) -> dict[str, Any]:
    return event(17, type_, status, 7.0, 14, payment_method="bank_transfer")


BROKEN: dict[str, tuple[list[dict[str, Any]], str]] = {
    "captured after a void": ([event(17, "capture", "captured", 0.01, 9)], "no capture follows what is voided"),
    "tried again after a stolen card": (
        [
            event(17, "authorization", "failed", 5.0, payment_details={"response_code": "43"}),
            event(18, "retry", "authorized", 5.0, 17, payment_details={"response_code": "00"}),
        ],
        "no retry follows a decline that the issuer will never approve",
    ),
    "tried again too often": (
        [
            event(17, "authorization", "failed", 5.0),
            *(event(18 + number, "retry", "failed", 5.0, 17 + number) for number in range(16)),
        ],
        "a purchase is tried again fifteen times in 30 days at the most",
    ),
    "captured too much": (
        [event(17, "authorization", "authorized", 5.0), event(18, "capture", "captured", 5.01, 17)],
        "no more is captured than authorised",
    ),
    "refunded too much": (
        [paid(), event(18, "refund", "refunded", 3.0, 17), event(19, "refund", "refunded", 2.01, 17)],
        "no more is refunded and disputed than captured",
    ),
    "refunded before it is captured": (
        [event(17, "authorization", "authorized", 5.0), event(18, "refund", "refunded", 3.0, 17)],
        "no refund follows what is authorized",
    ),
    "of another currency": (
        [paid(), event(18, "refund", "refunded", 3.0, 17, currency="EUR")],
        "purchase, method, currency, customer and merchant stay",
    ),
    "of nothing": ([event(17, "refund", "refunded", 3.0, 99)], "what is named has come before"),
    "without a name": ([event(17, "refund", "refunded", 3.0)], "what follows a payment names it"),
    "out of order": ([paid(), paid(number=15) | {"transaction_id": "other"}], "in the order of their times"),
    "the same id": ([paid() | {"transaction_id": ID.format(1)}], "no two payments have the same id"),
    "after its end": ([event(17, "refund", "refunded", 1.0, 1)], "no refund follows what is ended"),
    "resolved twice": ([transfer("resolution", "completed")], "no resolution follows what is paid"),
    "settled twice": ([transfer("settlement", "settled")], "a payment is settled once"),
    "settled for less": (
        [paid(), event(18, "settlement", "settled", 3.0, 17)],
        "what is settled is what is captured",
    ),
    "tried again though approved": ([event(17, "retry", "failed", 5.0, 9)], "no retry follows what is voided"),
    "a status of another type": ([paid(), event(18, "settlement", "captured", 5.0, 17)], "no settlement is captured"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_ends_with_1_and_is_named(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    more, said = BROKEN[case]
    assert main(["lifecycle", str(write(tmp_path / "bad.jsonl", [*GOOD, *more]))]) == 1
    assert said in capsys.readouterr().out


def later(days: int, number: int = 20) -> dict[str, Any]:
    """Something else, so many days after."""
    return paid(number=number) | {"transaction_timestamp": f"2026-01-{1 + days:02d}T12:00:00.000Z"}


@pytest.mark.parametrize(
    ("last", "days", "is_overdue"),
    [
        (event(17, "authorization", "authorized", 5.0), 15, True),
        (event(17, "authorization", "authorized", 5.0), 13, False),
        (event(17, "authorization", "pending", 5.0), 15, True),
        (event(17, "authorization", "failed", 5.0), 15, False),
        (paid(), 15, True),
    ],
)
def test_what_is_overdue_ends_with_1_unless_its_label_says_so(last, days, is_overdue, tmp_path: Path, capsys):
    path = write(tmp_path / "some.jsonl", [*GOOD, last, later(days)])
    assert main(["lifecycle", str(path)]) == (1 if is_overdue else 0)
    out = capsys.readouterr().out
    assert (f"OVERDUE: for more than a fortnight what should follow is missing: {ID.format(17)}" in out) is is_overdue
    assert ("no rule is broken; overdue: 1" in out) is is_overdue
    if is_overdue:
        write(tmp_path / "labels", [{"transaction_id": ID.format(17), "violation": "missing_follow_up"}])
        assert main(["lifecycle", str(path), "--labels", str(tmp_path / "labels")]) == 0


def test_without_a_single_settlement_all_are_overdue(tmp_path: Path, capsys):
    some = [each for each in GOOD if each["transaction_type"] != "settlement"]
    assert main(["lifecycle", str(write(tmp_path / "some.jsonl", [*some, later(20)]))]) == 1
    assert "OVERDUE" in capsys.readouterr().out


def test_where_only_payments_and_refunds_are_nothing_is_overdue(tmp_path: Path):
    plain = [paid(number=1), event(2, "refund", "refunded", 1.0, 1), later(20)]
    assert main(["lifecycle", str(write(tmp_path / "some.jsonl", plain))]) == 0


def test_what_is_labelled_keeps_to_no_rules(tmp_path: Path):
    path = write(tmp_path / "some.jsonl", [*GOOD, event(17, "refund", "refunded", 3.0, 99)])
    write(tmp_path / "some.jsonl.labels.jsonl", [{"transaction_id": ID.format(17), "violation": "orphan_refund"}])
    assert main(["lifecycle", str(path)]) == 0
    write(tmp_path / "fraud", [{"transaction_id": ID.format(17), "fraud": True}])
    assert main(["lifecycle", str(path), "--labels", str(tmp_path / "fraud")]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "holds no transactions"),
        (b"{]\n", ":1: "),
        (b"[1]\n", ":1: is no JSON object"),
        (b'{"transaction_id": "x"}\n', "no field transaction_type; mapped events cannot be checked"),
    ],
)
def test_what_cannot_be_read_ends_with_2(text: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_bytes(text)
    assert main(["lifecycle", str(tmp_path / "file")]) == 2
    assert said in capsys.readouterr().err
    assert main(["lifecycle", str(tmp_path / "missing")]) == 2
