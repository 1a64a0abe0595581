"""Bodies made of templates: what each leaf comes to, and that prepared pieces say the same as the plain way."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from paysim.config.mapping.body import document_faults
from paysim.config.mapping.templates import FILTERS
from paysim.config.sections.mapping import Mapping as Rules
from paysim.contract.codes import MINOR_UNITS
from paysim.contract.fields import fields, kind
from paysim.contract.labels import SCENARIOS
from paysim.contract.methods import PAYMENT_METHODS
from paysim.transactions.dataset import tables
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.generator import TransactionGenerator
from tests.support.transactions import config, events, make

pytestmark = pytest.mark.usefixtures("unmeasured")

REFUNDS = {"payment_status": {"completed": 0.6, "failed": 0.2, "pending": 0.05, "cancelled": 0.05, "refunded": 0.1}}
REPLAY: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-03-28T00:00:00Z", "end": "2026-03-30T00:00:00Z"},
    "volume": {"total": 9},
}


def both(body: dict[str, Any], n: int = 200, method: str = "credit_card", **more: Any) -> Iterator[tuple[Any, Any]]:
    """Transactions as flat documents, and what a body makes of them."""
    more.setdefault("patterns", REFUNDS)
    plain, mapped = make(**more), make(mapping={"body": body}, **more)
    for one, other in zip(events(plain, {method: n}), events(mapped, {method: n}), strict=True):
        yield dict(tables.leaves("", one)), other


def test_a_body_has_the_shape_of_the_target_with_lists_and_constants() -> None:
    body = {
        "version": 3,
        "flags": [True, None, {"a": []}],
        "parties": [{"role": "payer", "id": "{customer_id}"}, {"role": "payee", "id": "{merchant_id}"}],
    }
    for plain, event in both(body):
        assert event == {
            "version": 3,
            "flags": [True, None, {"a": []}],
            "parties": [
                {"role": "payer", "id": plain["customer_id"]},
                {"role": "payee", "id": plain["merchant_id"]},
            ],
        }


@pytest.mark.parametrize("more", [{}, REPLAY], ids=["live", "replay"])
def test_a_field_alone_keeps_its_type_and_in_a_text_it_is_text(more: dict[str, Any]) -> None:
    body = {
        "amount": "{amount}",
        "risk": "{metadata.risk_score}",
        "why": "{metadata.fraud_indicators}",
        "text": "pay-{transaction_id} of {amount} {currency} at {transaction_timestamp}, {{braces}}",
        "quoted": 'a "{merchant_name}" \\',
        "order": "{correlation_id}",
    }
    for plain, event in both(body, **more):
        assert event["amount"] == plain["amount"] and type(event["amount"]) is type(plain["amount"])
        assert (event["risk"], event["why"]) == (plain["metadata.risk_score"], plain["metadata.fraud_indicators"])
        of = f"{orjson.dumps(plain['amount']).decode()} {plain['currency']} at {plain['transaction_timestamp']}"
        assert event["text"] == f"pay-{plain['transaction_id']} of {of}, {{braces}}"
        assert event["quoted"] == f'a "{plain["merchant_name"]}" \\'
        assert event["order"] == plain["correlation_id"]


@pytest.mark.parametrize("more", [{}, REPLAY], ids=["live", "replay"])
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_filters(currency: str, more: dict[str, Any]) -> None:
    body = {
        "minor": "{amount|minor_units}",
        "padded": "{amount|minor_units|pad:12}",
        "string": "{amount|string}",
        "code": "{currency|numeric_currency}",
        "country": "{customer_country|numeric_country}",
        "upper": "{customer_name|upper}",
        "lower": "{customer_id|lower}",
        "wide": "{payment_details.brand|pad:12}",
        "cut": "{merchant_name|cut:4}",
        "last": "{transaction_id|cut:-4}",
        "hex": "{transaction_id|hex}",
        "order": "{correlation_id|hex|upper}",
        "mcc": "{merchant_category_code|number}",
        "s": "{transaction_timestamp|epoch_s}",
        "ms": "{transaction_timestamp|epoch_ms}",
        "day": "{transaction_timestamp|date}",
        "time": "{transaction_timestamp|date:DD.MM.YYYY hh:mm:ss}",
        "risk": "{metadata.risk_score|percent}",
    }
    patterns = {**REFUNDS, "currencies": {currency: 1}, "countries": {"DE": 1}, "payment_methods": {"credit_card": 1}}
    numeric = {"USD": "840", "JPY": "392", "KWD": "414"}[currency]
    for plain, event in both(body, patterns=patterns, **more):
        minor = round(plain["amount"] * 10 ** MINOR_UNITS[currency])
        moment = plain["transaction_timestamp"]
        assert event == {
            "minor": minor,
            "padded": f"{minor:012d}",
            "string": f"{plain['amount']:.{MINOR_UNITS[currency]}f}",
            "code": numeric,
            "country": "276",
            "upper": plain["customer_name"].upper(),
            "lower": plain["customer_id"].lower(),
            "wide": f"{plain['payment_details.brand']:12}",
            "cut": plain["merchant_name"][:4],
            "last": plain["transaction_id"][-4:],
            "hex": plain["transaction_id"].replace("-", ""),
            "order": plain["correlation_id"].replace("-", "").upper(),
            "mcc": int(plain["merchant_category_code"]),
            "s": event["s"],
            "ms": event["ms"],
            "day": moment[:10],
            "time": f"{moment[8:10]}.{moment[5:7]}.{moment[:4]} {moment[11:19]}",
            "risk": round(plain["metadata.risk_score"] * 100),
        }
        assert event["s"] == event["ms"] // 1000 and 1_767_000_000 < event["s"] < 1_780_000_000


def test_conditions_choose_and_tables_translate_in_one_place() -> None:
    body = {
        "state": {"of": "payment_status", "values": {"completed": "paid", "*": "open"}},
        "raw": "{payment_status}",
        "kind": {
            "when": {"transaction_type": "refund"},
            "then": {"refund_of": "{original_transaction_id}"},
            "else": {"when": {"payment_status": ["failed", "cancelled"]}, "then": "no", "else": "yes"},
        },
        "declined_at": {"when": {"payment_status": "failed"}, "then": "{transaction_timestamp|epoch_s}"},
    }
    seen = set()
    for plain, event in both(body):
        status = plain["payment_status"]
        seen.add(status)
        assert event["raw"] == status
        assert event["state"] == ("paid" if status == "completed" else "open")
        if status == "refunded":
            assert event["kind"] == {"refund_of": plain["original_transaction_id"]}
        else:
            assert event["kind"] == ("no" if status in ("failed", "cancelled") else "yes")
        assert ("declined_at" in event) == (status == "failed")
    assert len(seen) == 5


def test_what_a_transaction_has_not_is_left_out_with_what_it_leaves_empty() -> None:
    body = {
        "id": "{transaction_id}",
        "approval": {"code": "{payment_details.authorization_code}", "list": ["{payment_details.authorization_code}"]},
        "text": "code {payment_details.authorization_code}",
        "iban": ["{payment_details.iban}"],
    }
    absent = 0
    for plain, event in both(body):
        code = plain.get("payment_details.authorization_code")
        absent += code is None
        approved = {"approval": {"code": code, "list": [code]}, "text": f"code {code}"}
        assert event == {"id": plain["transaction_id"], **({} if code is None else approved)}
    assert absent


def test_whole_documents_may_depend_on_the_status() -> None:
    body = {
        "when": {"payment_status": "failed"},
        "then": {"rejected": {"id": "{transaction_id}", "at": "{transaction_timestamp}"}},
        "else": {"accepted": ["{transaction_id|hex}", "{amount|string}"]},
    }
    for plain, event in both(body):
        if plain["payment_status"] == "failed":
            assert event == {"rejected": {"id": plain["transaction_id"], "at": plain["transaction_timestamp"]}}
        else:
            assert list(event) == ["accepted"] and event["accepted"][0] == plain["transaction_id"].replace("-", "")


HIDDEN = {"status_mismatch", "wrong_minor_units"}
"""Decline codes are not in the body below, and whole minor units have no third of one."""


def test_scenarios_are_seen_in_bodies_or_carry_no_label() -> None:
    body = {
        "id": "{transaction_id}",
        "sum": "{amount|minor_units}",
        "of": "{currency|numeric_currency}",
        "customer": {"id": "{customer_id}", "mail": "{customer_email}", "country": "{customer_country}"},
        "status": {"of": "payment_status", "values": {"completed": "paid", "*": "open"}},
        "card": {"brand": "{payment_details.brand}", "token": "{payment_details.token}"},
        "refund_of": "{original_transaction_id}",
        "at": "{transaction_timestamp|date}",
    }
    names = [name for name in SCENARIOS if SCENARIOS[name].breaks_contract]
    more: dict[str, Any] = {"violations": dict.fromkeys(names, 0.8 / len(names)), "patterns": REFUNDS}
    plain, mapped = make(**more), make(mapping={"body": body}, **more)
    labels = set()
    for _ in range(8):
        one, other = plain.batch("credit_card", 250), mapped.batch("credit_card", 250)
        for at, label in other.labels.items():
            assert one.labels[at] == label
            labels.add(label)
        hidden = {one.labels[at] for at in one.labels.keys() - other.labels.keys()}
        assert hidden <= HIDDEN
        for at, label in other.labels.items():
            if label == "invalid_status":
                assert orjson.loads(other.bodies[at])["status"] == orjson.loads(one.bodies[at])["payment_status"]
            if label == "invalid_currency":
                assert orjson.loads(other.bodies[at])["of"] == orjson.loads(one.bodies[at])["currency"]
    assert labels >= set(names) - HIDDEN - {"currency_mismatch"} - hidden_from_cards(names)


def hidden_from_cards(names: list[str]) -> set[str]:
    """Scenarios that payments by credit card cannot be."""
    return {name for name in names if not SCENARIOS[name].suits(PAYMENT_METHODS["credit_card"])}


TEXTS = [path for path in fields() if kind(path) not in ("list", "amount", "number", "timestamp")]
TEMPLATES = st.one_of(
    st.sampled_from([f"{{{path}}}" for path in fields()]),
    st.sampled_from(["{amount|minor_units|pad:9}", "{amount|string}", "{transaction_timestamp|date}"]),
    st.sampled_from(["{transaction_id|hex}", "{correlation_id|upper}", "{transaction_timestamp|epoch_ms}"]),
    st.lists(st.sampled_from(["a ", '"', *(f"{{{path}}}" for path in TEXTS), "{amount}"]), max_size=3).map("".join),
    st.sampled_from([f"{{{path}|upper|cut:5}}" for path in TEXTS]),
)
TESTS = st.one_of(
    st.fixed_dictionaries({"payment_status": st.sampled_from(["completed", ["failed", "pending"]])}),
    st.fixed_dictionaries(
        {"channel": st.just("web"), "payment_method": st.sampled_from(["credit_card", "debit_card"])}
    ),
    st.fixed_dictionaries({"payment_details.response_code": st.sampled_from([None, "00"])}),
    st.fixed_dictionaries({"payment_details.authorization_code": st.none()}),
    st.fixed_dictionaries({"currency": st.just("USD"), "payment_status": st.just("completed")}),
)
TABLES = st.fixed_dictionaries(
    {
        "of": st.sampled_from(["channel", "payment_status", "payment_details.brand", "currency"]),
        "values": st.fixed_dictionaries({}, optional={"*": st.sampled_from(["x", 1, None, True])}),
    }
)
CONSTANTS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.just([]), st.just({}), st.just("ü"))


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
        st.lists(inner, max_size=3),
        st.fixed_dictionaries({"when": TESTS, "then": inner}, optional={"else": inner}),
    )


RULES = st.recursive(st.one_of(TEMPLATES, TABLES, CONSTANTS), _nested, max_leaves=12)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    body=st.dictionaries(st.sampled_from("abcdef"), RULES, min_size=1, max_size=4),
    method=st.sampled_from(PAYMENT_METHODS.names),
    replay=st.booleans(),
)
def test_prepared_pieces_and_the_plain_way_agree(body: dict[str, Any], method: str, replay: bool) -> None:
    if list(document_faults(body)):
        return  # refused before it gets here
    more: dict[str, Any] = {"population": {"customers": 20, "merchants": 20}, "patterns": REFUNDS}
    more |= REPLAY if replay else {}
    plain, mapped = make(**more), make(mapping={"body": body}, **more)
    avro = make(mapping={"body": body}, output={"format": "avro"}, **more)
    compiled = CompiledMapping(Rules.model_construct(body=body))
    compiled_avro = CompiledMapping(Rules.model_construct(body=body), "avro")
    for size in (25, 1, 1):
        bodies = (each.batch(method, size).bodies for each in (plain, mapped, avro))
        for one, other, binary in zip(*bodies, strict=True):
            document = dict(tables.leaves("", orjson.loads(one)))
            document["transaction_timestamp"] = _milliseconds(document["transaction_timestamp"])
            expected = compiled.shaped(document, MINOR_UNITS[document["currency"]])
            assert orjson.loads(other) == orjson.loads(orjson.dumps(expected))
            assert binary == compiled_avro.encoded(document, MINOR_UNITS[document["currency"]])


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("transaction_id", "credit_card"),
        ("correlation_id", "credit_card"),
        ("original_transaction_id", "credit_card"),
        ("transaction_timestamp", "credit_card"),
        ("amount", "credit_card"),
        ("currency", "debit_card"),
        ("channel", "debit_card"),
        ("payment_details.authorization_code", "credit_card"),
        ("payment_details.iban", "bank_transfer"),
        ("payment_details.iban", "credit_card"),
        ("metadata.risk_score", "digital_wallet"),
    ],
)
def test_partitions_go_by_any_field(path: str, method: str) -> None:
    every: list[dict[str, Any]] = [{}, REPLAY]
    for more in every:
        generator = make(output={"event_hub": {"partition_by": path}}, patterns=REFUNDS, **more)
        for _ in range(2):
            batch = generator.batch(method, 120)
            assert batch.keys is not None
            for body, key in zip(batch.bodies, batch.keys, strict=True):
                document = dict(tables.leaves("", orjson.loads(body)))
                value = document.get(path, document["customer_id"])
                assert key == (value if isinstance(value, str) else orjson.dumps(value).decode())


def test_properties_go_out_beside_the_body_with_refunds_and_repeats_too() -> None:
    rules = {
        "properties": {
            "country": "{customer_country}",
            "event": {"when": {"transaction_type": "refund"}, "then": "refund", "else": "payment"},
            "refund-of": "{original_transaction_id}",
            "id": "{transaction_id}",
            "risk": "{metadata.risk_score|percent}",
            "fixed": True,
        }
    }
    more: dict[str, Any] = {"mapping": rules, "patterns": REFUNDS, "violations": {"duplicate": 0.1}}
    for generator in (make(**more), make(**more, **REPLAY)):
        refunds = 0
        for size in (200, 200, 1, 1, 1):
            batch = generator.batch("credit_card", size)
            assert batch.properties is not None and len(batch.properties) == len(batch)
            for body, properties in zip(batch.bodies, batch.properties, strict=True):
                plain = orjson.loads(body)
                refund = plain["transaction_type"] == "refund"
                refunds += refund
                expected = {
                    "country": plain["customer_country"],
                    "event": "refund" if refund else "payment",
                    "id": plain["transaction_id"],
                    "risk": round(plain["metadata"]["risk_score"] * 100),
                    "fixed": True,
                }
                assert orjson.loads(properties) == expected | (
                    {"refund-of": plain["original_transaction_id"]} if refund else {}
                )
        assert refunds


def test_the_guide_lists_the_filters() -> None:
    guide = (Path(__file__).parents[3] / "docs/SIMULATOR-GUIDE.md").read_text(encoding="utf-8")
    for name, one in FILTERS.items():
        assert f"| `{name}{':…' if one.needs else ''}` |" in guide and one.about in guide


def test_a_change_of_the_configuration_keeps_the_mapping() -> None:
    generator: TransactionGenerator = make(mapping={"body": {"id": "{transaction_id}"}})
    generator.batch("credit_card", 5)
    generator.reconfigure(config(mapping={"body": {"id": "{transaction_id}"}}, patterns={"channels": {"web": 1}}))
    assert orjson.loads(generator.batch("credit_card", 1).bodies[0]).keys() == {"id"}
