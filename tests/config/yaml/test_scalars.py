import math

import pytest

from paysim.config.yaml.scalars import resolve, seconds


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
    found = resolve(".NaN")
    assert isinstance(found, float) and math.isnan(found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30s", 30), ("5m", 300), ("1h30m", 5400), ("1h30m10s", 5410), ("2d", 172_800), ("250ms", 0.25), ("1.5h", 5400),
        ("1s500ms", 1.5), ("0s", 0),
    ],
)  # fmt: skip
def test_a_duration_in_text_is_seconds(text: str, value: float):
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "5", "5 m", "m", "30m1h", "-5s", "5min", "1e3s", "٣s", "5m5m"])
def test_other_text_is_no_duration(text: str):
    assert seconds(text) is None
