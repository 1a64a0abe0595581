"""The ledger: PostgreSQL where a URL is given, else an SQLite file. One table, a row a payment."""

import sqlite3
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

POSTGRESQL = """CREATE TABLE IF NOT EXISTS payments (
    payment_no bigserial PRIMARY KEY,
    transaction_id uuid NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""
SQLITE = """CREATE TABLE IF NOT EXISTS payments (
    payment_no INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    stored_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
)"""
INDEX = "CREATE INDEX IF NOT EXISTS payments_stored_at ON payments (stored_at)"


class Ledger(Protocol):
    """Where payments are stored."""

    def store(self, ids: Sequence[uuid.UUID]) -> None:
        """Store these, in one transaction."""


class PostgreSQL:
    """One connection, opened again where it is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._ready()

    def _ready(self) -> Any:
        import psycopg

        if self._connection is None:
            self._connection = psycopg.connect(self._url)
            self._connection.execute(POSTGRESQL)
            self._connection.execute(INDEX)
            self._connection.commit()
        return self._connection

    def store(self, ids: Sequence[uuid.UUID]) -> None:
        """Raises what psycopg raises; the caller tries again."""
        try:
            connection = self._ready()
            connection.execute("INSERT INTO payments (transaction_id) SELECT unnest(%s::uuid[])", (list(ids),))
            connection.commit()
        except Exception:
            self._connection = None
            raise


class SQLite:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, timeout=10)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(SQLITE)
        self._database.execute(INDEX)
        self._database.commit()

    def store(self, ids: Sequence[uuid.UUID]) -> None:
        with self._database:
            self._database.executemany("INSERT INTO payments (transaction_id) VALUES (?)", [(str(id),) for id in ids])


def ledger(url: str) -> Ledger:
    """url: postgresql://…, or sqlite:///PATH."""
    if url.startswith("sqlite:///"):
        return SQLite(Path(url.removeprefix("sqlite:///")))
    return PostgreSQL(url)
