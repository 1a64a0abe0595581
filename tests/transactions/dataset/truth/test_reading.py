"""Data sets as they come: labels, broken lines, columns."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from paysim.earth import distance
from paysim.transactions.dataset.truth import reading
from paysim.transactions.dataset.truth.data import Data
from paysim.transactions.dataset.truth.reading import UnreadableData

DOCUMENT: dict[str, Any] = {
    "transaction_id": "a-0",
    "transaction_timestamp": "2026-07-06T15:30:00.250Z",
    "transaction_type": "payment",
    "payment_method": "credit_card",
    "payment_status": "completed",
    "amount": 12.5,
    "currency": "USD",
    "customer_id": "cus_A",
    "customer_name": "Ann Smith",
    "customer_email": "ann.smith@example.com",
    "customer_country": "US",
    "merchant_id": "mer_A",
    "merchant_category": "retail",
    "merchant_category_code": "5411",
    "merchant_country": "US",
    "channel": "pos",
    "device_type": "terminal",
    "location": {"city": "Denver", "latitude": 39.74, "longitude": -104.99},
    "payment_details": {"brand": "visa", "token": "tok_A", "entry_mode": "chip"},
    "metadata": {"ip_address": "192.0.2.1", "user_agent": "PAX", "risk_score": 0.1, "fraud_indicators": ["velocity"]},
}


def numbered(count: int) -> list[dict[str, Any]]:
    return [{**copy.deepcopy(DOCUMENT), "transaction_id": f"a-{number}"} for number in range(count)]


def written(folder: Path, documents: list[Any], labels: list[Any] | None = None) -> Path:
    path = folder / "set.jsonl"
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in documents))
    if labels is not None:
        beside = folder / "set.jsonl.labels.jsonl"
        beside.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in labels))
    return path


def test_a_file_becomes_columns(tmp_path: Path):
    read = reading.file(written(tmp_path, numbered(3)))
    data = read.data
    assert (data.n, read.left_out, data.fraud) == (3, 0, None)
    assert data.method.is_in("credit_card").all()
    assert not data.provider.present.any()
    assert data.flagged("velocity").all()
    assert not data.flagged("new_device").any()
    assert data.amount.tolist() == [12.5, 12.5, 12.5]
    assert data.time[0] % 1000 == 250


def test_what_is_labelled_bad_is_left_out_by_line_and_by_id(tmp_path: Path):
    labels = [
        {"transaction_id": "?", "violation": "malformed_json", "line": 2},
        {"transaction_id": "a-3", "scenario": "card_testing", "episode": 1},
        {"transaction_id": "a-4", "fraud": True},
    ]
    read = reading.file(written(tmp_path, numbered(6), labels))
    assert (read.data.n, read.left_out) == (4, 2)
    assert read.data.fraud is not None
    assert read.data.fraud.tolist() == [False, False, True, False]


def test_a_line_that_is_no_json_is_no_fault_where_it_is_labelled(tmp_path: Path):
    path = written(tmp_path, numbered(2), [{"transaction_id": "x", "violation": "malformed_json", "line": 3}])
    path.write_bytes(path.read_bytes() + b'{"transaction_id": \n')
    assert reading.file(path).left_out == 1


def bare(**changes: Any) -> dict[str, Any]:
    made = copy.deepcopy(DOCUMENT)
    for name, value in changes.items():
        if value is None:
            del made[name]
        else:
            made[name] = value
    return made


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (bare(customer_id=None), "set.jsonl:2: has no customer_id; a mapping renames fields"),
        (bare(payment_details="x"), "set.jsonl:2: is not of the form of a transaction"),
        (bare(amount="12.50"), "set.jsonl:2: is not of the form of a transaction"),
        (bare(transaction_timestamp="yesterday"), 'set.jsonl:2: transaction_timestamp "yesterday" is no time'),
        (bare(location={"city": "Denver"}), "set.jsonl:2: has no latitude"),
        (bare(customer_id=["x"]), "set.jsonl:2: has a list or an object where the contract has text"),
        ([1], "set.jsonl:2: is not an object"),
    ],
)
def test_what_is_no_transaction_is_named_with_its_line(tmp_path: Path, document: Any, said: str):
    with pytest.raises(UnreadableData) as error:
        reading.file(written(tmp_path, [DOCUMENT, document]))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "holds no transaction"), (b"id,amount\n1,2\n", ":1: is not JSON; truth reads JSON Lines")],
)
def test_what_is_no_data_set_is_one_line(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "set.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableData) as error:
        reading.file(path)
    assert said in str(error.value)


def test_what_is_no_label_is_named_with_its_line(tmp_path: Path):
    with pytest.raises(UnreadableData, match=r"labels\.jsonl:1: is no label"):
        reading.file(written(tmp_path, numbered(1), [["x"]]))


def test_hours_are_those_of_the_place_and_of_the_countrys_main_clock():
    """15:30 UTC in July is 09:30 in Denver, 11:30 in New York."""
    data = Data([DOCUMENT])
    assert data.hour.tolist() == [9]
    assert data.main_local.tolist() == [data.time[0] - 4 * 3_600_000]
    assert data.weekday.tolist() == [0]  # a Monday


def test_home_is_where_somebody_is_when_they_pay_at_a_distance():
    away = [{**each, "location": {"city": "x", "latitude": 10.0, "longitude": 10.0}} for each in numbered(9)]
    home = [
        {**each, "channel": "web", "location": {"city": "y", "latitude": 50.0, "longitude": 8.0}}
        for each in numbered(3)
    ]
    latitude, longitude = Data([*away, *home]).home
    assert (latitude[0], longitude[0]) == (50.0, 8.0)
    latitude, _ = Data(away).home
    assert latitude[0] == 10.0
    latitude, _ = Data(away[:3]).home
    assert np.isnan(latitude[0])


def test_distances_are_those_of_a_sphere():
    paris_to_london = distance(np.array([48.8566]), np.array([2.3522]), np.array([51.5074]), np.array([-0.1278]))
    assert paris_to_london[0] == pytest.approx(344, abs=2)
