"""Every preset, 3,000 events: valid by what its community publishes or by its field rules, and true to the transaction.

The schemas in tests/fixtures name where they were read. The transactions are made a second time without a mapping, and
what an event says of status and amount is held against them here, by rules that know nothing of the presets.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml
from stdnum import luhn

from paysim.config.mapping.presets import PRESETS
from paysim.contract.codes import MINOR_UNITS
from paysim.contract.model import Transaction, json_schema
from tests.support.transactions import make

from .published_schemas import CLOUDEVENTS, MESSAGES, schema, xml

pytestmark = pytest.mark.usefixtures("unmeasured")

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests/fixtures"
STATUSES = {"completed": 0.6, "failed": 0.15, "pending": 0.06, "cancelled": 0.06, "refunded": 0.13}
COUNTRIES = {"DE": 2, "US": 2, "GB": 1, "BR": 1, "JP": 1, "IN": 1, "CA": 1, "AU": 1}
CONTRACT = jsonschema_rs.validator_for(json_schema())
ORDER = {"iso20022": ["bank_transfer"], "iso8583_json": ["credit_card"], "charge_event": ["debit_card", "credit_card"]}
EVERY = ["credit_card", "bank_transfer", "digital_wallet", "cryptocurrency"]

Made = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""The transaction as the contract has it, the event, its properties."""


@cache
def made(preset: str) -> tuple[Made, ...]:
    """3,000 events of a preset with their transactions."""
    methods = ORDER.get(preset, EVERY)
    patterns = {
        "payment_methods": dict.fromkeys(methods, 1),
        "payment_status": STATUSES,
        "countries": COUNTRIES,
    }
    plain, mapped = make(patterns=patterns), make(patterns=patterns, mapping={"preset": preset})
    found: list[Made] = []
    for number in range(30):
        method = methods[number % len(methods)]
        one, other = plain.batch(method, 100), mapped.batch(method, 100)
        assert one.ids == other.ids
        properties = other.properties or [b"{}"] * 100
        found += zip(*(map(orjson.loads, each) for each in (one.bodies, other.bodies, properties)), strict=True)
    assert len(found) == 3000
    assert {plain["payment_status"] for plain, _, _ in found} == set(STATUSES)
    return tuple(found)


def minor(plain: dict[str, Any]) -> int:
    return round(plain["amount"] * 10 ** MINOR_UNITS[plain["currency"]])


@pytest.mark.parametrize("preset", PRESETS)
def test_no_event_holds_what_could_be_a_card_number(preset: str) -> None:
    for _, event, _ in made(preset):
        for digits in re.findall(r"(?<![0-9])[0-9]{13,19}(?![0-9])", orjson.dumps(event).decode()):
            assert not luhn.is_valid(digits), event


def test_cloudevents_are_valid_by_the_schema_of_the_specification() -> None:
    for plain, event, _ in made("cloudevents"):
        CLOUDEVENTS.validate(event)
        assert event["specversion"] == "1.0" and event["id"] == plain["transaction_id"]
        assert event["type"] == f"payment.{plain['payment_status']}" and event["time"] == plain["transaction_timestamp"]
        assert event["data"] == plain
        CONTRACT.validate(event["data"])
    assert PRESETS["cloudevents"].content_type == "application/cloudevents+json"


def test_binary_cloudevents_have_their_attributes_in_properties_and_the_contract_as_body() -> None:
    for plain, event, properties in made("cloudevents_binary"):
        assert event == plain
        assert all(name.startswith("cloudEvents:") for name in properties)  # AMQP binding, section 3.1.3.1
        attributes = {name.removeprefix("cloudEvents:"): value for name, value in properties.items()}
        CLOUDEVENTS.validate(attributes)
        assert attributes["id"] == plain["transaction_id"]
        assert attributes["type"] == f"payment.{plain['payment_status']}"
    Transaction.model_validate(made("cloudevents_binary")[0][1])


def message_of(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    [(name, content)] = event["Document"].items()
    return name, content


def test_iso_20022_messages_are_valid_by_their_published_schemas() -> None:
    seen = set()
    for _, event, _ in made("iso20022"):
        name, _ = message_of(event)
        seen.add(name)
        space = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGES[name]}"
        [document] = xml("Document", event["Document"], space)
        schema(MESSAGES[name]).validate(document)
    assert seen == set(MESSAGES)


def test_the_schemas_refuse_what_is_wrong() -> None:
    event = next(event for _, event, _ in made("iso20022") if "PmtRtr" in event["Document"])
    space = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGES['PmtRtr']}"
    for key, value in (("RtrId", "x" * 36), ("IntrBkSttlmDt", "today"), ("Unknown", "1")):
        transaction = {**event["Document"]["PmtRtr"]["TxInf"][0], key: value}
        changed = {"PmtRtr": {**event["Document"]["PmtRtr"], "TxInf": [transaction]}}
        [document] = xml("Document", changed, space)
        assert not schema(MESSAGES["PmtRtr"]).is_valid(document), key


