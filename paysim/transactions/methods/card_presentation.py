"""How a card is presented: brand, entry mode, 3-D Secure and what verified its holder.

By the figures of `paysim.facts`: how often people of a country tap, up to which amount a tap needs no verification
where they pay, who asks for strong authentication online and what is exempt from it. What is risky comes first in each
list of ways (a challenge before an exemption, the stripe before the chip): the riskier a payment, the earlier its way.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from paysim.contract.codes import CHANNELS, MINOR_UNITS
from paysim.facts import authentication, brands, presence
from paysim.facts.exchange import OF_COUNTRY, PER_DOLLAR
from paysim.transactions.world.countries import COUNTRIES

from .base import PaymentDraw, Presentation, Record, Setting

Way = tuple[str, str | None, str | None]
"""Entry mode, outcome of 3-D Secure, what verified the holder; None where there is none."""

_POS = CHANNELS.index("pos")
_EURO_STEPS = (30, 100, 250, 500)
"""In euro, amounts above which fewer payments are exempt (PSD2 RTS, articles 16 and 18): the first and the last are
the law's, those between are those of its table of fraud rates."""
_BANDS = len(_EURO_STEPS) + 1
_PARTS = 64  # of the unit interval, in which most numbers are looked up
# Shares of payments that somebody starts online and that go without a challenge, by band; above the last none may.
_EXEMPT = (0.60, 0.30, 0.20, 0.10, 0.0)
# Share of what people start online that is paid by a card which the merchant keeps.
_ON_FILE = {"web": 0.20, "mobile": 0.36}
# Of taps above the limit by cards that may take a PIN for them; of others, which have to be inserted.
_TAPS_ABOVE, _TAPS_ABOVE_ELSEWHERE = 0.9, 0.05
_ABOVE = 0.07
"""Share of payments in person that lie above the limit, about."""
_COUNTED = 0.06
"""Share of taps below it that ask for a PIN all the same: their sum or number since the last one is too high."""
_STRIPE = {"US": 0.03}
_STRIPE_ELSEWHERE = 0.004
_INSERTED: dict[str, dict[str | None, float]] = {"US": {"pin": 0.45, "none": 0.45, "signature": 0.10}}
_INSERTED_ELSEWHERE: dict[str | None, float] = {"pin": 0.97, "none": 0.03}


def at_home(product: str) -> str:
    """The brand of a card where its own scheme works; a product is `brand` or `brand+brand of its co-badge`."""
    return product.partition("+")[0]


def shown(product: str, *, abroad: bool, remote: bool) -> str:
    """The brand that carries a payment: the domestic one where it works, else the co-badge."""
    domestic, _, co_badge = product.partition("+")
    row = brands.BRANDS.get(domestic)
    if not co_badge or row is None:
        return domestic
    leaves = remote and not (row.online and row.recurring)
    return co_badge if abroad or leaves else domestic


def law(country: str) -> authentication.Rule | None:
    """The law on authentication that holds for cards of a country."""
    if country in authentication.RULES:
        return authentication.RULES[country]
    return authentication.RULES["DE"] if COUNTRIES[country].strong_authentication else None


def contactless(country: str) -> float:
    """The share of a country's card payments in person that are taps."""
    figure = presence.CONTACTLESS.get(country)
    if figure is not None:
        return figure.value
    return presence.CONTACTLESS_ELSEWHERE[OF_COUNTRY.get(country) == "EUR"].value


