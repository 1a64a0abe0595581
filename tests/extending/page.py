"""docs/EXTENDING.md, made from the changes that the tests make: `python -m tests.extending.page` writes it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "EXTENDING.md"
CHANGES = Path(__file__).parent / "changes"


@dataclass(frozen=True)
class Change:
    """title: what is added. change: a file of `changes`; its test makes the change in a copy of paysim."""

    title: str
    text: str
    change: str | None = None
    test: str | None = None


INTRODUCTION = """# Extending paysim

Ten things that people add. Each is one new file or one row; everything else that shows or takes it follows from there.
Where code is shown it is that of [tests/extending](../tests/extending): the tests put it into a copy of paysim, change
no other line, and show it working from end to end. This page is made from the same files by
`python -m tests.extending.page`. [ARCHITECTURE.md](ARCHITECTURE.md) has the rooms and what each may import.
"""

TEN = (
    Change(
        "A payment method",
        """Put one file into `paysim/transactions/methods`: the model of its `payment_details`, a subclass of `Method`
(`paysim/transactions/methods/base.py` says what each part means), and `METHODS.add`. Users, tasks, the
default mix, the mapping's fields, the JSON Schema and the guide's tables follow. With a weight in the default
mix, add it to both files of `config` too.""",
        "gift_card",
        "test_payment_method.py",
    ),
    Change(
        "A country",
        """Add one row to `paysim/transactions/world/countries.py`. People and ids of the other countries stay the same.
A scheme of bank transfers that no country has yet is one more entry of `SCHEMES` in
`paysim/transactions/methods/bank_schemes.py`.""",
        "switzerland",
        "test_country.py",
    ),
    Change(
        "A scenario",
        """Add a function or an object to `paysim/transactions/scenarios`, in the file of its family or in a new one.
`field_edit` changes fields, `body_edit` breaks the body, `episode` tells of several payments by the same
customer. The docstring says what is wrong, why that happens and what a pipeline should do; the guide's table and
docs/SCENARIOS.md show it. For one that changes fields,
say in `BREAKS` of `tests/transactions/scenarios/checks.py` what exactly is wrong: nothing else may be.""",
        "missing_merchant",
        "test_scenario.py",
    ),
    Change(
        "A destination",
        """All of it may stand in one file.

1. Write a class that keeps the promises of `Publisher` in `paysim/publishers/base.py`. Each transaction has
   one outcome. `send` returns at once, or reports the outcome at once. `paysim/publishers/jsonl/stdout.py` is
   a short one to copy.
2. Write a file in `paysim/publishers/destinations` with a subclass of `PublishingDestination`: its name in
   the YAML, its request type, the host that it leads to, its place in words, and how its publisher is made.
   `DESTINATIONS.add(…)` registers it. A destination that leads to a host passes the same gate as an event
   hub, and `paysim check` shows where it leads and whether that may be loaded.
3. Options of its own are a section in `paysim/config/sections/output.py`; `section` names it.
4. What it imports stays in `paysim/publishers`; import-linter checks it.""",
        "collector",
        "test_destination.py",
    ),
    Change(
        "A threshold",
        """Add one row to `paysim/config/sections/thresholds.py`: key, limit, meaning, and which figure of the summary
is measured. `paysim check`, verdict, JUnit, Markdown, the guide's table and the exit code follow. Test both
answers.""",
        "median",
        "test_threshold.py",
    ),
    Change(
        "A counter",
        """Add one row to `HubCounters` of `paysim/summary/counters.py`: what happening it counts, and where it is
shown. The tab *Event Hub* and its CSV, tiles and chart of the page, /metrics and `hub` of the summary follow;
`python -m paysim.summary.schema` writes the schema of the summary anew. A happening that publishers do not tell
yet is a class there, and is told where it happens, as in `paysim/publishers/hub/figures.py`. What is counted of
follow-ups is a row of `FollowUpCounters`, with a row in the tab *Follow-ups*.""",
        "full_batches",
        "test_counter.py",
    ),
    Change(
        "A fault of the local hub",
        """Put one entry into `paysim/localhub/faults`, in the file of its family or in a new one: name, meaning, when
it acts and what it does. `paysim/localhub/faults/base.py` has the kinds. The command line and its help follow.""",
        "accept_unstored",
        "test_fault.py",
    ),
    Change(
        "An arrival pattern",
        """Add one class to `paysim/config/arrivals.py`: its name in the YAML, and what draws the gaps between arrivals,
in mean gaps. Schema, guide and every run follow. Test it without a clock in
`tests/loadtest/pacing/test_schedule.py`.""",
        "bursts",
        "test_arrivals.py",
    ),
    Change(
        "A table of the web UI",
        """Put one file into `paysim/loadtest/web/tables`: a `Table` with its columns and its rows, made of a snapshot
of the run, and `TABLES.add`. The tab, its CSV file and the links to it follow.""",
        "latency",
        "test_web_table.py",
    ),
    Change(
        "A command",
        """Put one file into `paysim/cli/commands`: a `Command` with its arguments and what it runs, and `COMMANDS.add`.
Import what is slow when it runs. `paysim --help` follows.""",
        "methods",
        "test_command.py",
    ),
)


def page() -> str:
    """The whole document."""
    return "\n".join([INTRODUCTION, *map(_part, TEN)])


def _part(each: Change) -> str:
    lines = [f"## {each.title}", "", each.text, ""]
    if each.change is not None:
        code = (CHANGES / f"{each.change}.py").read_text(encoding="utf-8").rstrip()
        lines += ["```python", code, "```", "", f"Shown by [{each.test}](../tests/extending/{each.test}).", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