def test_iso_20022_messages_say_what_became_of_the_transfer() -> None:
    for plain, event, _ in made("iso20022"):
        name, content = message_of(event)
        status, ident = plain["payment_status"], plain["transaction_id"].replace("-", "")
        amount = {"Ccy": plain["currency"], "Value": f"{plain['amount']:.{MINOR_UNITS[plain['currency']]}f}"}
        assert content["GrpHdr"]["MsgId"] == ident
        if status in ("completed", "pending"):
            [transfer] = content["CdtTrfTxInf"]
            assert name == "FIToFICstmrCdtTrf" and transfer["IntrBkSttlmAmt"] == amount
            assert transfer["PmtId"]["TxId"] == ident
            assert transfer["PmtId"]["EndToEndId"] == plain["payment_details"]["reference"]
            assert (transfer["Dbtr"]["Nm"], transfer["Cdtr"]["Nm"]) == (plain["customer_name"], plain["merchant_name"])
        elif status == "refunded":
            [returned] = content["TxInf"]
            assert name == "PmtRtr" and returned["RtrdIntrBkSttlmAmt"] == amount
            assert returned["OrgnlTxId"] == plain["original_transaction_id"].replace("-", "")
        else:
            [report] = content["TxInfAndSts"]
            assert name == "FIToFIPmtStsRpt" and report["OrgnlTxRef"]["IntrBkSttlmAmt"] == amount
            assert report["TxSts"] == ("RJCT" if status == "failed" else "CANC")
            reasons = [reason for each in report.get("StsRsnInf", ()) for reason in each["Rsn"].values()]
            assert reasons == [code for code in [plain["payment_details"].get("reason_code")] if code]


# ISO 8583:1987, attributes of the data elements: n digits, an letters and digits, ans any; with their lengths.
ELEMENTS = {
    "3": r"[0-9]{6}",
    "4": r"[0-9]{12}",
    "7": r"(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]",
    "11": r"[0-9]{6}",
    "12": r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]",
    "13": r"(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
    "18": r"[0-9]{4}",
    "19": r"[0-9]{3}",
    "22": r"[0-9]{3}",
    "25": r"[0-9]{2}",
    "37": r"[0-9A-Z]{12}",
    "38": r"[0-9A-Z]{6}",
    "39": r"[0-9A-Z]{2}",
    "41": r".{8}",
    "42": r".{15}",
    "43": r".{38}[A-Z]{2}",
    "49": r"[0-9]{3}",
}
ALWAYS = set(ELEMENTS) - {"38", "39"}


def test_iso_8583_messages_keep_the_rules_of_the_data_elements() -> None:
    for _, event, _ in made("iso8583_json"):
        assert set(event) == {"mti", "fields"} and re.fullmatch(r"0[1-2](00|10)", event["mti"])
        elements = event["fields"]
        private = elements["48"]
        assert ALWAYS <= elements.keys() <= {*ELEMENTS, "48"}
        for name, form in ELEMENTS.items():
            assert name not in elements or re.fullmatch(form, elements[name]), (name, elements[name])
        assert private["token"].startswith("tok_") and len(private["last4"]) == 4
        assert elements["7"] == elements["13"] + elements["12"]


def test_iso_8583_messages_say_what_became_of_the_payment() -> None:
    for plain, event, _ in made("iso8583_json"):
        elements, status = event["fields"], plain["payment_status"]
        assert int(elements["4"]) == minor(plain)
        assert event["mti"] == {"refunded": "0210", "pending": "0100"}.get(status, "0110")
        assert elements["3"] == ("200000" if status == "refunded" else "000000")
        assert elements.get("39") == plain["payment_details"].get("response_code")
        assert (elements.get("39") == "00") == (status in ("completed", "refunded"))
        assert ("38" in elements) == (status in ("completed", "refunded"))
        assert elements["48"]["transaction"] == plain["transaction_id"]
        assert elements["48"].get("refund_of") == plain.get("original_transaction_id")


CHARGE_RULES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "charge.succeeded": lambda c: (
        c["status"] == "succeeded" and c["paid"] and c["captured"] and "failure_code" not in c
    ),
    "charge.pending": lambda c: c["status"] == "pending" and not c["paid"] and "failure_code" not in c,
    "charge.failed": lambda c: (
        c["status"] == "failed" and not c["paid"] and not c["captured"] and bool(c["failure_code"])
    ),
    "refund.created": lambda c: c["object"] == "refund" and c["status"] == "succeeded" and c["charge"][:3] == "ch_",
}


def test_charge_events_never_call_a_declined_charge_succeeded() -> None:
    kinds = {"completed": "charge.succeeded", "pending": "charge.pending", "refunded": "refund.created"}
    for plain, event, _ in made("charge_event"):
        charge = event["data"]["object"]
        assert event["type"] == kinds.get(plain["payment_status"], "charge.failed")
        assert CHARGE_RULES[event["type"]](charge), event
        assert charge["amount"] == minor(plain) and charge["currency"] == plain["currency"].lower()
        moment = datetime.fromisoformat(plain["transaction_timestamp"])
        assert event["created"] == charge["created"] == int(moment.astimezone(UTC).timestamp())
        assert charge["payment_method_details"]["card"]["last4"] == plain["payment_details"]["last4"]
        if plain["payment_status"] == "refunded":
            assert charge["charge"] == f"ch_{plain['original_transaction_id']}"
        else:
            approved = charge["outcome"]["network_status"] == "approved_by_network"
            assert approved == (plain["payment_status"] == "completed")


def test_the_gateway_is_the_example() -> None:
    example = yaml.safe_load((ROOT / "config/mappings/gateway.yaml").read_text(encoding="utf-8"))
    assert PRESETS["gateway"].rules() == example["simulator"]["transaction"]["mapping"]
    statuses = {"completed": "success", "refunded": "success", "failed": "declined", "pending": "timeout"}
    for plain, event, _ in made("gateway"):
        assert event["status"] == statuses.get(plain["payment_status"], "error")
        assert event["amount"] == {"value": minor(plain), "currency": plain["currency"]}
