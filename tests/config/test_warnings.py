import pytest

from paysim.config.schema import Config
from paysim.config.warnings import warnings


def test_defaults_never_warn():
    assert warnings(Config()) == []


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        (
            {"transaction": {"volume": {"rate": 5, "rate_per_user": 5}}},
            ["transaction.volume.rate_per_user: has no effect, because rate is set; rate wins"],
        ),
        ({"transaction": {"volume": {"rate": 5, "rate_per_user": None}}}, []),
        (
            {"transaction": {"volume": {"arrivals": "poisson"}}},
            ["transaction.volume.arrivals: has no effect without a rate"],
        ),
        (
            {"output": {"rate_limit": 100}, "transaction": {"volume": {"rate": 1500}}},
            ["transaction.volume.rate: 1,500 is above output.rate_limit 100; the run is scheduled at 100"],
        ),
        (
            {
                "output": {"rate_limit": 100},
                "load": {"stages": [{"duration": 1, "users": 1, "rate": 50}, {"duration": 1, "users": 1, "rate": 150}]},
            },
            ["load.stages[1].rate: 150 is above output.rate_limit 100"],
        ),
        (
            {"transaction": {"volume": {"rate": 40_000}}},
            [
                "transaction.volume.rate: 40,000/s needs 44 throughput units, and a Standard namespace has "
                "at most 40; use Premium or Dedicated, or expect throttling"
            ],
        ),
        ({"output": {"destination": "file"}, "transaction": {"volume": {"rate": 40_000}}}, []),
        (
            {"transaction": {"patterns": {"amounts": {"distribution": "uniform", "mean": 5, "std_dev": 2}}}},
            [
                "transaction.patterns.amounts.mean: has no effect with distribution uniform",
                "transaction.patterns.amounts.std_dev: has no effect with distribution uniform",
            ],
        ),
        (
            {"transaction": {"patterns": {"amounts": {"by_method": {"credit_card": {"peaks": [20, 30], "mean": 5}}}}}},
            ["transaction.patterns.amounts.by_method.credit_card.peaks: has no effect with distribution lognormal"],
        ),
        (
            {"transaction": {"patterns": {"amounts": {"peaks": [20, 30], "max": 90}}}},
            ["transaction.patterns.amounts.peaks: has no effect without a distribution"],
        ),
        (
            {"transaction": {"timestamps": {"start": "2026-01-01T00:00:00Z", "weekend_factor": 1}}},
            [
                "transaction.timestamps.start: has no effect in mode live; it bounds mode replay",
                "transaction.timestamps.weekend_factor: has no effect in mode live; it shapes mode replay and "
                "load.pattern weekly",
            ],
        ),
        ({"transaction": {"timestamps": {"weekend_factor": 1}}, "load": {"pattern": "weekly", "speedup": 60}}, []),
        ({"transaction": {"volume": {"rate": 5, "rate_per_user": 10}}}, []),  # the default, written down
        (
            {"output": {"batch_size": 5000}, "transaction": {"volume": {"rate": 500}}},
            [
                "output.batch_size: batches hold 500 and not 5,000, because a batch is never more than a second of the "
                "rate (of each worker's part of it); with linger_ms users share a send"
            ],
        ),
        (
            {"output": {"batch_size": 50}},
            [
                "output.batch_size: batches hold 10 and not 50, because a batch is never more than a second of a "
                "user's rate_per_user; with linger_ms users share a send"
            ],
        ),
        ({"output": {"batch_size": 5000, "linger_ms": 5}, "transaction": {"volume": {"rate": 500}}}, []),
        (
            {"output": {"batch_size": 5000}, "transaction": {"volume": {"rate": 9000}}},
            [
                "output.batch_size: 5,000 transactions are more than a send may hold; each batch goes as 6 sends of "
                "about 953"
            ],
        ),
        ({"output": {"batch_size": 500}, "transaction": {"volume": {"rate": 500}}}, []),
        (
            {"thresholds": {"min_rate": 600}, "transaction": {"volume": {"rate": 500}}},
            ["thresholds.min_rate: 600 is above the 500/s that is asked for, and will be missed"],
        ),
        (
            {"thresholds": {"min_rate": 600}, "output": {"rate_limit": 0.5}},
            ["thresholds.min_rate: 600 is above the 0.5/s that is asked for, and will be missed"],
        ),
        ({"thresholds": {"min_rate": 500}, "transaction": {"volume": {"rate": 500}}}, []),
        ({"thresholds": {"min_rate": 600}}, []),  # as many users as it takes
        ({"load": {"speedup": 60}}, ["load.speedup: has no effect without load.pattern weekly"]),
        (
            {"output": {"file": {"rotate_mb": 10}}},
            ["output.file.rotate_mb: has no effect with destination event_hub"],
        ),
        (
            {"output": {"event_hub": {"endpoint": "10.0.0.4:5671"}}},
            ["output.event_hub.endpoint: has no effect with the embedded hub, which is reached directly"],
        ),
    ],
)
def test_what_the_file_gives_in_vain_is_named(values: dict[str, object], lines: list[str]):
    assert warnings(Config.model_validate(values)) == lines


def test_what_the_command_line_sets_over_the_file_leaves_nothing_in_vain():
    config = Config.model_validate({"transaction": {"volume": {"rate": 200, "rate_per_user": 5}}})
    assert warnings(config, {("transaction", "volume", "rate")}) == []
    assert len(warnings(config)) == 1
