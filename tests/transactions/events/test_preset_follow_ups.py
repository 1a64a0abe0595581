"""`lifecycle: full` in every preset: what an event says leads back to the payment that it follows, and keeps the rules.

Events are read here as a pipeline reads them, by functions that know nothing of the presets. What they find is held
against the contract's own events, and against the rules of docs/LIFECYCLE.md.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest

import paysim.transactions  # noqa: F401  (registers the presets)
from paysim.config.mapping.presets import PRESETS
from paysim.config.schema import Config
from paysim.config.sections.mapping import Mapping
from paysim.contract.codes import BEGINNINGS, MINOR_UNITS, STATUSES_OF
from paysim.transactions.dataset import generate as dataset
from paysim.transactions.dataset.lifecycle_rules import Checker
from paysim.transactions.events.mapping import CompiledMapping
from tests.support.preset_events import READ, Event, read_back
from tests.support.transactions import config

from .published_schemas import CLOUDEVENTS, MESSAGES, schema, xml

pytestmark = pytest.mark.usefixtures("unmeasured")

WINDOW = {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
CARDS = {"credit_card": 1, "debit_card": 1}
MIX = {"iso20022": {"bank_transfer": 1}, "iso8583_json": CARDS, "charge_event": CARDS}
EVERY = {"credit_card": 4, "bank_transfer": 2, "digital_wallet": 2, "cryptocurrency": 1}
STATUSES = {"completed": 0.6, "failed": 0.1, "pending": 0.15, "cancelled": 0.05, "refunded": 0.1}


def wanted(methods: dict[str, int], **more: Any) -> Config:
    patterns = {"payment_methods": methods, "payment_status": STATUSES}
    return config(lifecycle="full", volume={"total": 3000}, timestamps=WINDOW, patterns=patterns, **more)


@cache
def rows(preset: str, *, mapped: bool) -> tuple[dataset.Row, ...]:
    mapping = {"mapping": {"preset": preset}} if mapped else {}
    plan = dataset.plan(wanted(MIX.get(preset, EVERY), **mapping))
    return tuple(row for part in dataset.slices(plan, lambda _: None) for row in part)


@cache
def plain(preset: str) -> tuple[Event, ...]:
    return tuple(orjson.loads(row.body) for row in rows(preset, mapped=False))


@cache
def mapped(preset: str) -> tuple[Event, ...]:
    return tuple(orjson.loads(row.body) for row in rows(preset, mapped=True))


@cache
def read(preset: str) -> list[Event]:
    return read_back(preset, mapped(preset))


@pytest.mark.parametrize("preset", PRESETS)
def test_an_event_leads_back_to_the_payment_that_it_follows(preset: str) -> None:
    assert [row.id for row in rows(preset, mapped=True)] == [row.id for row in rows(preset, mapped=False)]
    for event, back in zip(plain(preset), read(preset), strict=True):
        amount = round(event["amount"] * 10 ** MINOR_UNITS[event["currency"]])
        for name in ("transaction_id", "original_transaction_id", "transaction_type"):
            assert back.get(name) == event.get(name), (event, back)
        assert back["amount"] == amount
    types = Counter(back["transaction_type"] for back in read(preset))
    seen = {"settlement", "refund", "retry", "resolution"}
    assert types.keys() >= (seen if preset == "iso20022" else {*seen, "capture", "void"})


@pytest.mark.parametrize("preset", PRESETS)
def test_what_leads_back_breaks_no_rule(preset: str) -> None:
    checker = Checker()
    for event in read(preset):
        checker.check(event)
    assert not checker.found.broken, checker.found.examples


@pytest.mark.parametrize("preset", PRESETS)
def test_rare_types_are_told_apart_too(preset: str) -> None:
    """What seldom comes, disputes most of all: as documents, which have to say what pieces say."""
    mapping = CompiledMapping(Mapping(preset=preset))
    method = next(iter(MIX.get(preset, EVERY)))
    known = next(e for e in plain(preset) if e["payment_method"] == method and e["transaction_type"] == "refund")
    flat = dict(_flat(known)) | {"transaction_timestamp": 1_767_268_800_123}
    of_transfers = ("settlement", "refund", "resolution", "retry")
    for type_, statuses in STATUSES_OF.items():
        if type_ in BEGINNINGS or (method == "bank_transfer" and type_ not in of_transfers):
            continue
        for status in statuses:
            if status == ("authorized" if method == "bank_transfer" else "completed"):
                continue  # cards are authorised, the others are completed
            said = flat | {"transaction_type": type_, "payment_status": status}
            if status == "failed":
                said |= {"payment_details.response_code": "51", "payment_details.reason_code": "AM04"}
            found = READ[preset](orjson.loads(mapping.encoded(said, MINOR_UNITS[known["currency"]])))
            assert (found["transaction_type"], found["payment_status"]) == (type_, status)
            assert found["original_transaction_id"] == known["original_transaction_id"]


def _flat(document: Event, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def test_iso_20022_messages_of_follow_ups_are_valid_by_their_published_schemas() -> None:
    statuses = set()
    for event in mapped("iso20022"):
        [(name, content)] = event["Document"].items()
        [document] = xml("Document", event["Document"], f"urn:iso:std:iso:20022:tech:xsd:{MESSAGES[name]}")
        schema(MESSAGES[name]).validate(document)
        statuses |= {each["TxSts"] for each in content.get("TxInfAndSts", ())}
    assert statuses == {"RJCT", "CANC", "ACSP", "ACSC"}


def test_cloudevents_of_follow_ups_are_valid_by_the_schema_of_the_specification() -> None:
    for event in mapped("cloudevents"):
        CLOUDEVENTS.validate(event)


@pytest.mark.parametrize(
    ("mapping", "lacking"),
    [
        ({"drop": ["original_transaction_id"]}, "original_transaction_id"),
        ({"body": {"id": "{transaction_id}", "of": "{original_transaction_id}"}}, "transaction_type or payment_status"),
        ({"body": {"of": "{original_transaction_id}", "what": "{transaction_type}"}}, "amount"),
    ],
)
def test_a_contract_that_cannot_say_what_follows_is_refused_with_the_reason(
    mapping: dict[str, Any], lacking: str
) -> None:
    with pytest.raises(ValueError, match=f"in this mapping {lacking}.* goes nowhere"):
        config(lifecycle="full", mapping=mapping)
    config(mapping=mapping)


@pytest.mark.parametrize("what", ["transaction_type", "payment_status"])
def test_a_contract_that_says_it_is_taken(what: str) -> None:
    body = {"of": "{original_transaction_id}", "what": f"{{{what}}}", "sum": "{amount|minor_units}"}
    config(lifecycle="full", mapping={"body": body})
