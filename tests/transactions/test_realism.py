"""What a payments engineer would laugh at: things that each are right and do not go together."""

import re
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from paysim.contract.identity import MAX_RUNS, run_number
from paysim.contract.methods import PAYMENT_METHODS
from paysim.facts import wallets
from paysim.transactions.methods.digital_wallet import REASONS
from paysim.transactions.world import trades
from paysim.transactions.world.active import PopulationStore, World
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.devices import FORMS
from paysim.transactions.world.merchant_categories import CODES, REMOTE_ONLY
from tests.support.margins import CONFIGURED
from tests.support.transactions import RUN, config, events, make

Event = dict[str, Any]
# What names the device in a user agent, by device type.
DEVICES = {
    "desktop": r"Windows NT 10\.0|Macintosh|X11; Linux",
    "smartphone": r"iPhone|Android.* Mobile Safari",
    "tablet": r"iPad|Android(?!.*Mobile)",
    "terminal": r"Verifone|Ingenico|PAX|Castles",
    "server": r"requests|okhttp|HttpClient|axios",
}


@pytest.fixture(scope="module")
def made() -> list[Event]:
    """All countries and methods."""
    patterns = {**CONFIGURED, "countries": dict.fromkeys(COUNTRIES, 1)}
    counts = dict.fromkeys(PAYMENT_METHODS, 2000)
    return events(make(patterns=patterns, population={"customers": 6000, "merchants": 1500}), counts)


def test_a_user_agent_is_one_of_its_device(made: list[Event]) -> None:
    for event in made:
        agent = event["metadata"]["user_agent"]
        assert re.search(DEVICES[event["device_type"]], agent), agent


def test_browsers_are_of_these_years() -> None:
    for form in FORMS:
        for version in form.versions:
            assert float(version) >= (18 if "Version/" in form.text or "Samsung" in form.text else 120)


def test_a_wallet_of_a_platform_comes_from_its_devices(made: list[Event]) -> None:
    seen = defaultdict(set)
    for event in made:
        if event["payment_method"] == "digital_wallet" and event["channel"] in ("web", "mobile"):
            agent = event["metadata"]["user_agent"]
            seen[event["payment_details"]["provider"]].add(re.findall(r"iPhone|iPad|Mac|Windows|Android|X11", agent)[0])
            if event["payment_details"]["provider"] == "apple_pay":
                assert "Safari" in agent and "Chrome" not in agent
            elif event["payment_details"]["provider"] == "google_pay":
                assert "Chrome" in agent and "Edg" not in agent
    assert seen["apple_pay"] == {"iPhone", "iPad", "Mac"}
    assert "Android" in seen["google_pay"] and not seen["google_pay"] & {"iPhone", "iPad"}
    assert seen["paypal"] == {"iPhone", "iPad", "Mac", "Windows", "Android", "X11"}


def test_wallets_are_used_where_they_exist_and_fail_for_reasons(made: list[Event]) -> None:
    for event in made:
        if event["payment_method"] == "digital_wallet":
            assert wallets.find(event["payment_details"]["provider"], event["customer_country"]) is not None
            assert event["payment_details"].get("reason_code", "limit_exceeded") in REASONS


def test_a_shop_is_called_after_its_trade_in_the_language_of_its_country(made: list[Event]) -> None:
    for event in made:
        assert trades.trade(event["merchant_category_code"], event["merchant_country"]) in event["merchant_name"]
    names = defaultdict(set)
    for event in made:
        names[event["merchant_country"]].add(event["merchant_name"])
    assert any("Lebensmittel" in name for name in names["DE"]) and any("スーパー" in name for name in names["JP"])


@pytest.mark.parametrize("code", [code for codes in CODES.values() for code in codes])
def test_every_code_has_a_trade_in_every_language(code: str) -> None:
    assert all(trades.trade(code, country) for country in COUNTRIES)


def test_digital_goods_and_correspondence_schools_have_no_terminal(made: list[Event]) -> None:
    by_channel = defaultdict(set)
    for event in made:
        by_channel[event["channel"]].add(event["merchant_category_code"])
    assert not by_channel["pos"] & REMOTE_ONLY
    assert by_channel["web"] > REMOTE_ONLY


def test_bank_transfers_stay_in_their_country(made: list[Event]) -> None:
    transfers = [e for e in made if e["payment_method"] == "bank_transfer"]
    assert all(e["merchant_country"] == e["customer_country"] for e in transfers)
    assert any(e["merchant_country"] != e["customer_country"] for e in made)


def test_authentication_follows_the_rules_of_country_and_brand(made: list[Event]) -> None:
    payments = [e for e in made if e["transaction_type"] == "payment"]  # nobody authenticates for a refund
    online = [e for e in payments if e["payment_method"].endswith("_card") and e["channel"] in ("web", "mobile")]
    for event in online:
        details = event["payment_details"]
        assert details["brand"] not in ("interac", "girocard")  # the co-badge carries what these do not
        if COUNTRIES[event["customer_country"]].strong_authentication:
            assert "three_ds" in details
        else:
            assert details.get("three_ds") != "exempted"  # from what?
    optional = [e["payment_details"] for e in online if e["customer_country"] in ("US", "BR")]
    assert 0.7 < sum("three_ds" not in details for details in optional) / len(optional) < 0.95


def test_a_terminal_knows_no_proxy_no_device_and_no_address(made: list[Event]) -> None:
    at_terminals = {i for e in made if e["channel"] == "pos" for i in e["metadata"]["fraud_indicators"]}
    elsewhere = {i for e in made if e["channel"] != "pos" for i in e["metadata"]["fraud_indicators"]}
    assert at_terminals == {"velocity", "unusual_pattern"}
    assert elsewhere > at_terminals


def test_indicators_come_with_high_scores(made: list[Event]) -> None:
    by_count = defaultdict(list)
    for event in made:
        by_count[min(2, len(event["metadata"]["fraud_indicators"]))].append(event["metadata"]["risk_score"])
    means = [sum(by_count[n]) / len(by_count[n]) for n in (0, 1, 2)]
    assert all(low * 1.4 < high for low, high in pairwise(means))


def test_dutch_particles_stand_before_the_name() -> None:
    world = World(
        PopulationStore(1), config(population={"customers": 3000}, patterns={"countries": {"NL": 1}}).transaction
    )
    names = world.customers.of("customer_name", np.arange(3000))
    assert not [name for name in names if "," in name]
    assert [name for name in names if " van " in name]


def test_hashes_begin_with_any_digit(made: list[Event]) -> None:
    hashes = [e["payment_details"].get("transaction_hash", "").removeprefix("0x") for e in made]
    assert {text[0] for text in hashes if text} == set("0123456789abcdef")


def test_ids_have_no_digits_for_a_card_number_behind_their_time_whatever_is_made_of_the_dashes() -> None:
    for draw in (0, 1, 0x155555, MAX_RUNS - 1):
        assert 0 <= run_number(draw) < MAX_RUNS
        generator = make(run=RUN.at(1_767_225_600, run_number(draw)), producer=9)
        for event in events(generator, {"credit_card": 200}):
            for text, start in ((event["transaction_id"], 19), (event["correlation_id"], 0)):
                assert not re.search(r"\d{13}", text[start:].replace("-", ""))
