"""How long a run takes by its configuration."""

from typing import Any

import pytest

from paysim.config.run_length import ramp_length, run_length, stage_ends, stages_length
from paysim.config.schema import Config, Stage


def stage(duration: float, ramp: bool = False) -> Stage:
    return Stage(duration=duration, users=1, ramp=ramp)


def test_stages_end_one_after_another() -> None:
    stages = [stage(10), stage(0.5), stage(60)]
    assert stage_ends(stages) == [10, 10.5, 70.5]
    assert stages_length(stages) == 70.5
    assert stages_length([]) is None


@pytest.mark.parametrize(
    ("stages", "seconds"),
    [
        ([], 0),
        ([stage(10)], 0),
        ([stage(10, ramp=True), stage(5, ramp=True), stage(60), stage(5, ramp=True)], 15),
        ([stage(10, ramp=True)], float("inf")),
    ],
)
def test_stages_ramp_as_long_as_they_begin_with_a_ramp(stages: list[Stage], seconds: float) -> None:
    assert ramp_length(stages) == seconds


@pytest.mark.parametrize(
    ("volume", "stages", "seconds"),
    [
        ({}, [], None),
        ({"rate": 50}, [], None),
        ({"rate": 50, "total": 1_000}, [], 20),
        ({"total": 1_000, "rate": 50}, [{"duration": 20, "users": 1}, {"duration": 10, "users": 2}], 30),
    ],
)
def test_a_run_is_as_long_as_its_stages_or_its_total_at_its_rate(
    volume: dict[str, Any], stages: list[dict[str, Any]], seconds: float | None
) -> None:
    config = Config.model_validate({"transaction": {"volume": volume}, "load": {"stages": stages}})
    assert run_length(config) == seconds
