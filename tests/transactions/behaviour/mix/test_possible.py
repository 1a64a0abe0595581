"""A configuration cannot force a scheme, brand or provider where or when there was none: an error with its line."""

from pathlib import Path
from typing import Any

import pytest

from paysim.cli import main
from paysim.config.errors import ConfigError
from paysim.config.loader import load
from paysim.contract.codes import MINOR_UNITS
from paysim.facts import bank_schemes, brands, wallets
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES
from tests.support.transactions import config, events, make

pytestmark = pytest.mark.usefixtures("unmeasured")

SCHEMES = {scheme: country for country, scheme in reversed(bank_schemes.USUAL.items())}
YEAR = """simulator:
  transaction:
    volume: {{total: 10}}
    timestamps: {{mode: replay, start: {year}-03-01T00:00:00Z, end: {year}-03-08T00:00:00Z}}
    patterns:
      countries: {{{countries}}}
      payment_methods: {{{methods}}}
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    source = tmp_path / "c.yaml"
    source.write_text(text, encoding="utf-8")
    try:
        load(source, environ={})
    except ConfigError as error:
        return [str(fault).removeprefix(str(source)) for fault in error.faults]
    return []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_currencies_that_are_not_the_schemes_are_an_error_with_its_line(scheme: str, tmp_path: Path) -> None:
    country = SCHEMES[scheme]
    own = COUNTRIES[country].currency
    other = next(currency for currency in MINOR_UNITS if currency != own)
    text = f"""simulator:
  transaction:
    patterns:
      countries: {{{country}: 1}}
      payment_methods: {{credit_card: 0.6, bank_transfer: 0.4}}
      currencies: {{{own}: 0.25, {other}: 0.75}}
"""
    [line] = faults(tmp_path, text)
    assert line.startswith(
        ":6: transaction.patterns.currencies: leaves no room for patterns.payment_methods.bank_transfer"
    )
    assert f"{scheme} is {own}" in line
    assert line.endswith("the largest share that is possible here is 0.25")
    assert not faults(tmp_path, text.replace("0.6", "0.75").replace("0.4}", "0.25}"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_year_before_the_scheme_is_an_error_with_its_line(scheme: str, tmp_path: Path) -> None:
    country, first = SCHEMES[scheme], bank_schemes.SCHEMES[scheme].used.first
    methods = "credit_card: 0.9, bank_transfer: 0.1"
    [line] = faults(tmp_path, YEAR.format(year=first - 1, countries=f"{country}: 1", methods=methods))
    assert line.startswith(":7: transaction.patterns.payment_methods.bank_transfer: 0.1 for bank_transfer is more than")
    assert f"{country} has no {scheme}" in line
    assert line.endswith("the largest share that is possible is 0")
    assert not faults(tmp_path, YEAR.format(year=first, countries=f"{country}: 1", methods=methods))


@pytest.mark.parametrize("country", sorted({wallet.country for wallet in wallets.WALLETS}))
def test_a_year_before_the_providers_of_a_country_is_an_error_with_its_line(country: str, tmp_path: Path) -> None:
    wallet = METHODS["digital_wallet"]
    usable = [y for y in range(1995, 2027) if any(wallet.usable(p, country, y) for p in wallet.products(country))]
    methods = "credit_card: 0.9, digital_wallet: 0.1"
    [line] = faults(tmp_path, YEAR.format(year=usable[0] - 1, countries=f"{country}: 1", methods=methods))
    assert line.startswith(
        ":7: transaction.patterns.payment_methods.digital_wallet: 0.1 for digital_wallet is more than"
    )
    for row in wallets.of(country):
        assert row.provider in line
    assert not faults(tmp_path, YEAR.format(year=usable[0], countries=f"{country}: 1", methods=methods))


@pytest.mark.parametrize("row", wallets.WALLETS, ids=lambda w: f"{w.provider}-{w.country}")
def test_a_provider_is_used_from_its_first_year_on(row: wallets.Wallet) -> None:
    wallet = METHODS["digital_wallet"]
    names = [product for product in wallet.products(row.country) if product.partition("+")[0] == row.provider]
    assert names
    assert not any(wallet.usable(name, row.country, row.used.first - 1) for name in names)
    assert any(wallet.usable(name, row.country, 2026) for name in names)


@pytest.mark.parametrize("brand", brands.BRANDS)
def test_a_brand_is_used_from_its_first_year_to_its_last(brand: str) -> None:
    row = brands.BRANDS[brand]
    country = min(row.countries, default="US")
    card = METHODS["credit_card" if "credit" in row.kinds else "debit_card"]
    assert not card.usable(brand, country, row.used.first - 1)
    assert card.usable(brand, country, row.used.first)
    assert card.usable(brand, country, 2029) == (row.used.last is None)


def test_the_largest_share_counts_the_countries_that_have_the_scheme(tmp_path: Path) -> None:
    methods = "credit_card: 0.5, bank_transfer: 0.5"
    text = YEAR.format(year=2018, countries="BR: 0.7, IN: 0.3", methods=methods)
    [line] = faults(tmp_path, text)
    assert "(BR has no PIX); the largest share that is possible is 0.3" in line
    made = events(
        make(
            patterns={
                "countries": {"BR": 0.7, "IN": 0.3},
                "payment_methods": {"credit_card": 0.75, "bank_transfer": 0.25},
            },
            timestamps={"mode": "replay", "start": "2018-03-01T00:00:00Z", "end": "2018-03-08T00:00:00Z"},
            volume={"total": 10},
        ),
        {"bank_transfer": 500},
    )
    assert {event["payment_details"]["scheme"] for event in made} == {"UPI"}


CHANNELS = """simulator:
  transaction:
    patterns:
      countries: {{{countries}}}
      payment_methods: {{{methods}}}
      channels: {{{channels}}}
