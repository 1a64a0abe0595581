"""The mapping: what a rule does to an event, and that prepared pieces say the same as dictionaries."""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from paysim.config.loader import load
from paysim.config.sections.mapping import Mapping as Rules
from paysim.contract.fields import fields, values
from paysim.contract.methods import PAYMENT_METHODS
from paysim.contract.model import Transaction
from paysim.transactions.behaviour.payers import Weighted
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.events.mapping import CompiledMapping, epoch_ms, rfc3339
from paysim.transactions.events.payment_pieces import PaymentPieces
from paysim.transactions.events.sources import fields_of, paths
from paysim.transactions.events.stamp_texts import Sequences
from paysim.transactions.events.stamps import Stamper, uuid_text
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.randomness import Streams
from paysim.transactions.world.active import PopulationStore, World
from tests.support.transactions import MOMENT, RUN, config, events, make

pytestmark = pytest.mark.usefixtures("unmeasured")

EXAMPLE = Path(__file__).parents[3] / "config/mappings/gateway.yaml"


def mapped(rules: dict[str, Any], n: int = 200, **more: Any) -> list[dict[str, Any]]:
    return events(make(mapping=rules, **more), {"credit_card": n})


def both(rules: dict[str, Any], n: int = 200, **more: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Events without and with the rules, pairwise the same transaction."""
    return list(zip(mapped({}, n, **more), mapped(rules, n, **more), strict=True))


def test_the_names_in_config_are_those_of_the_contract() -> None:
    assert set(fields()) == set(paths()) == {field.path for name in PAYMENT_METHODS for field in fields_of(name)}
    schema = Transaction.model_json_schema()["properties"]
    for name, known in values().items():
        listed = schema[name].get("enum")
        assert listed is not None and set(listed) == set(known), name


def test_rename_moves_fields_and_whole_objects_and_the_longest_rule_wins() -> None:
    rules = {"rename": {"amount": "value", "payment_details": "card", "payment_details.last4": "tail.digits"}}
    for plain, event in both(rules):
        details = dict(plain["payment_details"])
        assert event["tail"] == {"digits": details.pop("last4")}
        assert event["card"] == details
        assert event["value"] == plain["amount"]
        assert not {"amount", "payment_details"} & set(event)


def test_values_are_translated_with_a_star_for_the_rest() -> None:
    rules = {"values": {"payment_status": {"completed": "success", "*": "error"}, "channel": {"pos": 1}}}
    for plain, event in both(rules):
        assert event["payment_status"] == ("success" if plain["payment_status"] == "completed" else "error")
        assert event["channel"] == (1 if plain["channel"] == "pos" else plain["channel"])


def test_drop_takes_fields_and_objects_away() -> None:
    for plain, event in both({"drop": ["location", "metadata.user_agent"]}):
        assert "location" not in event
        assert event["metadata"] == {k: v for k, v in plain["metadata"].items() if k != "user_agent"}


def test_add_puts_constants_and_copies_even_of_what_is_dropped() -> None:
    rules = {
        "drop": ["merchant_country"],
        "add": {
            "version": 2,
            "tags.list": ["a"],
            "when": {"copy": "transaction_timestamp"},
            "where": {"copy": "location"},
            "shop": {"copy": "merchant_country"},
        },
    }
    for plain, event in both(rules):
        assert (event["version"], event["tags"]) == (2, {"list": ["a"]})
        assert event["when"] == event["transaction_timestamp"] == plain["transaction_timestamp"]
        assert event["where"] == event["location"] == plain["location"]
        assert event["shop"] == plain["merchant_country"]


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_amounts_go_out_as_number_string_or_minor_units(currency: str) -> None:
    patterns = {
        "payment_methods": {"credit_card": 1},
        "currencies": {currency: 1},
        "payment_status": {"completed": 1, "refunded": 0.5},
    }
    decimals = {"USD": 2, "JPY": 0, "KWD": 3}[currency]
    plain = mapped({}, patterns=patterns)
    texts = mapped({"formats": {"amount": "string"}}, patterns=patterns)
    minor = mapped({"formats": {"amount": "minor_units"}}, patterns=patterns)
    for one, text, units in zip(plain, texts, minor, strict=True):
        assert text["amount"] == f"{one['amount']:.{decimals}f}"
        assert isinstance(units["amount"], int)
        assert units["amount"] == round(one["amount"] * 10**decimals)


def test_yen_have_no_decimal_point() -> None:
    patterns = {
        "payment_methods": {"debit_card": 1},
        "currencies": {"JPY": 1},
        "payment_status": {"completed": 1, "refunded": 1},
    }
    batch = make(patterns=patterns).batch("debit_card", 500)
    for body in batch.bodies:
        assert b"." not in body.split(b'"amount":')[1].split(b",")[0]


def test_times_go_out_as_rfc_3339_or_epoch_milliseconds() -> None:
    for plain, event in both({"formats": {"timestamp": "epoch_ms"}}):
        assert plain["transaction_timestamp"] == "2026-01-01T12:00:00.123Z" == rfc3339(MOMENT // 10**6)
        assert event["transaction_timestamp"] == MOMENT // 10**6


def test_epoch_milliseconds_are_never_taken_for_a_card_number() -> None:
    replay = {
        "timestamps": {"mode": "replay", "start": "2026-03-28T00:00:00Z", "end": "2026-03-30T00:00:00Z"},
        "volume": {"total": 9},
    }
    moved = 0
    for plain, event in both({"formats": {"timestamp": "epoch_ms"}}, 1000, **replay):
        assert not luhn.is_valid(str(event["transaction_timestamp"]))
        moved += rfc3339(event["transaction_timestamp"]) != plain["transaction_timestamp"]
    assert 50 < moved < 150
    valid = next(moment for moment in range(MOMENT // 10**6, MOMENT) if luhn.is_valid(str(moment)))
    for size in (1, 50):
        batch = make(mapping={"formats": {"timestamp": "epoch_ms"}}, clock=lambda: valid * 10**6).batch(
            "credit_card", size
        )
        assert {orjson.loads(body)["transaction_timestamp"] for body in batch.bodies} == {valid + 1}


REPLAY: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-03-28T00:00:00Z", "end": "2026-03-30T00:00:00Z"},
    "volume": {"total": 9},
}


def test_replayed_times_have_both_formats_too() -> None:
    for plain, event in both(
        {"formats": {"timestamp": "epoch_ms"}, "rename": {"transaction_timestamp": "t.at"}}, **REPLAY
    ):
        assert event["t"]["at"] == epoch_ms(
            round(datetime.fromisoformat(plain["transaction_timestamp"]).timestamp() * 1000)
        )


def test_the_example_fulfils_its_contract() -> None:
    generator = TransactionGenerator(load(EXAMPLE).config, run=RUN, producer=0)
    statuses = set()
    for event in events(generator, dict.fromkeys(PAYMENT_METHODS, 1000)):
        statuses.add(event["status"])
        assert event["schema_version"] == 3
        assert isinstance(event["timestamp"], int)
        assert set(event["amount"]) == {"value", "currency"} and isinstance(event["amount"]["value"], int)
        assert event["result"]["source"] == "gateway"
        assert event["search"]["customer"] == event["customer"]["reference"]
        assert event["method"] in ("CARD", "BANK", "OTHER")
        assert not {"location", "payment_status", "transaction_id"} & set(event)
    assert statuses == {"success", "declined", "timeout", "error"}


def test_stamped_fields_may_stand_in_objects_with_others() -> None:
    rules = {
        "rename": {
            "transaction_id": "head.id",
            "merchant_id": "head.shop",
            "transaction_timestamp": "time.at",
            "channel": "time.channel",
        }
    }
    for plain, event in both(rules):
        assert event["head"] == {"id": plain["transaction_id"], "shop": plain["merchant_id"]}
        assert event["time"] == {"at": plain["transaction_timestamp"], "channel": plain["channel"]}
        assert event["amount"] == plain["amount"]


def test_an_object_of_optional_fields_is_there_when_one_of_them_is() -> None:
    for plain, event in both({"rename": {"payment_details.authorization_code": "approval.code"}}):
        code = plain["payment_details"].get("authorization_code")
        assert event.get("approval") == (None if code is None else {"code": code})


def test_everything_can_be_dropped_but_a_constant() -> None:
    tops = sorted({path.split(".")[0] for path in fields()})
    assert mapped({"drop": tops, "add": {"ping": True}}, 20) == [{"ping": True}] * 20
    assert mapped({"drop": tops}, 20) == [{}] * 20


RENAMES = st.dictionaries(
    st.sampled_from([*fields(), "payment_details", "location", "metadata"]),
    st.sampled_from(["a", "b.c", "b.d", "deep.er.one", "deep.er.two", "deep.x", "location.extra", "ünïcode", 'quo"te']),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    rename=RENAMES,
    drop=st.lists(st.sampled_from([*fields(), "metadata"]), max_size=5),
    add=st.dictionaries(
        st.sampled_from(["z", "b.z", "deep.er.z"]),
        st.one_of(st.integers(), st.just({"copy": "amount"}), st.just({"copy": "location"})),
        max_size=2,
    ),
    method=st.sampled_from(PAYMENT_METHODS.names),
)  # fmt: skip
def test_prepared_pieces_and_dictionaries_agree(
    world: World, rename: dict[str, str], drop: list[str], add: dict[str, Any], method: str
) -> None:
    rules = Rules.model_construct(rename=rename, drop=drop, add=add)
    if list(Rules.faults(rules)):
        return  # refused before it gets here
    mapping = CompiledMapping(rules)
    transaction = config(population={"customers": 20, "merchants": 20}).transaction
    tables, streams = SamplingTables(world, transaction, mapping, "round_robin"), Streams(1, method)
    payers = Weighted(tables.payers(method), world.country, streams["customer"])
    sampler = PaymentSampler(tables, method, streams, transaction.patterns.amounts, payers)
    pieces = PaymentPieces(tables, sampler.records)
    assert pieces.layout is not None
    moment = MOMENT // 10**6
    drawn = sampler.draw(12, moment)
    pieces.add(drawn)
    stamper = Stamper(pieces.layout.parts, RUN, 0, Sequences())
    ids = stamper.ids(moment, 0, 12)
    columns = stamper.columns(moment, moment, 0, 12, drawn.columns)
    for at, body in enumerate(map(b"".join, zip(*columns, strict=False))):
        document = {
            "transaction_id": uuid_text(ids[at]),
            "correlation_id": stamper.correlation(at),
            "transaction_timestamp": moment,
        }
        own, decimals = sampler.records.document(drawn, at)
        expected = mapping.shaped(document | own, decimals)
        assert orjson.loads(body) == orjson.loads(orjson.dumps(expected))
        row = [column[at] for column in drawn.columns]
        assert stamper.single(moment, at, row) == (body, ids[at])


@pytest.fixture(scope="module")
def world() -> World:
    return World(PopulationStore(3), config(population={"customers": 20, "merchants": 20}).transaction)
