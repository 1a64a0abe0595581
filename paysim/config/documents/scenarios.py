"""docs/SCENARIOS.md: every scenario, as its entry in the registry describes it."""

from collections.abc import Iterator
from pathlib import Path

from paysim.contract.labels import SCENARIOS, Scenario

PATH = Path("docs/SCENARIOS.md")
_HEAD = """\
# What goes wrong on purpose

`transaction.violations` names scenarios and their shares of all transactions. Each transaction of a scenario has a
label: in the application property `paysim-violation`, in `labels.jsonl` and in the summary. `paysim sample --scenario
NAME` prints one with all its transactions, and [`paysim score`](SIMULATOR-GUIDE.md#how-much-of-it-was-found) says how
much of it a pipeline found. This page is made from the scenarios by `python -m paysim.config.documents`.

```yaml
simulator:
  transaction:
    violations: {zero_amount: 0.001, duplicate: 0.002, structuring: 0.001}
```
"""


def text() -> str:
    """What docs/SCENARIOS.md holds."""
    return _HEAD + "".join("\n" + "\n".join(_part(scenario)) + "\n" for scenario in SCENARIOS.values())


def _part(scenario: Scenario) -> Iterator[str]:
    yield f"## {scenario.name}"
    yield ""
    yield scenario.about
    yield ""
    yield f"- **Why:** {scenario.why}"
    yield f"- **What a pipeline should do:** {scenario.pipeline}"
    if scenario.source:
        yield f"- **Source:** {scenario.source}."
    yield f"- **How it is seen:** {_seen(scenario)}"


def _seen(scenario: Scenario) -> str:
    if scenario.length > 1:
        return f"{scenario.length} transactions together are an episode; each is good by itself."
    if scenario.repeats:
        return "Its id has been there before."
    if scenario.is_good:
        return "The transaction is good: only the way in which it comes is not, so a pipeline has to take it."
    if not scenario.is_object:
        return "The body is no JSON object."
    if scenario.breaks_contract:
        return "The body breaks [the contract](transaction.schema.json)."
    return "The body keeps [the contract](transaction.schema.json): it takes more than its form to see it."