"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_till_takes_transfers_of_schemes_with_a_code_only(scheme: str, tmp_path: Path) -> None:
    country = SCHEMES[scheme]
    text = CHANNELS.format(
        countries=f"{country}: 1", methods="bank_transfer: 0.6, credit_card: 0.4", channels="pos: 0.7, web: 0.3"
    )
    found = faults(tmp_path, text)
    if scheme in ("PIX", "UPI"):
        assert found == []
        return
    [line] = found
    assert line.startswith(":5: transaction.patterns.payment_methods.bank_transfer: 0.6 for bank_transfer is more than")
    assert "patterns.channels has room for (bank_transfer has no channel pos)" in line
    assert line.endswith("the largest share that is possible is 0.3")
    assert not faults(tmp_path, text.replace("0.6", "0.3").replace("0.4", "0.7"))


@pytest.mark.parametrize("country", sorted({wallet.country for wallet in wallets.WALLETS}))
def test_no_wallet_pays_from_a_server(country: str, tmp_path: Path) -> None:
    text = CHANNELS.format(
        countries=f"{country}: 1", methods="digital_wallet: 0.5, debit_card: 0.5", channels="api: 0.8, mobile: 0.2"
    )
    [line] = faults(tmp_path, text)
    assert line.startswith(":5: transaction.patterns.payment_methods.digital_wallet: 0.5 for digital_wallet is more")
    assert line.endswith("(digital_wallet has no channel api); the largest share that is possible is 0.2")
    assert not faults(
        tmp_path, text.replace("digital_wallet: 0.5, debit_card: 0.5", "digital_wallet: 1, debit_card: 4")
    )


def test_methods_that_fit_alone_and_not_together_are_named_together(tmp_path: Path) -> None:
    text = CHANNELS.format(
        countries="US: 1",
        methods="bank_transfer: 0.3, cryptocurrency: 0.3, credit_card: 0.4",
        channels="pos: 0.5, web: 0.5",
    )
    [line] = faults(tmp_path, text)
    assert ":5: transaction.patterns.payment_methods.bank_transfer: 0.6 for bank_transfer and cryptocurrency" in line
    assert line.endswith("the largest share that is possible is 0.5")


def test_the_largest_share_counts_the_tills_that_take_a_method(tmp_path: Path) -> None:
    """A tenth is in India, where UPI is paid at a till: that, and what is not at one."""
    methods = "bank_transfer: 0.6, credit_card: 0.4"
    text = CHANNELS.format(countries="US: 0.9, IN: 0.1", methods=methods, channels="pos: 0.6, web: 0.4")
    [line] = faults(tmp_path, text)
    assert "(bank_transfer has no channel pos in US)" in line
    assert line.endswith("the largest share that is possible is 0.5")
    assert not faults(tmp_path, text.replace(methods, "bank_transfer: 0.49, credit_card: 0.51"))


def test_a_year_in_which_nobody_can_pay_is_an_error_where_methods_are_auto(tmp_path: Path) -> None:
    text = YEAR.format(year=1940, countries="US: 1", methods="").replace("      payment_methods: {}\n", "")
    [line] = faults(tmp_path, text)
    assert line.startswith(":6: transaction.patterns.countries: ")
    assert line.endswith("the largest share that is possible is 0")
    assert not faults(tmp_path, text.replace("1940", "1990"))


def test_transfers_are_in_their_scheme_s_currency_and_currencies_keep_their_weights() -> None:
    patterns: dict[str, Any] = {
        "currencies": {"USD": 0.5, "EUR": 0.4, "GBP": 0.1},
        "payment_methods": {"credit_card": 0.7, "bank_transfer": 0.3},
    }
    made = events(make(patterns=patterns, population={"activity": 0}), {"credit_card": 7000, "bank_transfer": 3000})
    transfers = [event for event in made if event["payment_method"] == "bank_transfer"]
    assert all(e["currency"] == bank_schemes.SCHEMES[e["payment_details"]["scheme"]].currency for e in transfers)
    for currency, weight in patterns["currencies"].items():
        found = sum(event["currency"] == currency for event in made) / len(made)
        assert abs(found - weight) < 0.03
    for country, weight in config().transaction.patterns.countries.items():
        found = sum(event["customer_country"] == country for event in made) / len(made)
        assert abs(found - weight) < 0.03


def test_check_ends_with_2_and_names_the_line(tmp_path: Path, capsys: Any) -> None:
    source = tmp_path / "c.yaml"
    source.write_text(YEAR.format(year=2019, countries="BR: 1", methods="bank_transfer: 1"), encoding="utf-8")
    assert main(["check", str(source)]) == 2
    assert f"{source}:7: transaction.patterns.payment_methods.bank_transfer" in capsys.readouterr().err
    source.write_text(YEAR.format(year=2020, countries="BR: 1", methods="bank_transfer: 1"), encoding="utf-8")
    assert main(["check", str(source)]) == 0
