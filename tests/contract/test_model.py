"""The contract: what it takes and what it refuses, as pydantic model and as JSON Schema."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from paysim.contract.model import Transaction, json_schema, schema_text

SCHEMA_FILE = Path(__file__).parents[2] / "docs/transaction.schema.json"
SAMPLES = Path(__file__).parents[1] / "fixtures/sample_transactions.json"


@pytest.fixture(scope="module")
def samples() -> dict[str, dict[str, Any]]:
    return json.loads(SAMPLES.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema())


def test_the_published_schema_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run python -m paysim.transactions.schema"


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_every_sample_is_valid(samples: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    assert len(samples) >= 20
    for name, sample in samples.items():
        Transaction.model_validate(sample)
        assert validator.is_valid(sample), name


def changed(sample: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The sample with fields set (dots as double underscores) or, for None, removed."""
    made = copy.deepcopy(sample)
    for path, value in changes.items():
        *parents, name = path.split("__")
        at = made
        for parent in parents:
            at = at[parent]
        if value is None:
            at.pop(name, None)
        else:
            at[name] = value
    return made


# sample, what is changed, whether JSON Schema can say it too
BROKEN: list[tuple[str, dict[str, Any], bool]] = [
    ("card completed web", {"amount": 0}, True),
    ("card completed web", {"amount": -1.5}, True),
    ("card completed web", {"amount": 10.001}, False),
    ("card completed web", {"currency": "JPY", "amount": 10.5}, False),
    ("card completed web", {"currency": "ZZZ"}, True),
    ("card completed web", {"amount": None}, True),
    ("card completed web", {"customer_id": None}, True),
    ("card completed web", {"unknown": 1}, True),
    ("card completed web", {"payment_details__dispute_reason": "fraud"}, True),
    ("card completed web", {"customer_email": "someone@gmail.com"}, True),
    ("card completed web", {"transaction_timestamp": "2026-01-01T12:00:00+01:00"}, True),
    ("card completed web", {"transaction_id": "9f1b1c1e-0000-4000-8000-000000000000"}, True),
    ("card completed web", {"payment_details": None}, True),
    ("card completed web", {"payment_details__brand": "visarcard"}, True),
    ("card completed web", {"payment_details__response_code": "51"}, True),
    ("card completed web", {"payment_details__response_code": None}, True),
    ("card completed web", {"payment_details__authorization_code": None}, True),
    ("card completed web", {"payment_details__entry_mode": "chip"}, True),
    ("card completed web", {"payment_details__number": "4111111111111111"}, True),
    ("card completed web", {"payment_status": "failed"}, True),
    ("card completed web", {"payment_status": "refunded"}, True),
    ("card completed web", {"payment_method": "digital_wallet"}, True),
    ("card completed web", {"device_type": "terminal"}, True),
    ("card completed web", {"original_transaction_id": "01890000-0000-8000-8000-000000000000"}, True),
    ("card completed pos", {"payment_details__three_ds": "authenticated"}, True),
    ("card completed pos", {"payment_details__entry_mode": "ecommerce"}, True),
    ("card failed", {"payment_details__authorization_code": "A1B2C3"}, True),
    ("card failed", {"payment_details__response_code": None}, True),
    ("card pending", {"payment_details__response_code": "51"}, True),
    ("card refund", {"original_transaction_id": None}, True),
    ("card refund", {"payment_status": "completed"}, True),
    ("bank failed", {"payment_details__reason_code": None}, True),
    ("bank completed US", {"payment_details__reason_code": "R01"}, True),
    ("bank completed US", {"payment_details__scheme": "SEPA"}, True),
    ("bank completed US", {"payment_method": "credit_card"}, True),
    ("wallet completed", {"payment_method": "cryptocurrency"}, True),
    ("crypto completed", {"payment_details__address": "0x52908400098527886E0F7030069857D2E4169EE7"}, True),
    ("crypto completed", {"payment_method": "bank_transfer"}, True),
]


@pytest.mark.parametrize(("name", "changes", "in_schema"), BROKEN, ids=lambda value: str(value))
def test_a_broken_rule_is_refused(
    samples: dict[str, Any],
    validator: jsonschema.Draft202012Validator,
    name: str,
    changes: dict[str, Any],
    in_schema: bool,
) -> None:
    broken = changed(samples[name], **changes)
    with pytest.raises(ValidationError):
        Transaction.model_validate(broken)
    assert validator.is_valid(broken) is not in_schema
