"""A small world in which every property holds: what `paysim truth` is tried on, and what falsehoods are planted into.

It knows the facts and the contract, and nothing of paysim's generator. It is true, not pretty: one loop, people of nine
countries, four weeks, some 70,000 transactions.
"""

import math
import random
import string
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from paysim.facts import (
    activity,
    bank_schemes,
    brands,
    calendar,
    declines,
    exchange,
    methods,
    presence,
    prices,
    refunds,
    tickets,
    wallets,
)
from paysim.facts.figure import Shares

Document = dict[str, Any]
START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAYS = 28
PEOPLE = {"US": 520, "GB": 150, "CA": 140, "AU": 200, "DE": 200, "FR": 170, "JP": 160, "BR": 130, "IN": 200}
# City, latitude, longitude, time zone.
CITIES = {
    "US": [("New York", 40.71, -74.01, "America/New_York"), ("Chicago", 41.88, -87.63, "America/Chicago"),
           ("Denver", 39.74, -104.99, "America/Denver"), ("Seattle", 47.61, -122.33, "America/Los_Angeles")],
    "GB": [("London", 51.51, -0.13, "Europe/London"), ("Leeds", 53.80, -1.55, "Europe/London")],
    "CA": [("Toronto", 43.65, -79.38, "America/Toronto"), ("Vancouver", 49.28, -123.12, "America/Vancouver")],
    "AU": [("Sydney", -33.87, 151.21, "Australia/Sydney"), ("Perth", -31.95, 115.86, "Australia/Perth")],
    "DE": [("Berlin", 52.52, 13.41, "Europe/Berlin"), ("Köln", 50.94, 6.96, "Europe/Berlin")],
    "FR": [("Paris", 48.86, 2.35, "Europe/Paris"), ("Lyon", 45.76, 4.84, "Europe/Paris")],
    "JP": [("Tokyo", 35.69, 139.69, "Asia/Tokyo"), ("Osaka", 34.69, 135.50, "Asia/Tokyo")],
    "BR": [("São Paulo", -23.55, -46.63, "America/Sao_Paulo"), ("Recife", -8.05, -34.88, "America/Sao_Paulo")],
    "IN": [("Mumbai", 19.08, 72.88, "Asia/Kolkata"), ("Chennai", 13.08, 80.27, "Asia/Kolkata")],
}  # fmt: skip
NAMES = {
    "JP": (["太郎", "花子", "健一", "直子"], ["佐藤", "鈴木", "高橋", "田中"]),
    "DE": (["Jürgen", "Anna", "Lukas", "Sabine"], ["Müller", "Schäfer", "Weiß", "Koch"]),
    "FR": (["Chloé", "René", "Luc", "Zoé"], ["Lefèvre", "Martin", "Dupont", "Girard"]),
}
USUAL_NAMES = (["Ann", "John", "Maria", "Sam", "Priya"], ["Silva", "Smith", "Jones", "Kumar", "Costa"])
# Merchant category code: category, weight in person, weight at a distance.
SHOPS = {
    "5411": ("retail", 30, 6), "5651": ("retail", 6, 17), "5732": ("retail", 3, 12), "5311": ("retail", 5, 9),
    "5812": ("food_beverage", 16, 0), "5814": ("food_beverage", 12, 5), "5541": ("other", 8, 0),
    "4111": ("travel", 6, 2), "4511": ("travel", 0, 4), "7011": ("travel", 2, 3), "5912": ("healthcare", 6, 2),
    "8011": ("healthcare", 3, 1), "8021": ("healthcare", 2, 0), "8299": ("education", 2, 4), "8241": ("education", 0,
    3),
    "7832": ("entertainment", 3, 2), "7922": ("entertainment", 1, 4), "5815": ("entertainment", 0, 13),
    "5816": ("entertainment", 0, 8), "4814": ("other", 1, 7), "4900": ("other", 0, 5), "7230": ("other", 3, 0),
}  # fmt: skip
IN_PERSON = [weight for _, weight, _ in SHOPS.values()]
REMOTE = [weight for _, _, weight in SHOPS.values()]
AGENTS = [f"Mozilla/5.0 (device {number})" for number in range(40)]
STRONG = ("GB", "DE", "FR")
ALPHABET = string.ascii_letters + string.digits


