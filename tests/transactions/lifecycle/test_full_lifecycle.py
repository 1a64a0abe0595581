"""`lifecycle: full`: what a data set of it holds, and that nothing of it breaks a rule."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import orjson
import pytest

from paysim.config.schema import Config
from paysim.contract.model import Transaction, json_schema
from paysim.transactions.dataset import generate as dataset
from paysim.transactions.dataset.lifecycle_rules import Checker
from paysim.transactions.following import FollowUpFigures
from paysim.transactions.generator import TransactionGenerator
from tests.support.transactions import RUN, config

pytestmark = pytest.mark.usefixtures("unmeasured")

TOTAL = 30_000
WINDOW = {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
MIX = {"credit_card": 4, "debit_card": 2, "bank_transfer": 2, "digital_wallet": 1, "cryptocurrency": 1}
Event = dict[str, Any]


def full(**more: Any) -> Config:
    transaction: dict[str, Any] = {
        "lifecycle": "full",
        "volume": {"total": TOTAL},
        "timestamps": WINDOW,
        "patterns": {"payment_methods": MIX},
    }
    return config(**(transaction | more))


def rows(wanted: Config, functions: tuple[Callable[[Any], Any], ...] = ()) -> tuple[list[dataset.Row], FollowUpFigures]:
    generators: list[TransactionGenerator] = []
    plan = dataset.plan(wanted, functions=functions)
    made = [row for part in dataset.slices(plan, generators.append) for row in part]
    assert generators[0].following is not None
    return made, generators[0].following


@pytest.fixture(scope="module")
def whole() -> tuple[list[dataset.Row], FollowUpFigures]:
    return rows(full())


@pytest.fixture(scope="module")
def events(whole: tuple[list[dataset.Row], FollowUpFigures]) -> list[Event]:
    return [orjson.loads(row.body) for row in whole[0]]


def test_the_total_holds_with_follow_ups(whole: tuple[list[dataset.Row], FollowUpFigures], events: list[Event]):
    made, figures = whole
    assert len(made) == TOTAL
    types = Counter(event["transaction_type"] for event in events)
    assert {type_: number for type_, number in types.items() if type_ not in ("payment", "authorization")} == dict(
        figures.counts
    )
    assert figures.open > 0
    assert figures.thinned == 0


def test_no_rule_is_broken(events: list[Event]):
    checker = Checker()
    for event in events:
        checker.check(event)
    assert not checker.found.broken, checker.found.examples
    types = {type_ for type_, _ in checker.found.counts}
    assert types >= {
        "authorization",
        "payment",
        "capture",
        "void",
        "expiry",
        "settlement",
        "refund",
        "resolution",
        "retry",
    }


def test_every_event_is_of_the_contract(events: list[Event]):
    seen: Counter[tuple[str, str, str]] = Counter()
    for event in events:
        kind = event["payment_method"], event["transaction_type"], event["payment_status"]
        seen[kind] += 1
        if seen[kind] <= 100:
            Transaction.model_validate(event)
    assert len(seen) > 40


def test_the_schema_knows_every_type_and_status(events: list[Event]):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    each = {(event["payment_method"], event["transaction_type"], event["payment_status"]): event for event in events}
    for event in each.values():
        assert not [error.message for error in validator.iter_errors(event)]
    capture = next(event for kind, event in each.items() if kind[1] == "capture")
    assert not validator.is_valid(capture | {"payment_status": "settled"})
    assert not validator.is_valid({name: value for name, value in capture.items() if name != "original_transaction_id"})


def test_a_seed_repeats_all_of_it():
    def digest(wanted: Config) -> str:
        return hashlib.sha256(b"\n".join(row.body for row in rows(wanted)[0])).hexdigest()

    small = {"volume": {"total": 3_000}}
    assert digest(full(**small)) == digest(full(**small))
    assert digest(full(**small)) != digest(full(**small, seed=8))


@pytest.mark.parametrize("total", [1, 2, 7, 60, 999])
def test_a_small_total_holds_too(total: int):
    assert len(rows(full(volume={"total": total}))[0]) == total


def test_margins_count_payments(events: list[Event]):
    begun = Counter(e["payment_method"] for e in events if e["transaction_type"] in ("payment", "authorization"))
    whole = sum(begun.values())
    for method, weight in MIX.items():
        assert begun[method] / whole == pytest.approx(weight / sum(MIX.values()), abs=0.01)


def test_what_follows_keeps_what_ties_it(events: list[Event]):
    by_id = {event["transaction_id"]: event for event in events}
    tied: Counter[str] = Counter()
    for event in events:
        original = by_id.get(event.get("original_transaction_id", ""))
        if original is None or event["transaction_type"] == "retry":
            continue
        for name in ("merchant_name", "customer_email", "location", "channel", "device_type"):
            assert event[name] == original[name]
        for name in ("authorization_code", "reference", "transaction_hash", "token", "last4"):
            if (value := original["payment_details"].get(name)) is not None:
                tied[name] += 1
                assert event["payment_details"].get(name) == value
    assert min(tied[name] for name in ("authorization_code", "reference", "transaction_hash")) > 100


def test_an_authorisation_that_was_pending_gets_one_code_for_all_that_follows(events: list[Event]):
    codes: defaultdict[str, set[str]] = defaultdict(set)
    resolved = {
        e["original_transaction_id"]
        for e in events
        if e["payment_status"] == "authorized" and e["transaction_type"] == "resolution"
    }
    for event in events:
        if event.get("original_transaction_id") in resolved:
            codes[event["original_transaction_id"]].add(event["payment_details"]["authorization_code"])
    assert len(codes) > 100
    assert all(len(each) == 1 for each in codes.values())


ZONES = {"US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "GB": "Europe/London",
         "DE": "Europe/Berlin", "FR": "Europe/Paris", "JP": "Asia/Tokyo", "BR": "America/Sao_Paulo",
         "IN": "Asia/Kolkata"}  # fmt: skip


def test_cards_and_wallets_are_settled_on_working_days_of_the_merchants_country(events: list[Event]):
    settled = 0
    for event in events:
        is_account = event["payment_method"] in ("bank_transfer", "cryptocurrency")
        if event["transaction_type"] == "settlement" and not is_account:
            country = event["merchant_country"]
            moment = datetime.fromisoformat(event["transaction_timestamp"]).astimezone(ZoneInfo(ZONES[country]))
            assert moment.weekday() < 5
            assert moment.date() not in holidays.country_holidays(country, years=2026)
            settled += 1
    assert settled > 3_000


def test_transfers_are_settled_by_the_calendar_of_their_scheme(events: list[Event]):
    closed = {"US": holidays.country_holidays("US", years=2026), "CA": holidays.country_holidays("CA", years=2026),
              "AU": holidays.country_holidays("AU", subdiv="NSW", years=2026)}  # fmt: skip
    by_day = any_day = 0
    for event in events:
        if event["transaction_type"] == "settlement" and event["payment_method"] == "bank_transfer":
            country = event["customer_country"]
            moment = datetime.fromisoformat(event["transaction_timestamp"]).astimezone(ZoneInfo(ZONES[country]))
            if country in closed:
                assert moment.weekday() < 5
                assert moment.date() not in closed[country]
                by_day += 1
            else:
                any_day += moment.weekday() >= 5
    assert by_day > 300
    assert any_day > 50


def test_violations_do_not_break_the_rules_of_the_others():
    made, _ = rows(
        full(
            volume={"total": 6_000}, violations={"currency_mismatch": 0.02, "duplicate": 0.02, "negative_amount": 0.02}
        )
    )
    assert len(made) == 6_000
    checker = Checker()
    for row in made:
        if row.label is None:
            checker.check(orjson.loads(row.body))
    assert not checker.found.broken, checker.found.examples
    assert {row.label for row in made} >= {"currency_mismatch", "duplicate", "negative_amount"}


def test_pieces_and_documents_say_the_same():
    """What is joined of prepared pieces is what the contract's document is, in every mapping that can be laid out."""
    renamed = {"amount": "value.amount", "original_transaction_id": "refers_to"}
    body = {
        "id": "{transaction_id}",
        "of": "{original_transaction_id}",
        "what": "{transaction_type}-{payment_status}",
        "sum": "{amount|minor_units}",
        "all": "{correlation_id}",
    }
    by = {"of": "{original_transaction_id}", "by": "{transaction_id}", "at": "{transaction_timestamp|epoch_s}"}
    mappings: list[dict[str, Any]] = [
        {},
        {"rename": renamed, "formats": {"timestamp": "epoch_ms"}},
        {"properties": {"type": "{transaction_type}"}, "body": body},
        {"body": body | {"link": {"when": {"transaction_type": "settlement"}, "then": by, "else": "{customer_id}"}}},
    ]
    for mapping in mappings:
        made = []
        for by_document in (False, True):
            generator = TransactionGenerator(
                full(mapping=mapping), run=RUN, producer=0, clock=lambda: 1_767_225_600_000_000_000, own_time=True
            )
            draws = generator.draws
            assert draws.calendar is not None and draws.following is not None
            if by_document:
                for line in draws.following.lines:
                    line.writer._columns = None
            generator.batch("credit_card", 400)
            generator.batch("bank_transfer", 300)
            bodies: list[bytes] = []
            while (some := generator.timed_follow_ups(draws.calendar.end)) is not None:
                batch = some[0]
                bodies += batch.bodies if batch.properties is None else [*batch.bodies, *batch.properties]
            made.append([orjson.loads(body) for body in bodies])
        assert len(made[0]) > 900
        assert made[0] == made[1]


