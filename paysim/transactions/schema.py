"""`python -m paysim.transactions.schema` writes docs/transaction.schema.json and docs/transaction.avsc, with all
registered payment methods."""

from pathlib import Path

from paysim.config.sections.mapping import Mapping
from paysim.contract.model import schema_text

from .events.mapping import CompiledMapping


def avro_schema(mapping: Mapping | None = None) -> str:
    """The schema of Avro events: of the contract, or of what a mapping makes of it."""
    avro = CompiledMapping(mapping or Mapping(), "avro").avro
    assert avro is not None
    return avro.schema_text


if __name__ == "__main__":  # pragma: no cover - a developer's one-liner; a test compares the files
    Path("docs/transaction.schema.json").write_text(schema_text(), encoding="utf-8")
    Path("docs/transaction.avsc").write_text(avro_schema(), encoding="utf-8")
