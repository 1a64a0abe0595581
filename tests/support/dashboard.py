"""What the Grafana dashboard asks for."""

import json
import re
from collections.abc import Iterator

from tests.support.environment import ROOT

BEHIND = re.compile(r"paysim_(stage|hop|consumer)_")
"""What only a run has that is watched behind its hub."""
DASHBOARD = ROOT / "docs" / "grafana-dashboard.json"


def queries(node: object) -> Iterator[str]:
    """Every PromQL text of the dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query") and isinstance(value, str):
                yield value
            else:
                yield from queries(value)
    elif isinstance(node, list):
        for item in node:
            yield from queries(item)


def dashboard_metrics() -> set[str]:
    asked = " ".join(queries(json.loads(DASHBOARD.read_text())))
    return set(re.findall(r"paysim_\w+", asked))
