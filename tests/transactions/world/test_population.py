"""People, shops and instruments: persistent, local, well-formed, and nobody's."""

import re
import time
from ipaddress import ip_network
from typing import Any

import numpy as np
import orjson
import pytest
from faker.providers.geo import Provider as Geo
from stdnum import bic, bitcoin, iban, luhn
from stdnum.us import rtn

from paysim.contract.methods import PAYMENT_METHODS
from paysim.facts import brands
from paysim.facts import names as facts
from paysim.facts import people as people_facts
from paysim.transactions.methods import bank_schemes, bank_transfer, cryptocurrency
from paysim.transactions.randomness import apportion, stream
from paysim.transactions.world import customers
from paysim.transactions.world.active import PopulationStore, World
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.devices import TERMINALS
from paysim.transactions.world.locale_data import cities
from paysim.transactions.world.merchant_categories import CODES
from paysim.transactions.world.merchants import shops_of
from paysim.transactions.world.people import people_of, ring
from paysim.transactions.world.persons import Persons
from tests.support.transactions import config, events, make

EVERYWHERE = {"countries": dict.fromkeys(COUNTRIES, 1)}


@pytest.fixture(scope="module")
def everywhere() -> list[dict[str, Any]]:
    return events(make(patterns=EVERYWHERE), dict.fromkeys(PAYMENT_METHODS, 3000))


def uniform(*values: float) -> Any:
    return iter((*values, *np.random.default_rng(1).random(40).tolist()))


def test_a_person_is_the_same_whoever_else_there_is() -> None:
    """Country and number decide, and the seed: not how many there are, nor which countries, nor the order."""
    few = {("DE", 3), ("DE", 40), ("US", 3), ("JP", 0), ("GB", 17)}

    def known(world: World) -> dict[tuple[str, int], Any]:
        found = {}
        for at, (place, number) in enumerate(zip(world.country.tolist(), world.persons.number.tolist(), strict=True)):
            if (who := (COUNTRIES.names[place], number)) in few:
                traits = world.people.city[at], world.spending[at], world.people.devices[:, at].tolist()
                methods = {m: world.instruments(m, world.holdings(m, 2026))[at] for m in PAYMENT_METHODS}
                found[who] = world.customers[at], world.addresses[at], traits, methods, world.people.key[at]
        return found

    weights: list[dict[str, int]] = [
        {"DE": 1, "US": 1, "JP": 1, "GB": 1},
        {"GB": 3, "DE": 5, "US": 1, "JP": 1, "FR": 2},
    ]
    worlds = [
        World(PopulationStore(7), config(population={"customers": n}, patterns={"countries": w}).transaction)
        for n, w in zip((200, 1500), weights, strict=True)
    ]
    assert known(worlds[0]) == known(worlds[1])
    assert set(known(worlds[0])) == few
    again = config(population={"customers": 200}, patterns={"countries": weights[0]}).transaction
    assert known(World(PopulationStore(8), again)) != known(worlds[0])


def test_the_first_shops_of_a_country_are_the_same_however_many_are_made() -> None:
    for country in COUNTRIES:
        few, many = shops_of(7, "retail", country, 3), shops_of(7, "retail", country, 30)
        assert (few.ids, few.names, few.codes) == (many.ids[:3], many.names[:3], many.codes[:3])


def test_any_stretch_of_the_ring_has_its_mix_of_countries() -> None:
    counts = {"US": 5_000, "GB": 3_000, "JP": 1_500, "FI": 500}
    persons = ring(1, counts)
    for start in range(0, 9_900, 97):
        here = np.bincount(persons.country[start : start + 100], minlength=len(COUNTRIES))
        for country, count in counts.items():
            assert abs(here[COUNTRIES.names.index(country)] - count / 100) <= 1.01
    for country in counts:
        numbers = persons.number[persons.country == COUNTRIES.names.index(country)]
        assert numbers.tolist() == list(range(counts[country]))


def test_a_worker_has_people_of_its_own_unless_it_is_said_how_many_there_are() -> None:
    own = [World(PopulationStore(7), config(population={}).transaction, share) for share in (0, 1)]
    ids = [set(customers.ids(world.persons.at(slice(0, 1000)))) for world in own]
    assert not ids[0] & ids[1]
    shared = [World(PopulationStore(7), config().transaction, share) for share in (0, 1)]
    assert customers.ids(shared[0].persons) == customers.ids(shared[1].persons)


