"""A summary as a file has it."""

import json
from typing import Any

from paysim.delivery.reconcile import Findings
from paysim.delivery.verification import delivery
from paysim.loadtest.report import summary
from paysim.summary.model import Outcome, Percentiles
from tests.support.accounts import account, facts


def whole() -> dict[str, Any]:
    """A summary as a file has it."""
    made = summary.make(facts(duration_s=10.0), [account(0, 10_000)])
    made.latency_ms.response = Percentiles(p50=10.0, p90=15.0, p95=20.0, p99=40.0, p999=50.0, max=60.0)
    made.verdict, made.exit_code = Outcome(outcome="passed", exit_code=0, reasons=[]), 0
    made.delivery = delivery(Findings(acked=10_000, arrived=10_000), 0, None, None, 1.0)
    written: dict[str, Any] = json.loads(json.dumps(made.model_dump()))
    return written


A = whole()
