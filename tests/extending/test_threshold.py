"""A threshold is one row."""

import json
from typing import Any

from .house import House

MEANING = "Milliseconds that half of the transactions may take."


def _run(house: House, limit: float, expected: int) -> tuple[str, dict[str, Any], str]:
    config = house.config(
        output={"destination": "file"}, thresholds={"p50_ms": limit}, report={"junit": "output/junit.xml"}
    )
    said, summary = house.load_test(config, expected)
    return said, summary, (house.folder / "output/junit.xml").read_text(encoding="utf-8")


def test_a_row_in_thresholds_is_an_option_everywhere(house: House) -> None:
    house.append_row("median", "config/sections/thresholds.py")
    assert f"| `thresholds.p50_ms` | `null` | a number above 0 | yes | {MEANING} |" in house.tables()
    example = (house.folder / "config/simulator_config.yaml.example").read_text(encoding="utf-8")
    assert f"##    {MEANING}\n#     p50_ms: null\n" in example
    editors = json.loads((house.folder / "docs/config.schema.json").read_text(encoding="utf-8"))
    assert editors["$defs"]["Thresholds"]["properties"]["p50_ms"]["description"] == MEANING
    wrong = house.config(thresholds={"p50_ms": 0})
    assert "thresholds.p50_ms: must be a number above 0, not 0" in house.run("paysim", "check", wrong, expected=2)


def test_a_run_is_judged_by_it(house: House) -> None:
    house.append_row("median", "config/sections/thresholds.py")
    said, summary, junit = _run(house, 60_000, expected=0)
    assert "threshold     ✓ p50_ms  ≤ 60,000 ms " in said
    assert summary["thresholds"] == [
        {"name": "p50_ms", "limit": 60000.0, "actual": summary["latency_ms"]["response"]["p50"], "ok": True}
    ]
    assert 'name="p50_ms ≤ 60,000"' in junit

    said, summary, junit = _run(house, 1e-6, expected=1)
    assert summary["verdict"]["outcome"] == "failed"
    (reason,) = summary["verdict"]["reasons"]
    assert reason.startswith("p50_ms was ") and reason.endswith(", and has to be ≤ 1e-06")
    assert "p50_ms was" in junit