def test_a_population_of_fifty_thousand_is_built_in_under_two_seconds() -> None:
    store = PopulationStore(99)
    World(store, config(population={"customers": 1000}).transaction)  # names of all countries are read
    began = time.process_time()
    world = World(store, config(population={"customers": 50_000}).transaction)
    assert len(world.addresses) == 50_000 + len(world.places) * len(TERMINALS)
    for method in PAYMENT_METHODS:
        assert len(world.instruments(method, world.holdings(method, 2026))) == 50_000
    assert time.process_time() - began < 2


def test_ten_million_people_are_made_as_they_are_met() -> None:
    persons = ring(3, {"US": 6_000_000, "IN": 4_000_000})
    some = persons.at(slice(9_999_000, 10_000_000))
    alone = Persons(3, some.country[-1:], some.number[-1:])
    present = (COUNTRIES.names.index("US"), COUNTRIES.names.index("IN"))
    last = {path: values[-1:] for path, values in customers.identities(some, present).items()}
    assert last == customers.identities(alone, present)
    assert people_of(some).city[-1] == people_of(alone).city[0]


def test_ids_and_addresses_are_unique_and_seeds_differ() -> None:
    everybody = [ring(seed, dict.fromkeys(COUNTRIES, 500)) for seed in (1, 2)]
    ids = [one for persons in everybody for one in customers.ids(persons)]
    assert len(set(ids)) == len(ids)
    for persons in everybody:
        mails = customers.identities(persons, tuple(range(len(COUNTRIES))))["customer_email"]
        assert len(set(mails)) > 0.999 * len(mails)


def test_names_are_as_usual_as_the_facts_say() -> None:
    made = customers.identities(ring(5, {"DE": 40_000}), (COUNTRIES.names.index("DE"),))
    families = [orjson.loads(name).split(" ")[-1] for name in made["customer_name"]]
    share = families.count("Müller") / len(families)
    assert abs(share - facts.FAMILY["DE"]["Müller"]) < 0.002
    mails = [orjson.loads(mail).split("@")[0].rstrip("0123456789") for mail in made["customer_email"]]
    known = {mail.split(".")[1] for mail, name in zip(mails, families, strict=True) if name == "Schäfer"}
    assert known == {"schaefer"}


def test_customers_live_in_cities_of_their_country(everywhere: list[dict[str, Any]]) -> None:
    known = {(name, float(lat), float(lon)): country for lat, lon, name, country, _ in Geo.land_coords}
    for event in everywhere:
        place = event["location"]
        home = event["merchant_country"] if event["channel"] == "pos" else event["customer_country"]
        assert known[place["city"], place["latitude"], place["longitude"]] == home


