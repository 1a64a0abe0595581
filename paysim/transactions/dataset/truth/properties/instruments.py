"""Cards and wallets: where they work, how they are presented, what must be verified."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from paysim.facts import authentication, brands, exchange, people, presence, wallets

from ..data import Data
from ..registry import NEVER, Band, at_most, near, near_share, register
from ..statistics import Measured, ratio, rule, share

_CHANNELS = ("patterns.channels",)
_VERIFIED = ("pin", "device", "consumer_device", "biometric", "cdcvm")
_PHONES_AU = near_share(presence.TAPS_OF_CARDS_AU, "mobile_wallet")
_MADE_BY_MERCHANT = "credential_on_file"


for _country, _name in (("US", "the US"), ("IN", "India"), ("DE", "Germany")):

    def _in_person(data: Data, country: str = _country) -> Measured | None:
        return share(data.in_person, data.card & data.country.is_in(country), data.people)

    register(
        f"in_person_{_country.lower()}",
        f"card payments made in person in {_name}",
        presence.IN_PERSON[_country],
        near(presence.IN_PERSON[_country]),
        pinned=_CHANNELS,
        minimum=300,
    )(_in_person)


for _country, _name in (("GB", "Britain"), ("AU", "Australia"), ("DE", "Germany"), ("BR", "Brazil"), ("CA", "Canada")):

    def _contactless(data: Data, country: str = _country) -> Measured | None:
        present = data.card & data.in_person & data.country.is_in(country)
        return share(data.entry_mode.is_in("contactless"), present, data.people)

    _fact = presence.CONTACTLESS[_country]
    register(
        f"contactless_{_country.lower()}",
        f"card payments in person that are contactless in {_name}",
        _fact,
        Band(_fact.value * 0.8, min(1.0, _fact.value * 1.2)),
        minimum=200,
    )(_contactless)


@register(
    "contactless_euro",
    "contactless payments of all by card or phone in the euro area",
    presence.CONTACTLESS_EURO_AREA,
    near(presence.CONTACTLESS_EURO_AREA),
)
def contactless_euro(data: Data) -> Measured | None:
    tapped = data.entry_mode.is_in("contactless") | (data.wallet & data.in_person)
    among = data.payment & data.country.is_in("DE", "FR") & (data.card | data.wallet)
    return share(tapped, among, data.people)


@register(
    "phones_au",
    "Australian payments in person by card or phone that are by phone",
    _PHONES_AU,
    near(_PHONES_AU),
)
def phones_au(data: Data) -> Measured | None:
    among = data.in_person & data.country.is_in("AU") & (data.card | data.wallet)
    return share(data.wallet, among, data.people)


@register(
    "bought_by_phone",
    "payments online that people start on a mobile device",
    presence.SOLD_BY_PHONE,
    near(presence.SOLD_BY_PHONE),
    pinned=("patterns.channels",),
)
def bought_by_phone(data: Data) -> Measured | None:
    return share(data.channel.is_in("mobile"), data.payment & data.channel.is_in("web", "mobile"), data.people)


@register("magnetic_stripe", "card payments in person that read the stripe", presence.MAGNETIC_STRIPE, Band(0.0, 0.03))
def magnetic_stripe(data: Data) -> Measured | None:
    return share(data.entry_mode.is_in("magnetic_stripe"), data.card & data.in_person, data.people)


_GB_LIMIT = next(row for row in reversed(presence.CONTACTLESS_LIMITS) if row.country == "GB")


@register("tap_limit_gb", "British taps above 100 GBP without verification", _GB_LIMIT, NEVER, says="100 GBP")
def tap_limit_gb(data: Data) -> Measured | None:
    return _taps_above(data, "GB")


@register(
    "tap_limit",
    "taps above the country's limit without verification",
    _GB_LIMIT,
    NEVER,
    says="50 EUR, 100 GBP, 100 AUD, 250 CAD …",
)
def tap_limit(data: Data) -> Measured | None:
    return _taps_above(data, *{row.country for row in presence.CONTACTLESS_LIMITS})


def _taps_above(data: Data, *countries: str) -> Measured | None:
    taps = data.card & data.entry_mode.is_in("contactless") & data.merchant_country.is_in(*countries)
    limits = np.full(data.n, np.inf)
    day = datetime.fromtimestamp(float(np.median(data.time)) / 1000, UTC).date()
    for country in countries:
        row = presence.contactless_limit(country, day)
        if row is not None and row.amount is not None:
            limits[data.merchant_country.is_in(country) & data.currency.is_in(row.currency)] = row.amount
    taps &= np.isfinite(limits)
    return rule((data.amount > limits) & ~data.cardholder_verification.is_in(*_VERIFIED), taps)


@register("wallet_device", "wallet payments from a server", people.DEVICES, NEVER, says="a wallet is a person's device")
def wallet_device(data: Data) -> Measured | None:
    return rule(data.device.is_in("server") | data.channel.is_in("api"), data.wallet)


def _by_provider(data: Data, holds: Callable[[str, str], bool]) -> np.ndarray:
    """A mask over rows: holds(provider, country), asked once a pair."""
    countries = [*data.country.names, ""]
    table = [[holds(provider, country) for country in countries] for provider in [*data.provider.names, ""]]
    found: np.ndarray = np.array(table)[data.provider.codes, data.country.codes]
    return found


@register(
    "wallet_country",
    "wallet payments by a provider that has no customers there, or not in that year",
    wallets.WALLETS[0],
    NEVER,
    says="providers of each country, with years",
)
def wallet_country(data: Data) -> Measured | None:
    def wrong(provider: str, country: str) -> bool:
        found = wallets.find(provider, country)
        return found is None or data.year not in found.used

    return rule(_by_provider(data, wrong), data.wallet)


@register(
    "wallet_in_person",
    "wallet payments in person by a provider that does not pay there",
    wallets.WALLETS[1],
    NEVER,
    says="PayPal does not, but in Germany; codes and taps do",
    minimum=50,
)
def wallet_in_person(data: Data) -> Measured | None:
    def wrong(provider: str, country: str) -> bool:
        found = wallets.find(provider, country)
        return found is None or found.in_person is None or data.year not in found.in_person

    return rule(_by_provider(data, wrong), data.wallet & data.in_person)


@register(
    "brand_country",
    "cards of a scheme that does not issue there, or not any more",
    brands.BRANDS["interac"],
    NEVER,
    says="Interac in Canada, girocard in Germany …",
)
def brand_country(data: Data) -> Measured | None:
    table = np.array(
        [
            [not brands.usable(brand, country, data.year) for country in [*data.country.names, ""]]
            for brand in [*data.brand.names, ""]
        ]
    )
    return rule(table[data.brand.codes, data.country.codes], data.card)


@register(
    "girocard",
    "German debit card payments in person by girocard",
    brands.GIROCARD_OF_DEBIT,
    near(brands.GIROCARD_OF_DEBIT),
)
def girocard(data: Data) -> Measured | None:
    among = data.in_person & data.method.is_in("debit_card") & data.country.is_in("DE")
    return share(data.brand.is_in("girocard"), among, data.people)


@register(
    "interac",
    "Canadian debit card payments in person by Interac",
    brands.INTERAC_OF_DEBIT,
    Band(brands.INTERAC_OF_DEBIT.value * 0.8, 1.0),
)
def interac(data: Data) -> Measured | None:
    among = data.in_person & data.method.is_in("debit_card") & data.country.is_in("CA")
    return share(data.brand.is_in("interac"), among, data.people)


@register(
    "domestic_online",
    "payments online by a scheme that does not go there",
    brands.BRANDS["girocard"],
    NEVER,
    says="girocard never, Interac not on file",
    minimum=20,
)
def domestic_online(data: Data) -> Measured | None:
    never = [brand.name for brand in brands.BRANDS.values() if not brand.online]
    not_on_file = [brand.name for brand in brands.BRANDS.values() if not brand.recurring]
    wrong = data.brand.is_in(*never) & ~data.in_person
    wrong |= data.brand.is_in(*not_on_file) & (data.entry_mode.is_in(_MADE_BY_MERCHANT) | data.channel.is_in("api"))
    return rule(wrong, data.card & data.brand.is_in(*never, *not_on_file))


@register(
    "maestro",
    "card payments by Maestro",
    brands.BRANDS["maestro"],
    Band(0.0, 0.01),
    minimum=1_000,
    says="no new cards since July 2023",
)
def maestro(data: Data) -> Measured | None:
    return share(data.brand.is_in("maestro"), data.card, data.people)


@register(
    "mastercard_us", "US card payments by Mastercard", brands.MASTERCARD_US, near(brands.MASTERCARD_US), minimum=500
)
def mastercard_us(data: Data) -> Measured | None:
    return share(data.brand.is_in("mastercard"), data.card & data.country.is_in("US"), data.people)


@register("visa_us", "US card payments by Visa", brands.VISA_US, near(brands.VISA_US), minimum=500)
def visa_us(data: Data) -> Measured | None:
    return share(data.brand.is_in("visa"), data.card & data.country.is_in("US"), data.people)


@register(
    "server_on_file",
    "card payments by a merchant's server that are on file",
    presence.REMOTE_CHANNELS,
    Band(0.9, 1.0),
    says="api is a merchant's server",
    pinned=(),
)
def server_on_file(data: Data) -> Measured | None:
    return share(data.entry_mode.is_in(_MADE_BY_MERCHANT), data.card & data.channel.is_in("api"), data.people)


_LAW = tuple(country for country, rule in authentication.RULES.items() if rule.highest is not None)


@register(
    "exempt_above", "exempted card payments above what risk analysis may exempt", authentication.HIGHEST_EXEMPT, NEVER
)
def exempt_above(data: Data) -> Measured | None:
    exempt = data.card & data.remote & data.three_ds.is_in("exempted") & data.country.is_in(*_LAW)
    exempt &= ~data.entry_mode.is_in(_MADE_BY_MERCHANT)
    rate = exchange.PER_DOLLAR["EUR"].value
    # A fifth of room for the rate of the day, where the amount is not in euro.
    room = np.where(data.currency.is_in("EUR"), 1.0, 1.2)
    return rule(data.dollars * rate > authentication.HIGHEST_EXEMPT.value * room, exempt)


@register(
    "unauthenticated",
    "card payments at a distance without authentication or exemption, where the law asks for it",
    authentication.UNAUTHENTICATED,
    at_most(authentication.UNAUTHENTICATED),
)
def unauthenticated(data: Data) -> Measured | None:
    started = data.card & data.remote & data.country.is_in(*_LAW) & data.entry_mode.is_in("ecommerce")
    return share(~data.three_ds.is_in("authenticated", "attempted", "exempted"), started, data.people)


@register(
    "low_value_exempt",
    "payments online below 30 EUR without a challenge, over those above 100 EUR",
    authentication.LOW_VALUE,
    Band(1.3),
    unit="ratio",
)
def low_value_exempt(data: Data) -> Measured | None:
    started = data.card & data.remote & data.country.is_in(*_LAW) & data.entry_mode.is_in("ecommerce")
    euro = data.dollars * exchange.PER_DOLLAR["EUR"].value
    exempt = data.three_ds.is_in("exempted")
    small, large = started & (euro < authentication.LOW_VALUE.value), started & (euro > 100)
    return ratio(share(exempt, small, data.people), share(exempt, large, data.people))
