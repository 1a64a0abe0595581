"""Rate plans of short configurations."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from paysim.config.schema import Config
from paysim.loadtest.pacing.rate_plan import RatePlan

MONDAY_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()


def rate_plan(
    rate: float | None = None,
    limit: float | None = None,
    stages: Sequence[dict[str, Any]] = (),
    started: float = MONDAY_NOON,
    own_rates: float = 0.0,
    **sections: Any,
) -> RatePlan:
    config = {
        "output": {"rate_limit": limit},
        "transaction": {"volume": {"rate": rate}, **sections.pop("transaction", {})},
        "load": {"stages": list(stages), **sections},
    }
    return RatePlan(Config.model_validate(config), started, own_rates=own_rates)


STAGES = [
    {"duration": 10, "users": 1},
    {"duration": 10, "users": 1, "rate": 500},
    {"duration": 10, "users": 1, "rate": 100, "ramp": True},
]
