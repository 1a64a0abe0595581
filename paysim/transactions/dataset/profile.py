"""What a data set holds, counted: the figures behind the charts of `paysim profile`.

Reads what `paysim generate` writes; a mapping tells under which names and in which forms the fields went out.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.codes import BEGINNINGS, MINOR_UNITS, STATUSES_OF
from paysim.facts import methods
from paysim.transactions.behaviour.amounts.exchange_rates import PER_DOLLAR
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.randomness import by_name
from paysim.transactions.world.countries import COUNTRIES

from . import tables
from .files import labels_of
from .generate import Row

MIXES = ("payment_method", "payment_status", "channel", "merchant_category", "customer_country")
RISK_BANDS = 10
PLACE = 0.5
Values = dict[str, Any]
"""One event: dotted path in the event → value."""


@dataclass
class Profile:
    """mixes: field → value → transactions; expected: the same as configured shares, where they are known.
    dollars: payment method → amounts of payments; hours: (7 weekdays from Monday, 24) in the customer's local time.
    people: customer → payments; places: (latitude, longitude, country), in cells of PLACE degrees; category_hours:
    category → 24 hours; methods: country → method → payments, facts: the same as shares of the world; risk:
    (RISK_BANDS, 2): payments with such a score, and those of them that failed."""

    total: int = 0
    unreadable: int = 0
    mixes: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in MIXES})
    expected: dict[str, dict[str, float]] = field(default_factory=dict)
    dollars: dict[str, list[float]] = field(default_factory=dict)
    hours: np.ndarray = field(default_factory=lambda: np.zeros((7, 24), dtype=np.int64))
    merchants: Counter[tuple[str, str]] = field(default_factory=Counter)  # name and id
    violations: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    places: Counter[tuple[float, float, str]] = field(default_factory=Counter)
    category_hours: dict[str, np.ndarray] = field(default_factory=dict)
    methods: dict[str, Counter[str]] = field(default_factory=dict)
    facts: dict[str, dict[str, float]] = field(default_factory=dict)
    risk: np.ndarray = field(default_factory=lambda: np.zeros((RISK_BANDS, 2), dtype=np.int64))
    first: int | None = None  # Unix milliseconds
    last: int | None = None


def of_rows(rows: Iterable[Row], config: Config) -> Profile:
    """The profile of transactions that were just generated."""
    profile = Profile(expected=_expected(config), facts=_facts(config))
    reader = _Reader(profile, config)
    for row in rows:
        if row.label is not None:
            profile.violations[row.label] += 1
        reader.body(row.body)
    return profile


def of_file(path: Path, config: Config) -> Profile:
    """The profile of a data set, with the labels beside it if there are any. Raises OSError, and ValueError where the
    file is none of JSON Lines, CSV and Parquet."""
    profile = Profile(expected=_expected(config), facts=_facts(config))
    reader = _Reader(profile, config)
    if path.suffix == ".parquet":
        for values in _parquet(path):
            reader.values(values)
    elif path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                reader.values({name: value for name, value in line.items() if value})
    else:
        with path.open("rb") as file:
            for body in file:
                reader.body(body)
    labels = labels_of(path)
    if labels.exists():
        for text in labels.read_text(encoding="utf-8").splitlines():
            if (violation := json.loads(text).get("violation")) is not None:
                profile.violations[violation] += 1
    if not profile.total:
        raise ValueError("holds no transaction that can be read")
    return profile


def _parquet(path: Path) -> Iterator[Values]:
    from pyarrow import parquet

    for batch in parquet.ParquetFile(path).iter_batches():
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def _expected(config: Config) -> dict[str, dict[str, float]]:
    """The shares that a configuration leads to, under the values that the mapping makes of them."""
    mix, mapping = mix_of(config.transaction), CompiledMapping(config.transaction.mapping)
    configured = {
        "payment_method": mix.methods,
        "payment_status": mix.statuses,
        "channel": mix.channels,
        "merchant_category": mix.categories,
        "customer_country": by_name(config.transaction.patterns.countries),
    }
    found: dict[str, dict[str, float]] = {}
    for name, weights in configured.items():
        shares: dict[str, float] = defaultdict(float)
        for value, share in weights.items():
            shares[str(mapping.value(name, value))] += share
        found[name] = dict(shares)
    return found


def _facts(config: Config) -> dict[str, dict[str, float]]:
    """Which share of payments the facts give each method, by country, under the values that the mapping makes."""
    mapping = CompiledMapping(config.transaction.mapping)
    return {
        str(mapping.value("customer_country", country)): {
            str(mapping.value("payment_method", method)): share for method, share in methods.of(country).of.items()
        }
        for country in COUNTRIES
    }


class _Reader:
    """Adds events to a profile."""

    def __init__(self, profile: Profile, config: Config) -> None:
        self._profile = profile
        rules = config.transaction.mapping.effective()
        self._minor = rules.formats.get("amount") == "minor_units"
        names = (
            *MIXES,
            "transaction_type",
            "merchant_id",
            "merchant_name",
            "amount",
            "currency",
            "transaction_timestamp",
            "customer_id",
            "location.latitude",
            "location.longitude",
            "metadata.risk_score",
        )
        values = CompiledMapping(config.transaction.mapping)
        self._failed = str(values.value("payment_status", "failed"))
        self._refund = str(values.value("transaction_type", "refund"))
        types = [type_ for type_ in STATUSES_OF if type_ not in (*BEGINNINGS, "retry", "refund")]
        self._following = {str(values.value("transaction_type", type_)) for type_ in types} - {self._refund}
        self._paths = {name: targets[0] for name in names if (targets := rules.targets(name))}
        self._zones = {country: ZoneInfo(facts.zone) for country, facts in COUNTRIES.items()}

    def body(self, body: bytes) -> None:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            document = None
        if isinstance(document, dict):
            self.values(dict(tables.leaves("", document)))
        else:
            self._profile.unreadable += 1

    def values(self, values: Values) -> None:
        profile = self._profile
        found = {name: values[path] for name, path in self._paths.items() if path in values}
        profile.total += 1
        for name in MIXES:
            if name in found:
                profile.mixes[name][str(found[name])] += 1
        if "merchant_name" in found:
            # Two shops may have one name.
            profile.merchants[str(found["merchant_name"]), str(found.get("merchant_id", ""))] += 1
        try:
            if (type_ := str(found.get("transaction_type"))) in self._following:
                return
            if type_ != self._refund:
                self._payment(found)
            self._time(found)
        except (ValueError, TypeError, OverflowError):
            profile.unreadable += 1  # a violation of amount, currency or time

    def _payment(self, found: Values) -> None:
        profile, country = self._profile, str(found.get("customer_country", ""))
        if "customer_id" in found:
            profile.people[str(found["customer_id"])] += 1
        if country and "payment_method" in found:
            profile.methods.setdefault(country, Counter())[str(found["payment_method"])] += 1
        if "metadata.risk_score" in found and "payment_status" in found:
            band = min(int(float(found["metadata.risk_score"]) * RISK_BANDS), RISK_BANDS - 1)
            profile.risk[band] += 1, str(found["payment_status"]) == self._failed
        if "location.latitude" in found and "location.longitude" in found:
            place = (float(found[name]) // PLACE * PLACE for name in ("location.latitude", "location.longitude"))
            profile.places[*place, country] += 1  # type: ignore[index]
        self._amount(found)

    def _amount(self, found: Values) -> None:
        currency = found.get("currency")
        if "amount" in found and currency in PER_DOLLAR:
            units = 10.0 ** MINOR_UNITS[currency] if self._minor else 1.0
            dollars = float(found["amount"]) / units / PER_DOLLAR[currency]
            self._profile.dollars.setdefault(str(found.get("payment_method", "all")), []).append(dollars)

    def _time(self, found: Values) -> None:
        if "transaction_timestamp" not in found:
            return
        stamp = found["transaction_timestamp"]
        moment = datetime.fromisoformat(stamp) if "-" in str(stamp) else datetime.fromtimestamp(int(stamp) / 1000, UTC)
        local = moment.astimezone(self._zones.get(str(found.get("customer_country")), UTC))
        profile, milliseconds = self._profile, round(moment.timestamp() * 1000)
        profile.hours[local.weekday(), local.hour] += 1
        if (category := found.get("merchant_category")) is not None:
            hours = profile.category_hours.setdefault(str(category), np.zeros(24, dtype=np.int64))
            hours[local.hour] += 1
        profile.first = milliseconds if profile.first is None else min(profile.first, milliseconds)
        profile.last = milliseconds if profile.last is None else max(profile.last, milliseconds)
