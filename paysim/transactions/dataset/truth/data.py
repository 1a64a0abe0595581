"""A data set as columns: what a transaction says, and what follows from it by itself (whose home is where, which hour
it was there). Text is coded: a column is an array of positions in a list of names, -1 where the field is absent."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from paysim.facts import calendar, exchange

Document = Mapping[str, Any]
DAY = 86_400_000  # ms
_HOUR = 3_600_000
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday, Monday is 0


class NotATransaction(ValueError):
    """A document lacks what the contract asks for; the text says what, in words for the user."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of text."""

    codes: np.ndarray
    names: list[str]

    def is_in(self, *names: str) -> np.ndarray:
        """A mask: which rows have one of these values."""
        wanted = np.array([name in names for name in [*self.names, ""]])  # -1 is the last
        return wanted[self.codes]

    def where(self, holds: Callable[[str], bool]) -> np.ndarray:
        """A mask: which rows have a value for which this holds; each value is asked once."""
        return np.array([*map(holds, self.names), False], dtype=bool)[self.codes]

    @property
    def present(self) -> np.ndarray:
        return self.codes >= 0


# Column → path in the document. Those marked * may be absent.
_TEXT: dict[str, tuple[str, ...]] = {
    "type": ("transaction_type",),
    "method": ("payment_method",),
    "status": ("payment_status",),
    "currency": ("currency",),
    "customer": ("customer_id",),
    "customer_name": ("customer_name",),
    "customer_email": ("customer_email",),
    "country": ("customer_country",),
    "merchant": ("merchant_id",),
    "category": ("merchant_category",),
    "code": ("merchant_category_code",),
    "merchant_country": ("merchant_country",),
    "channel": ("channel",),
    "device": ("device_type",),
    "city": ("location", "city"),
    "ip": ("metadata", "ip_address"),
    "user_agent": ("metadata", "user_agent"),
}
_DETAILS = (
    "brand", "token", "entry_mode", "three_ds", "response_code", "cardholder_verification", "scheme", "reason_code",
    "reference", "alias_type", "iban", "bic", "provider",
)  # fmt: skip
# One of these names the bank of an account.
_BANK_FIELDS = ("routing_number", "sort_code", "institution_number", "bsb", "bank_code", "ifsc")
_INDICATORS = ("velocity", "new_device")


