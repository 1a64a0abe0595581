"""What the form and the command line set over the file goes through the schema, and wins in that order."""

from pathlib import Path

import pytest

from paysim.config.loader import ConfigError, load
from paysim.config.warnings import warnings
from paysim.loadtest.run import overrides
from paysim.loadtest.run.settings import ReloadRefused, Settings

CONFIG = """
simulator:
  output: {batch_size: 20, destination: file}
  transaction:
    volume: {rate: 100}
"""


@pytest.fixture
def config(tmp_path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


def in_force(settings: Settings) -> tuple[float | None, int, int | None]:
    config = settings.loaded.config
    return config.transaction.volume.rate, config.output.batch_size, config.transaction.volume.total


def test_text_becomes_numbers_and_nothing_is_nothing():
    texts = {"paysim_rate": "12.5", "paysim_batch_size": "1e3", "paysim_total": " ", "users": "x"}

    assert overrides.parse(texts) == {"rate": 12.5, "batch_size": 1000}


def test_every_text_that_is_no_number_is_told_with_its_option():
    with pytest.raises(ConfigError) as error:
        overrides.parse({"paysim_rate": "fast", "paysim_total": "1 000"})

    assert str(error.value).splitlines() == [
        '--paysim-rate: transaction.volume.rate: must be a number, not the text "fast"',
        '--paysim-total: transaction.volume.total: must be a whole number, not the text "1 000"',
    ]


@pytest.mark.parametrize("text", ["nan", "inf", "0", "-3"])
def test_a_rate_that_the_schema_does_not_allow_is_refused_in_its_words(config, text):
    with pytest.raises(ConfigError, match=r"--paysim-rate: transaction.volume.rate: must be a number above 0"):
        Settings(config, overrides.parse({"paysim_rate": text}))


def test_half_a_transaction_is_no_batch(config):
    with pytest.raises(ConfigError, match=r"--paysim-batch-size: output.batch_size: must be a whole number"):
        Settings(config, overrides.parse({"paysim_batch_size": "2.5"}))


def test_the_form_wins_over_the_command_line_and_that_over_the_file(config):
    settings = Settings(config, {"rate": 200, "batch_size": 30})
    settings.choose(None, {"rate": 300, "total": 5000}, running=False)

    assert in_force(settings) == (300, 30, 5000)
    settings.choose(None, {}, running=False)
    assert in_force(settings) == (200, 30, None)


def test_workers_get_what_is_set(config):
    loaded = Settings(config, {"rate": 200, "total": 7}).loaded

    assert loaded.document["transaction"]["volume"] == {"rate": 200, "total": 7}
    assert load(config).document["transaction"]["volume"] == {"rate": 100}


def test_setting_a_key_does_not_make_defaults_look_set(config):
    assert warnings(Settings(config, {"total": 7}).loaded.config) == warnings(load(config).config)


def test_a_reload_leaves_what_is_set_and_says_so(config):
    settings = Settings(config, {"batch_size": 30})
    settings.choose(None, {"rate": 300}, running=True)
    config.write_text(
        CONFIG.replace("rate: 100", "rate: 150, arrivals: poisson").replace("batch_size: 20", "batch_size: 50")
    )
    lines, kept = settings.reload()

    assert lines == ["transaction.volume.arrivals: uniform → poisson"]
    assert kept == [
        "transaction.volume.rate stays 300, as the start form set it",
        "output.batch_size stays 30, as the command line set it",
    ]
    assert in_force(settings) == (300, 30, None)


def test_what_is_applied_is_what_changed(config):
    settings = Settings(config, {})
    applied = []
    settings.apply = lambda loaded, lines: applied.append((loaded, lines))
    settings.choose(None, {}, running=False)
    settings.choose(None, {"rate": 300}, running=True)

    assert applied == [(settings.loaded, ["transaction.volume.rate: 100 → 300"])]


def test_a_choice_is_a_file_of_the_folder_and_nothing_else(config, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "fast.yaml").write_text(CONFIG.replace("100", "900"))
    (tmp_path / "mapping.yaml").write_text("rename: {}\n")
    (tmp_path / ".hidden.yaml").write_text(CONFIG)
    (tmp_path.parent / "secret.yaml").write_text(CONFIG)
    (tmp_path / "link.yaml").symlink_to(tmp_path.parent / "secret.yaml")
    settings = Settings(config, {})

    assert settings.choices == ["config.yaml", "scenarios/fast.yaml"]
    settings.choose("scenarios/fast.yaml", {}, running=False)
    assert in_force(settings)[0] == 900
    assert settings.choice == "scenarios/fast.yaml"
    assert settings.choices == ["config.yaml", "scenarios/fast.yaml"]
    for name in (
        "../config.yaml",
        "/etc/passwd",
        "mapping.yaml",
        "scenarios/../config.yaml",
        ".hidden.yaml",
        "link.yaml",
    ):
        with pytest.raises(ReloadRefused, match="there is no configuration"):
            settings.choose(name, {}, running=False)


def test_between_runs_all_may_change_but_where_transactions_go(config, tmp_path):
    (tmp_path / "people.yaml").write_text(CONFIG + "    population: {customers: 7}\n")
    (tmp_path / "elsewhere.yaml").write_text(CONFIG.replace("destination: file", "destination: stdout"))
    settings = Settings(config, {})

    with pytest.raises(ReloadRefused, match=r"transaction.population.customers cannot change while a test runs"):
        settings.choose("people.yaml", {}, running=True)
    with pytest.raises(ReloadRefused, match=r"output.destination cannot change while paysim runs"):
        settings.choose("elsewhere.yaml", {}, running=False)
    assert settings.choice == "config.yaml"
    settings.choose("people.yaml", {}, running=False)
    assert settings.loaded.config.transaction.population.customers == 7


def test_a_choice_that_is_not_valid_changes_nothing(config, tmp_path):
    (tmp_path / "broken.yaml").write_text(CONFIG.replace("100", "fast"))
    settings = Settings(config, {"batch_size": 30})

    with pytest.raises(ConfigError, match=r"broken.yaml:5: transaction.volume.rate"):
        settings.choose("broken.yaml", {"rate": 9}, running=False)
    assert in_force(settings) == (100, 30, None)
