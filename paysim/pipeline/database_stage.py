"""A table watched: its connection, its clock, and what it says of itself. `polling` says what is asked.

SQLAlchemy Core and the drivers are extras, imported where they are used. The session reads only, by its own setting,
and each statement has a time-out.
"""

import contextlib
import operator
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from paysim.config.sections.pipeline import SqlStage
from paysim.config.targets import connection_strings, database_urls

from . import column_times, transaction_ids
from .clock import OtherClock
from .polling import OVERLAP_SECONDS, NotAscending, Poller, Row

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

POLL_SECONDS = 0.5
STATEMENT_SECONDS = 20
PAUSE_SECONDS = 1.0
"""Before a lost connection is opened again."""
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

Take = Callable[[np.ndarray, np.ndarray, int, bool], None]
"""Ids (n × 2 halves), Unix microseconds of each by our clock, how many rows had no id, and whether a row is new."""


class Unavailable(Exception):
    """The stage cannot be watched at all; one line for the user."""


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


class DatabaseStage:
    """Watches one table, in the thread that calls `watch`."""

    def __init__(self, name: str, stage: SqlStage, take: Take, tell: Callable[[str, bool], None]) -> None:
        """tell: a text for the log, and whether the stage is not watched for the moment because of it."""
        self.clock = OtherClock()
        self.behind = True
        """Whether rows may be there that were not read: before the first poll, and while there is no connection."""
        self.polled = 0.0
        """When a poll that came to its end began, monotonic seconds."""
        self._name, self._stage, self._take, self._tell = name, stage, take, tell
        self._engine = engine_of(stage)
        self._kind = stage.place.kind
        self._poller: Poller | None = None
        self._asked_time = -TIME_SECONDS
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def start(self) -> str | None:
        """Show that it can be read, and note where the run begins. Why it cannot, or None."""
        try:
            with self._lock:
                self._ready()
        except NotAscending:
            return self._not_ascending()
        except Exception as error:
            self._close()
            return f"{self._stage.place.place} cannot be read: {reason(error)}"
        return None

    def watch(self, stopped: threading.Event) -> None:
        """Until stopped. What goes wrong is told, and tried again."""
        lost = False
        while not stopped.is_set():
            began = time.monotonic()
            try:
                with self._lock:
                    poller = self._ready()
                    if lost:
                        poller.sweep(self._new)
                    else:
                        poller.poll(self._new)
                self.behind, self.polled = False, began
                if lost:
                    self._tell(f"stage {self._name} is read again", False)
                lost = False
            except NotAscending:
                self.behind = True
                self._tell(self._not_ascending(), True)
                return
            except Exception as error:
                self._close()
                if not lost:
                    self._tell(f"stage {self._name}: the database is not there: {reason(error)}", True)
                self.behind = lost = True
                stopped.wait(PAUSE_SECONDS)
                continue
            stopped.wait(POLL_SECONDS)

    def catch_up(self, stopped: Callable[[], bool], *, whole: bool) -> bool:
        """Read what is there now; whole: all rows since the beginning. Whether that came to its end."""
        try:
            with self._lock:
                poller = self._ready()
                poller.sweep(self._new)
                done = not whole or poller.again(self._old, stopped)
            self.behind, self.polled = False, time.monotonic()
            return done
        except Exception as error:
            self._close()
            self.behind = True
            self._tell(f"stage {self._name}: the database is not there: {reason(error)}", True)
            return False

    def _not_ascending(self) -> str:
        by = self._stage.time or self._stage.row
        return f"stage {self._name}: its query does not give rows in the order of {by}; add ORDER BY {by}"

    # The connection

    def _ready(self) -> Poller:
        self._connect()
        if time.monotonic() - self._asked_time >= TIME_SECONDS:
            self._ask_time()
        if self._poller is None:
            since = self._first_since()
            self._poller = Poller(since, self._fetch, by_time=self._stage.time is not None)
            for hint in self._hints():
                self._tell(hint, False)
        return self._poller

    def _connect(self) -> None:
        from sqlalchemy import text

        if self._connection is not None:
            return
        connection = self._engine.connect()
        try:
            for setting in _SETTINGS[self._kind]:
                connection.execute(text(setting))
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.invalidate()
            with contextlib.suppress(Exception):
                connection.close()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._close()

    def _ask_time(self) -> None:
        from sqlalchemy import text

        assert self._connection is not None
        self._asked_time = time.monotonic()
        if (asked := _NOW.get(self._kind)) is None:  # a file: the clock is ours
            now = time.time() * 1e6
            self.clock.told(now, now, now)
            return
        before = time.time() * 1e6
        its = self._connection.execute(text(asked)).scalar()
        self.clock.told(before, column_times.microseconds(its), time.time() * 1e6)

    def _fetch(self, since: Any, limit: int) -> list[Row]:
        from sqlalchemy import text

        assert self._connection is not None
        found = self._connection.execute(text(self._stage.query), {"since": since, "limit": limit})
        names = [name.lower() for name in found.keys()]  # noqa: SIM118 (a result is no mapping)
        stage = self._stage
        at = [None if name is None else _position(names, name) for name in (stage.id, stage.time, stage.row)]
        by = at[1] if at[1] is not None else at[2]
        columns = [*at, by]
        if None not in columns:  # at the speed of C
            return list(map(operator.itemgetter(*columns), found.fetchall()))
        return [tuple(None if column is None else row[column] for column in columns) for row in found.fetchall()]

    def _first_since(self) -> Any:
        """Where the run begins, in the form of the column: now by the database's clock, and some time before."""
        if self._stage.time is None:
            return self._highest_row()
        now_us = time.time() * 1e6 + self.clock.offset_us
        if self._kind != "sqlite":
            from datetime import UTC, datetime

            since = column_times.earlier(datetime.fromtimestamp(now_us / 1e6, UTC), OVERLAP_SECONDS)
            try:
                self._fetch(since, 1)
            except Exception as error:
                self._close()
                return self._since_like_first_row(now_us, error)
            return since
        return self._since_like_first_row(now_us, None)

    def _since_like_first_row(self, now_us: float, refused: Exception | None) -> Any:
        """The first row shows the form of a column of numbers, or of a file; without one, all will be the run's.

        refused: why the database takes no time there.
        """
        self._connect()
        try:
            rows = self._fetch(0, 1)
        except Exception as error:
            raise refused or error from None
        return column_times.like(rows[0][1], now_us - OVERLAP_SECONDS * 1e6) if rows else 0

    def _highest_row(self) -> int:
        from sqlalchemy import text

        assert self._connection is not None
        asked = f"SELECT MAX(found.{self._stage.row}) FROM ({self._stage.query}) found"  # noqa: S608 (a plain name)
        return int(self._connection.execute(text(asked), {"since": 0, "limit": 2**31 - 1}).scalar() or 0)

    # What is read

    def _new(self, rows: list[Row]) -> None:
        self._give(rows, True)

    def _old(self, rows: list[Row]) -> None:
        self._give(rows, False)

    def _give(self, rows: list[Row], new: bool) -> None:
        if not rows:
            return
        now = time.time() * 1e6
        found = [(id, row[1]) for row in rows if (id := transaction_ids.id_bytes(row[0])) is not None]
        offset = self.clock.offset_us
        stamps = [now if moment is None else column_times.microseconds(moment) - offset for _, moment in found]
        ids = transaction_ids.halves([id for id, _ in found])
        self._take(ids, np.array(stamps, np.int64), len(rows) - len(found), new)

    # What is worth a word

    def _hints(self) -> Iterator[str]:
        with contextlib.suppress(Exception):  # a hint is never a reason to fail
            by = self._stage.time or self._stage.row
            if (table := _table(self._stage.query)) is not None and by is not None and not self._indexed(table, by):
                yield (
                    f"stage {self._name}: no index of {table} begins with {by}, so each poll reads the whole table; "
                    f"CREATE INDEX ON {table} ({by})"
                )
        if self._kind == "mssql":
            from sqlalchemy import text

            assert self._connection is not None
            asked = text("SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = DB_NAME()")
            with contextlib.suppress(Exception):
                if not self._connection.execute(asked).scalar():
                    yield (
                        f"stage {self._name}: READ_COMMITTED_SNAPSHOT is off, so polls wait for the pipeline's writes, "
                        "and hold them up"
                    )

    def _indexed(self, table: str, column: str) -> bool:
        from sqlalchemy import inspect

        assert self._connection is not None
        schema, _, name = table.rpartition(".")
        inspector = inspect(self._connection)
        first = [index["column_names"][0] for index in inspector.get_indexes(name, schema or None)]
        first += inspector.get_pk_constraint(name, schema or None)["constrained_columns"][:1]
        return column.lower() in {str(each).lower() for each in first}


def _table(query: str) -> str | None:
    found = re.search(r"\bfrom\s+([A-Za-z_][\w.]*)", query, re.IGNORECASE)
    return found.group(1) if found else None


def _position(names: list[str], name: str) -> int:
    if name.lower() not in names:
        raise ValueError(f"the query gives no column {name}")
    return names.index(name.lower())
