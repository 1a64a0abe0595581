"""`python -m paysim.transactions.schema` writes docs/transaction.schema.json, with all registered payment methods."""

from pathlib import Path

from paysim.contract.model import schema_text

if __name__ == "__main__":  # pragma: no cover - a developer's one-liner; a test compares the file
    Path("docs/transaction.schema.json").write_text(schema_text(), encoding="utf-8")
