"""When people pay: hours of the day and weekends by merchant category, paydays, and each country's clock."""

from dataclasses import dataclass
from typing import ClassVar

from . import sources as by
from .figure import Fact, Figure, Range, Shares

_HOURS = "share of payments in each hour of the local day, by number"
_SHAPE = "opening hours and meals; smooth, as no law of the clock makes people begin at once"


def _hours(text: str) -> Shares:
    """24 weights, of the hours from 0 to 23, made whole."""
    weights = [float(word) for word in text.split()]
    whole = sum(weights)
    parts = {f"{hour:02d}": weight / whole for hour, weight in enumerate(weights)}
    return Shares(parts, _HOURS, year=2017, source=by.PAYMARK, estimate=_SHAPE)


# Hour:            0  1  2  3  4  5  6   7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22  23
HOURS: dict[str, Shares] = {
    "retail": _hours("1  1  1  0.5 0.5 1  3   8  18  32  45  54  58  55  52  54  58  60  52  40  28  18   9   4"),
    "food_beverage": _hours(
        "4  2  1  0.5 0.5 2  8  20  28  25  26  44  68  58  34  28  30  42  62  64  50  34  20  10"
    ),
    "travel": _hours("4  3  2  2  3  8 22  46  54  42  36  36  38  38  38  42  50  54  44  32  26  22  15   8"),
    "entertainment": _hours("9  5  3  2  1  1  2   5   9  16  22  27  31  33  35  37  40  46  54  60  58  48  34  19"),
    "healthcare": _hours(
        "0.5 0.5 0.5 0.5 0.5 1  3  12  36  56  62  58  46  44  52  56  52  42  26  14   8   5   2   1"
    ),
    "education": _hours("2  1  1  0.5 0.5 1  4  14  34  48  54  52  44  42  46  46  40  32  26  22  18  14   9   4"),
    "other": _hours("3  2  2  2  2  4 12  28  40  46  50  52  50  48  47  48  52  56  46  34  26  19  12   6"),
}
_WEEKEND = "share of payments on Saturday and Sunday, by number"
_OPEN = "two of seven days, more where people go in their free time, less where the doors are shut"
WEEKEND: dict[str, Figure] = {
    "retail": Figure(0.31, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
    "food_beverage": Figure(0.33, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
    "travel": Figure(0.27, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
    "entertainment": Figure(0.36, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
    "healthcare": Figure(0.15, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
    "education": Figure(0.13, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
    "other": Figure(0.24, _WEEKEND, year=2017, source=by.PAYMARK, estimate=_OPEN),
}
WEEKEND_ALL = Range(
    0.24, 0.40, _WEEKEND, year=2020, source=by.SPARKOV, estimate="two of seven days to the 40 % of one simulation"
)
BUSIEST_HOUR = Range(
    11,
    18,
    "hour of the local day with most payments in person, its beginning",
    year=2017,
    source=by.PAYMARK,
    estimate="Saturday from 12 to 13 in New Zealand; noon to the way home elsewhere",
)
NIGHT = Figure(
    0.05,
    "share of payments in person from 0 to 5 o'clock, at most",
    year=2017,
    source=by.PAYMARK,
    estimate="the quietest hour is Monday from 3 to 4",
)
STEP = Figure(
    2.0,
    "ratio of payments in two neighbouring ten-minute bins, at most",
    year=2017,
    source=by.PAYMARK,
    estimate="shops open at different times, people come later still",
)
MEALS = Figure(
    0.50,
    "share of restaurant payments at meals (11 to 14 and 17 to 21 o'clock), at least",
    year=2017,
    source=by.PAYMARK,
    estimate="seven hours of the day",
)


@dataclass(frozen=True, slots=True)
class Payday(Fact):
    """When wages come. every: days between, for those paid so; days: of the month (-1: the last banking day), for those
    paid monthly or twice a month. weekday: Monday is 0. business: a number counts banking days."""

    unit: ClassVar[str] = "days on which wages come"
    country: str
    every: int | None = None
    weekday: int | None = None
    days: tuple[int, ...] = ()
    business: bool = False


PAYDAYS: dict[str, Payday] = {
    "US": Payday(
        "US", every=14, weekday=4, year=2023, source=by.BLS, estimate="the most usual of four ways, 43 % of firms"
    ),
    "GB": Payday(
        "GB", days=(28, -1), year=2015, source=by.CASHLADY, estimate="the most usual: monthly, on the last working day"
    ),
    "CA": Payday("CA", every=14, weekday=4, year=2024, source=by.OWN, estimate="as in the US"),
    "AU": Payday(
        "AU", every=14, weekday=2, year=2024, source=by.OWN, estimate="fortnightly, in the middle of the week"
    ),
    "DE": Payday("DE", days=(-1,), year=2024, source=by.OWN, estimate="monthly, by the last banking day"),
    "FR": Payday("FR", days=(-1,), year=2024, source=by.OWN, estimate="monthly, in the last days"),
    "JP": Payday("JP", days=(25,), year=2024, source=by.OWN, estimate="the 25th is the custom"),
    "BR": Payday("BR", days=(5,), business=True, year=1943, source=by.CLT),
    "IN": Payday(
        "IN", days=(-1, 7), year=1936, source=by.WAGES_ACT, estimate="the last day, by law not later than the 7th"
    ),
}
PAYDAY_EFFECT = Range(
    1.02,
    1.7,
    "payments on payday and the day after over those of other days, same weekdays",
    year=2014,
    source=by.GELMAN,
    estimate="spending is up to 70 % higher; the number of payments less",
)
PAYDAY_LIFT = Figure(
    1.25,
    "payments on payday and the day after over those of other days, where everybody's wages come",
    year=2014,
    source=by.GELMAN,
    estimate="spending is up to 70 % higher; the number of payments less, and rent and bills are not paid at shops",
)


@dataclass(frozen=True, slots=True)
class Clock(Fact):
    """A country's time zones from east to west: (IANA name, its westernmost longitude in degrees)."""

    unit: ClassVar[str] = "time zones"
    country: str
    zones: tuple[tuple[str, float], ...]

    @property
    def main(self) -> str:
        """The zone in which most people live, which stands first."""
        return self.zones[0][0]


_WEST = -180.0
_EDGES = "borders of zones as straight lines of longitude; good to an hour for some near them"


def _clock(country: str, *zones: tuple[str, float]) -> Clock:
    return Clock(country, zones, year=2025, source=by.TZ, estimate=_EDGES if len(zones) > 1 else "")


CLOCKS: dict[str, Clock] = {
    clock.country: clock
    for clock in (
        _clock(
            "US",
            ("America/New_York", -86.0),
            ("America/Chicago", -101.5),
            ("America/Denver", -114.5),
            ("America/Los_Angeles", -130.0),
            ("Pacific/Honolulu", _WEST),
        ),
        _clock(
            "CA",
            ("America/Toronto", -90.0),
            ("America/Winnipeg", -102.0),
            ("America/Edmonton", -117.5),
            ("America/Vancouver", _WEST),
        ),
        _clock("AU", ("Australia/Sydney", 141.0), ("Australia/Adelaide", 129.0), ("Australia/Perth", _WEST)),
        _clock("BR", ("America/Sao_Paulo", -54.0), ("America/Manaus", _WEST)),
        *(
            _clock(country, (zone, _WEST))
            for country, zone in {
                "GB": "Europe/London",
                "DE": "Europe/Berlin",
                "FR": "Europe/Paris",
                "JP": "Asia/Tokyo",
                "IN": "Asia/Kolkata",
                "ES": "Europe/Madrid",
                "IT": "Europe/Rome",
                "NL": "Europe/Amsterdam",
                "AT": "Europe/Vienna",
                "BE": "Europe/Brussels",
                "IE": "Europe/Dublin",
                "PT": "Europe/Lisbon",
                "FI": "Europe/Helsinki",
            }.items()
        ),
    )
}
