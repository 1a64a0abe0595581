import math

import pytest

from paysim.config.scalars import resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", 100), ("-1", -1), ("1_000_000", 1_000_000), ("010", 10), ("0x1f", 31), ("0o17", 15),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("-2.5E-1", -0.25), ("1_000.5", 1000.5),
        ("true", True), ("False", False), ("", None), ("~", None), ("null", None),
    ],
)  # fmt: skip
def test_an_unquoted_scalar_has_the_type_that_yaml_1_2_gives_it(text: str, value: object):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["17:00", "yes", "NO", "on", "2026-01-01", "{a: b}", "[1]", "a: b", "1.2.3", "9" * 5000]
)
def test_what_yaml_1_1_would_turn_into_something_else_stays_text(text: str):
    assert resolve(text) == text


def test_infinities_are_numbers():
    assert resolve("-.inf") == -math.inf
    assert math.isnan(resolve(".NaN"))
