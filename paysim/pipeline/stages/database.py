"""A database that is read: its driver, its session and its clock. `database_stage` has the questions.

SQLAlchemy Core and the drivers are extras, imported where they are used. The session reads only, by its own setting,
and each statement has a time-out.
"""

import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paysim.config.sections.pipeline import SqlStage
from paysim.config.targets import connection_strings, database_urls

from . import column_times
from .clock import OtherClock

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine

STATEMENT_SECONDS = 20
TIME_SECONDS = 30.0
"""How often it is asked for its time."""
_NOW = {
    "postgresql": "SELECT clock_timestamp()",
    "mssql": "SELECT SYSUTCDATETIME()",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
}
_SETTINGS = {
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
        "SET TIME ZONE 'UTC'",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", f"SET SESSION max_execution_time = {STATEMENT_SECONDS * 1000}"),
    "mssql": (f"SET LOCK_TIMEOUT {STATEMENT_SECONDS * 1000}",),
    "sqlite": ("PRAGMA query_only = ON",),
}


class Unavailable(Exception):
    """The database cannot be watched: a driver is missing, or the URL is wrong. One line for the user."""


def engine_of(stage: SqlStage) -> "Engine":
    """Raises Unavailable where SQLAlchemy or the driver is missing."""
    place = stage.place
    driver = place.driver or database_urls.DRIVERS[place.kind]
    try:
        from sqlalchemy import create_engine, make_url
        from sqlalchemy.pool import NullPool
    except ImportError:
        raise Unavailable("a stage of kind sql needs SQLAlchemy: pip install 'paysim[pipeline]'") from None
    url = make_url(stage.url.get_secret_value())
    if driver:
        url = url.set(drivername=f"{place.kind}+{driver}")
    options: dict[str, Any] = {"timeout": 10} if place.kind == "sqlite" else {}
    if place.kind in ("postgresql", "mysql"):
        options = {"connect_timeout": 10}
    if place.kind == "postgresql":
        options["client_encoding"] = "utf8"  # else texts of a database in SQL_ASCII are bytes
    try:
        return create_engine(
            url, isolation_level="AUTOCOMMIT", hide_parameters=True, poolclass=NullPool, connect_args=options
        )
    except ImportError:
        extra = {"postgresql": "postgresql", "mssql": "sqlserver", "mysql": "mysql"}.get(place.kind, "pipeline")
        text = f"a database of kind {place.kind} needs the driver {driver}: pip install 'paysim[{extra}]'"
        raise Unavailable(text) from None
    except Exception as error:
        raise Unavailable(f"the database URL cannot be used: {reason(error)}") from None


def reason(error: BaseException) -> str:
    """Why a database refuses, on one line, without a secret."""
    text = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return connection_strings.masked(text)[:200] or type(error).__name__


class Database:
    """One session, opened again when it is lost. Not for several threads at once."""

    def __init__(self, stage: SqlStage) -> None:
        """Raises Unavailable."""
        self.clock = OtherClock()
        self.kind = stage.place.kind
        self._engine = engine_of(stage)
        self._connection: Connection | None = None
        self._asked_time = -TIME_SECONDS

    @property
    def connection(self) -> "Connection":
        assert self._connection is not None
        return self._connection

    def connect(self) -> None:
        """Open the session, and ask for the time, where that is due. Raises what the driver raises."""
        if self._connection is None:
            self._connection = self._opened()
        if time.monotonic() - self._asked_time >= TIME_SECONDS:
            self._ask_time()

    def _opened(self) -> "Connection":
        from sqlalchemy import text

        connection = self._engine.connect()
        try:
            for setting in _SETTINGS[self.kind]:
                connection.execute(text(setting))
        except BaseException:
            connection.close()
            raise
        return connection

    def _ask_time(self) -> None:
        self._asked_time = time.monotonic()
        if (asked := _NOW.get(self.kind)) is None:  # a file: the clock is ours
            now = time.time() * 1e6
            self.clock.told(now, now, now)
            return
        before = time.time() * 1e6
        its = self.execute(asked).scalar()
        self.clock.told(before, column_times.microseconds(its), time.time() * 1e6)

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> "CursorResult[Any]":
        """values: of the parameters. Raises what the driver raises."""
        from sqlalchemy import text

        return self.connection.execute(text(statement), values)

    def close(self) -> None:
        """Give the connection back, whatever state it is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.invalidate()
            with contextlib.suppress(Exception):
                connection.close()
