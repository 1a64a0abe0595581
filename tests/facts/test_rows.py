"""Every row of every table has a value, a unit, a year and a source, and shares are parts of one whole."""

import dataclasses
import importlib
import itertools
import math
import pkgutil
import re
from collections.abc import Container, Iterator
from typing import Any, get_args

import pytest

from paysim import facts
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES, Currency
from paysim.contract.countries import COUNTRIES
from paysim.contract.methods import PAYMENT_METHODS
from paysim.contract.model import json_schema
from paysim.facts import (
    activity,
    authentication,
    bank_schemes,
    brands,
    calendar,
    exchange,
    methods,
    presence,
    refunds,
    tickets,
    wallets,
)
from paysim.facts.figure import Fact, Figure, Lifetime, Range, Shares, Source
from paysim.facts.sources import OWN

CONFIGURED = ("US", "GB", "CA", "AU", "DE", "FR", "JP", "BR", "IN")
TOPICS = [
    importlib.import_module(f"{facts.__name__}.{found.name}")
    for found in pkgutil.iter_modules(facts.__path__)
    if found.name not in ("figure", "sources")
]
PLAIN = {"OF_COUNTRY", "USUAL"}
"""Tables that only name a row of another."""


def rows(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    """The leaves of a table with where they stand."""
    if isinstance(value, dict) and not isinstance(value, Fact):
        for key, each in value.items():
            yield from rows(each, f"{at}[{key!r}]")
    elif isinstance(value, tuple | list | frozenset):
        for place, each in enumerate(value):
            yield from rows(each, f"{at}[{place}]")
    else:
        yield at, value


def public() -> Iterator[tuple[str, Any]]:
    for topic in TOPICS:
        for name, value in vars(topic).items():
            if name.isupper() and not name.startswith("_") and name not in PLAIN:
                yield f"{topic.__name__.rpartition('.')[2]}.{name}", value


ALL = [(at, row) for name, value in public() for at, row in rows(value, name) if not isinstance(row, str)]


def test_there_are_facts_of_every_topic():
    assert len(ALL) > 400
    assert {at.partition(".")[0] for at, _ in ALL} == {topic.__name__.rpartition(".")[2] for topic in TOPICS}


@pytest.mark.parametrize("name", sorted({at.partition("[")[0] for at, _ in ALL}))
def test_every_row_of_a_table_has_value_unit_year_and_source(name: str):
    for at, row in ALL:
        if at.partition("[")[0] == name:
            check(at, row)


def check(at: str, row: Any) -> None:
    assert isinstance(row, Fact), f"{at} is a bare value: {row!r}"
    assert row.source.publisher, at
    assert row.source.document, at
    assert 1900 <= row.year <= 2027, at
    assert row.unit, at  # type: ignore[attr-defined]
    values = [getattr(row, field.name) for field in dataclasses.fields(row)]
    assert all(math.isfinite(value) for value in values if isinstance(value, float)), at
    if isinstance(row, Shares):
        assert math.isclose(math.fsum(row.of.values()), 1.0, abs_tol=1e-9), at
        assert all(0 <= share <= 1 for share in row.of.values()), at
    if isinstance(row, Range):
        assert row.low <= row.middle <= row.high, at
    if isinstance(row, Figure) and row.unit.startswith("share"):
        assert 0 <= row.value <= 1, at


@pytest.mark.parametrize(
    "row",
    [
        0.5,
        Figure(0.5, "", year=2024, source=OWN),
        Figure(0.5, "USD", year=0, source=OWN),
        Figure(0.5, "USD", year=2024, source=Source("", "")),
        Figure(1.5, "share of all", year=2024, source=OWN),
        Shares({"a": 0.5, "b": 0.4}, "share", year=2024, source=OWN),
        Range(2.0, 1.0, "USD", year=2024, source=OWN),
    ],
)
def test_a_row_that_lacks_something_is_found(row: Any):
    with pytest.raises(AssertionError):
        check("a table", row)


def test_a_row_without_a_publication_says_how_it_was_estimated():
    assert [at for at, row in ALL if row.source.publisher == "paysim" and not row.estimate] == []


def test_years_of_use_include_both_ends():
    assert [year in Lifetime(2011, 2013) for year in (2010, 2011, 2013, 2014)] == [False, True, True, False]
    assert 3000 in Lifetime(2011)


class TestCoverage:
    """What the contract and the configuration can name, the tables know."""

    @pytest.mark.parametrize("country", CONFIGURED)
    def test_a_configured_country_has_its_own_rows(self, country: str):
        table: Container[str]
        for table in (methods.METHODS, presence.IN_PERSON, presence.CONTACTLESS, brands.CREDIT, brands.DEBIT):
            assert country in table
        for table in (activity.PER_MONTH, calendar.CLOCKS, calendar.PAYDAYS, exchange.OF_COUNTRY, bank_schemes.USUAL):
            assert country in table
        assert any(wallet.country == country for wallet in wallets.WALLETS)
        assert any(row.country == country for row in presence.CONTACTLESS_LIMITS)

    @pytest.mark.parametrize("country", COUNTRIES)
    def test_any_country_has_an_answer(self, country: str):
        assert set(methods.of(country).of) == set(PAYMENT_METHODS)
        assert country in exchange.OF_COUNTRY
        assert bank_schemes.USUAL[country] in bank_schemes.SCHEMES
        assert math.isclose(sum(wallet.share for wallet in wallets.of(country)), 1)
        for kind in ("credit", "debit"):
            assert set(brands.of(country, kind).of) <= set(brands.BRANDS)

    def test_categories_and_channels(self):
        for table in (calendar.HOURS, calendar.WEEKEND, refunds.BY_CATEGORY, refunds.DELAY_BY_CATEGORY):
            assert set(table) == set(MERCHANT_CATEGORIES)
        assert all(set(shares.of) == {f"{hour:02d}" for hour in range(24)} for shares in calendar.HOURS.values())
        assert set(presence.REMOTE_CHANNELS.of) == set(CHANNELS) - {"pos"}
        assert set(exchange.PER_DOLLAR) == set(get_args(Currency))

    def test_what_the_contract_names_is_known(self):
        kinds = json_schema()["$defs"]
        schemes = {each["properties"]["scheme"]["const"] for each in kinds.values() if "scheme" in each["properties"]}
        assert schemes <= set(bank_schemes.SCHEMES)
        assert set(kinds["CardDetails"]["properties"]["brand"]["enum"]) <= set(brands.BRANDS)
        known = {wallet.provider for wallet in (*wallets.WALLETS, *wallets.WORLD)}
        assert set(kinds["WalletDetails"]["properties"]["provider"]["enum"]) <= known


class TestConsistency:
    @pytest.mark.parametrize("name", bank_schemes.SCHEMES)
    def test_reasons_are_of_the_schemes_form_and_countries_of_its_currency(self, name: str):
        scheme = bank_schemes.SCHEMES[name]
        assert all(exchange.OF_COUNTRY[country] == scheme.currency for country in scheme.countries)
        assert scheme.around_the_clock or scheme.calendar is not None
        for code in scheme.reasons.of if scheme.reasons else ():
            assert re.fullmatch(scheme.codes, code)

    def test_a_domestic_brand_is_used_at_home_only_and_in_its_years(self):
        assert brands.usable("girocard", "DE", 2026)
        assert not brands.usable("girocard", "FR", 2026)
        assert not brands.usable("maestro", "DE", 2028)
        assert not brands.usable("unheard_of", "DE", 2026)
        for kind, table in (("credit", brands.CREDIT), ("debit", brands.DEBIT)):
            for country, shares in table.items():
                for brand in shares.of:
                    assert brands.usable(brand, country, 2026)
                    assert kind in brands.BRANDS[brand].kinds

    def test_limits_of_a_country_follow_one_another(self):
        for country in CONFIGURED:
            found = [row for row in presence.CONTACTLESS_LIMITS if row.country == country]
            for row, following in itertools.pairwise(found):
                assert row.until is not None
                assert (following.since - row.until).days == 1
            assert found[-1].until is None
            assert found[-1].currency == exchange.OF_COUNTRY[country]

    def test_averages_are_in_the_currency_of_the_country(self):
        for (country, method), figure in tickets.AVERAGE.items():
            assert figure.unit.split()[0] == exchange.OF_COUNTRY[country]
            assert method in PAYMENT_METHODS

    def test_exemptions_are_in_the_currency_of_the_country(self):
        assert all(rule.currency == exchange.OF_COUNTRY[country] for country, rule in authentication.RULES.items())
