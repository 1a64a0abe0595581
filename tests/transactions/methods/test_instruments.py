"""Instruments and channels fit: brands at home and their co-badges, taps and their limits, wallets at tills."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from paysim.contract.codes import CHANNELS
from paysim.facts import brands, wallets
from paysim.transactions.methods import card_presentation, cards, digital_wallet
from paysim.transactions.methods.base import METHODS, PaymentDraw, Setting
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import Persons
from tests.support.transactions import events, make

POS, WEB, API = CHANNELS.index("pos"), CHANNELS.index("web"), CHANNELS.index("api")


def presented(method: str, country: str, product: str, channel: int, minor: float, currency: str, at: str = "") -> Any:
    """Records of 4,000 payments alike, of each combination once."""
    kinds, setting = [(country, product)], Setting(date(2026, 1, 1), (currency,))
    presentation = METHODS[method].presentation(kinds, setting)
    assert presentation is not None
    merchant, n = COUNTRIES.names.index(at or country), 4000
    whole = np.full(n, 0)
    draw = PaymentDraw(whole, whole + merchant, whole + channel, whole, np.full(n, float(minor)))
    found = presentation.draw((np.arange(n) + 0.5) / n, draw)
    return [presentation.records[at] for at in sorted(set(found.tolist()))]


@pytest.mark.parametrize(
    ("method", "country", "product", "channel", "at", "brand"),
    [
        ("debit_card", "DE", "girocard+visa", POS, "DE", "girocard"),
        ("debit_card", "DE", "girocard+visa", WEB, "DE", "visa"),
        ("debit_card", "DE", "girocard+visa", POS, "FR", "visa"),
        ("debit_card", "CA", "interac+mastercard", POS, "CA", "interac"),
        ("debit_card", "CA", "interac+mastercard", API, "CA", "mastercard"),
        ("debit_card", "AU", "eftpos+visa", POS, "AU", "eftpos"),
        ("debit_card", "AU", "eftpos+visa", POS, "US", "visa"),
        ("credit_card", "FR", "cartes_bancaires+visa", WEB, "FR", "cartes_bancaires"),
        ("credit_card", "FR", "cartes_bancaires+visa", WEB, "US", "visa"),
        ("credit_card", "JP", "jcb", POS, "US", "jcb"),
    ],
)
def test_a_domestic_scheme_pays_at_home_and_its_co_badge_elsewhere(
    method: str, country: str, product: str, channel: int, at: str, brand: str
) -> None:
    found = presented(method, country, product, channel, 2_000, "EUR", at)
    assert {record["payment_details.brand"] for record in found} == {brand}


@pytest.mark.parametrize("kind", ["credit", "debit"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_people_have_the_brands_of_their_country(country: str, kind: str) -> None:
    products = METHODS[f"{kind}_card"].products(country)
    every = sum(products.values())
    card = METHODS[f"{kind}_card"]
    assert isinstance(card, cards.Card)
    of_kind = card.brands(country)
    whole = {brand: share / sum(of_kind.values()) for brand, share in of_kind.items()}
    for brand, share in whole.items():
        mine = [part for product, part in products.items() if card_presentation.at_home(product) == brand]
        assert sum(mine) / every == pytest.approx(share)
        assert kind in brands.BRANDS[brand].kinds


def test_nobody_gets_a_maestro_card_after_its_last_year_and_nobody_else_changes() -> None:
    germans = Persons(7, np.full(4000, COUNTRIES.names.index("DE")), np.arange(4000))
    before, after = (
        [found.kinds[at][1] for at in found.of]
        for found in (METHODS["debit_card"].holdings(germans, year) for year in (2026, 2028))
    )
    assert "maestro" in before
    assert "maestro" not in after
    assert {(a, b) for a, b in zip(before, after, strict=True) if a != b and a != "maestro"} == set()


@pytest.mark.parametrize(
    ("country", "currency", "limit"),
    [
        ("GB", "GBP", 100),
        ("DE", "EUR", 50),
        ("CA", "CAD", 250),
        ("AU", "AUD", 100),
        ("BR", "BRL", 200),
        ("IN", "INR", 5000),
    ],
)
def test_a_tap_above_the_limit_of_the_country_takes_a_pin(country: str, currency: str, limit: int) -> None:
    for minor, verified in ((limit * 100, {"none", "pin"}), (limit * 100 + 1, {"pin"})):
        found = presented("credit_card", country, "visa", POS, minor, currency)
        taps = [r for r in found if r["payment_details.entry_mode"] == "contactless"]
        assert {r["payment_details.cardholder_verification"] for r in taps} == verified


def test_the_limit_is_that_of_the_shop_in_whatever_currency() -> None:
    found = presented("credit_card", "US", "visa", POS, 20_000, "USD", at="GB")  # 200 USD, 149 GBP
    taps = [r for r in found if r["payment_details.entry_mode"] == "contactless"]
    assert {r["payment_details.cardholder_verification"] for r in taps} == {"pin"}


@pytest.mark.parametrize(
    ("minor", "exempt"), [(2_999, 0.60), (5_000, 0.30), (20_000, 0.20), (50_000, 0.10), (50_001, 0.0)]
)
def test_exemptions_of_strong_authentication_go_by_the_amount(minor: int, exempt: float) -> None:
    band = int(np.searchsorted(card_presentation._steps("DE", "EUR"), minor))
    ways = card_presentation.at_a_distance("DE", "web", band)
    started = sum(share for (mode, *_), share in ways.items() if mode == "ecommerce")
    assert ways.get(("ecommerce", "exempted", None), 0) == pytest.approx(exempt * started)
    shown = {r.get("payment_details.three_ds") for r in presented("credit_card", "DE", "visa", WEB, minor, "EUR")}
    assert ("exempted" in shown) == bool(exempt)


def test_a_server_pays_by_what_is_on_file() -> None:
    for country in COUNTRIES:
        found = presented("credit_card", country, "visa", API, 2_000, "EUR")
        assert {record["payment_details.entry_mode"] for record in found} == {"credential_on_file"}


def test_a_wallet_is_a_device_at_a_till_and_never_a_server() -> None:
    made = events(make(patterns={"channels": {"pos": 1, "web": 1, "api": 1}}), {"digital_wallet": 3000})
    assert {event["channel"] for event in made} == {"pos", "web"}
    for event in made:
        shown, at_till = event["payment_details"], event["channel"] == "pos" and event["transaction_type"] == "payment"
        row = wallets.find(shown["provider"], event["customer_country"])
        assert row is not None
        assert ("entry_mode" in shown) == ("cardholder_verification" in shown) == at_till
        if at_till:
            assert row.in_person is not None
            assert shown["entry_mode"] == ("qr" if row.qr else "contactless")


def test_who_has_a_wallet_that_tills_do_not_take_has_one_that_they_take() -> None:
    products = METHODS["digital_wallet"].products("GB")
    assert {product for product in products if product.startswith("paypal")} == {
        "paypal+apple_pay",
        "paypal+google_pay",
    }
    assert digital_wallet.in_person("paypal+google_pay") == "google_pay"