def pick(rng: random.Random, shares: Shares) -> str:
    return rng.choices(list(shares.of), list(shares.of.values()))[0]


@dataclass
class Person:
    number: int
    country: str
    home: int  # position in CITIES
    id: str
    name: str
    email: str
    place: tuple[float, float]
    address: str
    devices: list[tuple[str, str]]
    credit: tuple[str, str]  # brand, token
    debit: tuple[str, str]  # in person
    debit_online: tuple[str, str]
    wallet: wallets.Wallet
    bank: dict[str, Any]
    trip: tuple[int, int] | None  # first day, city
    seen: set[str] = field(default_factory=set)


def code(number: int, prefix: str) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return prefix + "".join(letters[number >> (5 * place) & 31] for place in range(8))


def identifier(rng: random.Random) -> str:
    raw = f"{rng.getrandbits(128):032x}"
    return f"{raw[:8]}-{raw[8:12]}-8{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


class World:
    def __init__(self, seed: int = 7) -> None:
        self.rng = random.Random(seed)
        self.people = [self._person(country) for country, count in PEOPLE.items() for _ in range(count)]
        self.count = 0

    def _person(self, country: str) -> Person:
        rng = self.rng
        number = self.count = getattr(self, "count", -1) + 1
        given, family = (rng.choice(names) for names in NAMES.get(country, USUAL_NAMES))
        plain = {"ü": "ue", "ä": "ae", "ß": "ss", "é": "e", "è": "e"}
        local = "".join(plain.get(char, char) for char in f"{given}.{family}".lower())
        home = rng.randrange(len(CITIES[country]))
        _, latitude, longitude, _ = CITIES[country][home]
        debit = pick(rng, brands.DEBIT[country])
        online = debit if brands.BRANDS[debit].online and brands.BRANDS[debit].recurring else "visa"
        token = code(number, "")
        own = wallets.of(country)
        place = list(PEOPLE).index(country)
        address = (
            f"198.18.{place * 16 + number % 16}.{number % 250}"
            if number % 2
            else f"2001:db8:{number:x}:1::{number % 9:x}"
        )
        return Person(
            number, country, home, code(number, "cus_"), f"{family}{given}" if country == "JP" else f"{given} {family}",
            f"{'taro' if country == 'JP' else local}{number}@example.com",
            (latitude + rng.uniform(-0.05, 0.05), longitude + rng.uniform(-0.05, 0.05)),
            address,
            [("smartphone", rng.choice(AGENTS)), ("desktop", rng.choice(AGENTS))][: rng.choice((1, 2, 2))],
            (pick(rng, brands.CREDIT[country]), f"tok_c{token}"), (debit, f"tok_d{token}"), (online, f"tok_o{token}"),
            rng.choices(own, [wallet.share for wallet in own])[0], self._account(country),
            (rng.randrange(3, 22), rng.randrange(len(CITIES[country]))) if rng.random() < 0.15 else None,
        )  # fmt: skip

    def _account(self, country: str) -> dict[str, Any]:
        rng, scheme = self.rng, bank_schemes.USUAL[country]
        if scheme == "SEPA":
            return {"scheme": scheme, "iban": f"{country}12**************1234", "bic": f"ABCD{country}F0"}
        if scheme == "PIX":
            kind = {"cpf": "cpf", "cnpj": "cnpj"}.get(name := pick(rng, bank_schemes.PIX_ALIASES), name)
            return {"scheme": scheme, "alias_type": kind, "alias": "a***"}
        known = bank_schemes.BANK_CODES[scheme]
        first = rng.choice(sorted(known.codes)) if known.codes else rng.choice(("02", "12", "20"))
        number = {
            "ACH": f"{first if first != '20' else '11'}10****9", "FPS": f"{first}-11-22", "EFT": first,
            "BECS": f"{first}2-123", "Zengin": first, "UPI": f"{first}0123456",
        }[scheme]  # fmt: skip
        return {"scheme": scheme, known.field: number}

    def documents(self) -> tuple[list[Document], dict[str, bool]]:
        """All transactions in order of time, and which of them are fraud in truth."""
        rng = self.rng
        found: list[Document] = []
        for person in self.people:
            pace = activity.PER_MONTH[person.country].value * DAYS / 30.44
            count = round(pace * math.exp(rng.gauss(-0.06, 0.35)))
            for _ in range(min(count, 110)):
                found += self._payment(person)
        found += [given for payment in found if (given := self._refund(payment)) is not None]
        end = int(START.timestamp() * 1000) + DAYS * 86_400_000
        found = sorted((each for each in found if each["_time"] < end), key=lambda each: each["_time"])
        self._scale(found)
        self._flag(found)
        fraud = self._fraud(found)
        for each in found:
            moment = datetime.fromtimestamp(each["_time"] / 1000, UTC)
            each["transaction_timestamp"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            if each["payment_details"].get("scheme") == "PIX":
                letters = "".join(rng.choices(ALPHABET, k=11))
                each["payment_details"]["reference"] = f"E12345678{moment:%Y%m%d%H%M}{letters}"
            for name in ("_time", "_z", "_fixed", "_payment", "_person"):
                each.pop(name, None)
        return found, fraud

    # When and where.

    def _moment(self, person: Person, category: str) -> tuple[int, int, int]:
        """(day of the window, local minute of the day, position of the city)."""
        rng = self.rng
        day = rng.choices(range(DAYS), cum_weights=days(person.country, category))[0]
        hour = int(pick(rng, calendar.HOURS[category]))
        # The sum of two uniform numbers: the hours go over into one another without steps.
        minute = (hour + 0.5 + rng.uniform(-0.5, 0.5) + rng.uniform(-0.5, 0.5)) * 60
        city = person.home
        if person.trip and person.trip[0] <= day < person.trip[0] + 3:
            city = person.trip[1]
        return day, int(minute) % 1440, city

    def _on_the_way(self, person: Person, day: int) -> bool:
        return person.trip is not None and day in (person.trip[0] - 1, person.trip[0] + 3)

    # A payment.

    def _payment(self, person: Person) -> list[Document]:
        rng, country = self.rng, person.country
        method = pick(rng, methods.METHODS[country])
        present = self._present(person, method)
        shop = rng.choices(list(SHOPS), IN_PERSON if present else REMOTE)[0]
        category = SHOPS[shop][0]
        day, minute, city = self._moment(person, category)
        if present and self._on_the_way(person, day):
            present = False
            shop, category = "5815", "entertainment"
        _, latitude, longitude, zone = CITIES[country][city]
        time = midnight(day, zone) + minute * 60_000 + rng.randrange(60_000)
        time = max(time, int(START.timestamp() * 1000))
        channel = "pos" if present else "web" if method == "cryptocurrency" else pick(rng, presence.REMOTE_CHANNELS)
        if channel == "api" and (method in ("digital_wallet", "cryptocurrency")):
            channel = "mobile"
        abroad = country == "US" and not present and method.endswith("card") and rng.random() < 0.135
        merchant_country = "GB" if abroad else country
        # Two shops of a kind in each town, of which a person has one; elsewhere and online there are more.
        regular = person.number % 2 if rng.random() < 0.8 else rng.randrange(4)
        where = "online" if not present else CITIES[country][city][0]
        merchant = f"{merchant_country}-{shop}-{where}-{regular if present else rng.randrange(6)}"
        device = (
            ("terminal", "PAX A920")
            if present
            else ("server", "okhttp")
            if channel == "api"
            else rng.choice(person.devices)
        )
        z = rng.gauss(0, 1)
        status, response = self._outcome(person, method, present, z, (START + timedelta(days=day)).date())
        place = (
            (latitude + rng.uniform(-0.06, 0.06), longitude + rng.uniform(-0.06, 0.06))
            if present
            else (person.place if city == person.home else (latitude, longitude))
        )
        document: Document = {
            "transaction_id": identifier(rng),
            "correlation_id": identifier(rng),
            "transaction_type": "payment",
            "payment_method": method,
            "payment_status": status,
            "amount": tickets.BY_CATEGORY[shop].value * math.exp(rng.gauss(-0.125, 0.5)),
            "currency": exchange.OF_COUNTRY[country],
            "customer_id": person.id,
            "customer_name": person.name,
            "customer_email": person.email,
            "customer_country": country,
            "merchant_id": merchant,
            "merchant_name": merchant,
            "merchant_category": category,
            "merchant_category_code": shop,
            "merchant_country": merchant_country,
            "channel": channel,
            "device_type": device[0],
            "location": {"city": CITIES[country][city][0], "latitude": place[0], "longitude": place[1]},
            "payment_details": self._details(person, method, channel, response),
            "metadata": {
                "ip_address": person.address,
                "user_agent": device[1],
                "risk_score": round(1 / (1 + math.exp(3 - 1.2 * z)), 4),
                "fraud_indicators": [],
            },
            "_time": time,
            "_z": z,
        }
        made = [document]
        if status == "failed" and method.endswith("card") and rng.random() < 0.3:
            again = {**document, "transaction_id": identifier(rng), "payment_status": "completed"}
            again["payment_details"] = {**document["payment_details"], "response_code": "00"}
            again["metadata"] = {**document["metadata"], "fraud_indicators": []}
            made.append({**again, "_time": time + rng.randrange(20_000, 240_000)})
        return made

    def _present(self, person: Person, method: str) -> bool:
        rng = self.rng
        if method.endswith("card"):
            return rng.random() < presence.IN_PERSON[person.country].value
        if method == "digital_wallet":
            often = 0.9 if person.country == "AU" else 0.6  # where nearly half of what is tapped is a phone
            return person.wallet.in_person is not None and rng.random() < often
        return method == "bank_transfer" and person.country in ("BR", "IN") and rng.random() < 0.6

    def _outcome(self, person: Person, method: str, present: bool, z: float, day: date) -> tuple[str, str | None]:
        rng = self.rng
        usual = 0.018 if present else 0.06
        chance = usual * math.exp(1.1 * z - 0.6)
        if rng.random() < min(chance, 0.9):
            shares = declines.CODES_IN_PERSON if present else declines.CODES_ONLINE
            if not present and person.country in STRONG:
                shares = declines.CODES_ONLINE_STRONG
            return "failed", pick(rng, shares) if method.endswith("card") else "failed"
        scheme = bank_schemes.SCHEMES[person.bank["scheme"]]
        closed = day.weekday() >= 5 or day in (date(2026, 1, 19), date(2026, 1, 26))  # holidays of the US and Australia
        if method == "bank_transfer" and not scheme.around_the_clock and closed:
            return "pending", None
        return "completed", "00"

    def _details(self, person: Person, method: str, channel: str, response: str | None) -> dict[str, Any]:
        rng, country = self.rng, person.country
        if method == "digital_wallet":
            reason = {"reason_code": "insufficient_funds"} if response == "failed" else {}
            return {"provider": person.wallet.provider, "token": f"wlt_{person.number}", **reason}
        if method == "cryptocurrency":
            return {"asset": "BTC", "network": "bitcoin_testnet", "address": "tb1x"}
        if method == "bank_transfer":
            scheme = bank_schemes.SCHEMES[person.bank["scheme"]]
            assert scheme.reasons is not None
            reason = {"reason_code": pick(rng, scheme.reasons)} if response == "failed" else {}
            return {**person.bank, "reference": f"{rng.randrange(10**12):012d}", **reason}
        brand, token = (
            person.credit if method == "credit_card" else person.debit if channel == "pos" else person.debit_online
        )
        details: dict[str, Any] = {"brand": brand, "token": token, "last4": "1234"}
        if response is not None:
            details["response_code"] = response
        if channel == "pos":
            tapped = presence.CONTACTLESS[country].value
            chip = max(0.0, 1 - tapped - 0.015)
            mode = rng.choices(("contactless", "chip", "magnetic_stripe"), (tapped, chip, min(0.015, 1 - tapped)))[0]
            return {**details, "entry_mode": mode}
        if channel == "api" or rng.random() < 0.15:
            return {**details, "entry_mode": "credential_on_file"}
        return {**details, "entry_mode": "ecommerce"}

    # What depends on the amount.

    def _scale(self, found: list[Document]) -> None:
        """Bring each kind of payment to its average, then to its price points."""
        groups: dict[tuple[str, str, str], list[Document]] = {}
        payments = [each for each in found if each["transaction_type"] == "payment"]
        for each in payments:
            mode = each["payment_details"].get("entry_mode", "")
            kind = mode if each["customer_country"] in ("GB", "AU", "FR") and mode in ("contactless", "chip") else ""
            groups.setdefault((each["customer_country"], each["payment_method"], kind), []).append(each)
        for (country, method, kind), group in groups.items():
            average = self._average(country, method, kind, groups)
            factor = average / (sum(each["amount"] for each in group) / len(group))
            for each in group:
                each["amount"] *= factor
        for each in payments:
            if each["payment_details"].get("scheme") == "UPI":
                small = self.rng.random() < 0.85
                each["amount"] = self.rng.uniform(20, 330) if small else self.rng.uniform(2_000, 4_600)
            self._price(each)
            self._verify(each)
        for each in found:
            if (payment := each.get("_payment")) is not None:
                each["amount"] = payment["amount"]
                if self.rng.random() < 0.35:
                    each["amount"] = round(max(0.01, payment["amount"] * 0.4), 2)
                if each["currency"] == "JPY":
                    each["amount"] = float(math.floor(each["amount"]))

    def _average(
        self, country: str, method: str, kind: str, groups: dict[tuple[str, str, str], list[Document]]
    ) -> float:
        special = {
            ("GB", "contactless"): 15.86, ("GB", "chip"): 60.0, ("AU", "contactless"): 46.0, ("AU", "chip"): 155.0,
            ("FR", "contactless"): 16.0, ("FR", "chip"): 41.0,
        }  # fmt: skip
        if (country, kind) in special:
            return special[country, kind]
        fact = tickets.AVERAGE.get((country, method))
        whole = fact.value if fact else 40 * exchange.PER_DOLLAR[exchange.OF_COUNTRY[country]].value
        # What is left for the rest, so that the whole has its average.
        parts = {name: len(group) for (place, by, name), group in groups.items() if (place, by) == (country, method)}
        if len(parts) == 1:
            return whole * 0.7 if (country, method) == ("BR", "bank_transfer") else whole
        fixed = sum(special[country, name] * count for name, count in parts.items() if (country, name) in special)
        return max(5.0, (whole * sum(parts.values()) - fixed) / parts[""])

    def _price(self, each: Document) -> None:
        rng, amount, shop = self.rng, each["amount"], each["merchant_category_code"]
        if each["currency"] == "JPY":
            each["amount"] = float(max(1, round(amount)))
            return
        cents = max(1, round(amount * 100))
        whole = max(1, cents // 100)
        if shop in ("5815", "5816"):
            ending = pick(rng, prices.DIGITAL_ENDINGS)
            cents = (
                cents
                if ending == "other"
                else whole * 100 + int(ending) - (100 if int(ending) > cents % 100 + 50 else 0)
            )
        elif each["merchant_category"] == "retail":
            ending = pick(rng, prices.SHOP_ENDINGS)
            if ending in ("99", "00", "50"):
                cents = whole * 100 + int(ending)
            elif ending in ("9", "5"):
                cents = cents // 10 * 10 + int(ending)
        elif (shop == "5541" and rng.random() < 0.35) or (shop == "5812" and rng.random() < 0.25):
            cents = round(cents, -2) or 100
        each["amount"] = max(cents, 1) / 100

    def _verify(self, each: Document) -> None:
        rng, details, country = self.rng, each["payment_details"], each["customer_country"]
        limit = presence.contactless_limit(each["merchant_country"], START.date())
        if details.get("entry_mode") == "contactless" and limit and limit.amount and each["amount"] > limit.amount:
            details["cardholder_verification"] = "device"
        if details.get("entry_mode") == "ecommerce" and country in STRONG:
            euro = each["amount"] / exchange.PER_DOLLAR[each["currency"]].value * exchange.PER_DOLLAR["EUR"].value
            exempt = 0.55 if euro < 30 else 0.3 if euro < 100 else 0.1 if euro < 500 else 0.0
            draw = rng.random()
            details["three_ds"] = "exempted" if draw < exempt else "not_enrolled" if draw > 0.97 else "authenticated"

    # What depends on what was before.

    def _refund(self, payment: Document) -> Document | None:
        category = payment["merchant_category"]
        if payment["payment_status"] != "completed" or self.rng.random() >= refunds.BY_CATEGORY[category].value:
            return None
        days = refunds.DELAY_BY_CATEGORY[category].value * math.exp(self.rng.gauss(0, 0.5))
        return {
            **payment, "transaction_id": identifier(self.rng), "original_transaction_id": payment["transaction_id"],
            "transaction_type": "refund", "payment_status": "refunded", "_payment": payment,
            "payment_details": dict(payment["payment_details"]), "metadata": {**payment["metadata"],
            "fraud_indicators": []},
            "_time": payment["_time"] + int(days * 86_400_000),
        }  # fmt: skip

    def _flag(self, found: list[Document]) -> None:
        recent: dict[str, list[int]] = {}
        seen: set[tuple[str, str]] = set()
        for each in found:
            if each["transaction_type"] != "payment":
                continue
            who, time = each["customer_id"], each["_time"]
            before = [moment for moment in recent.get(who, []) if time - moment <= 3_600_000]
            if len(before) >= 2 and self.rng.random() < 0.6:
                each["metadata"]["fraud_indicators"].append("velocity")
            recent[who] = [*before, time]
            key = (who, each["metadata"]["user_agent"])
            if key not in seen and self.rng.random() < 0.3:
                each["metadata"]["fraud_indicators"].append("new_device")
            seen.add(key)

    def _fraud(self, found: list[Document]) -> dict[str, bool]:
        payments = [each for each in found if each["transaction_type"] == "payment"]
        weights = [math.exp(2.5 * each["_z"]) for each in payments]
        chosen = self.rng.choices(payments, weights, k=round(0.0013 * len(payments)))
        return {each["transaction_id"]: True for each in chosen}


@cache
def midnight(day: int, zone: str) -> int:
    """When a day of the window begins somewhere, in Unix milliseconds."""
    moment = datetime.combine((START + timedelta(days=day)).date(), datetime.min.time(), ZoneInfo(zone))
    return int(moment.timestamp() * 1000)


@cache
def days(country: str, category: str) -> list[float]:
    """How likely each day of the window is, added up: weekends by category, paydays by country."""
    late, rule, weights = calendar.WEEKEND[category].value, calendar.PAYDAYS[country], []
    for day in range(DAYS):
        weight = late / 2 if day % 7 >= 5 else (1 - late) / 5
        paid = any(payday(rule, START.date() + timedelta(days=day - back)) for back in (0, 1))
        weights.append(weight * (1.2 if paid else 1.0))
    return list(accumulate(weights))


def payday(rule: calendar.Payday, day: date) -> bool:
    last = {date(2026, 1, 30)}  # the last banking day of January 2026
    if rule.business:
        return day == date(2026, 1, 8)  # the fifth working day, without holidays
    return day.day in rule.days or (-1 in rule.days and day in last)


def build(seed: int = 7) -> tuple[list[Document], dict[str, bool]]:
    """The documents of a true world, and which are fraud."""
    return World(seed).documents()