def in_person(country: str, above: bool) -> dict[Way, float]:
    """How cards of a country are presented at a terminal. above: the limit up to which a tap needs no verification."""
    stripe = _STRIPE.get(country, _STRIPE_ELSEWHERE)
    taps = contactless(country)
    high = taps * (_TAPS_ABOVE if country in presence.TAP_WITH_PIN.of else _TAPS_ABOVE_ELSEWHERE)
    ways: dict[Way, float] = {("magnetic_stripe", None, "signature"): stripe}
    if above:
        tapped = min(high, 1 - stripe)
        ways["contactless", None, "pin"] = tapped
    else:
        tapped = min((taps - _ABOVE * high) / (1 - _ABOVE), 0.995 - stripe)
        ways["contactless", None, "none"] = tapped * (1 - _COUNTED)
        ways["contactless", None, "pin"] = tapped * _COUNTED
    for verified, share in _INSERTED.get(country, _INSERTED_ELSEWHERE).items():
        ways["chip", None, verified] = (1 - stripe - tapped) * share
    return ways


def at_a_distance(country: str, channel: str, band: int) -> dict[Way, float]:
    """How cards of a country are presented online, or by a merchant's server (api), for amounts of a band."""
    if channel == "api":
        return {("credential_on_file", None, None): 1.0}
    on_file = _ON_FILE[channel]
    started = 1 - on_file
    rule = law(country)
    if rule is None:
        return {
            ("ecommerce", "authenticated", None): started * 0.14,
            ("ecommerce", "attempted", None): started * 0.04,
            ("ecommerce", "not_enrolled", None): started * 0.02,
            ("ecommerce", None, None): started * 0.80,
            ("credential_on_file", None, None): on_file,
        }
    if rule.highest is None:  # no exemptions in the law
        return {
            ("ecommerce", "authenticated", None): started * 0.93,
            ("ecommerce", "attempted", None): started * 0.05,
            ("ecommerce", "not_enrolled", None): started * 0.02,
            ("credential_on_file", "authenticated", None): on_file,
        }
    exempt = _EXEMPT[band]
    return {
        ("ecommerce", "authenticated", None): started * (0.93 - exempt),
        ("ecommerce", "attempted", None): started * 0.05,
        ("ecommerce", "not_enrolled", None): started * 0.02,
        ("ecommerce", "exempted", None): started * exempt,
        ("credential_on_file", "exempted" if exempt else "authenticated", None): on_file,
    }


def variant(brand: str, way: Way) -> str:
    """Which declines go with a presentation: there is no PIN online, and only what was exempt is declined softly."""
    mode, three_ds, verified = way
    if mode not in ("ecommerce", "credential_on_file"):
        return "pin" if verified == "pin" else "in_person"
    if three_ds == "exempted" and mode == "ecommerce":
        return {"visa": "soft_1A", "mastercard": "soft_65"}.get(brand, "online")
    return "online"


