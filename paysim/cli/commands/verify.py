"""`paysim verify`: did all of it arrive, asked after the run: of the hub, or of what a pipeline stored.

Exit code 0: all is there; 1: something is lost, there twice or unexpected, or that cannot be said; 2: a file or an
option is wrong; 3: the hub cannot be read.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

from paysim.cli.command import COMMANDS, Command
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.config.schema import Config
    from paysim.delivery.label_file import Labels
    from paysim.delivery.stored import Stored
    from paysim.summary.model import Summary


class Unusable(Exception):
    """What was given cannot be verified; the text is one line for the user."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--summary", type=Path, required=True, metavar="FILE", help="the run's summary.json")
    parser.add_argument("--ids", metavar="FILE", help="stored transaction ids, one a line; - for standard input")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help="where the hub is; default: as for a run")


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid."""
    from paysim.cli.configuration import load
    from paysim.summary.reading import NoSummary, read

    try:
        summary = read(args.summary)
        if args.ids is not None and args.config is not None:
            raise Unusable("--ids asks no hub: leave --config out")
        return _hub(summary, load(args.config).config) if args.ids is None else _ids(summary, args.summary, args.ids)
    except (NoSummary, Unusable) as error:
        print(error, file=sys.stderr)
        return ExitCode.UNUSABLE


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


# The hub


def _hub(summary: "Summary", config: "Config") -> int:
    from paysim.config.sections.mapping import Mapping
    from paysim.config.targets.connection_strings import EMBEDDED
    from paysim.contract.identity import Run
    from paysim.delivery import report
    from paysim.delivery.reading.process import ReadingRefused
    from paysim.delivery.reading.progress import shown
    from paysim.delivery.verification import Verification
    from paysim.eventhub.looking import Look

    output, positions = summary.config.output, summary.hub.positions
    if output.destination != "event_hub":
        raise Unusable(f"the run went to {summary.target}, which is no hub; compare its ids with --ids")
    if output.event_hub.connection_string == EMBEDDED:
        _tell(
            "the run's hub was its own (`embedded`) and ended with it; what was found at its end is in the summary, "
            "as `delivery`"
        )
        return ExitCode.UNREACHABLE
    hub = summary.hub.identity
    if not positions or hub is None:
        raise Unusable("the summary has no positions of the hub: they could not be noted when the run began")
    verification = Verification(config.output.event_hub, _address(summary, config), *_reading(config))
    try:
        look = verification.look(attach=True)
        first = {name: begin for name, (begin, _) in positions.items()}
        ends = {name: end for name, (_, end) in positions.items() if end is not None}
        if not ends:  # they could not be noted when the run had ended: everything that is there now may be the run's
            ends = look.ends
        elif missing := first.keys() - ends.keys():
            raise Unusable(f"the summary has no end of partition {min(missing)}")
        run = Run.from_id(summary.run_id)
        ordered = output.event_hub.partition_by != "round_robin"
        contract = summary.config.transaction.mapping == Mapping().model_dump()
        verification.begin(run, hub, first, ordered=ordered, contract=contract)
        with shown(_tell) as progress:
            end = Look(hub, {name: (0, after) for name, after in ends.items()})
            delivery = verification.finish(summary.producers, end, progress)
    except ReadingRefused as reason:
        print(reason, file=sys.stderr)
        return ExitCode.UNREACHABLE
    finally:
        verification.close()
    print(f"run {run.id} → {summary.target}")
    for line in report.lines(delivery, summary.transactions.acked):
        print(f"in the hub: {line}")
    for line in report.details(delivery.ranges, run):
        print(line)
    faults = (
        delivery.lost,
        delivery.duplicated,
        delivery.unexpected,
        delivery.out_of_order,
        delivery.after_last_report,
    )
    return ExitCode.MISSED if delivery.error or any(faults) else ExitCode.OK


def _address(summary: "Summary", config: "Config") -> str | None:
    """The connection string to read with, None: the configured one. Which hub that is, the hub says."""
    if config.output.embedded:
        raise Unusable(
            f"the run went to {summary.target}, and this configuration starts a hub of its own; "
            "set EVENTHUB_CONNECTION_STRING, or name the run's configuration with --config"
        )
    secret = config.verify.connection_string
    return secret.get_secret_value() if secret is not None else None


def _reading(config: "Config") -> tuple[str | None, float]:
    """Consumer group and time-out. Raises ConfigError where the group is missing."""
    from paysim.config.errors import ConfigError, ConfigFault
    from paysim.config.targets.target import Target

    if not (config.verify.consumer_group or "").strip() and not Target.of(config.output.event_hub).local:
        text = "is needed to verify against Azure; name a consumer group that nobody else reads with"
        raise ConfigError([ConfigFault("the configuration", None, ("verify", "consumer_group"), text)])
    return config.verify.consumer_group, config.verify.timeout


# A pipeline


def _ids(summary: "Summary", path: Path, source: str) -> int:
    from paysim.contract.identity import Run
    from paysim.delivery import id_list, report, stored
    from paysim.delivery.reading.progress import shown

    labels = _labels(summary, path)
    try:
        with ExitStack() as stack:
            stream = sys.stdin.buffer if source == "-" else stack.enter_context(_opened(source))
            progress = stack.enter_context(shown(_tell))
            given = id_list.Ids(stream)
            found = stored.judge(summary, given, labels, lambda count: progress(count, 0))
    except id_list.BadLines as error:
        raise Unusable(f"{'standard input' if source == '-' else source}: {error}") from None
    print(f"run {summary.run_id} → {summary.target}")
    for line in _pipeline_lines(summary, found, labelled=labels is not None):
        print(line)
    if given.null:
        print(f"rows without an id: {given.null:,}")
    for line in report.details(found.findings.ranges, Run.from_id(summary.run_id)):
        print(line)
    return ExitCode.OK if found.passed else ExitCode.MISSED


def _opened(source: str) -> IO[bytes]:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise Unusable(f"{source}: cannot be read: {(error.strerror or 'error').lower()}") from None


def _labels(summary: "Summary", path: Path) -> "Labels | None":
    """The run's labels, where it wrote any: at their path, or beside the summary. Raises Unusable."""
    from paysim.contract.identity import Run
    from paysim.delivery import label_file

    written = summary.config.report.labels
    if written is None:
        return None
    named = Path(written.replace("{run_id}", summary.run_id))
    folder = path if path.is_dir() else path.parent
    places = [named, folder / named.name]
    file = next((place for place in places if place.exists()), None)
    if file is None and not any(summary.transactions.violations.values()):
        return None  # there was nothing to label
    if file is None:
        raise Unusable(f"the run wrote its labels to {named}, which is neither there nor beside the summary")
    try:
        found = label_file.read(file, Run.from_id(summary.run_id).number)
    except label_file.BadLabels as error:
        raise Unusable(str(error)) from None
    counts, sent = found.counts(), summary.transactions.violations
    for name in sorted(counts.keys() | sent.keys()):
        if (there := counts.get(name, 0)) != (wanted := sent.get(name, 0)):
            raise Unusable(
                f"{file}: holds {there:,} labels {name} of the run, and it sent {wanted:,}: "
                "the file is cut, or is another's; put the whole one there"
            )
    return found


