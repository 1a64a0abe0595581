"""An arrival pattern is one class."""

import itertools
import json
from datetime import datetime

from .house import House


def test_a_class_in_arrivals_is_a_pattern_that_a_run_follows(house: House) -> None:
    house.append("bursts", "config/arrivals.py")
    assert "| `transaction.volume.arrivals` | `uniform` | one of uniform, poisson, bursts |" in house.tables()
    wrong = house.config(transaction={"volume": {"rate": 100, "arrivals": "burst"}})
    assert 'must be one of uniform, poisson, bursts, not "burst"; did you mean bursts?' in house.run(
        "paysim", "check", wrong, expected=2
    )
    config = house.config(
        transaction={"volume": {"rate": 100, "arrivals": "bursts"}},
        output={"destination": "file", "batch_size": 1},
    )
    _, summary = house.load_test(config)
    assert summary["rate"]["asked"]["reached"]
    (file,) = (house.folder / "output").glob("2*/transactions.jsonl")
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    moments = sorted(datetime.fromisoformat(event["transaction_timestamp"]) for event in events)
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(moments)]
    assert len(gaps) > 100
    together = sum(gap < 0.005 for gap in gaps)  # evenly spaced, each would be 10 ms
    assert together > 0.7 * len(gaps)
