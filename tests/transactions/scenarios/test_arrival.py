"""Steps that have to arrive at once, in a country whose transfers settle on banking days only."""

from typing import Any

import orjson

from paysim.config.schema import Config
from paysim.transactions.dataset import generate

PASSED_ON = ("mule_chain", "fan_in", "cycle", "authorised_push_payment", "rapid_pass_through")
ACH: dict[str, Any] = {
    "violations": dict.fromkeys(PASSED_ON, 0.02),
    "patterns": {"countries": {"US": 1}, "payment_methods": {"bank_transfer": 1}},
    "timestamps": {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"},
    "volume": {"total": 5_000},
}


def test_stolen_money_is_passed_on_when_it_has_arrived() -> None:
    plan = generate.plan(Config.model_validate({"seed": 3, "transaction": ACH}))
    rows = [row for rows in generate.slices(plan) for row in rows]
    statuses = [(row.label in PASSED_ON, orjson.loads(row.body)["payment_status"]) for row in rows]
    assert (False, "pending") in statuses
    assert {status for told, status in statuses if told} == {"completed"}