class Entries(Presentation):
    """The presentations of cards."""

    def __init__(self, kinds: Sequence[tuple[str, str]], setting: Setting) -> None:
        names = sorted({shown(p, abroad=a, remote=r) for _, p in kinds for a in (False, True) for r in (False, True)})
        ways: dict[Way, int] = {}
        edges, first, way_of = [], [], list[int]()
        for country in COUNTRIES:
            for channel in CHANNELS:
                for band in range(_BANDS):
                    found = in_person(country, band > 0) if channel == "pos" else at_a_distance(country, channel, band)
                    first.append(len(way_of))
                    way_of += [ways.setdefault(way, len(ways)) for way in found]
                    edges.append(np.cumsum(list(found.values())) / sum(found.values()))
        width = max(map(len, edges))
        self._edges = np.array([np.pad(edge, (0, width - len(edge)), constant_values=2.0) for edge in edges])
        self._first, self._way = np.array(first), np.array(way_of)
        self._guide = self._guided()
        self._brands = len(names)
        self.records = [_record(brand, way) for way in ways for brand in names]
        self.variants = [variant(brand, way) for way in ways for brand in names]
        # Who started a payment that was exempt and declined authenticates: soft declines (1A, 65) ask for it.
        started = ("ecommerce", "authenticated", None)
        after = [
            ways.get(started, at) if (mode, three_ds) == ("ecommerce", "exempted") else at
            for at, (mode, three_ds, _) in enumerate(ways)
        ]
        self.again = (np.array(after)[:, None] * len(names) + np.arange(len(names))).ravel()
        self._home = np.array([COUNTRIES.names.index(country) for country, _ in kinds])
        self._brand = np.array(
            [
                [names.index(shown(p, abroad=a, remote=r)) for a in (False, True) for r in (False, True)]
                for _, p in kinds
            ]
        )
        limits = [[[_limit(c, currency, setting.day)] for currency in setting.currencies] for c in COUNTRIES]
        steps = [[_steps(c, currency) for currency in setting.currencies] for c in COUNTRIES]
        at_tills = np.pad(np.array(limits), ((0, 0), (0, 0), (0, _BANDS - 2)), constant_values=np.inf)
        # By step, place (countries online, then at tills) and currency: minor units above which the next band begins.
        self._steps = np.ascontiguousarray(np.concatenate([np.array(steps), at_tills]).reshape(-1, _BANDS - 1).T)
        self._currencies = len(setting.currencies)

    def _guided(self) -> np.ndarray:
        """For each case and part of the unit interval the way that all its numbers have; -1 where they have several."""
        ends = np.arange(_PARTS + 1) / _PARTS
        places = (ends[None, :, None] >= self._edges[:, None, :]).sum(axis=2)
        inner = (self._edges[:, None, :] > ends[:-1, None]) & (self._edges[:, None, :] < ends[1:, None])
        guide = self._way[np.minimum(self._first[:, None] + places[:, :-1], len(self._way) - 1)]
        found: np.ndarray = np.where(inner.any(axis=2), -1, guide).ravel()
        return found

    def draw(self, uniform: np.ndarray, payments: PaymentDraw) -> np.ndarray:
        terminal, home = payments.channel == _POS, self._home.take(payments.kind)
        place = np.where(terminal, payments.merchant_country + len(COUNTRIES), home) * self._currencies
        place += payments.currency
        case = (home * len(CHANNELS) + payments.channel) * _BANDS
        for step in self._steps:
            case += payments.minor > step.take(place)
        way = self._guide.take(case * _PARTS + (uniform * _PARTS).astype(np.intp))
        few = np.flatnonzero(way < 0)
        of = case[few]
        way[few] = self._way[self._first[of] + (uniform[few, None] >= self._edges[of]).sum(axis=1)]
        abroad = payments.merchant_country != home
        shown = self._brand.take(payments.kind * 4 + 2 * abroad + ~terminal)
        found: np.ndarray = way * self._brands + shown
        return found


def _record(brand: str, way: Way) -> Record:
    mode, three_ds, verified = way
    record: Record = {"payment_details.brand": brand, "payment_details.entry_mode": mode}
    if three_ds is not None:
        record["payment_details.three_ds"] = three_ds
    if verified is not None:
        record["payment_details.cardholder_verification"] = verified
    return record


def _minor(amount: float, given: str, wanted: str) -> float:
    """An amount of one currency in minor units of another."""
    rate = PER_DOLLAR[wanted].value / PER_DOLLAR[given].value if wanted != given else 1.0
    return float(np.floor(amount * rate * 10.0 ** MINOR_UNITS[wanted]))


def _limit(country: str, currency: str, day: date) -> float:
    """Minor units of a currency up to which a tap in a country needs no verification."""
    row = presence.contactless_limit(country, day)
    return np.inf if row is None or row.amount is None else _minor(row.amount, row.currency, currency)


def _steps(country: str, currency: str) -> list[float]:
    """Minor units of a currency between the bands of exemptions that hold for cards of a country."""
    rule, euro = law(country), list(map(float, _EURO_STEPS))
    if rule is None or rule.low_value is None or rule.highest is None:
        return [_minor(step, "EUR", currency) for step in euro]
    scale = rule.highest / euro[-1]
    steps = [rule.low_value, *(step * scale for step in euro[1:-1]), rule.highest]
    return [_minor(step, rule.currency, currency) for step in steps]