def _pipeline_lines(summary: "Summary", stored: "Stored", *, labelled: bool) -> Iterator[str]:
    from paysim.contract.labels import is_good

    findings = stored.findings
    lost = f"{findings.lost:,} LOST" if findings.lost else "none lost"
    good = "good transactions" if labelled else "transactions"
    there = findings.acked - findings.lost
    yield f"{there:,} of {findings.acked:,} {good} that the hub acknowledged are stored; {lost}"
    others = f"of other runs: {findings.foreign:,}"
    yield f"stored twice: {findings.duplicated:,}; unexpected: {findings.unexpected:,}; {others}"
    if findings.unknown_arrived:
        yield f"stored though their outcome was unknown: {findings.unknown_arrived:,}"
    for label, (sent, there) in stored.labels.items():
        yield f"{'good' if is_good(label) else 'bad'}, {label}: {sent:,} sent, {there:,} stored, {sent - there:,} not"
    if stored.bad:
        yield f"{stored.bad:,} BAD ones are stored that should have been rejected"
    bad = sum(count for label, count in summary.transactions.violations.items() if not is_good(label))
    if bad and not labelled:
        yield f"note: {bad:,} bad transactions were sent; with report.labels those that were rejected would not be lost"


COMMANDS.add(
    Command(
        name="verify",
        help="say whether all that a run sent is in the hub, or in a database",
        description="Hold a run's summary against its hub, read from the positions in the summary, or against the "
        "transaction ids that a pipeline stored. Exit code 0: all is there; 1: lost, there twice, unexpected, or "
        "not verifiable; 2: a bad file; 3: the hub cannot be read.",
        epilog="example: psql -At -c 'SELECT transaction_id FROM payments' | "
        "paysim verify --summary output/latest/summary.json --ids -",
        arguments=_arguments,
        run=run,
    )
)
