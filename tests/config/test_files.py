"""The configuration files of the repository: they load, and the example shows the whole schema."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from paysim.config.loader import load
from paysim.config.schema import Config
from paysim.config.warnings import warnings
from tests.support.present import present

FOLDER = Path(__file__).parents[2] / "config"
EXAMPLE = FOLDER / "simulator_config.yaml.example"


@pytest.fixture
def uncommented(tmp_path: Path) -> Path:
    path = tmp_path / "example.yaml"
    lines = EXAMPLE.read_text().splitlines()
    path.write_text("\n".join(line if line.startswith("##") else re.sub("^# ?", "", line) for line in lines))
    return path


def schema_keys(values: object) -> Iterator[str]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield key
            yield from schema_keys(value)


@pytest.mark.parametrize(
    "path",
    [FOLDER / "simulator_config.yaml", *sorted((FOLDER / "scenarios").glob("*.yaml"))],
    ids=lambda path: path.stem,
)
def test_each_loads_the_local_hub_unasked_and_without_a_warning(path: Path):
    loaded = load(path, environ={})
    loaded.require_allowed({})
    loaded.require_distributable()
    assert loaded.target.name == "LOCAL HUB, not Azure"
    assert warnings(loaded.config) == []


def test_the_default_says_nothing_but_defaults_and_sets_no_rate():
    config = load(FOLDER / "simulator_config.yaml", environ={}).config
    assert config == Config()
    assert config.transaction.volume.rate is None


def test_the_scenarios_are_what_they_are_called():
    low, high, one = (
        load(FOLDER / "scenarios" / f"{name}.yaml", environ={}).config.transaction
        for name in ("low_volume", "high_volume", "one_payment_method")
    )
    assert present(low.volume.rate) < 100 < 10_000 < present(high.volume.rate)
    assert one.patterns.payment_methods == {"bank_transfer": 1}


def test_the_example_loads_as_it_is():
    assert load(EXAMPLE, environ={}).config == Config()


def test_the_example_uncommented_is_the_defaults(uncommented: Path):
    assert load(uncommented, environ={}).config == Config()


def test_the_example_has_every_key_of_the_schema(uncommented: Path):
    shown = yaml.safe_load(uncommented.read_text())["simulator"]
    assert list(schema_keys(shown)) == list(schema_keys(Config().model_dump()))


def test_every_line_of_the_example_is_an_option_or_explains_one():
    for line in EXAMPLE.read_text().splitlines()[12:]:
        assert re.match(r"##( |$)|# (  )+[a-z0-9_]+:|#$", line), line
