"""`paysim lifecycle`: does what follows payments in a data set keep to the rules?"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.transactions.dataset.lifecycle_rules import Checked


_LACKS = "missing_follow_up"


class _Unreadable(Exception):
    """A line that is no transaction of the contract."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON Lines in order of time; -: standard input")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="labelled transactions: only scenarios of what follows payments keep to the rules (default: "
        "FILE.labels.jsonl, if there is one)",
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 1 where a rule is broken or something is overdue, 2 where the file cannot be read."""
    import paysim.transactions  # noqa: F401  (registers the scenarios that labels name)
    from paysim.contract.labels import in_lifecycle
    from paysim.transactions.dataset.lifecycle_rules import Checker

    checker = Checker()
    try:
        labelled = _labelled(args)
        for number, event in _events(args.file):
            try:
                label = labelled.get(number) or labelled.get(event["transaction_id"])
                if label is None or in_lifecycle(label):
                    checker.check(event, lacks=label == _LACKS)
            except KeyError as error:
                raise _Unreadable(
                    f"{args.file}:{number}: no field {error.args[0]}; mapped events cannot be checked"
                ) from None
    except _Unreadable as error:
        return refused("lifecycle", str(error))
    except OSError as error:
        return refused("lifecycle", f"{error.filename or args.file}: {error.strerror or error}")
    checker.end()
    if not checker.found.counts:
        return refused("lifecycle", f"{args.file}: holds no transactions")
    return _show(checker.found)


def _labelled(args: argparse.Namespace) -> dict[str | int, str]:
    """The labels of what a scenario made, by line where they have one, since a copy has the id of a good one, else by
    id. Fraud in truth keeps to the rules."""
    path: Path = args.labels or args.file.with_name(f"{args.file.name}.labels.jsonl")
    if args.labels is None and not path.is_file():
        return {}
    labels = (label for _, label in _events(path) if "violation" in label)
    return {label.get("line", label["transaction_id"]): label["violation"] for label in labels}


def _events(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    import orjson

    with sys.stdin.buffer if path == Path("-") else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise _Unreadable(f"{path}:{number}: {error}") from error
            if not isinstance(event, dict):
                raise _Unreadable(f"{path}:{number}: is no JSON object")
            yield number, event


def _show(found: "Checked") -> int:
    for (type_, status), number in sorted(found.counts.items(), key=lambda item: -item[1]):
        print(f"{number:12,}  {type_} {status}")
    for rule, number in found.broken.most_common():
        print(f"{number:12,}  BROKEN: {rule}, such as {', '.join(found.examples[rule])}")
    if found.missing:
        print(f"{found.missing:12,}  lack what should have followed, as their labels say ({_LACKS})")
    if found.overdue:
        shown = ", ".join(found.overdue[:5])
        print(f"{len(found.overdue):12,}  OVERDUE: for more than a fortnight what should follow is missing: {shown}")
    whole = sum(found.counts.values())
    said = f"{sum(found.broken.values()):,} break a rule" if found.broken else "no rule is broken"
    late = f"; overdue: {len(found.overdue):,}" if found.overdue else ""
    print(f"{whole:,} transactions, {said}{late}")
    return ExitCode.MISSED if found.broken or found.overdue else ExitCode.OK


COMMANDS.add(
    Command(
        name="lifecycle",
        help="check what follows payments in a data set",
        description="Hold what follows payments against its rules: what may follow what, sums of captures, refunds and "
        "disputes at every moment, order, and references. Reads events of the contract as JSON Lines and knows nothing "
        "of how they were made. Exit code 1 where a rule is broken, or a payment without a label has waited for more "
        "than a fortnight for what should follow.",
        arguments=_arguments,
        run=run,
    )
)
