"""`paysim generate`: a data set in a file or on standard output, with a progress bar on standard error."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

from paysim.cli.arguments import WHICH_FILE, whole
from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode
from paysim.progress import bar

if TYPE_CHECKING:
    from paysim.transactions.dataset.generate import DatasetPlan, Row
    from paysim.transactions.following import FollowUpFigures
    from paysim.transactions.generator import TransactionGenerator


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to (default, and -: standard output)")
    parser.add_argument("--format", choices=("jsonl", "csv", "parquet"), help="default: by FILE's ending, else jsonl")
    parser.add_argument("--total", type=whole(1, 10**10), metavar="N", help="default: volume.total, else 10,000")
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), help="repeat the whole byte for byte")
    parser.add_argument(
        "--hook", type=Path, metavar="FILE", help="a Python file whose @paysim.on_transaction changes each transaction"
    )
    parser.add_argument("--config", type=Path, metavar="CONFIG", help=WHICH_FILE)


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid. Exit code 2 where it cannot be written as asked."""
    from paysim.cli.configuration import load

    config = load(args.config).config
    # Faker and numpy take a while to import: only this command waits for them.
    from paysim.transactions import hook
    from paysim.transactions.dataset import files
    from paysim.transactions.dataset import generate as dataset

    output = None if args.output == Path("-") else args.output
    form = files.format_of(output, args.format)
    try:
        functions = hook.of_file(args.hook) if args.hook else []
    except hook.HookError as error:
        return refused("generate", str(error))
    plan = dataset.plan(config, total=args.total, seed=args.seed, functions=functions)
    if fault := _fault(plan, form, output):
        return refused("generate", fault)
    try:
        said = _write(plan, form, output)
    except BrokenPipeError:
        raise  # the reader has what it wanted
    except OSError as error:
        where = error.filename or output or "standard output"
        return refused("generate", f"{where}: {error.strerror or error}")
    except (files.MissingExtra, hook.HookError) as error:
        return refused("generate", str(error))
    if output is not None:
        print(f"{output}: {said}", file=sys.stderr)
    return ExitCode.OK


def _fault(plan: "DatasetPlan", form: str, output: Path | None) -> str | None:
    from paysim.config.mix import mix_of
    from paysim.contract.labels import SCENARIOS
    from paysim.transactions.scenarios.episodes import EpisodeScenario

    config = plan.config
    methods = mix_of(config.transaction).methods
    most = round(plan.total * max(methods.values()))
    wanted = {name: SCENARIOS[name] for name, share in config.transaction.violations.items() if share}
    for name, scenario in wanted.items():
        if isinstance(scenario, EpisodeScenario) and most < scenario.length:
            of = f"{plan.total:,} transactions have {most:,} of one payment method"
            return f"violations.{name} is a run of {scenario.length} payments; {of}"
    broken = [name for name, scenario in wanted.items() if not scenario.is_object]
    if form != "jsonl" and broken:
        return f"violations.{broken[0]} is no row of a table; write JSON Lines, or leave it out"
    if form == "parquet" and output is None:
        return "Parquet needs --output FILE"
    return None


def _write(plan: "DatasetPlan", form: str, path: Path | None) -> str:
    """Returns what to say of it."""
    from paysim.transactions.dataset import files
    from paysim.transactions.dataset import generate as dataset
    from paysim.transactions.reach import said as unreached

    with ExitStack() as stack:
        output: IO[bytes] = sys.stdout.buffer
        labels: IO[bytes] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            output = stack.enter_context(files.whole(path))
            if path.is_file() or not path.exists() or any(plan.config.transaction.violations.values()):
                labels = stack.enter_context(files.whole(files.labels_of(path)))
        write = stack.enter_context(files.writer(form, output, plan.config.transaction.mapping))
        line, labelled, waiting = 1, 0, 0
        followed: list[FollowUpFigures] = []
        short: list[str] = []

        def at_end(generator: "TransactionGenerator") -> None:
            nonlocal waiting
            waiting = generator.copies_waiting
            short.extend(unreached(generator.shortfalls))
            if generator.following is not None:
                followed.append(generator.following)

        shown = path is not None or not sys.stdout.isatty()
        for rows in _with_progress(dataset.slices(plan, at_end), plan.total, shown):
            write(rows)
            if labels is not None:
                labels.write(files.labels(rows, line))
                labelled += sum(row.label is not None or row.fraud for row in rows)
            line += len(rows)
    sys.stdout.flush()
    for told in short:
        print(f"paysim generate: {told}", file=sys.stderr)
    for figures in followed:
        print(f"paysim generate: {_followed(figures)}", file=sys.stderr)
    said = f"{line - 1:,} transactions"
    if line <= plan.total:
        said += f" ({plan.total - line + 1:,} dropped)"
    if path and labelled:
        said += f", {labelled:,} of them labelled in {files.labels_of(path).name}"
    return f"{said}; {waiting:,} second messages would come after its end" if waiting else said


def _followed(figures: "FollowUpFigures") -> str:
    """What followed payments, and what would have come after the end."""
    counts = ", ".join(f"{number:,} {type_}" for type_, number in figures.counts.most_common())
    said = f"follow-ups: {counts or 'none'}; {figures.open:,} payments have something due after the end"
    return f"{said}; {figures.thinned:,} have none, for want of room" if figures.thinned else said


def _with_progress(slices: "Iterator[list[Row]]", total: int, shown: bool) -> "Iterator[list[Row]]":
    """The slices as they come, with a bar on standard error where that is a terminal and the data go elsewhere."""
    done = 0
    with bar("generating", stays=True) if shown else nullcontext() as progress:
        for rows in slices:
            yield rows
            done += len(rows)
            if progress is not None:
                progress(done, total)


COMMANDS.add(
    Command(
        name="generate",
        help="write a data set",
        description="Write transactions of a whole window, sorted by time: the configured one, or else the last seven "
        "days. With a seed the bytes repeat. Labels (violations, and what is fraud) go to FILE.labels.jsonl. FILE "
        "appears when it is whole, until then it is FILE.part. Nothing is sent.",
        arguments=_arguments,
        run=run,
    )
)