def test_names_are_of_the_country(everywhere: list[dict[str, Any]]) -> None:
    japanese = {e["customer_name"] for e in everywhere if e["customer_country"] == "JP"}
    assert all(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", name) for name in japanese)
    american = {e["customer_name"] for e in everywhere if e["customer_country"] == "US"}
    assert all(name.isascii() for name in american)


def test_the_currency_is_that_of_the_customers_country(everywhere: list[dict[str, Any]]) -> None:
    assert all(e["currency"] == COUNTRIES[e["customer_country"]].currency for e in everywhere)


def test_nothing_leads_to_anybody(everywhere: list[dict[str, Any]]) -> None:
    for event in everywhere:
        assert event["customer_email"].split("@")[1] in ("example.com", "example.org", "example.net")
        address = event["metadata"]["ip_address"]
        assert address.startswith(("198.18.", "198.19.", "2001:db8:"))


def test_an_ipv4_address_is_of_one_country_and_an_ipv6_network_of_one_person(everywhere: list[dict[str, Any]]) -> None:
    countries: dict[str, set[str]] = {}
    people: dict[str, set[str]] = {}
    for event in everywhere:
        address, remote = event["metadata"]["ip_address"], event["channel"] != "pos"
        if "." in address:
            country = event["customer_country" if remote else "merchant_country"]
            countries.setdefault(address, set()).add(country)
        elif remote:
            people.setdefault(str(ip_network(f"{address}/64", strict=False)), set()).add(event["customer_id"])
    assert max(map(len, countries.values())) == 1
    assert max(map(len, people.values())) == 1
    assert {code for found in countries.values() for code in found} == set(COUNTRIES)


def test_people_pay_at_terminals_where_they_live(everywhere: list[dict[str, Any]]) -> None:
    homes = {e["customer_id"]: e["location"]["city"] for e in everywhere if e["channel"] != "pos"}
    there = [e for e in everywhere if e["channel"] == "pos" and e["merchant_country"] == e["customer_country"]]
    assert there
    assert all(e["location"]["city"] == homes.get(e["customer_id"], e["location"]["city"]) for e in there)


def test_as_many_payments_cross_the_border_as_the_facts_say() -> None:
    made = events(make(population={"customers": 2000}), {"credit_card": 20_000})
    at_home = [e for e in made if e["customer_country"] == "US"]
    abroad = [e for e in at_home if e["merchant_country"] != "US"]
    assert abs(len(abroad) / len(at_home) - people_facts.CROSS_BORDER["US"].value) < 0.01
    assert all(e["channel"] != "pos" for e in abroad)


def test_an_instrument_stays_the_same_all_run(everywhere: list[dict[str, Any]]) -> None:
    fixed = (
        "last4",
        "token",
        "scheme",
        "iban",
        "bic",
        "account_number",
        "asset",
        "network",
        "address",
    )
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for event in everywhere:
        mine = {name: event["payment_details"][name] for name in fixed if name in event["payment_details"]}
        assert seen.setdefault((event["customer_id"], event["payment_method"]), mine) == mine


def test_a_card_has_one_brand_or_a_co_badge_that_goes_further(everywhere: list[dict[str, Any]]) -> None:
    seen: dict[tuple[str, str], set[str]] = {}
    for event in everywhere:
        if "brand" in event["payment_details"]:
            seen.setdefault((event["customer_id"], event["payment_method"]), set()).add(
                event["payment_details"]["brand"]
            )
    assert {len(found) for found in seen.values()} == {1, 2}
    for found in seen.values():
        if len(found) == 2:
            [domestic] = found & set(brands.CO_BADGES)
            assert found - {domestic} <= set(brands.CO_BADGES[domestic].of)


def test_a_customer_has_one_to_three_instruments() -> None:
    # Of many: among few people of a country nobody may like a method best, which is then everybody's.
    world = World(PopulationStore(7), config(population={"customers": 5000}).transaction)
    assert set(world.held.sum(axis=1).tolist()) == {1, 2, 3}
    other = config(population={"customers": 5000}, patterns={"channels": {"web": 1}}).transaction
    assert np.array_equal(world.held, World(PopulationStore(7), other).held)


def test_customers_come_back_to_their_favourite_merchants() -> None:
    made = events(make(population={"customers": 50}), {"credit_card": 5000})
    by_customer: dict[tuple[str, str], list[str]] = {}
    for event in made:
        by_customer.setdefault((event["customer_id"], event["merchant_category"]), []).append(event["merchant_id"])
    shares = [max(map(shops.count, shops)) / len(shops) for shops in by_customer.values() if len(shops) >= 20]
    # Two favourites have 70 % of the payments, the first of them 70 % of these.
    assert np.mean(shares) > 0.4


def test_merchants_have_codes_of_their_category(everywhere: list[dict[str, Any]]) -> None:
    for event in everywhere:
        assert event["merchant_category_code"] in CODES[event["merchant_category"]]


def test_a_category_code_belongs_to_one_category() -> None:
    codes = [code for of in CODES.values() for code in of]
    assert len(codes) == len(set(codes))


def test_brands_are_used_where_they_exist(everywhere: list[dict[str, Any]]) -> None:
    cards = [e for e in everywhere if e["payment_method"].endswith("_card")]
    for event in cards:
        assert brands.usable(event["payment_details"]["brand"], event["customer_country"], 2026)
    assert not [e for e in cards if e["payment_method"] == "credit_card" and e["payment_details"]["brand"] == "interac"]


def test_each_country_uses_its_scheme(everywhere: list[dict[str, Any]]) -> None:
    for event in everywhere:
        if event["payment_method"] == "bank_transfer":
            assert event["payment_details"]["scheme"] == COUNTRIES[event["customer_country"]].scheme


@pytest.mark.parametrize("country", [c for c in COUNTRIES if COUNTRIES[c].scheme == "SEPA"])
def test_ibans_pass_mod_97_before_they_are_masked(country: str) -> None:
    for first in np.linspace(0, 0.999, 20).tolist():
        number = bank_schemes.iban(country, uniform(first))
        # Structure and check digits; national check digits inside of the BBAN are not simulated.
        assert iban.validate(number, check_country=False) == number


def test_bics_are_valid_and_for_tests(everywhere: list[dict[str, Any]]) -> None:
    for event in everywhere:
        if code := event["payment_details"].get("bic"):
            assert bic.is_valid(code)
            assert code[4:6] == event["customer_country"]
            assert code[7] == "0"


def test_routing_numbers_pass_their_check_before_they_are_masked() -> None:
    for first in np.linspace(0, 0.999, 50).tolist():
        assert rtn.is_valid(bank_schemes.routing_number(uniform(first)))


def test_accounts_are_masked() -> None:
    assert bank_schemes.mask("GB29 NWBK 6016", 4, 4) == "GB29 **** 6016"
    for country in COUNTRIES:
        made = bank_transfer.scheme_of(country).account(country, uniform())
        hidden = made.get("iban") or made.get("account_number") or made["alias"]
        assert "*" in hidden


def test_test_network_addresses_have_a_valid_checksum() -> None:
    # BIP 173's own example, and python-stdnum's decoder with the main network's prefix.
    assert cryptocurrency.segwit_address("tb", bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")) == (
        "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
    )
    rng = np.random.default_rng(2)
    for _ in range(50):
        assert bitcoin.is_valid(cryptocurrency.segwit_address("bc", rng.bytes(20)))


@pytest.mark.parametrize(
    "address",
    ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
     "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"],
)  # fmt: skip
def test_ethereum_addresses_have_the_checksum_of_eip_55(address: str) -> None:
    assert cryptocurrency.ethereum_address(bytes.fromhex(address[2:])) == address