def test_functions_of_the_users_own_see_follow_ups(tmp_path: Path):
    def without_settlements(event: Event) -> Event | None:
        return None if event["transaction_type"] == "settlement" else event | {"seen": True}

    made, figures = rows(full(volume={"total": 2_000}), functions=(without_settlements,))
    found = [orjson.loads(row.body) for row in made]
    assert all(event["seen"] for event in found)
    assert {"capture", "refund"} <= {event["transaction_type"] for event in found}
    assert "settlement" not in {event["transaction_type"] for event in found}
    followed = Counter(
        e["transaction_type"] for e in found if e["transaction_type"] not in ("payment", "authorization")
    )
    assert figures.counts == followed  # what was dropped has not gone out


def test_times_are_in_the_window(events: list[Event]):
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    moments = [datetime.fromisoformat(event["transaction_timestamp"]) for event in events]
    assert moments == sorted(moments)
    assert start <= moments[0]
    assert moments[-1] < end


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_a_configured_share_of_refunds_holds_over_the_window(share: float):
    statuses = {"completed": 0.9 - share, "failed": 0.1, "refunded": share}
    made, _ = rows(full(patterns={"payment_methods": {"credit_card": 1}, "payment_status": statuses}))
    types = Counter(orjson.loads(row.body)["transaction_type"] for row in made)
    assert types["refund"] / (types["refund"] + types["authorization"]) == pytest.approx(share, abs=0.008)
