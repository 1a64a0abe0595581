"""Writes a data set: JSON Lines, CSV or Parquet, and its labels beside it."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from io import StringIO
from pathlib import Path
from typing import IO, Any

from paysim.config.sections.mapping import Mapping
from paysim.contract.labels import fraud_line, label_line

from . import tables
from .generate import Row

Write = Callable[[Sequence[Row]], None]
FORMATS = ("jsonl", "csv", "parquet")


class MissingExtra(Exception):
    """A format whose library is an optional extra is asked for; the text is one line for the user."""


def format_of(path: Path | None, named: str | None) -> str:
    """The format that is named, or else that the file's ending says; JSON Lines otherwise."""
    ending = path.suffix.removeprefix(".").lower() if path else ""
    return named or (ending if ending in FORMATS else "jsonl")


def labels_of(path: Path) -> Path:
    """Where the labels of a data set are."""
    return path.with_name(f"{path.name}.labels.jsonl")


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when it is whole, so that nobody takes half a data set for one. Until then, and where
    the process was killed, it is `NAME.part`. Pipes and devices are written as they come."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def writer(form: str, output: IO[bytes], mapping: Mapping) -> AbstractContextManager[Write]:
    """What writes rows in this format to a binary file. Raises MissingExtra."""
    if form == "csv":
        return _csv(output, mapping)
    if form == "parquet":
        return _parquet(output, mapping)
    return _jsonl(output)


@contextmanager
def _jsonl(output: IO[bytes]) -> Iterator[Write]:
    yield lambda rows: output.writelines(row.body + b"\n" for row in rows)


@contextmanager
def _csv(output: IO[bytes], mapping: Mapping) -> Iterator[Write]:
    kinds = tables.columns(mapping)
    text = StringIO(newline="")
    lines = csv.DictWriter(text, list(kinds), lineterminator="\n")
    lines.writeheader()

    def write(rows: Sequence[Row]) -> None:
        for row in rows:
            values = tables.row(row.body, kinds)
            lines.writerow(
                {name: "|".join(value) if isinstance(value, list) else value for name, value in values.items()}
            )
        output.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()

    yield write


@contextmanager
def _parquet(output: IO[bytes], mapping: Mapping) -> Iterator[Write]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("Parquet needs pyarrow: pip install 'paysim[parquet]'") from None
    kinds = tables.columns(mapping)
    types = {
        "string": arrow.string(),
        "double": arrow.float64(),
        "int64": arrow.int64(),
        "strings": arrow.list_(arrow.string()),
    }
    schema = arrow.schema([(name, types[kind]) for name, kind in kinds.items()])
    with parquet.ParquetWriter(output, schema, compression="zstd") as file:

        def write(rows: Sequence[Row]) -> None:
            found: list[dict[str, Any]] = [tables.row(row.body, kinds) for row in rows]
            file.write_table(arrow.Table.from_pylist(found, schema=schema))

        yield write


def labels(rows: Sequence[Row], first_line: int) -> bytes:
    """The labels of these rows as JSON Lines, each with its line (from 1) in the data set."""
    return b"".join(
        fraud_line(row.id, line) if row.label is None else label_line(row.id, row.label, row.part, line)
        for line, row in enumerate(rows, first_line)
        if row.label is not None or row.fraud
    )
