"""What templates can do with a value: each filter is one entry, with what it takes and what it makes of it.

Values that a scenario has broken (an amount that is text, a currency that there is none) go out as they are: what a
filter does not understand passes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from paysim.config.mapping.templates import FILTERS, TEXTS, Filter, Step

from . import times


def text_of(value: Any) -> str:
    """A value as part of a text: numbers as JSON has them."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


Make = Callable[[str, str], Step]
"""Kind of the value, argument → what is done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter(Filter):
    make: Make
    form: str = ""

    def is_argument(self, text: str) -> bool:
        return re.fullmatch(self.form, text) is not None

    def step(self, kind: str, argument: str) -> Step:
        return self.make(kind, argument)


def _filter(
    takes: set[str] | frozenset[str],
    gives: str,
    *,
    needs: str = "",
    form: str = "",
    optional: bool = False,
    may_pass: bool = False,
) -> Callable[[Make], Make]:
    """Registers a filter: the function makes its step, its name is the filter's, its docstring says what it does."""

    def register(make: Make) -> Make:
        about = " ".join((make.__doc__ or "").split())
        FILTERS.add(
            _Filter(
                name=make.__name__,
                about=about,
                takes=frozenset(takes),
                gives=gives,
                needs=needs,
                optional=optional,
                may_pass=may_pass,
                make=make,
                form=form,
            )
        )
        return make

    return register


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # not NaN


@_filter({"amount"}, "integer")
def minor_units(kind: str, argument: str) -> Step:
    """The amount in the currency's smallest unit: 12.50 EUR is 1250, 1500 JPY is 1500."""
    return lambda value, decimals: round(value * 10.0**decimals) if _is_number(value) else value


@_filter({"amount", "number", "integer"}, "text")
def string(kind: str, argument: str) -> Step:
    """A number as text; an amount with all decimals of its currency: 12.50."""
    if kind == "amount":
        return lambda value, decimals: f"{value:.{decimals}f}" if _is_number(value) else value
    return lambda value, decimals: text_of(value)


@_filter(TEXTS, "number", may_pass=True)
def number(kind: str, argument: str) -> Step:
    """Text of digits as a number; other text passes as it is."""
    return lambda value, decimals: int(value) if isinstance(value, str) and value.isdecimal() else value


@_filter(TEXTS, "text")
def upper(kind: str, argument: str) -> Step:
    """In capitals."""
    return lambda value, decimals: value.upper() if isinstance(value, str) else value


@_filter(TEXTS, "text")
def lower(kind: str, argument: str) -> Step:
    """In small letters."""
    return lambda value, decimals: value.lower() if isinstance(value, str) else value


@_filter(TEXTS | {"integer"}, "text", needs="a width from 1 to 999", form="[1-9][0-9]{0,2}")
def pad(kind: str, argument: str) -> Step:
    """Filled up to this width: a whole number with zeros in front, text with spaces behind."""
    width = int(argument)
    if kind == "integer":
        return lambda value, decimals: f"{value:0{width}d}" if isinstance(value, int) else value
    return lambda value, decimals: value.ljust(width) if isinstance(value, str) else value


@_filter(TEXTS, "text", needs="a length from 1 to 999, -4 for the last four", form="-?[1-9][0-9]{0,2}")
def cut(kind: str, argument: str) -> Step:
    """At most so many characters, the first ones; with a minus the last ones."""
    length = int(argument)
    part = slice(length, None) if length < 0 else slice(length)
    return lambda value, decimals: value[part] if isinstance(value, str) else value


@_filter({"id"}, "text")
def hex(kind: str, argument: str) -> Step:
    """An id without its hyphens: 32 hexadecimal digits."""
    return lambda value, decimals: value.replace("-", "") if isinstance(value, str) else value


@_filter({"timestamp"}, "integer")
def epoch_s(kind: str, argument: str) -> Step:
    """A time in seconds since 1970."""
    return lambda value, decimals: value // 1000 if isinstance(value, int) else value


@_filter({"timestamp"}, "integer")
def epoch_ms(kind: str, argument: str) -> Step:
    """A time in milliseconds since 1970."""
    return lambda value, decimals: times.epoch_ms(value) if isinstance(value, int) else value


_DATE_PARTS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M", "ss": "%S"}
_DATE = re.compile("|".join(_DATE_PARTS))


@_filter(
    {"timestamp"},
    "text",
    needs="a form made of YYYY, MM, DD, hh, mm and ss",
    form=f"({_DATE.pattern}|[^A-Za-z%])+",
    optional=True,
)
def date(kind: str, argument: str) -> Step:
    """A time, UTC, in a form such as DD.MM.YYYY or hhmmss; without one its date, 2026-01-31."""
    form = _DATE.sub(lambda part: _DATE_PARTS[part.group()], argument or "YYYY-MM-DD")

    def written(value: Any, decimals: int) -> Any:
        return f"{datetime.fromtimestamp(value / 1000, UTC):{form}}" if isinstance(value, int) else value

    return written


@cache
def _numeric(of: str, code: str) -> str:
    import pycountry  # a table of a second's reading, only for those who use it

    found: Any = pycountry.currencies.get(alpha_3=code) if of == "currency" else pycountry.countries.get(alpha_2=code)
    return code if found is None else str(found.numeric)


@_filter({"currency"}, "text")
def numeric_currency(kind: str, argument: str) -> Step:
    """The three digits of a currency (ISO 4217): EUR is 978."""
    return lambda value, decimals: _numeric("currency", value) if isinstance(value, str) else value


@_filter({"country"}, "text")
def numeric_country(kind: str, argument: str) -> Step:
    """The three digits of a country (ISO 3166-1): DE is 276."""
    return lambda value, decimals: _numeric("country", value) if isinstance(value, str) else value


@_filter({"number"}, "integer")
def percent(kind: str, argument: str) -> Step:
    """A share as whole percent: 0.37 is 37."""
    return lambda value, decimals: round(value * 100) if _is_number(value) else value
