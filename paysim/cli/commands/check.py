"""`paysim check`: is this configuration valid, where does it lead, may that be loaded, and what does it need?

Standard output is a few lines of that, or with `--full` YAML, the effective configuration, with the same as comments
below it; warnings and faults go to standard error.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paysim.cli.arguments import WHICH_FILE
from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.config.loaded_config import Loaded
    from paysim.config.schema import Config


def _arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("config", nargs="?", type=Path, metavar="CONFIG", help=WHICH_FILE)
    which.add_argument("--config", dest="option", type=Path, metavar="CONFIG", help="another way to name it")
    parser.add_argument(
        "--full", action="store_true", help="print the whole configuration as YAML, with all defaults, secrets masked"
    )
    parser.add_argument("--schema", action="store_true", help="print the schema of its Avro events and nothing else")


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid, or its target may not be loaded."""
    # They take a while to import: `--help` does not wait for them.
    import yaml

    from paysim.cli.configuration import load
    from paysim.config.capacity import needs_lines
    from paysim.config.pipeline_lines import pipeline_lines
    from paysim.config.sections.mapping import passing
    from paysim.config.warnings import warnings
    from paysim.transactions.behaviour.mix.margins import margin_warnings, mix_lines
    from paysim.transactions.lifecycle.speedup import follow_up_lines
    from paysim.transactions.reach import reach_warnings

    loaded = load(args.config or args.option)
    if args.schema:
        if loaded.config.output.format != "avro":
            return refused("check", "--schema is of Avro events, and output.format is json")
        from paysim.transactions.schema import avro_schema

        sys.stdout.write(avro_schema(loaded.config.transaction.mapping))
        return ExitCode.OK
    source = str(loaded.source or "defaults, no file")
    facts = [("target", _target(loaded)), *(("needs", line) for line in needs_lines(loaded.config))]
    facts += [("pipeline", line) for line in pipeline_lines(loaded.config)]
    facts += [("lifecycle", line) for line in follow_up_lines(loaded.config)]
    facts += [("auto", line) for line in mix_lines(loaded.config, full=args.full)]
    is_full = loaded.config.transaction.lifecycle == "full"
    for path, values in passing(loaded.config.transaction.mapping, lifecycle=is_full).items():
        facts.append(("unmapped", f"{path}: {', '.join(values)} pass as they are"))
    facts += [("dropped", line) for line in _dropped(loaded.config)]
    facts += _event(loaded.config)
    if args.full:
        yaml.safe_dump({"simulator": loaded.masked()}, sys.stdout, sort_keys=False, allow_unicode=True, width=1000)
        for name, fact in [("source", source), *facts]:
            print(f"# {name}: {fact}")
    else:
        print(f"{source}: valid{'' if _may_run(loaded) else ', but it must not be run'}")
        for name, fact in facts:
            print(f"  {name:<9} {fact}")
        print("  more      --full prints all of it, with its defaults")
    sys.stdout.flush()
    for text in [*warnings(loaded.config), *margin_warnings(loaded.config), *reach_warnings(loaded.config)]:
        print(f"warning: {text}", file=sys.stderr)
    loaded.require_allowed()
    return ExitCode.OK


def _dropped(config: "Config") -> Iterator[str]:
    """What of the contract a mapping leaves out."""
    from paysim.contract.fields import OBJECTS, fields

    goes_out = config.transaction.mapping.goes_out
    whole = [name for name in OBJECTS if not goes_out(name)]
    apart = [path for path in fields() if path.split(".")[0] not in whole and not goes_out(path)]
    if whole or apart:
        yield ", ".join([*apart, *whole])


def _event(config: "Config") -> Iterator[tuple[str, str]]:
    """Where there is a mapping or a format: one event as it will be sent, of a population that is quickly made."""
    from paysim.config.sections.mapping import Mapping

    in_avro = config.output.format == "avro"
    if config.transaction.mapping == Mapping() and not in_avro:
        return
    import orjson

    from paysim.config.mix import mix_of
    from paysim.contract.identity import Run
    from paysim.transactions.generator import TransactionGenerator

    few = config.transaction.population.model_copy(update={"customers": 50, "merchants": 50})
    transaction = config.transaction.model_copy(update={"population": few, "violations": {}})
    generator = TransactionGenerator(config.model_copy(update={"transaction": transaction}), run=Run.new(), producer=0)
    method = max(mix_of(config.transaction).methods.items(), key=lambda item: item[1])[0]
    batch = generator.batch(method, 1)
    if batch.properties is not None:
        yield "property", batch.properties[0].decode()
    if batch.keys is not None:
        yield "key", batch.keys[0]
    [body] = batch.bodies
    if in_avro:
        registry = config.output.schema_registry
        kind = config.content_type + ("" if registry is None else "+ID")
        yield "format", f"{kind}, this event in {len(body):,} bytes; --schema prints the schema"
        if registry is not None:
            missing = "registered where it is missing" if registry.auto_register else "which must have it"
            yield "registry", f"{registry.target.key} is asked for the ID of {registry.name}, {missing}"
    shown = _decoded(body, config) if in_avro else orjson.loads(body)
    for line in orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode().splitlines():
        yield "event", line


def _decoded(body: bytes, config: "Config") -> Any:
    from io import BytesIO

    import fastavro
    import orjson

    from paysim.transactions.schema import avro_schema

    schema = orjson.loads(avro_schema(config.transaction.mapping))
    return fastavro.schemaless_reader(BytesIO(body), fastavro.parse_schema(schema), None)


def _may_run(loaded: "Loaded") -> bool:
    from paysim.config.loaded_config import refusals, refusals_beside

    return not refusals(loaded.config) and not refusals_beside(loaded.config)


def _target(loaded: "Loaded") -> str:
    from paysim.config.targets import destinations

    return destinations.of(loaded.config.output).line(loaded.config.output)


COMMANDS.add(
    Command(
        name="check",
        help="validate a configuration and say where it leads and what it needs",
        description="Validate a configuration; say where it leads, whether that may be loaded, and what the configured "
        "rate needs. Exit code 0, or 2 where it cannot be run.",
        arguments=_arguments,
        run=run,
    )
)