class Data:
    """Columns of `n` transactions, in the order of the file."""

    def __init__(self, documents: Iterable[Document], fraud: Mapping[str, bool] | None = None) -> None:
        """fraud: transaction id → whether it was fraud in truth; None where no such labels are. Raises NotATransaction
        with the position of the document (from 1) before the text."""
        texts: dict[str, list[object]] = {name: [] for name in (*_TEXT, *_DETAILS, "bank")}
        stamps: list[str] = []
        ids: list[str] = []
        originals: list[object] = []
        numbers: list[tuple[float, ...]] = []
        flags: list[tuple[bool, ...]] = []
        for position, document in enumerate(documents, 1):
            try:
                details, place, metadata = document["payment_details"], document["location"], document["metadata"]
                stamps.append(document["transaction_timestamp"])
                ids.append(document["transaction_id"])
                originals.append(document.get("original_transaction_id"))
                figures = document["amount"], place["latitude"], place["longitude"], metadata["risk_score"]
                numbers.append(tuple(figure + 0.0 for figure in figures))  # text is none
                said = metadata["fraud_indicators"]
                flags.append(tuple(name in said for name in _INDICATORS))
                for name, path in _TEXT.items():
                    texts[name].append(document[path[0]] if len(path) == 1 else document[path[0]][path[1]])
                for name in _DETAILS:
                    texts[name].append(details.get(name))
                texts["bank"].append(next((details[name] for name in _BANK_FIELDS if name in details), None))
            except KeyError as error:
                raise NotATransaction(f"{position}: has no {error.args[0]}") from None
            except (TypeError, AttributeError):
                raise NotATransaction(f"{position}: is not of the form of a transaction") from None
        self.n = len(ids)
        self._columns = {name: _coded(values) for name, values in texts.items()}
        self.time = _milliseconds(stamps)
        columns = np.array(numbers, dtype=float).reshape(-1, 4).T
        self.amount, self.latitude, self.longitude, self.score = columns
        self._flags = np.array(flags, dtype=bool).reshape(-1, len(_INDICATORS))
        place_of = {id_: at for at, id_ in enumerate(ids)}
        self.original = np.array([-1 if each is None else place_of.get(str(each), -1) for each in originals], dtype=int)
        self.fraud = None if fraud is None else np.array([fraud.get(id_, False) for id_ in ids], dtype=bool)

    def __getattr__(self, name: str) -> Coded:
        try:
            columns: dict[str, Coded] = self.__dict__["_columns"]
            return columns[name]
        except KeyError:
            raise AttributeError(name) from None

    def flagged(self, indicator: str) -> np.ndarray:
        column: np.ndarray = self._flags[:, _INDICATORS.index(indicator)]
        return column

    # Kinds of rows.

    @cached_property
    def payment(self) -> np.ndarray:
        return self.type.is_in("payment")

    @cached_property
    def refund(self) -> np.ndarray:
        return self.type.is_in("refund")

    @cached_property
    def card(self) -> np.ndarray:
        return self.payment & self.method.is_in("credit_card", "debit_card")

    @cached_property
    def transfer(self) -> np.ndarray:
        return self.payment & self.method.is_in("bank_transfer")

    @cached_property
    def wallet(self) -> np.ndarray:
        return self.payment & self.method.is_in("digital_wallet")

    @cached_property
    def in_person(self) -> np.ndarray:
        return self.payment & self.channel.is_in("pos")

    @cached_property
    def remote(self) -> np.ndarray:
        return self.payment & ~self.channel.is_in("pos")

    @cached_property
    def declined(self) -> np.ndarray:
        return self.payment & self.status.is_in("failed")

    @property
    def people(self) -> np.ndarray:
        """The person whose payment each row is, as a number."""
        return self.customer.codes

    @cached_property
    def by_person(self) -> np.ndarray:
        """Rows of payments, each person's together, in order of time."""
        rows = np.flatnonzero(self.payment)
        return rows[np.lexsort((self.time[rows], self.people[rows]))]

    # Time.

    @cached_property
    def days(self) -> float:
        """How long the window is, from the first to the last transaction."""
        return float(self.time.max() - self.time.min()) / DAY if self.n else 0.0

    @cached_property
    def year(self) -> int:
        """In which the middle of the data lies."""
        return datetime.fromtimestamp(float(np.median(self.time)) / 1000, UTC).year if self.n else 1970

    @cached_property
    def main_local(self) -> np.ndarray:
        """Milliseconds of the clock that most people of the customer's country have."""
        return self._local(lambda country: np.full(int((self.country.codes == country).sum()), 0))

    @cached_property
    def local(self) -> np.ndarray:
        """Milliseconds of the clock where the payment was made, by longitude."""

        def zones(country: int) -> np.ndarray:
            clock = calendar.CLOCKS.get(self.country.names[country])
            edges = np.array([edge for _, edge in clock.zones]) if clock else np.array([-180.0])
            longitudes = self.longitude[self.country.codes == country]
            return np.argmax(longitudes[:, None] >= edges[None, :], axis=1)

        return self._local(zones)

    def _local(self, zones: Callable[[int], np.ndarray]) -> np.ndarray:
        found = self.time.copy()
        for country, name in enumerate(self.country.names):
            rows = np.flatnonzero(self.country.codes == country)
            clock = calendar.CLOCKS.get(name)
            if clock is None:
                continue
            chosen = zones(country)
            for at, (zone, _) in enumerate(clock.zones):
                mine = rows[chosen == at]
                found[mine] += _offsets(self.time[mine], zone)
        return found

    @cached_property
    def hour(self) -> np.ndarray:
        return self.local // _HOUR % 24

    @cached_property
    def weekday(self) -> np.ndarray:
        """Monday is 0."""
        return (self.local // DAY + _EPOCH_WEEKDAY) % 7

    # Money and places.

    @cached_property
    def dollars(self) -> np.ndarray:
        """Amounts in US dollars; nan in a currency that has no rate."""
        rates = [
            exchange.PER_DOLLAR[name].value if name in exchange.PER_DOLLAR else np.nan for name in self.currency.names
        ]
        return self.amount / np.array([*rates, np.nan])[self.currency.codes]

    def of_country(self, *countries: str) -> np.ndarray:
        """Rows of customers of these countries who pay in their own currency."""
        own = {exchange.OF_COUNTRY[country] for country in countries}
        return self.country.is_in(*countries) & self.currency.is_in(*own)

    @cached_property
    def home(self) -> tuple[np.ndarray, np.ndarray]:
        """(latitude, longitude) by person: the cell of a quarter degree in which they pay most often, nan where that is
        unknown. Payments at a distance tell it better: they are made where somebody is, not where a shop is."""
        count = len(self.customer.names)
        latitude, longitude = np.full(count, np.nan), np.full(count, np.nan)
        for rows, least in ((self.in_person, 5), (self.remote, 2)):
            at = np.flatnonzero(rows)
            cells = np.round(self.latitude[at] * 4).astype(int) * 10_000 + np.round(self.longitude[at] * 4).astype(int)
            pairs = np.stack((self.people[at], cells), axis=1)
            if not len(pairs):
                continue
            _, first, counts = np.unique(pairs, axis=0, return_index=True, return_counts=True)
            order = np.argsort(counts, kind="stable")  # the last one of a person stays: the most frequent
            who = self.people[at[first[order]]]
            total = np.bincount(self.people[at], minlength=count)
            known = total[who] >= least
            latitude[who[known]] = self.latitude[at[first[order]]][known]
            longitude[who[known]] = self.longitude[at[first[order]]][known]
        return latitude, longitude


def _coded(values: list[Any]) -> Coded:
    """Raises NotATransaction where a value is no text, but a list or an object."""
    try:
        names = dict.fromkeys(values)
    except TypeError:
        position = next(at for at, value in enumerate(values, 1) if isinstance(value, list | dict))
        raise NotATransaction(f"{position}: has a list or an object where the contract has text") from None
    names.pop(None, None)
    table = {name: code for code, name in enumerate(names)}
    table[None] = -1
    codes = np.fromiter(map(table.__getitem__, values), dtype=np.int64, count=len(values))
    return Coded(codes, [str(name) for name in names])


def _milliseconds(stamps: list[str]) -> np.ndarray:
    """RFC 3339 in UTC to Unix milliseconds. Raises NotATransaction."""
    try:
        return np.array([str(stamp).removesuffix("Z") for stamp in stamps], dtype="datetime64[ms]").astype(np.int64)
    except ValueError:
        for position, stamp in enumerate(stamps, 1):
            try:
                np.datetime64(str(stamp).removesuffix("Z"), "ms")
            except ValueError:
                raise NotATransaction(f'{position}: transaction_timestamp "{stamp}" is no time in RFC 3339') from None
        raise


def _offsets(times: np.ndarray, zone: str) -> np.ndarray:
    """By how much the clock of a zone is ahead of UTC at each time, in milliseconds."""
    hours, place = np.unique(times // _HOUR, return_inverse=True)
    clock = ZoneInfo(zone)
    ahead = []
    for hour in hours.tolist():
        offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(clock).utcoffset()
        ahead.append(0 if offset is None else round(offset.total_seconds() * 1000))
    return np.array(ahead, dtype=np.int64)[place] if len(times) else np.zeros(0, dtype=np.int64)