def test_networks_match_assets_and_only_test_networks_are_in_the_clear(everywhere: list[dict[str, Any]]) -> None:
    pairs = set()
    for event in everywhere:
        details = event["payment_details"]
        if "asset" in details:
            pairs.add((details["asset"], details["network"]))
            assert ("*" in details["address"]) != details["address"].startswith(("tb1", "tltc1"))
    assert pairs <= set(cryptocurrency.ASSETS)
    assert len(pairs) > 4


def test_no_address_has_a_run_of_digits_as_long_as_a_card_number() -> None:
    # A program whose address has one is passed over.
    rng = np.random.default_rng(3)
    made = [cryptocurrency.address("bitcoin_testnet", rng.bytes(20)) for _ in range(2000)]
    assert not [address for address in made if re.search(r"\d{13}", address)]
    # q is the zero of Bech32, 0 its 15: a program of fifteens would be all digits.
    fifteens = int("01111" * 32, 2).to_bytes(20, "big")
    assert re.search(r"\d{13}", cryptocurrency.segwit_address("tb", fifteens))
    assert not re.search(r"\d{13}", cryptocurrency.address("bitcoin_testnet", fifteens))


def test_hashes_and_tokens_have_no_run_of_digits_as_long_as_a_card_number(everywhere: list[dict[str, Any]]) -> None:
    for event in everywhere:
        for name in ("transaction_hash", "token", "reference"):
            text = event["payment_details"].get(name, "")
            if event["payment_details"].get("scheme") != "PIX":  # its EndToEndId is E and twenty digits by the manual
                assert not re.search(r"\d{13}", text)
                assert all(not luhn.is_valid(run) for run in re.findall(r"\d{13,19}", text))


def test_apportion_keeps_the_total_and_serves_everybody_it_can() -> None:
    assert apportion(10, {"a": 0.5, "b": 0.3, "c": 0.2}) == {"a": 5, "b": 3, "c": 2}
    assert apportion(5, {"a": 0.98, "b": 0.01, "c": 0.01}, least=1) == {"a": 3, "b": 1, "c": 1}
    assert apportion(2, {"a": 0.5, "b": 0.3, "c": 0.2}, least=1) == {"a": 1, "b": 1, "c": 0}


def test_streams_are_named() -> None:
    assert stream(1, "a").random() == stream(1, "a").random() != stream(1, "b").random()


def test_every_country_has_cities() -> None:
    assert all(cities(country) for country in COUNTRIES)
